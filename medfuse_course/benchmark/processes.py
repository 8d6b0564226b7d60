"""Worker processes on this machine. One that dies loses its own task; the others go on."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from queue import SimpleQueue
from types import TracebackType
from typing import Any

DEAD = "the worker process died: killed, out of memory, or a crash in compiled code"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class WorkerDiedError(RuntimeError):
    """The process that did a task is gone, and with it whatever the task had made."""

    def __str__(self) -> str:
        return DEAD


class Processes:
    """An executor of `count` fresh processes, of one thread each.

    A pool of `concurrent.futures` is broken as a whole when one of its processes dies. So each process here is a pool
    of its own, with a thread that waits for it, and a new one takes the place of one that died.
    """

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        self._idle: SimpleQueue[ProcessPoolExecutor] = SimpleQueue()
        self._before = {name: os.environ.get(name) for name in THREADS}
        os.environ.update(dict.fromkeys(THREADS, "1"))  # libraries read these when they are first imported
        try:
            for _ in range(count):
                self._idle.put(_start())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a function called in a process."""
        return self._threads.submit(self._do, function, arguments)

    def close(self) -> None:
        """Wait for what runs, and end the processes."""
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().shutdown()
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def _do(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        process = self._idle.get()
        try:
            return process.submit(function, *arguments).result()
        except BrokenProcessPool as error:
            process = _start()
            raise WorkerDiedError from error
        finally:
            self._idle.put(process)


def _start() -> ProcessPoolExecutor:
    # Spawned on every system: a forked copy of a process that runs threads (torch, a notebook) may hang.
    context = multiprocessing.get_context("spawn")
    process = ProcessPoolExecutor(1, context, initializer=_leave_interrupts_to_the_parent)
    try:
        process.submit(os.getpid).result()
    except BrokenProcessPool as error:
        raise RuntimeError(
            "workers: no process could be started; in a script, call run_benchmark below `if __name__ == '__main__':`, "
            "because each process imports the script; or use workers=1"
        ) from error
    return process


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
