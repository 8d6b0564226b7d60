"""`run_benchmark`: every method on every pair, judged by every metric."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from medfuse_course.benchmark import execution
from medfuse_course.benchmark.jobs import Job, Record
from medfuse_course.benchmark.library import library_digest
from medfuse_course.benchmark.results import Results, Row
from medfuse_course.benchmark.specs import MethodSpec, PairSpec
from medfuse_course.benchmark.store import Store
from medfuse_course.core.registry import UnknownNameError, unknown
from medfuse_course.metrics import Metric, list_metrics


def run_benchmark(
    methods: Iterable[str | MethodSpec],
    metrics: Iterable[str] | None,
    pairs: Iterable[PairSpec],
    *,
    preset: str = "course",
    folder: str | os.PathLike[str] | None = None,
    workers: int = 1,
    executor: Any = None,
    progress: bool = True,
) -> Results:
    """Compare methods on the same pairs.

    Parameters
    ----------
    methods
        Slugs, slugs with options (``"laplacian_pyramid:levels=5"``), or `MethodSpec`.
    metrics
        Slugs; None for all of the preset. Metrics that need a truth are computed where there is one.
    pairs
        As `phantom_pairs` and `aanlib_pairs` make them.
    preset
        Of the metrics: ``"course"``, ``"cddfuse"`` or ``"linfeng"``.
    folder
        Where finished jobs are kept, so that a run that was interrupted goes on where it stopped and a larger one
        computes only what is new. Results of another version of the library, of other options or another preset are
        never mixed in. None keeps nothing.
    workers
        Processes on this machine, of one thread each. 1 computes in this process.
    executor
        Computes the jobs instead: any executor like those of `concurrent.futures`, or a ``dask.distributed.Client``.
        Its workers need this library and, for real pairs, the images. Give a worker one thread if its seconds count.
    progress
        Show a bar on terminals.

    Returns
    -------
    Results. A method that fails, or that takes its process with it, has rows with status ``"failed"``; these are tried
    again by the next run in the same folder.

    Raises
    ------
    TypeError, ValueError
        A name, an option or a number that cannot be; nothing is computed then.

    Examples
    --------
    >>> from medfuse_course.benchmark import phantom_pairs, run_benchmark, summarize
    >>> results = run_benchmark(["maximum", "average"], ["qabf"], phantom_pairs("head/mri-ct", seeds=range(5)))
    >>> summarize(results).mean("head/mri-ct", "average", "qabf") < 0.5
    True
    """
    _check_workers(workers, executor)
    batches = plan(methods, metrics, pairs, preset)
    jobs = [job for batch in batches for job in batch]
    store = Store(folder) if folder is not None else None
    found = store.read(jobs) if store else {}
    missing = [rest for batch in batches if (rest := _missing(batch, found))]
    _execute(missing, found, store, workers, executor, (len(jobs), progress))
    return Results(tuple(row for job in jobs for row in _rows(job, found[job.key])))


def plan(
    methods: Iterable[str | MethodSpec], metrics: Iterable[str] | None, pairs: Iterable[PairSpec], preset: str
) -> list[execution.Batch]:
    """The jobs of a benchmark, those on one pair of images together; or an error that says which argument is wrong."""
    specs, scenes = _check_methods(methods), _check_pairs(pairs)
    chosen = _check_metrics(metrics, preset, scenes)
    return [_batch(specs, pair, chosen, preset) for pair in scenes]


def _execute(
    missing: Sequence[execution.Batch],
    found: dict[str, Record],
    store: Store | None,
    workers: int,
    executor: Any,
    shown: tuple[int, bool],
) -> None:
    from tqdm import tqdm

    total, progress = shown
    done = total - sum(map(len, missing))
    # disable=None: a bar on terminals only
    with tqdm(total=total, initial=done, unit="job", desc="benchmark", disable=None if progress else True) as bar:

        def keep(records: list[Record]) -> None:
            if store:
                store.append(records)
            for record in records:
                before = found[record.job.key].outcomes if record.job.key in found else {}
                found[record.job.key] = replace(record, outcomes={**before, **record.outcomes})
            bar.update(len(records))

        if executor is not None:
            execution.run_through(executor, missing, keep)
        elif workers > 1:
            execution.run_in_processes(missing, keep, workers)
        else:
            execution.run_here(missing, keep)


def _batch(specs: Sequence[MethodSpec], pair: PairSpec, metrics: Sequence[Metric], preset: str) -> tuple[Job, ...]:
    slugs = tuple(metric.slug for metric in metrics if pair.has_truth or not metric.needs_truth)
    return tuple(Job(spec, pair, slugs, preset, library_digest()) for spec in specs) if slugs else ()


def _missing(batch: execution.Batch, found: dict[str, Record]) -> execution.Batch:
    """What is still to do of a batch: jobs with the metrics that have no outcome."""
    rest = []
    for job in batch:
        known = found[job.key].outcomes if job.key in found else {}
        if metrics := tuple(slug for slug in job.metrics if slug not in known):
            rest.append(replace(job, metrics=metrics))
    return tuple(rest)


def _rows(job: Job, record: Record) -> Iterable[Row]:
    pair = job.pair
    for metric in job.metrics:
        outcome = record.outcomes[metric]
        yield Row(
            method=job.method.label,
            pair=pair.label,
            slice=pair.slice,
            seed=pair.seed,
            case=pair.case,
            metric=metric,
            preset=job.preset,
            value=outcome.value,
            seconds=record.seconds,
            status=outcome.status,
            failure=outcome.failure,
            library=job.library,
        )


def _check_methods(methods: Iterable[str | MethodSpec]) -> tuple[MethodSpec, ...]:
    specs = []
    for method in _several("methods", methods):
        if not isinstance(method, str | MethodSpec):
            raise TypeError(f"methods: expected slugs or MethodSpec, got {type(method).__name__}")
        specs.append(MethodSpec.parse(method) if isinstance(method, str) else method)
        specs[-1].check()
    return tuple(dict.fromkeys(specs))


def _check_pairs(pairs: Iterable[PairSpec]) -> tuple[PairSpec, ...]:
    specs = tuple(dict.fromkeys(_several("pairs", pairs)))
    for pair in specs:
        if not isinstance(pair, PairSpec):
            raise TypeError(
                f"pairs: expected PairSpec, got {type(pair).__name__}; make them with phantom_pairs or aanlib_pairs"
            )
    for pair in {pair.label: pair for pair in specs}.values():
        pair.check()
    return specs


def _check_metrics(metrics: Iterable[str] | None, preset: str, pairs: Sequence[PairSpec]) -> tuple[Metric, ...]:
    known = {metric.slug: metric for metric in list_metrics(preset)}
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


def _several(name: str, given: Iterable[Any]) -> list[Any]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"{name}: expected several (a list), got {given!r}; write [{given!r}]")
    several = list(given)
    if not several:
        raise ValueError(f"{name}: expected at least one, got none")
    return several


def _check_workers(workers: int, executor: Any) -> None:
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(f"workers: expected a positive whole number, got {workers!r}")
    if executor is not None and workers != 1:
        raise ValueError("workers: an executor has its own workers; give one of the two")
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(
            "executor: expected a concurrent.futures executor or a dask.distributed.Client, got "
            f"{type(executor).__name__}"
        )
