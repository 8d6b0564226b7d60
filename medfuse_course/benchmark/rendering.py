"""Summaries as Markdown and HTML tables."""

import html
import math
import re
from collections.abc import Iterable, Sequence

from medfuse_course.benchmark.summary import Comparison, Summary
from medfuse_course.metrics import Metric

ARROWS = {"higher": " ↑", "lower": " ↓", "zero": " →0", "one": " →1", "descriptive": ""}
"""The direction that is better, behind a metric's abbreviation."""

_MARK = "\0"  # stands before the best until the cell is escaped


def to_markdown(summary: Summary) -> str:
    """For each pair a table of means and one of differences from the baseline, then what failed or has no value."""
    parts = []
    for pair in summary.pairs:
        rows = [[_escaped(method), *cells] for method, *cells in _means(summary, pair, "**{}**")]
        parts += [f"## {_escaped(pair)}", _escaped(_caption(summary, pair)), _grid(_head(summary, pair), rows)]
        if others := _others(summary):
            rows = _differences(summary, pair, others)
            parts += [_escaped(_difference_caption(summary)), _grid(["metric", *map(_escaped, others)], rows)]
        notes = summary.notes[pair]
        parts += ["\n".join(f"- {_escaped(note)}" for note in notes)] if notes else []
    return "\n\n".join(parts) + "\n"


def to_html(summary: Summary) -> str:
    """The same as HTML: one ``<section>`` for each pair, without style but the alignment of numbers."""
    parts = []
    for pair in summary.pairs:
        parts += [f'<section class="medfuse-benchmark">\n<h2>{html.escape(pair)}</h2>']
        rows = _means(summary, pair, f"{_MARK}{{}}")
        parts += [_html_table(_caption(summary, pair), _head(summary, pair), rows)]
        if others := _others(summary):
            rows = _differences(summary, pair, others)
            parts += [_html_table(_difference_caption(summary), ["metric", *others], rows)]
        parts += [f"<p>{html.escape(note)}</p>" for note in summary.notes[pair]]
        parts += ["</section>"]
    return "\n".join(parts) + "\n"


def heading(metric: Metric) -> str:
    """The abbreviation of a metric with the arrow of its direction."""
    return metric.abbreviation + ARROWS[metric.direction]


def number(value: float, decimals: int) -> str:
    """A number for a table; a dash for none."""
    return "-" if math.isnan(value) else f"{value:.{decimals}f}"


def decimals_for(values: Iterable[float]) -> int:
    """Decimals that leave the largest of some numbers four digits: one precision for a column."""
    largest = max((abs(v) for v in values if math.isfinite(v) and v != 0), default=1.0)
    return min(max(3 - math.floor(math.log10(largest)), 0), 6)


def _escaped(text: str) -> str:
    """A text of whoever named a method or raised an error, as Markdown that shows it and does nothing else."""
    line = "".join(c if c.isprintable() else " " if c.isspace() else c.encode("unicode_escape").decode() for c in text)
    shown = re.sub(r"([\\`*\[\]<>|#]|(?<!\w)_|_(?!\w))", r"\\\1", line)
    return re.sub(r"&(?=[#\w]+;)", "&amp;", shown)


def _head(summary: Summary, pair: str) -> list[str]:
    return ["method", *map(heading, summary.metrics(pair)), "s/pair"]


def _means(summary: Summary, pair: str, mark: str) -> list[list[str]]:
    """A row for each method; `mark` sets off the best."""
    rows = [[f"{method} (baseline)" if method == summary.baseline else method] for method in summary.methods]
    for metric in summary.metrics(pair):
        column = [summary.of(pair, method, metric.slug) for method in summary.methods]
        decimals = decimals_for(found.mean for found in column)
        for row, found in zip(rows, column, strict=True):
            text = number(found.mean, decimals)
            text += f" ({found.count} of {found.total})" if found.count < found.total else ""
            row.append(mark.format(text) if found.best else text)
    for row, method in zip(rows, summary.methods, strict=True):
        seconds = summary.seconds[pair, method]
        row.append("-" if math.isnan(seconds) else f"{seconds:.2g}")
    return rows


def _differences(summary: Summary, pair: str, others: Sequence[str]) -> list[list[str]]:
    return [
        [heading(metric), *(_difference(summary.of(pair, method, metric.slug)) for method in others)]
        for metric in summary.metrics(pair)
    ]


def _difference(found: Comparison) -> str:
    decimals = decimals_for((found.difference, found.low, found.high)) - 1
    difference, low, high = (number(v, max(decimals, 0)) for v in (found.difference, found.low, found.high))
    interval = "" if math.isnan(found.low) else f" [{low}, {high}]"
    return f"{difference}{interval}{f' {found.verdict}' if found.verdict in ('better', 'worse') else ''}"


def _others(summary: Summary) -> list[str]:
    return [] if summary.baseline is None else [method for method in summary.methods if method != summary.baseline]


def _caption(summary: Summary, pair: str) -> str:
    return (
        f"Means over {summary.units[pair]}, preset {summary.preset}. The best is bold where an arrow says which way is "
        "better; metrics without one describe and do not judge. s/pair: median seconds of a fusion."
    )


def _difference_caption(summary: Summary) -> str:
    return (
        f"Difference from {summary.baseline}, with its paired bootstrap interval of {100 * summary.confidence:g} %; "
        "better or worse where it leaves 0 out and there are five subjects or more. Each interval is for one "
        "comparison."
    )


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [list(line) for line in (head, *rows)]
    widths = [max(3, *(len(line[i]) for line in lines)) for i in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    shown = [lines[0], rule, *lines[1:]]
    return "\n".join(
        "| "
        + " | ".join((c.rjust(w) if i else c.ljust(w)) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        + " |"
        for line in shown
    )


def _html_table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    right = ' style="text-align: right"'
    columns = "".join(f'<th scope="col"{right if i else ""}>{html.escape(cell)}</th>' for i, cell in enumerate(head))
    lines = [
        f'<tr><th scope="row">{html.escape(name)}</th>{"".join(f"<td{right}>{_html_cell(c)}</td>" for c in cells)}</tr>'
        for name, *cells in rows
    ]
    top = f"<table>\n<caption>{html.escape(caption)}</caption>\n<thead><tr>{columns}</tr></thead>\n<tbody>"
    return "\n".join([top, *lines, "</tbody>\n</table>"])


def _html_cell(text: str) -> str:
    best = text.startswith(_MARK)
    return f"<strong>{html.escape(text[1:])}</strong>" if best else html.escape(text)
