"""``{api-metrics}``: an entry for each metric: what it is, which way is better, its formula, its source."""

import inspect
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.metrics import Metric
from medfuse_course.metrics.catalogue import METRICS
from medfuse_course.publishing.reference.rooms import parsed, rst

_BETTER = {
    "higher": "Higher is better",
    "lower": "Lower is better",
    "zero": "The nearer to 0, the better",
    "one": "The nearer to 1, the better",
    "descriptive": "Describes, and judges nothing: noise alone raises it",
}


class ApiMetrics(SphinxDirective):
    """``{api-metrics}``: every metric, in the order of the tables."""

    def run(self) -> list[nodes.Node]:
        """Return a section for each."""
        return parsed(self, (line for metric in METRICS.values() for line in metric_lines(metric)))


def metric_lines(metric: Metric) -> Iterator[str]:
    """Yield the entry of a metric in Markdown."""
    low, high = metric.range
    needs = [name for name, needed in (("the truth", metric.needs_truth), ("color", metric.needs_color)) if needed]
    yield from (f"### {metric.title} ({metric.abbreviation})", "")
    yield f"`{metric.slug}`. {_BETTER[metric.direction]}. From {low:g} to {high:g}. For {', '.join(metric.tasks)}."
    yield f"Needs {' and '.join(needs)}." if needs else ""
    yield f"At least {metric.min_side} pixels a side." if metric.min_side > 1 else ""
    yield f"Presets: {', '.join(f'`{name}`' for name in metric.presets)}."
    yield f"Source: {{cite:p}}`{metric.reference}`." if metric.reference else ""
    yield ""
    function = metric.presets["course"]
    whole = (inspect.getmodule(function).__doc__ or "").strip()
    yield from rst((inspect.getdoc(function) or whole).splitlines())


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("api-metrics", ApiMetrics)
