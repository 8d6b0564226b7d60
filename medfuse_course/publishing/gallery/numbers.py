"""A method's rows of the shipped tables, with its place among the others."""

from dataclasses import dataclass
from functools import cache

from docutils import nodes

from medfuse_course.benchmark import Summary
from medfuse_course.benchmark.rendering import heading
from medfuse_course.core.files import data_path
from medfuse_course.datasets.catalogue import PAIRS
from medfuse_course.methods import Method, list_methods
from medfuse_course.metrics import Metric
from medfuse_course.metrics.catalogue import METRICS
from medfuse_course.publishing.leaderboard import decimals_of, summary_of, table_of, value_of
from medfuse_course.publishing.method_links import FAMILIES


@dataclass(frozen=True)
class Shipped:
    """Tables of the same images that a method's page shows a row of.

    Attributes
    ----------
    title
        Of the table.
    files
        Of ``data/benchmark``.
    metrics
        Slugs.
    baseline
        What the intervals are differences from: a method as the tables name it.
    said
        What it is called on the page.
    """

    title: str
    files: tuple[str, ...]
    metrics: tuple[str, ...]
    baseline: str = "maximum"
    said: str = "the maximum"

    def summary(self) -> Summary:
        """What the tables say."""
        paths = tuple(data_path("benchmark", f"{name}.csv") for name in self.files)
        return summary_of(paths, self.metrics, self.baseline)


_TRUTH = ("lesion_contrast_recovery", "background_lift", "missed_edges")
SHIPPED = {
    "fusion": (
        Shipped("Phantoms", tuple(FAMILIES), (*_TRUTH, "qabf", "ssim", "vif")),
        Shipped("Patients", ("patients", "peers", "lift"), ("qabf", "ssim", "vif", "mi", "scd", "background_lift")),
    ),
    "enhancement": (
        Shipped(
            "Phantoms, by dose",
            ("low_dose",),
            ("target_psnr", "tissue_noise", "target_contrast_recovery", "hallucinated_lesions"),
            "gaussian_denoise:fwhm=0.0,fwhm_slices=0.0",
            "the image as it was measured",
        ),
    ),
}
"""By task, in the order of the page."""


def number_nodes(method: Method) -> list[nodes.Node]:
    """The tables that have a row of a method, each with what its cells say; none if no table has one."""
    shown: list[nodes.Node] = []
    for shipped in SHIPPED.get(method.task.slug, ()):
        summary = shipped.summary()
        if method.slug in summary.methods:
            shown += [nodes.rubric("", shipped.title), *_of_table(method.slug, shipped, summary)]
    return shown


@cache
def places_of(shipped: Shipped, pair: str, metric: str) -> dict[str, tuple[int, int]]:
    """The places of the library's methods by a metric.

    Parameters
    ----------
    shipped
        Which tables.
    pair, metric
        As the tables name them.

    Returns
    -------
    Place, and of how many, by method; nothing where there are so few subjects that the table gives no verdict, or where
    no value is better than another.
    """
    summary, known = shipped.summary(), METRICS[metric]
    if not any(comparison.verdict for comparison in summary.comparisons):
        return {}
    means = {m.slug: summary.mean(pair, m.slug, metric) for m in list_methods() if m.slug in summary.methods}
    far = {slug: found for slug, mean in means.items() if (found := _far(mean, known)) is not None}
    return {slug: (1 + sum(other < mine for other in far.values()), len(far)) for slug, mine in far.items()}


def _far(mean: float, metric: Metric) -> float | None:
    """How far from the best a mean is, up to a constant; None without a mean or without a best."""
    if mean != mean or metric.direction == "descriptive":
        return None
    return {"higher": -mean, "lower": mean, "zero": abs(mean), "one": abs(mean - 1)}[metric.direction]


def _of_table(slug: str, shipped: Shipped, summary: Summary) -> list[nodes.Node]:
    metrics = [METRICS[name] for name in shipped.metrics]
    pairs = list(dict.fromkeys(found.pair for found in summary.comparisons if found.method == slug and found.count))
    body = [
        [nodes.paragraph("", _row_title(summary, pair)), *(_cell(shipped, summary, pair, slug, m) for m in metrics)]
        for pair in pairs
    ]
    said = f"Mean; then the 95 % interval of its difference from {shipped.said}, where there is one"
    ranked = any(places_of(shipped, pair, metric.slug) for pair in pairs for metric in metrics)
    ending = "; then its place among the methods of the table." if ranked else "."
    words = nodes.paragraph("", said + ending, classes=["card-note"])
    return [table_of([nodes.paragraph("", "images"), *(nodes.paragraph("", heading(m)) for m in metrics)], body), words]


def _row_title(summary: Summary, pair: str) -> str:
    name, _, options = pair.partition(":")
    title = PAIRS[name].title if name in PAIRS else options.replace("=", " ").replace(",", ", ")
    return f"{title}, {summary.units[pair]}"


def _cell(shipped: Shipped, summary: Summary, pair: str, slug: str, metric: Metric) -> nodes.paragraph:
    cell = value_of(summary.of(pair, slug, metric.slug), decimals_of(summary, pair, metric.slug))
    if place := places_of(shipped, pair, metric.slug).get(slug):
        cell += nodes.inline("", f"{place[0]} of {place[1]}", classes=["interval", "place"])
    return cell
