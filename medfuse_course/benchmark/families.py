"""Groups of methods against each other: what shipped tables say of them, phantom by phantom, and what they cost."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from medfuse_course.benchmark.bootstrap import FEWEST, paired_interval
from medfuse_course.benchmark.results import Row
from medfuse_course.benchmark.shipped import shipped_table, shipped_timings
from medfuse_course.core.registry import check_name
from medfuse_course.methods import get_method
from medfuse_course.metrics import list_metrics

PHANTOM_TABLES = ("classical", "cnn", "gan", "extractors", "transformers", "remedies", "low_dose")
"""Tables of methods on phantoms, twelve patients each, with the truth."""


def phantom_scores(measure: str, methods: Sequence[str], pairs: Sequence[str] = ()) -> NDArray[np.float64]:
    """How good methods are on each phantom, by a measure: more is better.

    A measure of which less is better is negated; one that aims at 1 or at 0 is the negative distance from there, of
    each image before any mean.

    Parameters
    ----------
    measure
        A metric of the shipped tables.
    methods
        Slugs.
    pairs
        Names such as ``"head/mri-pet"``; all that the tables have by default.

    Returns
    -------
    ``(methods, phantoms)``: means over the pairs of images of one phantom, in the unit of the measure.

    Raises
    ------
    ValueError
        There is no value of such a method on such a pair.

    Examples
    --------
    >>> from medfuse_course.benchmark import phantom_scores
    >>> scores = phantom_scores("qabf", ["laplacian_pyramid", "average"])
    >>> scores.shape  # methods, phantoms
    (2, 12)
    >>> bool((phantom_scores("hallucinated_edges", ["average"]) <= 0).all())  # less is better, so it is negated
    True
    """
    direction = {metric.slug: metric.direction for metric in list_metrics()}.get(measure)
    better = _BETTER.get(str(direction), float)
    found: dict[tuple[str, int], list[float]] = {}
    for (method, pair, seed), value in _phantom_values().get(measure, {}).items():
        if method in methods and (not pairs or pair.partition(":")[0] in pairs) and np.isfinite(value):
            found.setdefault((method, seed), []).append(better(value))
    seeds = sorted({seed for _, seed in found})
    absent = [method for method in methods if not all((method, seed) in found for seed in seeds or (0,))]
    if absent:
        raise ValueError(f"methods: no {measure} of {', '.join(absent)} on {', '.join(pairs) or 'any pair'}")
    return np.array([[np.mean(found[method, seed]) for seed in seeds] for method in methods])


def tables_with(measure: str, methods: Sequence[str]) -> tuple[str, ...]:
    """Which shipped tables of phantoms hold a measure of some methods.

    Parameters
    ----------
    measure
        A metric.
    methods
        Slugs.

    Returns
    -------
    Names of files of ``data/benchmark``, in the order of `PHANTOM_TABLES`.
    """
    of = {name: {row.method for row in _rows(name) if row.metric == measure} for name in PHANTOM_TABLES}
    return tuple(f"{name}.csv" for name, there in of.items() if there.intersection(methods))


def family_gains(
    measure: str, better: Sequence[str], worse: Sequence[str], pairs: Sequence[str] = (), *, spread: bool = False
) -> NDArray[np.float64]:
    """By how much the mean of one group of methods is ahead of the mean of another, phantom by phantom.

    The methods are those that there are; what varies is the phantom. So an interval over these gains says what other
    phantoms would say of the same methods, and nothing of other methods.

    Parameters
    ----------
    measure, pairs
        As `phantom_scores` takes them.
    better, worse
        Slugs.
    spread
        Compare how far each phantom lies from the median of its group, instead of the values: positive where `better`
        differs less from phantom to phantom.

    Returns
    -------
    One for each phantom, positive where `better` is ahead.

    Examples
    --------
    >>> from medfuse_course.benchmark import family_gains
    >>> gains = family_gains("qabf", ["laplacian_pyramid"], ["average"])
    >>> gains.shape, bool((gains > 0).all())  # on each of twelve phantoms the pyramid carries more edges over
    ((12,), True)
    """
    sides = [phantom_scores(measure, methods, pairs).mean(axis=0) for methods in (better, worse)]
    if spread:
        far = [np.abs(side - np.median(side)) for side in sides]
        return np.asarray(far[1] - far[0])
    return np.asarray(sides[0] - sides[1])


def cost(kind: str, method: str) -> float:
    """What a method costs.

    Parameters
    ----------
    kind
        ``"milliseconds"`` for 256 x 256 pixels or ``"milliseconds, 1024"`` for 1024 x 1024, on one thread at the
        course's size, from ``data/timings.json``; ``"parameters"`` of the published size; ``"minutes of training"`` and
        ``"seconds a step"`` of the weights that ship, as they say themselves (those of a trunk for who works on one).
    method
        Its slug.

    Returns
    -------
    A number above 0, in the unit that `kind` names.

    Examples
    --------
    >>> from medfuse_course.benchmark import cost
    >>> cost("parameters", "densefuse")  # as published
    74193.0
    """
    check_name("kind", kind, tuple(_COSTS))
    return _COSTS[kind](method)


def cost_ratio(kind: str, less: Sequence[str], more: Sequence[str]) -> tuple[float, float, float]:
    """How many times as much one group of methods costs as another, with its interval.

    Costs differ by factors, so logarithms are compared, and the mean is a geometric one. Here the methods are what
    varies: with at least five in both groups the interval is Welch's; where one of them is a single method it is the
    bootstrap's over the methods of the other.

    Parameters
    ----------
    kind
        As `cost` takes it.
    less, more
        Slugs.

    Returns
    -------
    The ratio of `more` to `less`, and the ends of its 95 % interval; these are NaN for too few methods.

    Examples
    --------
    >>> from medfuse_course.benchmark import cost, cost_ratio
    >>> ratio, low, high = cost_ratio("parameters", ["densefuse"], ["ifcnn"])
    >>> round(ratio, 6) == round(cost("parameters", "ifcnn") / cost("parameters", "densefuse"), 6)
    True
    >>> low, high  # of one method against one nothing can be said of others
    (nan, nan)
    """
    logs = [np.log([cost(kind, method) for method in methods]) for methods in (less, more)]
    gain = logs[1].mean() - logs[0].mean()
    if min(map(len, logs)) >= FEWEST:
        ends = stats.ttest_ind(logs[1], logs[0], equal_var=False).confidence_interval(0.95)
    elif min(map(len, logs)) == 1:
        ends = paired_interval(logs[1] - logs[0])
    else:
        ends = (np.nan, np.nan)
    return float(np.exp(gain)), float(np.exp(ends[0])), float(np.exp(ends[1]))


_BETTER: Mapping[str, Callable[[float], float]] = {
    "lower": lambda value: -value,
    "one": lambda value: -abs(value - 1),
    "zero": lambda value: -abs(value),
}
"""What makes more better, by a metric's direction."""


@lru_cache(maxsize=len(PHANTOM_TABLES))
def _rows(name: str) -> tuple[Row, ...]:
    return shipped_table(name).rows


@lru_cache(maxsize=1)
def _phantom_values() -> Mapping[str, Mapping[tuple[str, str, int], float]]:
    """Measure to the value of each method, pair and seed."""
    values: dict[str, dict[tuple[str, str, int], float]] = {}
    for row in (row for name in PHANTOM_TABLES for row in _rows(name)):
        values.setdefault(row.metric, {})[row.method, row.pair, row.seed or 0] = row.value
    return values


@lru_cache(maxsize=64)
def _parameters(method: str) -> float:
    import torch

    with torch.random.fork_rng(devices=[]):  # built to be counted: nobody's random numbers change
        return float(sum(weight.numel() for weight in get_method(method).load()("paper").parameters()))


def _trained(method: str) -> Mapping[str, Any]:
    from medfuse_course.methods import inspect, shipped_path

    return inspect(shipped_path(method)).provenance


_COSTS: Mapping[str, Callable[[str], float]] = {
    "milliseconds": lambda method: float(shipped_timings()["methods (ms)"][method]),
    "milliseconds, 1024": lambda method: float(shipped_timings()["methods, 1024 x 1024 (ms)"][method]),
    "parameters": _parameters,
    "minutes of training": lambda method: float(_trained(method)["seconds"]) / 60,
    "seconds a step": lambda method: float(_trained(method)["seconds"]) / float(_trained(method)["steps"]),
}
