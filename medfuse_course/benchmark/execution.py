"""Where jobs run: here, in processes of this machine, or wherever an executor takes them.

A *batch* is the jobs on one pair of images. Whoever runs batches gets `keep`, and calls it with records as they come;
what goes wrong with a job becomes its record, so that one bad method never ends a run of hours.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from medfuse_course.benchmark.jobs import Job, Record, failed, iterate_jobs, run_jobs

Batch = tuple[Job, ...]
Keep = Callable[[list[Record]], None]

_DEAD = "the worker process died: killed, out of memory, or a crash in compiled code"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def run_here(batches: Iterable[Batch], keep: Keep) -> None:
    """One job after another, in this process: nothing protects the run from a method that crashes Python itself."""
    for batch in batches:
        for record in iterate_jobs(batch):
            keep([record])


def run_in_processes(batches: Iterable[Batch], keep: Keep, workers: int) -> None:
    """In fresh processes of one thread each.

    When a process dies, all batches then running are suspects: their jobs are done again one at a time, so that the
    culprit is known for certain and the others get their values.
    """
    waiting = deque(batches)
    with _one_thread():
        while waiting:
            suspects: deque[Batch] = deque(
                (job,) for batch in _run_until_death(waiting, keep, workers) for job in batch
            )
            while suspects:
                for culprit in _run_until_death(suspects, keep, 1):
                    keep([failed(job, _DEAD) for job in culprit])


def run_through(executor: Any, batches: Iterable[Batch], keep: Keep) -> None:
    """Through somebody else's executor or a ``dask.distributed.Client``.

    A batch that fails as a whole (its worker died, say) is sent again job by job. Dask itself first tries a job whose
    worker died elsewhere, three times unless its ``distributed.scheduler.allowed-failures`` says otherwise.
    """
    pool = executor.get_executor(pure=False, retries=0) if hasattr(executor, "get_executor") else executor
    waiting = list(batches)
    while waiting:
        futures: dict[Future[list[Record]], Batch] = {}
        again: list[Batch] = []
        try:
            futures = {_submit(pool, batch): batch for batch in waiting}
            for future in as_completed(futures):
                try:
                    keep(future.result())
                except Exception as error:
                    batch = futures[future]
                    if len(batch) == 1:
                        keep([failed(batch[0], error)])
                    again += [(job,) for job in batch if len(batch) > 1]
        finally:
            for future in futures:
                future.cancel()
        waiting = again


def _submit(pool: Any, batch: Batch) -> Future[list[Record]]:
    try:
        future: Future[list[Record]] = pool.submit(run_jobs, batch)
    except BrokenExecutor as error:
        raise RuntimeError(
            f"executor: it is broken ({error}); what was finished is in the results folder, if there is one: "
            "start again with a new executor"
        ) from error
    return future


def _run_until_death(waiting: deque[Batch], keep: Keep, workers: int) -> list[Batch]:
    """Work `waiting` off; if a process dies, return the batches that were running and leave the rest."""
    pool = _start(min(workers, len(waiting)))
    running: dict[Future[list[Record]], Batch] = {}
    try:
        while waiting or running:
            alive = _fill(pool, waiting, running, workers)
            lost = _collect(running, keep)
            if lost or not (alive or running):
                while running:  # in a pool that lost a process every future ends at once
                    lost += _collect(running, keep)
                return lost
        return []
    finally:
        pool.shutdown(cancel_futures=True)
        for future in running:  # Ctrl-C: what was finished meanwhile is kept
            if future.done() and not future.cancelled() and future.exception() is None:
                keep(future.result())


def _fill(
    pool: ProcessPoolExecutor, waiting: deque[Batch], running: dict[Future[list[Record]], Batch], workers: int
) -> bool:
    """Hand out as many batches as there are workers, no more, because all of these are suspects when one dies."""
    while waiting and len(running) < workers:
        try:
            future = pool.submit(run_jobs, waiting[0])
        except BrokenProcessPool:  # a process died between two batches
            return False
        running[future] = waiting.popleft()
    return True


def _collect(running: dict[Future[list[Record]], Batch], keep: Keep) -> list[Batch]:
    lost = []
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        batch = running.pop(future)
        try:
            keep(future.result())
        except BrokenProcessPool:
            lost.append(batch)
        except Exception as error:
            keep([failed(job, error) for job in batch])
    return lost


def _start(workers: int) -> ProcessPoolExecutor:
    # Spawned on every system: a forked copy of a process that runs threads (torch, a notebook) may hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_leave_interrupts_to_the_parent)
    try:
        pool.submit(os.getpid).result()
    except BrokenProcessPool as error:
        raise RuntimeError(
            "workers: no process could be started; in a script, call run_benchmark below `if __name__ == '__main__':`, "
            "because each process imports the script; or use workers=1"
        ) from error
    return pool


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes started inside compute with one thread each: libraries read these when they are first imported."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
