"""What a table of results says: means, which is best, and how sure a difference from the baseline is."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from statistics import median
from typing import Literal

from medfuse_course.benchmark.bootstrap import paired_interval
from medfuse_course.benchmark.results import Results, Row
from medfuse_course.benchmark.units import Item, by_unit, mean_of, unit_mean, units_of, values_by_method
from medfuse_course.core.registry import check_name, unknown
from medfuse_course.metrics import Metric
from medfuse_course.metrics.catalogue import METRICS

Verdict = Literal["better", "worse", "undecided", ""]
"""``""``: there is nothing to decide (a descriptive metric, the baseline itself) or no interval to decide by."""

Interval = Callable[[list[float]], tuple[float, float]]


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
        Images (a seed or patient in a slice) with a value, and images for which any method has one.
    best
        No other method has a better mean. Never set for a descriptive metric, nor for a method that lacks values
        another one has: leaving the hard pairs out must not pay.
    difference
        Mean difference from the baseline over the pairs of images that both have; NaN without a baseline.
    low, high
        Its bootstrap interval; NaN when there are too few units.
    verdict
        ``"better"`` or ``"worse"`` when the interval leaves 0 out, by the metric's direction.
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
    verdict: Verdict


@dataclass(frozen=True)
class Summary:
    """The comparisons, with what is needed to read them.

    Attributes
    ----------
    comparisons
        In the order of pairs, methods, metrics.
    units
        For each pair over what its means and intervals are: ``"10 seeds"``, ``"36 slices of 2 patients"``.
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
        return tuple(METRICS[slug] for slug in valued)

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
    intervals are over is the seed of a phantom (its slices are averaged first); on real images it is the patient from
    five patients up, and the slice below: then the interval says nothing about other patients, and the unit says so.

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
        notes[pair] = tuple(note for note in (over.caution, *_failures(rows), *_undefined(rows)) if note)
        for method in results.methods:
            seconds[pair, method] = _median_seconds(row for row in rows if row.method == method)
        compared = []
        for metric in dict.fromkeys(row.metric for row in rows):
            values = values_by_method(rows, metric, over.by_patient)
            compared += [_compare(pair, METRICS[metric], method, values, baseline, interval) for method in values]
        comparisons += sorted(compared, key=lambda c: results.methods.index(c.method))
    return Summary(tuple(comparisons), units, seconds, notes, baseline, confidence, results.rows[0].preset)


def _compare(
    pair: str,
    metric: Metric,
    method: str,
    values: Mapping[str, Mapping[Item, float]],
    baseline: str | None,
    interval: Interval,
) -> Comparison:
    every = {item for theirs in values.values() for item in theirs}
    mine = values[method]
    difference = low = high = math.nan
    if baseline is not None and method != baseline:
        theirs = values.get(baseline, {})
        differences = list(by_unit({item: mine[item] - theirs[item] for item in mine if item in theirs}).values())
        difference = mean_of(differences)
        low, high = interval(differences)
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
        verdict=_verdict(metric, low, high),
    )


def _is_best(metric: Metric, method: str, values: Mapping[str, Mapping[Item, float]], every: int) -> bool:
    complete = {name: unit_mean(theirs) for name, theirs in values.items() if len(theirs) == every > 0}
    if metric.direction == "descriptive" or len(values) < 2 or method not in complete:
        return False
    top = max(complete.values()) if metric.direction == "higher" else min(complete.values())
    return math.isclose(complete[method], top, rel_tol=1e-12)


def _median_seconds(rows: Iterable[Row]) -> float:
    of_image = {(row.seed, row.case, row.slice): row.seconds for row in rows if not math.isnan(row.seconds)}
    return median(of_image.values()) if of_image else math.nan


def _failures(rows: Iterable[Row]) -> Iterable[str]:
    by_method: dict[str, list[Row]] = {}
    for row in rows:
        by_method.setdefault(row.method, []).append(row)
    for method, mine in by_method.items():
        if broken := [row for row in mine if row.status == "failed"]:
            yield f"{method}: {len(broken)} of {len(mine)} values failed, the first by: {broken[0].failure}"


def _undefined(rows: Iterable[Row]) -> Iterable[str]:
    by_metric: dict[str, list[Row]] = {}
    for row in rows:
        by_metric.setdefault(row.metric, []).append(row)
    for metric, those in by_metric.items():
        empty = [row for row in those if row.status == "undefined"]
        if empty:
            amount = "no value" if len(empty) == len(those) else f"no value for {len(empty)} of {len(those)} images"
            yield f"{METRICS[metric].abbreviation} has {amount}: {empty[0].failure}"


def _verdict(metric: Metric, low: float, high: float) -> Verdict:
    if metric.direction == "descriptive" or math.isnan(low):
        return ""
    if low <= 0 <= high:
        return "undecided"
    return "better" if (low > 0) == (metric.direction == "higher") else "worse"
