"""Charts of experiments, with intervals over repetitions: curves over a setting, and a row of dots for each method."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medfuse_course.benchmark import paired_interval
from medfuse_course.plots import style
from medfuse_course.plots.charts import DASHES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
"""Dots differ by shape as well as by color."""

ROW, TOP, FOOT, FIELD = 24, 12, 50, 260
LEGEND_SIZE, LEGEND_LINE = 11, 17
MOST = len(style.SERIES)

Values = Mapping[str, ArrayLike]


def curves(series: Values, x: Sequence[float], *, x_title: str, y_title: str, alt: str) -> "Figure":
    """One curve for each entry of `series` over `x`, at most six.

    Parameters
    ----------
    series
        Name to values, as many as `x`; or ``(units, len(x))``, a row for each repetition, such as a head: the curve is
        their mean, with its 95 % interval over the units.
    x
        The setting that was varied, increasing.
    x_title, y_title
        What the axes are, with units and with the direction that is better.
    alt
        What a reader who cannot see the figure should know: a sentence.

    Returns
    -------
    The figure.

    Examples
    --------
    >>> from medfuse_course.plots import curves
    >>> heads = [[0.5, 0.7], [0.7, 0.9]]  # a row for each of two heads
    >>> figure = curves({"mine": heads}, x=[1, 2], x_title="levels", y_title="SSIM ↑", alt="SSIM grows with levels")
    >>> [round(y, 6) for y in figure.data[0].y]  # their means
    [0.6, 0.8]
    """
    import plotly.graph_objects as go

    _check_few("series", series)
    for name, values in series.items():
        if np.shape(values)[-1:] != (len(x),):
            raise ValueError(f"series[{name!r}]: expected {len(x)} values, one for each x, got {np.shape(values)}")
    figure = go.Figure(layout=_layout(alt, FIELD, 56, list(series)))
    for number, (name, values) in enumerate(series.items()):
        line = {"color": style.SERIES[number], "dash": DASHES[number], "width": 2}
        marker = {"symbol": SYMBOLS[number], "size": 7}
        means, whiskers = _with_interval(np.moveaxis(np.asarray(values, np.float64), -1, 0))
        figure.add_scatter(
            x=list(x), y=means, error_y=whiskers, name=name, mode="lines+markers", line=line, marker=marker
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
        Method to name to value, or to the values of several repetitions, such as heads: the dot is their mean, with its
        95 % interval. All rows name the same values, at most six; NaN is left out.
    title
        What the values are, with the direction that is better.
    alt
        What a reader who cannot see the figure should know: a sentence.
    line_at
        Where a vertical line stands; None for none.
    span
        Ends of the axis; those of the values when not given.

    Returns
    -------
    The figure.

    Examples
    --------
    >>> from medfuse_course.plots import dot_rows
    >>> rows = {"average": {"T1": 0.25, "T2": 0.5}, "maximum": {"T1": 0.75, "T2": 0.5}}
    >>> figure = dot_rows(rows, title="SSIM ↑", alt="The maximum is ahead on T1")
    >>> [(dots.name, list(dots.x), list(dots.y)) for dots in figure.data]
    [('T1', [0.25, 0.75], ['average', 'maximum']), ('T2', [0.5, 0.5], ['average', 'maximum'])]
    """
    import plotly.graph_objects as go

    names = _same_names(rows)
    _check_few("rows", names)
    figure = go.Figure(layout=_layout(alt, ROW * (len(rows) + 1), 8, names))
    for number, name in enumerate(names):
        means, whiskers = _with_interval([row[name] for row in rows.values()])
        marker = {"color": style.SERIES[number], "symbol": SYMBOLS[number], "size": 10}
        figure.add_scatter(x=means, error_x=whiskers, y=list(rows), name=name, mode="markers", marker=marker)
    if line_at is not None:
        figure.add_vline(x=line_at, line={"color": style.PANEL_INK, "width": 1.5})
    figure.update_xaxes(title_text=title, range=list(span) or None)
    order = {"categoryorder": "array", "categoryarray": list(rows)[::-1]}
    figure.update_yaxes(automargin=True, range=[-0.7, len(rows) - 0.3], **order)
    return figure


def trade_off(
    points: Mapping[str, tuple[float, ArrayLike]],
    *,
    x_title: str,
    y_title: str,
    alt: str,
    line_at: float | None = None,
    log: bool = False,
) -> "Figure":
    """A dot for each of at most six ways to do something: what it costs, to the right, and how good it is, upwards.

    Parameters
    ----------
    points
        Name to what it costs, and to how good it is: a number, or one for each repetition. The dot is their mean, with
        its 95 % interval.
    x_title, y_title
        What the axes are, with units and with the direction that is better.
    alt
        What a reader who cannot see the figure should know: a sentence.
    line_at
        Where a horizontal line stands: what costs nothing; None for none.
    log
        Whether equal steps to the right are equal ratios.

    Returns
    -------
    The figure.

    Raises
    ------
    ValueError
        No points or too many, or a cost that has no logarithm.

    Examples
    --------
    >>> from medfuse_course.plots import trade_off
    >>> points = {"small": (1.0, [0.5, 0.6, 0.7]), "large": (100.0, 0.8)}
    >>> figure = trade_off(points, x_title="seconds ↓", y_title="Dice ↑", alt="Dearer is better", log=True)
    >>> [(dot.name, list(dot.x), [round(y, 6) for y in dot.y]) for dot in figure.data]
    [('small', [1.0], [0.6]), ('large', [100.0], [0.8])]
    """
    import plotly.graph_objects as go

    _check_few("points", points)
    if log and min(cost for cost, _ in points.values()) <= 0:
        raise ValueError("points: expected costs above 0 on an axis of ratios, got one that is not; use log=False")
    figure = go.Figure(layout=_layout(alt, FIELD, 56, list(points)))
    for number, (name, (cost, values)) in enumerate(points.items()):
        means, whiskers = _with_interval([values])
        marker = {"color": style.SERIES[number], "symbol": SYMBOLS[number], "size": 11}
        figure.add_scatter(x=[cost], y=means, error_y=whiskers, name=name, mode="markers", marker=marker)
    if line_at is not None:
        figure.add_hline(y=line_at, line={"color": style.PANEL_INK, "width": 1.5, "dash": "dot"})
    figure.update_xaxes(title_text=x_title, type="log" if log else "linear")
    if log:
        steps = [digit * 10**power for power in range(-6, 13) for digit in (1, 2, 5)]
        figure.update_xaxes(tickvals=steps, ticktext=[f"{step:,g}" for step in steps])
    shown = [np.asarray(values, np.float64) for _, values in points.values()]
    heights = [float(values.mean()) for values in shown] + ([] if line_at is None else [line_at])
    room = 0.25 * (max(heights) - min(heights)) or 1.0
    ends = [float(end) for values in shown for end in (values.min(), values.max())] + heights
    figure.update_yaxes(title_text=y_title, range=[min(ends) - room, max(ends) + room])
    return figure


def _with_interval(
    entries: Sequence[ArrayLike] | NDArray[np.float64],
) -> tuple[list[float | None], dict[str, Any] | None]:
    """The mean of each entry, and how far its 95 % interval reaches, for plotly; None where too few tell."""
    units = [np.atleast_1d(np.asarray(entry, np.float64)) for entry in entries]
    means = np.array([values.mean() for values in units])
    ends = [paired_interval(v) if np.isfinite(v).all() else (np.nan, np.nan) for v in units]
    down, up = np.abs(np.transpose(ends) - means)
    reach = {"arrayminus": _finite(down), "array": _finite(up), "symmetric": False}
    return _finite(means), {**reach, "width": 3, "thickness": 1.2} if np.isfinite(up).any() else None


def _finite(values: Iterable[float]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


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
