"""``{leaderboard}``: the shipped tables of results as one table a pair, each method beside the baseline.

Nothing is computed anew but means and paired intervals: the numbers lie in ``data/benchmark``, and tests recompute a
part of them. Behind each table stand its numbers for ``static/leaderboard.js``, which draws them, filters and sorts;
without the script the tables are the same.
"""

import json
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.benchmark import PEERS, Comparison, Results, Summary, read_table, summarize
from medfuse_course.benchmark.rendering import decimals_for, heading, number
from medfuse_course.core.files import data_path
from medfuse_course.datasets.catalogue import PAIRS
from medfuse_course.methods import get_method, list_methods
from medfuse_course.methods.base import EVIDENCE
from medfuse_course.metrics import Metric
from medfuse_course.metrics.catalogue import METRICS
from medfuse_course.publishing.method_links import FAMILIES, method_link

_SIGNS = {"better": "▲", "worse": "▼", "undecided": "", "": ""}


class Leaderboard(SphinxDirective):
    """``{leaderboard} benchmark/a.csv benchmark/b.csv``, with ``:metrics:`` by slug and ``:baseline:``.

    Tables of the same images are read together: every method is compared with the baseline image by image.
    """

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"metrics": directives.unchanged_required, "baseline": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return a title and a table for each pair."""
        paths = [data_path(*name.split("/")) for name in self.arguments[0].split()]
        for path in paths:
            self.env.note_dependency(str(path))
        metrics = self.options["metrics"].split()
        summary = summary_of(tuple(paths), tuple(metrics), self.options.get("baseline", "maximum"))
        return [node for pair in summary.pairs for node in pair_nodes(summary, pair, metrics)]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("leaderboard", Leaderboard)
    app.connect("html-page-context", _load, priority=100)


@cache
def summary_of(paths: tuple[Path, ...], metrics: tuple[str, ...], baseline: str) -> Summary:
    """What tables of the same images say together: every method beside the baseline, by these metrics."""
    rows = tuple(row for path in paths for row in read_table(path).rows if row.metric in metrics)
    return summarize(Results(rows), baseline=baseline)


def pair_nodes(summary: Summary, pair: str, metrics: list[str]) -> Iterable[nodes.Node]:
    """What the leaderboard shows of one pair of a summary.

    Returns
    -------
    A title, a table of the metrics of these slugs, notes, and the numbers for the script.
    """
    name = PAIRS[pair.partition(":")[0]]
    yield nodes.rubric("", f"{name.title}, {summary.units[pair]}")
    known = [METRICS[slug] for slug in metrics if METRICS[slug] in summary.metrics(pair)]
    decimals = {m.slug: decimals_of(summary, pair, m.slug) for m in known}
    body = [
        [_method(summary, pair, slug), *(value_of(summary.of(pair, slug, m.slug), decimals[m.slug]) for m in known)]
        for slug in _order(summary, pair)
    ]
    yield table_of([nodes.paragraph("", "method"), *(nodes.paragraph("", heading(m)) for m in known)], body)
    yield from (nodes.paragraph("", f"{note}.", classes=["card-note"]) for note in summary.notes[pair])
    numbers = json.dumps(pair_numbers(summary, pair, known), ensure_ascii=False).replace("<", "\\u003c")
    yield nodes.raw("", f'<script type="application/json" class="leaderboard-data">{numbers}</script>', format="html")


def pair_numbers(summary: Summary, pair: str, metrics: list[Metric]) -> dict[str, Any]:
    """What a script needs to draw, filter and sort the table of one pair.

    Returns
    -------
    ``"metrics"`` with their headings; ``"rows"`` in the order of the table, each with title, family, evidence, whether
    it is the baseline, and by metric its mean and, where there is one, its interval: that of the difference, laid on
    the baseline's mean; ``"said"``, what the lines are.
    """
    return {
        "metrics": [{"slug": metric.slug, "heading": heading(metric)} for metric in metrics],
        "rows": [
            _about(summary, pair, slug)
            | {"baseline": slug == summary.baseline}
            | {"values": {m.slug: v for m in metrics if (v := _drawn(summary, pair, slug, m.slug))}}
            for slug in _order(summary, pair)
        ],
        "said": f"Lines are 95 % intervals of the difference from the {summary.baseline}.",
    }


def _about(summary: Summary, pair: str, slug: str) -> dict[str, Any]:
    if slug in PEERS:
        evidence = f"Their authors' {PEERS[slug].of}"
        return {"title": _label(summary, pair, slug), "family": "Other people's networks", "evidence": evidence}
    method = get_method(slug)
    return {"title": method.title, "family": FAMILIES[method.family], "evidence": EVIDENCE[method.evidence]}


def _label(summary: Summary, pair: str, slug: str) -> str:
    """What was scored of a peer, and of how many slices where it is not all."""
    found = [summary.of(pair, slug, metric.slug) for metric in summary.metrics(pair)]
    count, total = max(c.count for c in found), max(c.total for c in found)
    return PEERS[slug].label + (f", {count} of {total} slices" if count < total else "")


def _drawn(summary: Summary, pair: str, slug: str, metric: str) -> list[float]:
    found = summary.of(pair, slug, metric)
    base = found.mean - found.difference
    ends = [base + found.low, base + found.high]
    mean = [round(found.mean, 6)] if math.isfinite(found.mean) else []
    return mean + [round(end, 6) for end in ends] if mean and all(map(math.isfinite, ends)) else mean


def _load(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if "leaderboard-data" in context.get("body", ""):
        app.add_js_file("leaderboard.js", priority=600, defer="defer")


def _order(summary: Summary, pair: str) -> list[str]:
    """In the order of the course, whichever table a method stands in; other people's networks behind ours of the same
    paper, or last.

    Who has no chapter yet has no row either.
    """
    known: list[str] = []
    for method in list_methods():
        known += [method.slug, *(slug for slug, peer in PEERS.items() if peer.ours == method.slug)]
    known += [slug for slug, peer in PEERS.items() if not peer.ours]
    here = {c.method for c in summary.comparisons if c.pair == pair and c.count}
    return sorted(here.intersection(known), key=known.index)


def decimals_of(summary: Summary, pair: str, metric: str) -> int:
    """Decimals that a column of means is shown with."""
    means = (summary.mean(pair, method, metric) for method in _order(summary, pair))
    return min(max(decimals_for(means) - 1, 0), 3)


def _method(summary: Summary, pair: str, slug: str) -> nodes.paragraph:
    if slug in PEERS:
        return nodes.paragraph("", _label(summary, pair, slug))
    link = method_link("", get_method(slug).title, slug=slug, to="page")
    return nodes.paragraph("", "", link, nodes.Text(" (baseline)" if slug == summary.baseline else ""))


def value_of(found: Comparison, decimals: int) -> nodes.paragraph:
    """Mean, sign of the verdict, and below it the interval of the difference."""
    mean = number(found.mean, decimals)
    shown = nodes.strong("", mean) if found.best else nodes.inline("", mean)
    sign = nodes.inline("", f" {_SIGNS[found.verdict]}", classes=[f"verdict-{found.verdict or 'none'}"])
    parts: list[nodes.Node] = [shown, *([sign] if _SIGNS[found.verdict] else [])]
    if any(abs(bound) > 0 for bound in (found.low, found.high)):  # neither NaN nor all equal
        parts.append(nodes.inline("", _interval(found, decimals), classes=["interval"]))
    return nodes.paragraph("", "", *parts)


def _interval(found: Comparison, decimals: int) -> str:
    """Short, for narrow columns: ``-.112 to +.016``."""
    return " to ".join(f"{value:+.{decimals}f}".replace("0.", ".", 1) for value in (found.low, found.high))


def table_of(head: list[nodes.paragraph], body: list[list[nodes.paragraph]]) -> nodes.table:
    """A table of the leaderboard's looks."""

    def row(cells: Iterable[nodes.paragraph]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", cell) for cell in cells))

    columns = [nodes.colspec(colwidth=1) for _ in head]
    group = nodes.tgroup("", *columns, nodes.thead("", row(head)), nodes.tbody("", *map(row, body)), cols=len(head))
    return nodes.table("", group, classes=["leaderboard"])
