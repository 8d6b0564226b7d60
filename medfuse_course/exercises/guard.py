"""What an answer cannot do to the notebook that checks it: run for ever, end it, or leave other functions behind.

A guard is for accidents. It cannot reach into compiled code that never returns (``sum(itertools.count())``), a thread
that the answer starts, nor a signal that ends Python; who grades the work of others runs it in a process of its own.
"""

import contextlib
import ctypes
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from operator import is_
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

OFTEN = 0.05
"""Seconds after which an answer that swallowed the end of its time is told again."""

_WATCHED = (
    *("builtins", "math", "os", "random", "numpy", "numpy.linalg", "numpy.fft", "numpy.random", "scipy.ndimage"),
    *("scipy.fft", "scipy.signal", "torch", "torch.nn", "torch.nn.functional"),
)
_EXITS = ("_exit", "abort", "execv", "execve")


class Interrupted(KeyboardInterrupt):
    """Ctrl-C of the reader; one that an answer raises itself is a KeyboardInterrupt."""


class OutOfTime(BaseException):
    """The answer ran for longer than a check waits."""


STOPS = (Interrupted, OutOfTime)
"""What ends a check, while anything else that an answer raises is one sentence about it."""


class Guard:
    """What happened inside `guarded`.

    Attributes
    ----------
    replaced
        Functions of libraries that were others at the end than at the beginning; they have been put back.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.replaced: list[str] = []
        self.interrupted = self.over = self.done = False


@contextmanager
def guarded(seconds: float) -> Iterator[Guard]:
    """Inside, code that is not trusted may run: it has so many seconds, cannot end Python, and what it sets goes back.

    Put back are functions and classes of NumPy, SciPy, PyTorch, Python and the course, the working directory, the
    environment, the streams, the recursion limit, warning filters, NumPy's error and printing state, and the states of
    the three global random generators.

    Parameters
    ----------
    seconds
        How long it may take, in all.

    Yields
    ------
    The `Guard`, complete when the block has ended.

    Raises
    ------
    OutOfTime
        The seconds are over.
    KeyboardInterrupt
        The reader stopped it, even where the code inside has swallowed that.
    """
    guard, process = Guard(seconds), os.getpid()
    leave = os._exit
    with warnings.catch_warnings(), np.errstate(all="ignore"), _exits_closed():
        warnings.simplefilter("ignore")
        before = _Before()
        try:
            with _watched(guard):
                yield guard
        except Interrupted:
            guard.interrupted = True
        finally:
            if os.getpid() != process:  # a child that the answer forked, which must not go on with the notebook
                leave(0)
            guard.replaced = before.put_back()
    if guard.interrupted:
        raise KeyboardInterrupt


def replaced_before() -> list[str]:
    """Functions of NumPy and math that are others than when the course was imported."""
    return _differences(_AT_IMPORT)


@contextmanager
def _watched(guard: Guard) -> Iterator[None]:
    """Raise `OutOfTime` in this thread when the time is over, until somebody lets it through."""
    here, ended, lock = threading.get_ident(), threading.Event(), threading.Lock()
    main = threading.current_thread() is threading.main_thread()

    def on_signal(*_: Any) -> None:
        if not guard.over:
            guard.interrupted = True
            raise Interrupted
        if not guard.done:
            raise OutOfTime

    def watch() -> None:
        wait = guard.seconds
        while not ended.wait(wait):
            with lock:
                if not guard.done:
                    guard.over, wait = True, OFTEN
                    _tell(here, main)

    before = signal.signal(signal.SIGINT, on_signal) if main else None
    with contextlib.suppress(RuntimeError):  # where there are no threads, as in a browser, nobody watches
        threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        guard.done = True
        ended.set()
        with lock:
            if main:
                signal.signal(signal.SIGINT, before or signal.default_int_handler)
            else:  # what was told and has not arrived yet
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(here), None)
    if guard.over:
        raise OutOfTime


def _tell(thread: int, main: bool) -> None:
    """Have `OutOfTime` raised there. In the main thread a signal does it, which also ends a wait."""
    if not main:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))
    elif hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def _exits_closed() -> Iterator[None]:
    """Inside, what ends Python at once raises SystemExit, and so does IPython's ``exit``."""

    def closed(name: str) -> Callable[..., NoReturn]:
        def ends(*_: Any, **__: Any) -> NoReturn:
            raise SystemExit(f"{name} would have ended Python, and the notebook with it")

        return ends

    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    places: list[tuple[Any, str, Any]] = [(os, name, getattr(os, name)) for name in _EXITS if hasattr(os, name)]
    if shell is not None and hasattr(shell, "ask_exit"):
        places.append((shell, "ask_exit", shell.ask_exit))
    for owner, name, _ in places:
        setattr(owner, name, closed(name))
    try:
        yield
    finally:
        for owner, name, function in places:
            setattr(owner, name, function)


class _Before:
    """How everything stood that an answer could set."""

    def __init__(self) -> None:
        self._functions = {name: dict(vars(sys.modules[name])) for name in _watched_modules()}
        self._parts = [(put, read()) for read, put in _PARTS]
        torch = sys.modules.get("torch")
        if torch is not None and hasattr(torch, "get_rng_state"):
            self._parts += [(torch.set_rng_state, torch.get_rng_state())]
            self._parts += [(torch.set_default_dtype, torch.get_default_dtype())]
            self._parts += [(torch.set_grad_enabled, torch.is_grad_enabled())]

    def put_back(self) -> list[str]:
        """Set everything as it stood; return the names of the functions that were others."""
        changed = _differences(self._functions)
        for name in changed:
            module, _, function = name.rpartition(".")
            setattr(sys.modules[module], function, self._functions[module][function])
        for put, value in self._parts:
            with contextlib.suppress(OSError, ValueError, RecursionError):  # a folder that is gone, a limit too low
                put(value)
        return changed


def _watched_modules() -> list[str]:
    names = [name for name in _WATCHED if name in sys.modules]
    return names + [name for name in list(sys.modules) if name.startswith("medfuse_course.")]


def _differences(known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Functions and classes that are gone or others now. What was added, modules and plain values do not count.

    Nor does what a library wraps in a function of its own: PyTorch does so in the first training of a session.
    """
    found = []
    for name, functions in known.items():
        now = vars(sys.modules[name]) if name in sys.modules else {}
        if all(map(is_, map(now.get, functions), functions.values())):
            continue
        for key, value in functions.items():
            if now.get(key) is value or not callable(value):
                continue
            if not _wraps(now.get(key), value, name.partition(".")[0]):
                found.append(f"{name}.{key}")
    return found


def _wraps(now: Any, value: Any, library: str) -> bool:
    """Whether a function stands around the one that it replaced and comes from the same library."""
    if getattr(now, "__wrapped__", None) is not value or not hasattr(now, "__code__"):
        return False
    folders = getattr(sys.modules.get(library), "__path__", ())
    return any(Path(folder) in Path(now.__code__.co_filename).parents for folder in folders)


def _put_environment(before: Mapping[str, str]) -> None:
    if dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)


def _folder() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""


def _put_folder(before: str) -> None:
    if before and _folder() != before:
        os.chdir(before)


def _put_streams(before: tuple[Any, ...]) -> None:
    sys.stdin, sys.stdout, sys.stderr = before


def _put_path(before: list[str]) -> None:
    sys.path[:] = before


_PARTS: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (random.getstate, random.setstate),
    (np.random.get_state, np.random.set_state),
    (np.get_printoptions, lambda before: np.set_printoptions(**before)),
    (lambda: dict(os.environ), _put_environment),
    (_folder, _put_folder),
    (lambda: (sys.stdin, sys.stdout, sys.stderr), _put_streams),
    (lambda: list(sys.path), _put_path),
    (sys.getrecursionlimit, sys.setrecursionlimit),
)
"""Reads a part of the state, and sets it."""

_AT_IMPORT: Mapping[str, Mapping[str, Any]] = {
    name: dict(vars(sys.modules[name]))
    for name in ("numpy", "numpy.linalg", "numpy.fft", "math")
    if name in sys.modules
}
