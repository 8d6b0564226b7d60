"""A process of its own for one notebook, seen from outside: started, asked, timed, ended.

It is isolation against accidents and simple cheats, not a jail: the process runs as the same user, so it can read and
write what this user can. Who grades strangers runs the whole of it in a container or a virtual machine.
"""

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

from medfuse_course.grading.wire import WireError, read_frame, write_frame

_LIBRARY = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, {root!r}); from medfuse_course.grading.worker import main; main()"
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "MEDFUSE_DATA", "MEDFUSE_CACHE", "MEDFUSE_PROFILE", "OMP_NUM_THREADS")
_SPACES = (("unshare", "--user", "--map-root-user"), ("unshare",))
_INSIDE = ("--net", "--pid", "--fork", "--kill-child")
PROCESSES = 200
"""Processes and threads that a notebook may have, beside those that its user has already."""


class Ended(Exception):
    """The process is gone, by its own doing or because its time was over; the message says which."""

    def __init__(self, result: str, words: str) -> None:
        super().__init__(words)
        self.result = result


@dataclass(frozen=True)
class Limits:
    """What a notebook may use.

    Attributes
    ----------
    seconds
        For one cell, and for one answer of a function.
    total
        For all of it, in multiples of that.
    memory
        Bytes of address space of each of its processes.
    """

    seconds: float = 120.0
    total: float = 20.0
    memory: int = 8 * 2**30


@dataclass
class Sandbox:
    """One process with the answers of one notebook.

    Attributes
    ----------
    order
        What it is to run: cells, numbers of those to leave out, names and values of answers.
    limits
        What it may use.
    deadline
        When all of it has to be over, on `time.monotonic`.
    cell
        The cell that it said it runs.
    """

    order: dict[str, Any]
    limits: Limits
    deadline: float
    cell: int = -1
    _kept: list[Callable[..., Any]] = field(default_factory=list)
    _asked: int = 0

    def __enter__(self) -> "Sandbox":
        self._scratch = tempfile.mkdtemp(prefix="medfuse-grade-")
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        environment |= dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR"), self._scratch)
        environment |= {"MPLBACKEND": "Agg", "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [*_wall(), sys.executable, "-I", "-c", _START.format(root=str(_LIBRARY))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._scratch,
            env=environment,
            start_new_session=True,
        )
        self._into, self._out_of = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        self._over = threading.Timer(self.deadline - time.monotonic(), self._process.kill)  # even while we write to it
        self._over.daemon = True
        self._over.start()
        self._frames: queue.Queue[Any] = queue.Queue(maxsize=8)
        self._gone, self._reader = False, threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.cancel()
        self._kill()
        self._gone = True
        self._reader.join(5)
        if not self._reader.is_alive():
            self._out_of.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def run(self) -> dict[str, str]:
        """Let it run its cells; return the errors of those that raised, by their number."""
        order = {"memory": self.limits.memory, "processes": _processes(), "no_network": bool(_wall())}
        self._write(self.order | order)
        while True:
            frame = self._next()
            if "ran" in frame:
                errors = frame["ran"]
                return {str(k): str(v) for k, v in errors.items()} if isinstance(errors, dict) else {}
            if not isinstance(frame.get("cell"), int):
                raise Ended("crashed", "its process sent something that no cell sends")
            self.cell = frame["cell"]

    def ask(self, exercise: str, given: tuple[Any, ...] | None = None) -> dict[str, Any]:
        """What it says of an answer, or what the answer returns for these arguments.

        Raises
        ------
        Ended
            The process ended, or its time did.
        Odd
            An argument is not of a plain kind.
        """
        self._asked += 1
        self._kept = []
        question = {"id": self._asked, "exercise": exercise} | ({} if given is None else {"given": given})
        self._write(question)
        while True:
            frame = self._next()
            if isinstance(frame.get("back"), int) and 0 <= frame["back"] < len(self._kept):
                self._write({"value": self._kept[frame["back"]](*frame["given"])})
            elif frame.get("id") == self._asked and isinstance(frame.get("is"), str):
                return frame
            else:
                self._kill()
                raise Ended("crashed", "its process sent an answer that nobody had asked for")

    def _keep(self, function: Callable[..., Any]) -> int:
        self._kept.append(function)
        return len(self._kept) - 1

    def _write(self, message: dict[str, Any]) -> None:
        try:
            write_frame(self._into, message, self._keep)
        except (OSError, ValueError) as error:  # a ValueError is a stream that was closed
            raise Ended("crashed", self._how_it_ended()) from error

    def _read(self) -> None:
        """Put what comes into the queue, in a thread of its own; the last thing is an error or None."""
        last: Any = None
        try:
            while (frame := read_frame(self._out_of)) is not None:
                self._put(frame)
        except (WireError, OSError, ValueError) as error:
            last = error
        self._put(last)

    def _put(self, frame: Any) -> None:
        while not self._gone:  # what nobody takes any more is dropped
            with contextlib.suppress(queue.Full):
                self._frames.put(frame, timeout=0.2)
                return

    def _next(self) -> dict[str, Any]:
        now = time.monotonic()
        try:
            frame = self._frames.get(timeout=max(0.01, min(self.limits.seconds, self.deadline - now)))
        except queue.Empty:
            self._kill()
            spent = "all of its time" if self.deadline - now < self.limits.seconds else f"{self.limits.seconds:.0f} s"
            raise Ended("timeout", f"it had not come to an end after {spent}") from None
        if isinstance(frame, dict):
            return frame
        if frame is not None:
            self._kill()
            raise Ended("crashed", f"its process sent {frame}")
        raise Ended("crashed", self._how_it_ended())

    def _how_it_ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(timeout=5)
            if code < 0 or code > 128:
                number = -code if code < 0 else code - 128
                name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
                return f"its process was ended by {name}; not enough memory is one reason"
            return f"its process ended itself, with the exit code {code}"
        return "its process closed its answers"

    def _kill(self) -> None:
        """End the process and all that it started in its session; in a space of its own, all that it started at all."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        with contextlib.suppress(OSError, ValueError):
            self._into.close()


def isolation() -> str:
    """What keeps a notebook from the network and from leaving processes behind on this machine, in words."""
    if _wall():
        return "each notebook runs in a network and a process space of its own"
    return "this system gives no network of its own: only Python's sockets are closed to a notebook"


@cache
def _wall() -> Sequence[str]:
    """The command that gives a process a network and a process space of its own, where this user may have them."""
    for start in _SPACES:
        command = [*start, *_INSIDE]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if subprocess.run([*command, "true"], capture_output=True, timeout=10, check=False).returncode == 0:
                return tuple(command)
    return ()


def _processes() -> int:
    """How many processes and threads of this user there may be, or 0 where nobody counts them."""
    count = 0
    try:
        for path in Path("/proc").iterdir():
            if path.name.isdecimal():
                with contextlib.suppress(OSError):
                    count += len(list((path / "task").iterdir())) if path.stat().st_uid == os.getuid() else 0
    except (OSError, AttributeError):
        return 0
    return count + PROCESSES if count else 0
