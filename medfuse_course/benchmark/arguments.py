"""The arguments of a benchmark, checked: what is wrong is said before anything is computed."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from multiprocessing.reduction import ForkingPickler
from typing import Any

from medfuse_course.benchmark.jobs import Job, Measure
from medfuse_course.benchmark.specs import MethodSpec, PairSpec
from medfuse_course.core.registry import UnknownNameError, unknown
from medfuse_course.metrics import Metric, list_metrics

Methods = Iterable[str | MethodSpec | Mapping[str, Any]]
Metrics = Iterable[str | Mapping[str, Measure]]

_HOME = "define it by name in a file of its own and import it, or use workers=1"


def check_methods(methods: Methods, task: str = "fusion") -> tuple[MethodSpec, ...]:
    """Specifications of the methods of one task, each once, under names that differ."""
    specs: list[MethodSpec] = []
    for method in [methods] if isinstance(methods, Mapping) else _several("methods", methods):
        if isinstance(method, Mapping):
            specs += [MethodSpec.named(name, one) for name, one in method.items()]
        elif isinstance(method, str | MethodSpec):
            specs.append(MethodSpec.parse(method) if isinstance(method, str) else method)
        elif callable(method):
            name = getattr(method, "__name__", type(method).__name__)
            raise TypeError(f"methods: a method of your own needs a name; write {{'my method': {name}}}")
        else:
            raise TypeError(f"methods: expected slugs, MethodSpec or {{name: function}}, got {type(method).__name__}")
    if not specs:
        raise ValueError("methods: expected at least one, got none")
    specs = list(dict.fromkeys(specs))
    labels = [spec.label for spec in specs]
    for spec in specs:
        spec.check(task)
        if labels.count(spec.label) > 1:
            raise ValueError(f"methods: two of them are called {spec.label!r}; give one another name")
    return tuple(specs)


def check_pairs(pairs: Iterable[PairSpec]) -> tuple[PairSpec, ...]:
    """Specifications of the pairs, each once."""
    specs = tuple(dict.fromkeys(_several("pairs", pairs)))
    for pair in specs:
        if not isinstance(pair, PairSpec):
            raise TypeError(
                f"pairs: expected PairSpec, got {type(pair).__name__}; make them with phantom_pairs or aanlib_pairs"
            )
    for pair in {pair.label: pair for pair in specs}.values():
        pair.check()
    if len(tasks := {pair.task for pair in specs}) > 1:
        raise ValueError(f"pairs: expected pairs or cases of one task, got {' and '.join(sorted(tasks))}")
    return specs


def check_metrics(metrics: Iterable[str] | None, preset: str, pairs: Sequence[PairSpec]) -> tuple[Metric, ...]:
    """The metrics of these slugs; all of the preset when None."""
    known = {metric.slug: metric for metric in list_metrics(preset, pairs[0].task)}
    truth = any(pair.has_truth for pair in pairs)
    if metrics is None:
        return tuple(metric for metric in known.values() if truth or not metric.needs_truth)
    names = tuple(dict.fromkeys(_several("metrics", metrics)))
    for name in names:
        if name not in known:
            raise UnknownNameError(f"metrics: {unknown('metric', str(name), known)} (preset {preset!r})")
        if known[name].needs_truth and not truth:
            raise ValueError(f"metrics: {name!r} needs a known truth, and no pair has one; add a phantom (head/...)")
    return tuple(known[name] for name in names)


def check_measures(metrics: Metrics | None) -> tuple[list[Any] | None, tuple[tuple[str, Measure], ...]]:
    """Slugs (None for all) and the reader's own measures, apart."""
    if metrics is None:
        return None, ()
    given = [metrics] if isinstance(metrics, Mapping) else _several("metrics", metrics)
    measures = tuple(pair for one in given if isinstance(one, Mapping) for pair in one.items())
    known = {metric.slug for metric in list_metrics(task=None)}
    for name, measure in measures:
        if not isinstance(name, str) or not callable(measure):
            raise TypeError(f"metrics: expected {{name: function of a fused image and its pair}}, got {name!r}")
        if name in known:
            raise ValueError(f"metrics: {name!r} is a metric of the library; give your own another name")
    return [one for one in given if not isinstance(one, Mapping)], measures


def check_travel(jobs: Iterable[Job]) -> None:
    """Say before any process starts that something of the reader's own cannot be sent to one."""
    for job in jobs:
        for name, own in (*([(job.method.label, job.method.own)] if job.method.own else []), *job.measures):
            try:
                written = bytes(ForkingPickler.dumps(own))  # as it would travel
            except Exception as error:
                raise TypeError(f"workers: {name!r} cannot be sent to a process ({error}); {_HOME}") from error
            if b"__main__" in written and not hasattr(sys.modules["__main__"], "__file__"):
                raise TypeError(f"workers: {name!r} was written in a notebook, where no process finds it; {_HOME}")


def _several(name: str, given: Iterable[Any]) -> list[Any]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        shown = repr(given) if isinstance(given, str) else getattr(given, "__name__", type(given).__name__)
        raise TypeError(f"{name}: expected several (a list), got {shown}; write [{shown}]")
    several = list(given)
    if not several:
        raise ValueError(f"{name}: expected at least one, got none")
    return several


def check_workers(workers: int, executor: Any) -> None:
    """One of the two ways of computing elsewhere, or none."""
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
        raise ValueError(f"workers: expected a whole number from 1 to 1024, got {workers!r}")
    if executor is not None and workers != 1:
        raise ValueError("workers: an executor has its own workers; give one of the two")
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(
            "executor: expected a concurrent.futures executor or a dask.distributed.Client, got "
            f"{type(executor).__name__}"
        )
