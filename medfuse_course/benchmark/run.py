"""`run_benchmark`: every method on every pair, judged by every metric."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from medfuse_course.benchmark import execution
from medfuse_course.benchmark.arguments import (
    Methods,
    Metrics,
    check_measures,
    check_methods,
    check_metrics,
    check_pairs,
    check_travel,
    check_workers,
)
from medfuse_course.benchmark.jobs import Job, Measure, Record
from medfuse_course.benchmark.library import library_digest
from medfuse_course.benchmark.processes import Processes
from medfuse_course.benchmark.results import Results, Row
from medfuse_course.benchmark.specs import MethodSpec, PairSpec
from medfuse_course.benchmark.store import Store
from medfuse_course.metrics import Metric


def run_benchmark(
    methods: Methods,
    metrics: Metrics | None,
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
        Slugs, slugs with options (``"laplacian_pyramid:levels=5"``), `MethodSpec`, and mappings of a name to any of
        these or to a method of your own: a function ``(a, b)`` of two gray images that returns a third, or a
        `torch.nn.Module` whose ``forward(a, b)`` does so for tensors ``(N, 1, H, W)``. `fuse` runs them all: it checks,
        takes care of color, and clips.
    metrics
        Slugs; None for all of the preset. Metrics that need a truth are computed where there is one. Beside slugs,
        mappings of a name to a measure of your own, ``(fused, pair)`` to a number; tables do not judge by it, because
        nobody said which way is better.
    pairs
        As `phantom_pairs` and `aanlib_pairs` make them. Of cases (`datasets.list_cases`) their task's verb and metrics
        are used, and methods of that task are compared; all pairs or cases of one run are of one task.
    preset
        Of the metrics: ``"course"``, ``"cddfuse"`` or ``"linfeng"``.
    folder
        Where finished jobs are kept, so that a run that was interrupted goes on where it stopped and a larger one
        computes only what is new. Results of another version of the library, of other options or another preset are
        never mixed in. Methods and measures of your own are computed each time. None keeps nothing.
    workers
        Processes on this machine, of one thread each. 1 computes in this process. Methods of your own must then stand
        in a file that a process can import.
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

    A method of one's own beside them:

    >>> methods = ["maximum", {"half and half": lambda a, b: (a + b) / 2}]
    >>> results = run_benchmark(methods, ["ssim"], phantom_pairs("head/mri-ct", seeds=[0]))
    >>> results.methods
    ('maximum', 'half and half')
    """
    check_workers(workers, executor)
    batches = plan(methods, metrics, pairs, preset)
    jobs = [job for batch in batches for job in batch]
    store = Store(folder) if folder is not None else None
    found = store.read(jobs) if store else {}
    missing = [rest for batch in batches if (rest := _missing(batch, found))]
    _execute(missing, found, store, workers, executor, (len(jobs), progress))
    return Results(tuple(row for job in jobs for row in _rows(job, found[job.key])))


def plan(methods: Methods, metrics: Metrics | None, pairs: Iterable[PairSpec], preset: str) -> list[execution.Batch]:
    """The jobs of a benchmark, those on one pair of images together; or an error that says which argument is wrong.

    Examples
    --------
    >>> from medfuse_course.benchmark import phantom_pairs, plan
    >>> batches = plan(["average", "maximum"], ["ssim"], phantom_pairs("head/mri-ct", range(3)), "course")
    >>> [len(batch) for batch in batches]  # three pairs of images, two methods for each
    [2, 2, 2]
    """
    scenes = check_pairs(pairs)
    specs = check_methods(methods, scenes[0].task)
    slugs, measures = check_measures(metrics)
    chosen = check_metrics(slugs, preset, scenes) if slugs is None or slugs or not measures else ()
    weights = [_digest_of_weights(spec) for spec in specs]
    return [
        tuple(
            Job(spec, pair, names, preset, library_digest(), measures, digest)
            for spec, digest in zip(specs, weights, strict=True)
        )
        for pair in scenes
        if (names := _names(chosen, measures, pair))
    ]


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
        elif workers > 1 and missing:
            check_travel(missing[0])
            with Processes(min(workers, len(missing))) as processes:
                execution.run_through(processes, missing, keep)
        else:
            execution.run_here(missing, keep)


def _names(metrics: Sequence[Metric], measures: Iterable[tuple[str, Measure]], pair: PairSpec) -> tuple[str, ...]:
    """What is measured on a pair: a metric that needs a truth only where there is one."""
    slugs = [metric.slug for metric in metrics if pair.has_truth or not metric.needs_truth]
    return (*slugs, *(name for name, _ in measures))


def _digest_of_weights(spec: MethodSpec) -> str:
    """Of what a file of weights holds, not of its name: another training may be saved under the same one."""
    path = dict(spec.options).get("weights")
    if isinstance(path, str) and Path(path).is_file():
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return ""


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
