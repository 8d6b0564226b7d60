"""What a benchmark says, as a figure: how far each method is from the baseline, and how sure that is."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from medfuse_course.benchmark.rendering import heading
from medfuse_course.benchmark.summary import Comparison, Summary
from medfuse_course.metrics import Metric
from medfuse_course.plots import style
from medfuse_course.plots.images import check_columns

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

MARKERS = {
    "better": {"color": "#2fbf8f", "symbol": "circle"},
    "worse": {"color": "#d55e00", "symbol": "diamond"},
    "undecided": {"color": style.INK, "symbol": "circle-open"},
    "": {"color": style.ACCENT, "symbol": "square-open"},
}
"""A verdict is told by shape as well as by color."""

WORDS = {"better": "better", "worse": "worse", "undecided": "undecided", "": "not judged"}
ROW, TITLE, LEGEND, FOOT = 30, 34, 64, 22
LINE, BETWEEN = 1.3 * style.FONT_SIZE, 8  # plotly's line height; pixels between the labels of two rows
GAP, EDGE = 0.06, 0.2


def difference_dots(summary: Summary, pair: str | None = None, *, alt: str, columns: int = 1) -> "Figure":
    """A panel for each metric: the difference of each method from the baseline as a dot, its interval as a line.

    Parameters
    ----------
    summary
        From `benchmark.summarize`, with a baseline.
    pair
        Which of its pairs; the first by default.
    alt
        What a reader who cannot see the figure should know: a sentence; `describe_dots` writes one.
    columns
        Panels in a row: 1 fits a phone, 2 a page.

    Returns
    -------
    A plotly figure. Each panel has its own scale, the vertical line is the baseline, and the arrow in the title says
    which side is better.

    Examples
    --------
    >>> from medfuse_course.benchmark import Results, Row, summarize
    >>> from medfuse_course.plots import difference_dots
    >>> def row(method, value, seed):
    ...     return Row(method, "head/mri-ct", None, seed, None, "ssim", "course", value, 0.1, "ok", "", "")
    >>> values = {"maximum": (0.3, 0.5, 0.4, 0.6, 0.2), "average": (0.5, 0.7, 0.7, 0.8, 0.4)}
    >>> rows = [row(method, x, k) for method, xs in values.items() for k, x in enumerate(xs)]
    >>> figure = difference_dots(summarize(Results(tuple(rows))), alt="The average is better in SSIM")
    >>> [(dots.legendgroup, list(dots.y), round(dots.x[0], 3)) for dots in figure.data if dots.y and dots.x[0]]
    [('better', ['average'], 0.22)]
    """
    import plotly.graph_objects as go

    pair, methods, metrics = _chosen(summary, pair)
    columns = check_columns(columns, len(metrics))
    rows = math.ceil(len(metrics) / columns)
    field = _field(methods)
    panel = TITLE + field + FOOT
    figure = go.Figure()
    figure.update_layout(style.layout(alt, LEGEND + rows * panel, (0, 8, LEGEND, 0)))
    for number, metric in enumerate(metrics):
        found = [summary.of(pair, method, metric.slug) for method in methods]
        row, column = divmod(number, columns)
        left, up = column / columns + GAP / 2 * (column > 0), (rows - 1 - row) * panel + FOOT
        across = [left, (column + 1) / columns - GAP / 2 * (column < columns - 1)]
        _place(figure, number, across, [up / (rows * panel), (up + field) / (rows * panel)], found)
        _title(figure, number, heading(metric))
        # A trace for each verdict, empty or not: summaries of the same methods and metrics make figures of one shape.
        figure.add_traces([_dots(number, v, [c for c in found if c.verdict == v]) for v in MARKERS])
    _legend(figure, f"difference from {summary.baseline}:")
    return figure


def describe_dots(summary: Summary, pair: str | None = None) -> str:
    """A sentence for a reader who cannot see `difference_dots`: where each method is better and worse.

    Examples
    --------
    >>> from medfuse_course.benchmark import Results, Row, summarize
    >>> from medfuse_course.plots import describe_dots
    >>> def row(method, value, seed):
    ...     return Row(method, "head/mri-ct", None, seed, None, "ssim", "course", value, 0.1, "ok", "", "")
    >>> values = {"maximum": (0.3, 0.5, 0.4, 0.6, 0.2), "average": (0.5, 0.7, 0.7, 0.8, 0.4)}
    >>> rows = [row(method, x, k) for method, xs in values.items() for k, x in enumerate(xs)]
    >>> describe_dots(summarize(Results(tuple(rows))))
    'Differences from maximum on head/mri-ct, over 5 seeds: average is better in SSIM.'
    """
    pair, methods, metrics = _chosen(summary, pair)
    parts = []
    for method in methods:
        verdicts = {metric: summary.of(pair, method, metric.slug).verdict for metric in metrics}
        told = [
            f"{word} in {', '.join(m.abbreviation for m, verdict in verdicts.items() if verdict == word)}"
            for word in ("better", "worse")
            if word in verdicts.values()
        ]
        parts.append(f"{method} is {' and '.join(told) or _neither(verdicts.values())}")
    return f"Differences from {summary.baseline} on {pair}, over {summary.units[pair]}: {'; '.join(parts)}."


def _neither(verdicts: Iterable[str]) -> str:
    return "neither better nor worse in any judged metric" if any(verdicts) else "not judged"


def _chosen(summary: Summary, pair: str | None) -> tuple[str, list[str], tuple[Metric, ...]]:
    if summary.baseline is None:
        raise ValueError("summary: expected one with a baseline, got none; summarize(results, baseline='maximum')")
    methods = [method for method in summary.methods if method != summary.baseline]
    if not methods:
        raise ValueError(f"summary: expected a method beside the baseline {summary.baseline!r}, got none")
    pair = summary.pairs[0] if pair is None else pair
    if pair not in summary.pairs:
        raise ValueError(f"pair: expected one of {', '.join(summary.pairs)}, got {pair!r}")
    metrics = summary.metrics(pair)
    if not metrics:
        raise ValueError(f"pair: no metric has a value on {pair}, so there is nothing to draw")
    return pair, methods, metrics


def _dots(number: int, verdict: str, found: list[Comparison]) -> "Scatter":
    import plotly.graph_objects as go

    whiskers = {
        "type": "data",
        "symmetric": False,
        "array": [_or_none(c.high - c.difference) for c in found],
        "arrayminus": [_or_none(c.difference - c.low) for c in found],
        "thickness": 1.5,
        "width": 4,
    }
    suffix = "" if number == 0 else str(number + 1)
    return go.Scatter(
        x=[_or_none(c.difference) for c in found],
        y=[_label(c.method) for c in found],
        error_x=whiskers,
        mode="markers",
        marker={**MARKERS[verdict], "size": 9, "line": {"width": 2}},
        xaxis=f"x{suffix}",
        yaxis=f"y{suffix}",
        legendgroup=verdict,
        showlegend=False,
    )


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _few_numbers(low: float, high: float) -> list[float]:
    """Zero, and a round number that fits on either side of it: side by side on a phone, more numbers would touch."""
    reach = max(-low, high) or 1.0
    power = 10.0 ** math.floor(math.log10(reach))
    step = max((n * power for n in (1, 2, 5) if n * power <= reach), default=power)
    return [number for number in (-step, 0.0, step) if low <= number <= high]


def _place(
    figure: "Figure", number: int, across: list[float], upward: list[float], found: Sequence[Comparison]
) -> None:
    """Axes of one panel; method names stand left of the first column only."""
    suffix = "" if number == 0 else str(number + 1)
    ends = [v for c in found for v in (c.difference, c.low, c.high) if math.isfinite(v)]
    low, high = min(0.0, *ends, 0.0), max(0.0, *ends, 0.0)
    room = 0.06 * ((high - low) or 1.0)
    x_axis = {
        **style.AXIS,
        "domain": across,
        "anchor": f"y{suffix}",
        "range": [low - room, high + room],
        **(
            {"nticks": 5}
            if across[1] - across[0] == 1
            else {"tickvals": _few_numbers(low, high), "tickfont": {"size": 11}}
        ),
        "tickangle": 0,
        "zerolinecolor": style.PANEL_INK,
        "zerolinewidth": 1.5,
    }
    y_axis = {
        **style.AXIS,
        "domain": upward,
        "anchor": f"x{suffix}",
        "showticklabels": across[0] == 0,
        "automargin": True,
        "categoryorder": "array",
        "categoryarray": [_label(c.method) for c in reversed(found)],
        "range": [-0.5 - EDGE / 2, len(found) - 0.5 + EDGE / 2],
        "zeroline": False,
    }
    figure.update_layout({f"xaxis{suffix}": x_axis, f"yaxis{suffix}": y_axis})


def _label(method: str) -> str:
    """The options below the name: a phone is narrow."""
    return method.replace(":", "<br>", 1).replace(",", "<br>")


def _field(methods: Sequence[str]) -> int:
    """Height of a panel's dots in pixels: no row is lower than the tallest label, whose options take lines."""
    lines = max(_label(method).count("<br>") + 1 for method in methods)
    # The axis shows EDGE of a row more than there are rows.
    return math.ceil(max(ROW, LINE * lines + BETWEEN) * (len(methods) + EDGE))


def _title(figure: "Figure", number: int, text: str) -> None:
    suffix = "" if number == 0 else str(number + 1)
    figure.add_annotation(
        text=text,
        xref=f"x{suffix} domain",
        yref=f"y{suffix} domain",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
    )


def _legend(figure: "Figure", title: str) -> None:
    """One entry for each verdict that is there, from empty traces: no panel need have all of them."""

    there = {trace.legendgroup for trace in figure.data if trace.x}
    for verdict in MARKERS:
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={**MARKERS[verdict], "size": 9, "line": {"width": 2}},
            name=WORDS[verdict],
            legendgroup=verdict,
            showlegend=verdict in there,
        )
    top = {"orientation": "h", "x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top"}
    figure.update_layout(legend={**top, "title": {"text": title, "side": "top"}})
