"""The process that runs a student's cells and holds the answers. It knows no right answer and judges nothing.

The judge starts it with a clean environment in a scratch folder. It limits itself, then runs the cells, then answers:
what an exercise's answer is, and what its function returns for given arguments. All of it is data to the judge.
"""

import copy
import linecache
import os
import re
import sys
import tempfile
import types
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np

from medfuse_course import exercises
from medfuse_course.exercises.attempt import is_starter, one_line
from medfuse_course.exercises.lent import is_lent, lend
from medfuse_course.exercises.plain import Odd, described, kind_of, plain, without_tensors
from medfuse_course.exercises.result import Result
from medfuse_course.grading.wire import read_frame, write_frame


def main() -> None:
    """Talk to the judge over what were stdin and stdout."""
    source, sink = (os.fdopen(os.dup(fd), mode) for fd, mode in ((0, "rb"), (1, "wb")))
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    order = read_frame(source)
    if order is None:
        return
    _limit(order["memory"], order["processes"])
    if not order["no_network"]:
        _close_sockets()
    tempfile.tempdir = str(Path.cwd())
    _Holder(source, sink).serve(order["cells"], set(order["skip"]), order["names"], order["values"])


def _limit(memory: int, processes: int) -> None:
    """Bounds that this process and its children cannot lift again, where the system has such."""
    try:
        import resource
    except ImportError:  # Windows: time is bounded by the judge, memory is not
        return
    bounds = [(resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 2**30)]
    if processes:
        bounds.append((resource.RLIMIT_NPROC, processes))
    for what, most in bounds:
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError):  # macOS refuses some
            continue


def _close_sockets() -> None:
    """Without a network of its own to lock it into, Python's sockets at least are closed to it."""
    import socket

    def closed(*_: Any, **__: Any) -> NoReturn:
        raise OSError("there is no network while a notebook is graded")

    methods = dict.fromkeys(("connect", "connect_ex", "bind", "sendto", "sendmsg"), closed)
    parts: dict[str, Any] = {"socket": type("socket", (socket.socket,), methods)}
    parts |= dict.fromkeys(("create_connection", "getaddrinfo", "gethostbyname"), closed)
    for name, part in parts.items():
        setattr(socket, name, part)


class _Holder:
    """The answers of one notebook."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self._source, self._sink = source, sink
        self.answers: dict[str, Any] = {}

    def serve(self, cells: list[str], skip: set[int], names: dict[str, str], values: dict[str, Any]) -> None:
        """Run the cells, say so, then answer until the judge has no more questions."""
        space = self._space()
        self.answers |= values
        errors: dict[str, str] = {}
        for number, cell in enumerate(cells):
            if number in skip:
                continue
            self._say({"cell": number})
            if error := _run(cell, number, space):
                errors[str(number)] = error
        for exercise, name in names.items():
            if exercise not in self.answers and name in space:
                self.answers[exercise] = space[name]
        self._say({"ran": errors})
        while (question := self._hear()) is not None:
            self._say(self._reply(question))

    def _space(self) -> dict[str, Any]:
        """The names of a notebook, whose `check` and `use` only note what they are given."""

        def note(name: str, answer: Any) -> Any:
            if isinstance(name, str) and answer is not None and not is_lent(answer):
                self.answers[name] = answer
            return Result(str(name), "not attempted", "noted")

        def use(name: str, answer: Any) -> Any:
            if name not in self.answers:
                note(name, answer)
            return lend(exercises.get_exercise(name).solution())

        for module in (sys.modules["medfuse_course"], exercises):
            vars(module).update(check=note, use=use)
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        main.__dict__.update(display=lambda *_, **__: None, check=note, use=use)
        return main.__dict__

    def _reply(self, question: dict[str, Any]) -> dict[str, Any]:
        number = question["id"]
        if question["exercise"] not in self.answers:
            return {"id": number, "is": "missing"}
        answer = self.answers[question["exercise"]]
        if "given" in question:
            return {"id": number} | self._call(answer, question["given"])
        try:
            if is_lent(answer):
                return {"id": number, "is": "lent"}
            if is_starter(answer):
                return {"id": number, "is": "starter"}
            if type(answer) in (Fraction, Decimal):
                answer = float(answer)
            return {"id": number, "is": "value", "value": plain(without_tensors(answer))}
        except Odd:
            kind = "callable" if callable(answer) and not hasattr(answer, "parameters") else "odd"  # no network
            return {"id": number, "is": kind, "what": described(answer)}
        except Exception as error:
            return {"id": number, "is": "odd", "what": kind_of(error)}

    def _call(self, answer: Any, given: tuple[Any, ...]) -> dict[str, Any]:
        before = [copy.deepcopy(x) if isinstance(x, np.ndarray) else None for x in given]
        try:
            with np.errstate(all="ignore"):
                result = answer(*given)
            changed = {
                str(k): plain(given[k])
                for k, was in enumerate(before)
                if was is not None and not np.array_equal(was, given[k], equal_nan=True)
            }
            return {"is": "returned", "value": plain(without_tensors(result)), "changed": changed}
        except Odd as odd:
            return {"is": "odd", "what": str(odd)}
        except BaseException as error:
            return {"is": "raised", "kind": kind_of(error), "what": one_line(error)}

    def _say(self, message: dict[str, Any]) -> None:
        try:
            write_frame(self._sink, message)
        except Odd as odd:
            write_frame(self._sink, {"id": message.get("id"), "is": "odd", "what": str(odd)})

    def _hear(self) -> dict[str, Any] | None:
        return read_frame(self._source, self._stub)

    def _stub(self, number: int) -> Any:
        """A function that the judge keeps and calls for us."""

        def ask(*given: Any) -> Any:
            self._say({"back": number, "given": given})
            told = self._hear()
            if told is None:
                raise EOFError("the judge is gone")
            return told["value"]

        return ask


def _run(cell: str, number: int, space: dict[str, Any]) -> str:
    """Run a cell as IPython would without showing anything; return its error, or nothing."""
    if cell.lstrip().startswith("%%"):
        return ""
    code = re.sub(r"^([ \t]*)[%!?].*$", r"\1pass", cell, flags=re.M)
    name = f"<cell {number}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)  # who trains asks for the source
    try:
        exec(compile(code, name, "exec"), space)
    except BaseException as error:  # the next cells may well run, as they do in a notebook
        return f"{kind_of(error)}: {one_line(error)}"
    return ""
