"""Worker processes on this machine. One that dies loses its own task; the others go on."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
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
    of its own, with a thread that waits for it, and a new one takes the place of one that died. None outlives the
    process that started it, however that ends.
    """

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        self._idle: SimpleQueue[ProcessPoolExecutor] = SimpleQueue()
        self._numbers: dict[ProcessPoolExecutor, int] = {}
        self._closing = False
        self._before = {name: os.environ.get(name) for name in THREADS}
        os.environ.update(dict.fromkeys(THREADS, "1"))  # libraries read these when they are first imported
        try:
            for _ in range(count):
                self._idle.put(self._start())
        except BaseException:
            self.close(at_once=True)
            raise

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close(at_once=kind is not None and not issubclass(kind, Exception))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a function called in a process."""
        return self._threads.submit(self._do, function, arguments)

    def close(self, at_once: bool = False) -> None:
        """End the processes: after what they are doing, or at once, as Ctrl-C and signals ask for."""
        self._closing = True
        for number in self._numbers.values() if at_once else ():
            with suppress(OSError):  # gone already
                os.kill(number, signal.SIGTERM)
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
            del self._numbers[process]
            if not self._closing:
                process = self._start()
            raise WorkerDiedError from error
        finally:
            self._idle.put(process)

    def _start(self) -> ProcessPoolExecutor:
        # Spawned on every system: a forked copy of a process that runs threads (torch, a notebook) may hang.
        process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_live_with_the_parent)
        try:
            self._numbers[process] = process.submit(os.getpid).result()
        except BrokenProcessPool as error:
            raise RuntimeError(
                "workers: no process could be started; in a script, call run_benchmark below "
                "`if __name__ == '__main__':`, because each process imports the script; or use workers=1"
            ) from error
        return process


def _live_with_the_parent() -> None:
    """Leave Ctrl-C to the parent, and end when it is gone, which nothing else would tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
