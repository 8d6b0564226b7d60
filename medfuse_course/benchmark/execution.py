"""Where jobs run: here, or wherever an executor takes them.

A *batch* is the jobs on one pair of images. Whoever runs batches gets `keep`, and calls it with records as they come;
what goes wrong with a job becomes its record, so that one bad method never ends a run of hours.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Future, as_completed
from typing import Any

from medfuse_course.benchmark.jobs import Job, Record, failed, iterate_jobs, run_jobs
from medfuse_course.benchmark.processes import WorkerDiedError

Batch = tuple[Job, ...]
Keep = Callable[[list[Record]], None]


def run_here(batches: Iterable[Batch], keep: Keep) -> None:
    """One job after another, in this process: nothing protects the run from a method that crashes Python itself."""
    for batch in batches:
        for record in iterate_jobs(batch):
            keep([record])


def run_through(executor: Any, batches: Iterable[Batch], keep: Keep) -> None:
    """Through an executor: `Processes`, one of `concurrent.futures`, or a ``dask.distributed.Client``.

    A batch that is lost (its worker died, say) is sent again job by job: so the culprit is known for certain, and the
    others get their values. Dask itself first tries a job whose worker died elsewhere, three times unless its
    ``distributed.scheduler.allowed-failures`` says otherwise.
    """
    pool = executor.get_executor(pure=False, retries=0) if hasattr(executor, "get_executor") else executor
    waiting = list(batches)
    while waiting:
        sent: dict[Future[list[Record]], Batch] = {}
        again: list[Batch] = []
        try:
            for batch in waiting:
                sent[_submit(pool, batch)] = batch
            for future in as_completed(sent):
                again += _settle(sent.pop(future), future, keep)
        finally:
            for future in sent:
                future.cancel()
            for future in sent:  # Ctrl-C: what was finished meanwhile is kept
                if future.done() and not future.cancelled() and future.exception() is None:
                    keep(future.result())
        waiting = again


def _settle(batch: Batch, future: Future[list[Record]], keep: Keep) -> list[Batch]:
    """Keep what came of a batch, and return what must be sent again."""
    error = future.exception()
    if error is None:
        keep(future.result())
        return []
    if len(batch) > 1:
        return [(job,) for job in batch]
    keep([failed(batch[0], str(error) if isinstance(error, WorkerDiedError) else error)])
    return []


def _submit(pool: Any, batch: Batch) -> Future[list[Record]]:
    try:
        future: Future[list[Record]] = pool.submit(run_jobs, batch)
    except BrokenExecutor as error:
        raise RuntimeError(
            f"executor: it is broken ({error}); what was finished is in the results folder, if there is one: "
            "start again with a new executor"
        ) from error
    return future
