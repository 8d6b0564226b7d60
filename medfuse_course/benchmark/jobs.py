"""One job: one method on one pair, judged by some metrics. It always ends in a record, whatever goes wrong."""

import copy
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from medfuse_course.benchmark.library import library_digest
from medfuse_course.benchmark.specs import MethodSpec, PairSpec
from medfuse_course.core.quiet import own_filters
from medfuse_course.core.types import Image
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.pair import Pair
from medfuse_course.methods import fuse, solve
from medfuse_course.metrics import MetricWarning, evaluate, score

Status = Literal["ok", "undefined", "failed"]
"""``undefined``: the metric has no value for these images. ``failed``: something broke, and is tried again."""

Measure = Callable[[Image, Pair], float]
"""A reader's own measure of a fused image, given the pair that it was made of; of another task's result, the case."""

_LONGEST = 500


@dataclass(frozen=True)
class Job:
    """What is to be done.

    Attributes
    ----------
    method, pair
        What is fused, and how.
    metrics
        Slugs, and names of `measures`.
    preset
        Of the metrics.
    library
        `library_digest` of whoever asks; a worker that runs another library refuses.
    measures
        The reader's own, as (name, function).
    weights
        Digest of a file of weights that the method is told to read; empty when it reads none.
    """

    method: MethodSpec
    pair: PairSpec
    metrics: tuple[str, ...]
    preset: str
    library: str
    measures: tuple[tuple[str, Measure], ...] = ()
    weights: str = ""

    @property
    def key(self) -> str:
        """Identifies the fused image and the preset; the metrics stand beside one another under it."""
        pair = self.pair
        told = {
            "method": [self.method.slug, self.method.options, self.weights],
            "pair": [pair.name, pair.slice, pair.seed, pair.case, pair.options],
            "preset": self.preset,
            "library": self.library,
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Outcome:
    """The value of one metric, or why there is none."""

    value: float
    status: Status = "ok"
    failure: str = ""


@dataclass(frozen=True)
class Record:
    """The result of a job: seconds that the fusion took (NaN if it failed), and an outcome for each metric."""

    job: Job
    seconds: float
    outcomes: Mapping[str, Outcome]


def failed(job: Job, why: BaseException | str) -> Record:
    """The record of a job that broke before its metrics were computed."""
    outcome = Outcome(math.nan, "failed", _one_line(why))
    return Record(job, math.nan, dict.fromkeys(job.metrics, outcome))


def run_jobs(jobs: Sequence[Job]) -> list[Record]:
    """Do some jobs on one pair of images, which is loaded once. What worker processes are sent."""
    return list(iterate_jobs(jobs))


def iterate_jobs(jobs: Sequence[Job]) -> Iterator[Record]:
    """`run_jobs`, a record at a time."""
    if jobs[0].library != library_digest():
        raise RuntimeError(
            f"medfuse_course: expected the library {jobs[0].library}, got {library_digest()}; install the same version "
            "of it, of NumPy and of SciPy on every machine, and start again after editing it"
        )
    try:
        pair = jobs[0].pair.load()
    except Exception as error:
        yield from (failed(job, error) for job in jobs)
        return
    for job in jobs:
        yield _run(job, pair)


def _run(job: Job, scene: Pair | Case) -> Record:
    try:
        job.method.method.load()  # importing a method's file is not part of its time
        own = copy.deepcopy(scene)  # a method that writes into its input spoils nobody else's
        start = time.perf_counter()
        result = _result(job.method, own)
        seconds = time.perf_counter() - start
    except Exception as error:
        return failed(job, error)
    return Record(job, seconds, {metric: _outcome(metric, job, result, scene) for metric in job.metrics})


def _result(method: MethodSpec, scene: Pair | Case) -> NDArray[Any]:
    if isinstance(scene, Case):
        return solve(scene, method.slug, **dict(method.options))
    return fuse(scene.a, scene.b, method.own or method.slug, **dict(method.options))


def _outcome(metric: str, job: Job, result: NDArray[Any], scene: Pair | Case) -> Outcome:
    measure = dict(job.measures).get(metric)
    return _measure(measure, result, scene) if measure else _judge(metric, job.preset, result, scene)


def _measure(measure: Callable[..., float], result: NDArray[Any], scene: Pair | Case) -> Outcome:
    try:
        value = float(measure(result, scene))
    except Exception as error:
        return Outcome(math.nan, "failed", _one_line(error))
    return Outcome(value) if not math.isnan(value) else Outcome(value, "undefined", "the measure gave NaN")


def _judge(metric: str, preset: str, result: NDArray[Any], scene: Pair | Case) -> Outcome:
    with own_filters("always", MetricWarning) as caught:
        try:
            if isinstance(scene, Case):
                value = score(result, scene, metric)[metric]
            else:
                value = evaluate(result, scene.a, scene.b, metric, preset, scene.truth)[metric]
        except Exception as error:
            return Outcome(math.nan, "failed", _one_line(error))
    if not math.isnan(value):
        return Outcome(value)
    reasons = [str(w.message) for w in caught if issubclass(w.category, MetricWarning)]
    reason = reasons[0].removeprefix(f"{metric} is NaN: ") if reasons else "the metric gave NaN and no reason"
    return Outcome(math.nan, "undefined", _one_line(reason))


def _one_line(why: BaseException | str) -> str:
    text = why if isinstance(why, str) else f"{type(why).__name__}: {why}"
    return " ".join(text.split())[:_LONGEST]
