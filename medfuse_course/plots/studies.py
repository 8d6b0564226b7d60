"""Charts of experiments: curves over a setting, a row of dots for each method, and shares that add up to a whole."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from medfuse_course.plots import style
from medfuse_course.plots.charts import DASHES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
"""Dots differ by shape as well as by color."""

ROW, TOP, FOOT, FIELD = 24, 12, 50, 260
LEGEND_SIZE, LEGEND_LINE = 11, 17
MOST = len(style.SERIES)

Values = Mapping[str, float]


def curves(
    series: Mapping[str, Sequence[float]], x: Sequence[float], *, x_title: str, y_title: str, alt: str
) -> "Figure":
    """One curve for each entry of `series` over `x`, at most six.

    Parameters
    ----------
    series
        Name to values, as many as `x`.
    x
        The setting that was varied, increasing.
    x_title, y_title
        What the axes are, with units and with the direction that is better.
    alt
        What a reader who cannot see the figure should know: a sentence.
    """
    import plotly.graph_objects as go

    _check_few("series", series)
    for name, values in series.items():
        if len(values) != len(x):
            raise ValueError(f"series[{name!r}]: expected {len(x)} values, one for each x, got {len(values)}")
    figure = go.Figure(layout=_layout(alt, FIELD, 56, list(series)))
    for number, (name, values) in enumerate(series.items()):
        line = {"color": style.SERIES[number], "dash": DASHES[number], "width": 2}
        marker = {"symbol": SYMBOLS[number], "size": 7}
        figure.add_scatter(
            x=list(x), y=[float(v) for v in values], name=name, mode="lines+markers", line=line, marker=marker
        )
    figure.update_xaxes(title_text=x_title)
    figure.update_yaxes(title_text=y_title)
    return figure


def dot_rows(
    rows: Mapping[str, Values], *, title: str, alt: str, line_at: float | None = 0.0, span: Sequence[float] = ()
) -> "Figure":
    """A row for each method, a dot for each of its values: which of two settings is ahead, row by row.

    Parameters
    ----------
    rows
        Method to name to value. All rows name the same values, at most six; NaN is left out.
    title
        What the values are, with the direction that is better.
    alt
        What a reader who cannot see the figure should know: a sentence.
    line_at
        Where a vertical line stands; None for none.
    span
        Ends of the axis; those of the values when not given.
    """
    import plotly.graph_objects as go

    names = _same_names(rows)
    _check_few("rows", names)
    figure = go.Figure(layout=_layout(alt, ROW * (len(rows) + 1), 8, names))
    for number, name in enumerate(names):
        values = [row[name] if math.isfinite(row[name]) else None for row in rows.values()]
        marker = {"color": style.SERIES[number], "symbol": SYMBOLS[number], "size": 10}
        figure.add_scatter(x=values, y=list(rows), name=name, mode="markers", marker=marker)
    if line_at is not None:
        figure.add_vline(x=line_at, line={"color": style.PANEL_INK, "width": 1.5})
    figure.update_xaxes(title_text=title, range=list(span) or None)
    order = {"categoryorder": "array", "categoryarray": list(rows)[::-1]}
    figure.update_yaxes(automargin=True, range=[-0.7, len(rows) - 0.3], **order)
    return figure


def stacked_shares(rows: Mapping[str, Values], *, title: str, alt: str) -> "Figure":
    """A bar for each row, cut into its shares, which are not negative.

    Parameters
    ----------
    rows
        Name of a bar to name of a part to share. All bars name the same parts, at most six.
    title
        What is shared out.
    alt
        What a reader who cannot see the figure should know: a sentence.
    """
    import plotly.graph_objects as go

    parts = _same_names(rows)
    _check_few("rows", parts)
    stacked = {"barmode": "stack", "bargap": 0.25}
    figure = go.Figure(layout=_layout(alt, ROW * (len(rows) + 1), 8, parts) | stacked)
    for number, part in enumerate(parts):
        shares = [max(float(row[part]), 0.0) for row in rows.values()]
        texts = [f"{share:.0%}" if share >= 0.08 else "" for share in shares]
        figure.add_bar(
            x=shares, y=list(rows), name=part, orientation="h", text=texts, textposition="inside", textangle=0,
            insidetextanchor="middle", textfont={"color": style.PANEL}, marker={"color": style.SERIES[number]},
        )  # fmt: skip
    figure.update_layout(legend_traceorder="normal")
    figure.update_xaxes(title_text=title, range=[0, 1], tickformat=".0%")
    figure.update_yaxes(automargin=True, autorange="reversed")
    return figure


def _same_names(rows: Mapping[str, Values]) -> list[str]:
    if not rows:
        raise ValueError("rows: expected at least one, got none")
    names = list(next(iter(rows.values())))
    for title, row in rows.items():
        if list(row) != names:
            raise ValueError(f"rows[{title!r}]: expected values for {', '.join(names)}, got {', '.join(row)}")
    return names


def _check_few(what: str, names: Any) -> None:
    if not 1 <= len(names) <= MOST:
        raise ValueError(f"{what}: expected 1 to {MOST} named values, got {len(names)}; nobody tells more apart")


def _layout(alt: str, field: int, left: int, names: Sequence[str]) -> dict[str, Any]:
    """`field` is the height of the panel. The legend hangs below it: a phone has room for one entry a line."""
    below = FOOT + LEGEND_LINE * len(names)
    legend = {"orientation": "h", "x": 0, "y": -FOOT / field, "yanchor": "top", "font": {"size": LEGEND_SIZE}}
    shown = style.layout(alt, TOP + field + below, (left, 10, TOP, below))
    return shown | {"xaxis": style.AXIS, "yaxis": style.AXIS, "legend": legend}
