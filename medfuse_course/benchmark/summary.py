"""What a table of results says: means, which is best, and how sure a difference from the baseline is."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from statistics import median
from typing import Literal

from medfuse_course.benchmark.blocks import block_means
from medfuse_course.benchmark.bootstrap import paired_interval
from medfuse_course.benchmark.measures import metric_of
from medfuse_course.benchmark.notes import notes_of
from medfuse_course.benchmark.results import Results, Row
from medfuse_course.benchmark.units import (
    Item,
    Unit,
    Units,
    by_unit,
    mean_of,
    unit_mean,
    units_of,
    values_by_method,
)
from medfuse_course.core.registry import check_name, unknown
from medfuse_course.metrics import Metric

Verdict = Literal["better", "worse", "undecided", ""]
"""``""``: there is nothing to decide (a descriptive metric, the baseline itself), no interval to decide by, or fewer
than five subjects."""

Interval = Callable[[list[float]], tuple[float, float]]

_TARGETS = {"zero": 0.0, "one": 1.0}
"""What the directions that are neither up nor down aim at."""


@dataclass(frozen=True)
class Comparison:
    """One method, one metric, one pair.

    Attributes
    ----------
    pair, method, metric
        Which.
    mean
        Mean over units of the mean within each; NaN when there is no value.
    count, total
        Images (a seed or subject in a slice) with a value, and images for which any method has one.
    best
        No other method has a better mean. Never set for a descriptive metric, nor for a method that lacks values
        another one has: leaving the hard pairs out must not pay.
    difference
        Mean difference from the baseline over the pairs of images that both have; NaN without a baseline.
    low, high
        Its bootstrap interval; NaN when there are too few units.
    over
        How many independent values the interval is over: subjects, or blocks of neighboring slices of too few subjects.
    verdict
        ``"better"`` or ``"worse"`` when the interval leaves 0 out, by the metric's direction; where 1 is best, only if
        both means lie on the same side of it; never below five subjects.
    """

    pair: str
    method: str
    metric: str
    mean: float
    count: int
    total: int
    best: bool
    difference: float
    low: float
    high: float
    over: int
    verdict: Verdict


@dataclass(frozen=True)
class Summary:
    """The comparisons, with what is needed to read them.

    Attributes
    ----------
    comparisons
        In the order of pairs, methods, metrics.
    units
        For each pair over what its means and intervals are: ``"10 seeds"``, ``"36 slices of 2 subjects"``.
    seconds
        Median seconds of a fusion, by pair and method; NaN if all failed.
    notes
        For each pair sentences on what the intervals leave out, what failed and what has no value.
    baseline
        What the differences are from; None when there are none.
    confidence
        Of the intervals.
    preset
        Of the metrics.
    """

    comparisons: tuple[Comparison, ...]
    units: Mapping[str, str]
    seconds: Mapping[tuple[str, str], float]
    notes: Mapping[str, tuple[str, ...]]
    baseline: str | None
    confidence: float
    preset: str

    @property
    def pairs(self) -> tuple[str, ...]:
        """Pairs, in order."""
        return tuple(dict.fromkeys(c.pair for c in self.comparisons))

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods, in order."""
        return tuple(dict.fromkeys(c.method for c in self.comparisons))

    def metrics(self, pair: str) -> tuple[Metric, ...]:
        """Metrics of which one pair has any value, in order."""
        valued = dict.fromkeys(c.metric for c in self.comparisons if c.pair == pair and c.total)
        return tuple(map(metric_of, valued))

    def of(self, pair: str, method: str, metric: str) -> Comparison:
        """One comparison."""
        found = self._index.get((pair, method, metric))
        if found is None:
            slugs = tuple(dict.fromkeys(c.metric for c in self.comparisons))
            for kind, name, known in (("pair", pair, self.pairs), ("method", method, self.methods)):
                check_name(kind, name, known)
            raise ValueError(unknown("metric", metric, slugs))
        return found

    @cached_property
    def _index(self) -> dict[tuple[str, str, str], Comparison]:
        return {(c.pair, c.method, c.metric): c for c in self.comparisons}

    def mean(self, pair: str, method: str, metric: str) -> float:
        """One mean."""
        return self.of(pair, method, metric).mean

    def to_markdown(self) -> str:
        """Tables for a terminal or a page."""
        from medfuse_course.benchmark.rendering import to_markdown

        return to_markdown(self)

    __str__ = to_markdown

    def to_html(self) -> str:
        """Tables for a browser."""
        from medfuse_course.benchmark.rendering import to_html

        return to_html(self)

    _repr_html_ = to_html


def summarize(
    results: Results,
    *,
    baseline: str | None = "maximum",
    confidence: float = 0.95,
    resamples: int = 9999,
    seed: int = 0,
) -> Summary:
    """Say what results say.

    Each pair (``head/mri-ct``, ``aanlib/mri-ct:split=test``) is summarized for itself. The *unit* that means and
    intervals are over is the subject: the seed of a phantom, and the person of real images (as the manifest of AANLIB
    says who is one); slices are averaged first. Below five subjects there is no verdict. Then means of real images are
    over slices, and intervals over blocks of neighboring slices (`block_means`), where there are five such blocks; they
    say nothing about other subjects, and the notes say so.

    Parameters
    ----------
    results
        From `run_benchmark`.
    baseline
        The method that the others are compared with, as the results name it. By default the pixelwise maximum, which
        beats published networks on several of their own metrics. None for no comparison.
    confidence, resamples, seed
        Of the paired bootstrap, see `paired_interval`. Each interval is for one comparison: of twenty that compare
        equals, one is expected to leave 0 out at 0.95.

    Returns
    -------
    Means, which is best, and the comparisons with the baseline, for each pair and metric.

    Examples
    --------
    >>> from medfuse_course.benchmark import shipped_table, summarize
    >>> from medfuse_course.benchmark.results import Results
    >>> rows = [row for row in shipped_table("classical").rows if row.method in ("average", "maximum")]
    >>> summary = summarize(Results(tuple(rows)), baseline="average")
    >>> summary.units[summary.pairs[0]]
    '12 seeds'
    >>> summary.of(summary.pairs[0], "maximum", "qabf").verdict
    'better'
    """
    if not results.rows:
        raise ValueError("results: expected at least one row, got none; run_benchmark makes them")
    if baseline is not None and baseline not in results.methods:
        raise ValueError(
            f"baseline: {unknown('method', str(baseline), results.methods)}; run it too, or say baseline=None"
        )
    interval = partial(paired_interval, confidence=confidence, resamples=resamples, seed=seed)
    comparisons: list[Comparison] = []
    units, seconds, notes = {}, {}, {}
    for pair in results.pairs:
        rows = [row for row in results.rows if row.pair == pair]
        over = units_of(rows)
        units[pair] = over.words
        for method in results.methods:
            seconds[pair, method] = _median_seconds(row for row in rows if row.method == method)
        compared = []
        for metric in dict.fromkeys(row.metric for row in rows):
            values = values_by_method(rows, metric, over.by_subject)
            compared += [
                _compare(pair, metric_of(metric), method, values, baseline, over, interval) for method in values
            ]
        notes[pair] = tuple(notes_of(rows, over, [c.over for c in compared if c.over]))
        comparisons += sorted(compared, key=lambda c: results.methods.index(c.method))
    return Summary(tuple(comparisons), units, seconds, notes, baseline, confidence, results.rows[0].preset)


def _compare(
    pair: str,
    metric: Metric,
    method: str,
    values: Mapping[str, Mapping[Item, float]],
    baseline: str | None,
    over: Units,
    interval: Interval,
) -> Comparison:
    every = {item for theirs in values.values() for item in theirs}
    mine = values[method]
    difference = low = high = math.nan
    independent: list[float] = []
    if baseline is not None and method != baseline:
        theirs = values.get(baseline, {})
        differences = by_unit({item: mine[item] - theirs[item] for item in mine if item in theirs})
        difference = mean_of(differences.values())
        independent = list(differences.values()) if over.by_subject else _blocks(differences)
        low, high = interval(independent)
    return Comparison(
        pair=pair,
        method=method,
        metric=metric.slug,
        mean=unit_mean(mine),
        count=len(mine),
        total=len(every),
        best=_is_best(metric, method, values, len(every)),
        difference=difference,
        low=low,
        high=high,
        over=len(independent),
        verdict=_verdict(metric, low, high, (unit_mean(mine), unit_mean(values.get(baseline or "", {}))))
        if over.judged
        else "",
    )


def _blocks(differences: Mapping[Unit, float]) -> list[float]:
    """Means over blocks of neighboring slices of each subject."""
    slices: dict[str, list[float]] = {}
    for subject, number in sorted(differences):
        slices.setdefault(subject, []).append(differences[subject, number])
    return block_means(slices.values())


def _is_best(metric: Metric, method: str, values: Mapping[str, Mapping[Item, float]], every: int) -> bool:
    complete = {name: unit_mean(theirs) for name, theirs in values.items() if len(theirs) == every > 0}
    if metric.direction == "descriptive" or len(values) < 2 or method not in complete:
        return False
    if metric.direction in _TARGETS:
        complete = {name: -abs(value - _TARGETS[metric.direction]) for name, value in complete.items()}
    top = min(complete.values()) if metric.direction == "lower" else max(complete.values())
    return math.isclose(complete[method], top, rel_tol=1e-12)


def _median_seconds(rows: Iterable[Row]) -> float:
    of_image = {(row.seed, row.case, row.slice): row.seconds for row in rows if not math.isnan(row.seconds)}
    return median(of_image.values()) if of_image else math.nan


def _verdict(metric: Metric, low: float, high: float, means: tuple[float, float] = (0.0, 0.0)) -> Verdict:
    """What an interval says of a method whose mean, and the baseline's, are `means`."""
    if metric.direction in ("descriptive", "zero") or math.isnan(low):  # a smaller bias may lie on the other side of 0
        return ""
    if low <= 0 <= high:
        return "undecided"
    rising = metric.direction == "higher"
    if metric.direction == "one":
        if min(means) < 1 < max(means):  # across 1 a difference does not say who is nearer
            return ""
        rising = max(means) <= 1
    return "better" if (low > 0) == rising else "worse"
