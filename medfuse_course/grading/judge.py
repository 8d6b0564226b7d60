"""Judges the answers of one notebook from outside: what the student's process sends is data, and is checked here.

The right answers never enter that process, and nothing that it says of itself counts: no output, no result, no print.
"""

import builtins
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from medfuse_course.exercises import Exercise, check, get_exercise
from medfuse_course.exercises.plain import Odd
from medfuse_course.grading.sandbox import Ended, Limits, Sandbox
from medfuse_course.grading.submission import Submission, SubmissionError, Work

MOST_STARTS = 6
"""A notebook whose process keeps ending is not started again more often."""


@dataclass(frozen=True)
class Verdict:
    """What one answer of one student is.

    Attributes
    ----------
    exercise
        Its name; ``"(notebook)"`` where the file as a whole could not be graded.
    result
        ``passed``, ``failed``, ``missing``, ``crashed``, ``timeout``, or ``by hand`` where it cannot leave its process.
    sentence
        What the check says of it, or what went wrong.
    seconds
        How long it took, without the cells.
    """

    exercise: str
    result: str
    sentence: str
    seconds: float


def judge(submission: Submission, limits: Limits) -> list[Verdict]:
    """Run a submission in a process of its own and judge its answers here."""
    try:
        work = submission.read()
    except SubmissionError as error:
        return [Verdict("(notebook)", "crashed", str(error), 0.0)]
    return list(_Judge(work, limits).verdicts())


class _Judge:
    """Asks for one answer after the other; where the process ends, starts another and goes on with the next."""

    def __init__(self, work: Work, limits: Limits) -> None:
        self._work, self._limits = work, limits
        self._skip: set[int] = set()
        self._lost: dict[int, str] = {}
        self._starts = 0
        self._deadline = time.monotonic() + limits.total * limits.seconds
        self._last = Ended("crashed", "its process did not start")

    def verdicts(self) -> Iterator[Verdict]:
        """One for each exercise of the chapter."""
        waiting = list(self._work.names)
        while waiting:
            if self._starts >= MOST_STARTS or time.monotonic() > self._deadline:
                yield from (Verdict(name, self._last.result, f"not reached: {self._last}", 0.0) for name in waiting)
                return
            self._starts += 1
            order = {
                "cells": self._work.cells,
                "skip": sorted(self._skip),
                "names": dict(self._work.names),
                "values": dict(self._work.values),
            }
            with Sandbox(order, self._limits, self._deadline) as sandbox:
                try:
                    errors = sandbox.run()
                except Ended as ended:
                    self._last = ended
                    if sandbox.cell < 0:
                        self._starts = MOST_STARTS
                    self._skip.add(sandbox.cell)
                    self._lost[sandbox.cell] = str(ended)
                    continue
                while waiting:
                    name = waiting.pop(0)
                    verdict, alive = self._verdict(sandbox, name, errors)
                    yield verdict
                    if not alive:
                        break

    def _verdict(self, sandbox: Sandbox, name: str, errors: dict[str, str]) -> tuple[Verdict, bool]:
        """The verdict, and whether the process can be asked on."""
        begun, answer = time.perf_counter(), _Remote(sandbox, name)
        result, sentence = self._judged(answer, get_exercise(name), errors)
        if answer.ended is not None:
            self._last = answer.ended
            result, sentence = answer.ended.result, str(answer.ended)
        elif answer.unsendable:
            result, sentence = "by hand", f"{answer.unsendable}: run its check in the notebook, and look at it"
        return Verdict(name, result, sentence, time.perf_counter() - begun), answer.ended is None

    def _judged(self, answer: "_Remote", exercise: Exercise, errors: dict[str, str]) -> tuple[str, str]:
        try:
            known = answer.sandbox.ask(exercise.name)
        except Ended as ended:
            answer.ended = ended
            return "", ""
        match known["is"]:
            case "missing":
                return "missing", self._why_missing(exercise.name, errors)
            case "starter":
                return "missing", "not attempted"
            case "lent":
                return "missing", "this is the course's own answer, which use() handed out"
            case "callable" if exercise.kind == "module":
                return "by hand", "a network cannot leave its process as data: run its check in the notebook"
            case "odd" if exercise.kind in ("lab", "module"):
                return "by hand", f"{known.get('what')} cannot leave its process as data: run its check in the notebook"
            case "callable" if exercise.is_function:
                said = check(exercise.name, answer)
            case "callable" | "odd":
                said = check(exercise.name, _named(str(known.get("what"))))
            case _:
                said = check(exercise.name, known.get("value"))
        if said.failed == "time":
            answer.ended = Ended("timeout", said.message)
        words = said.message
        if said.status == "not attempted":
            return "missing", said.message or "not attempted"
        if said.passed:
            return "passed", words
        return "failed", f"{words}{'' if words.endswith(('.', '?', '!')) else '.'} Hint: {said.hint}"

    def _why_missing(self, exercise: str, errors: dict[str, str]) -> str:
        for number, cell in enumerate(self._work.cells):
            if exercise in cell and number in self._lost:
                return f"its cell could not be run: {self._lost[number]}"
            if exercise in cell and str(number) in errors:
                return f"its cell raised {errors[str(number)]:.200}"
        return "no cell of the notebook gives an answer to it"


class _Remote:
    """The student's function, as the check calls it: arguments go out, what it returns comes in."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.sandbox, self.name = sandbox, name
        self.ended: Ended | None = None
        self.unsendable = ""

    def __call__(self, *given: Any) -> Any:
        if self.ended is not None:
            raise RuntimeError("its process is gone")
        try:
            said = self.sandbox.ask(self.name, given)
        except Ended as ended:
            self.ended = ended
            raise RuntimeError(str(ended)) from ended
        except Odd as odd:
            self.unsendable = f"its argument cannot be sent to its process ({odd})"
            raise
        for place, changed in dict(said.get("changed") or {}).items():
            array = given[int(place)] if str(place).isdecimal() and int(place) < len(given) else None
            if isinstance(array, np.ndarray) and isinstance(changed, np.ndarray) and changed.shape == array.shape:
                array[...] = changed
        match said["is"]:
            case "returned":
                return said.get("value")
            case "raised":
                raise _error(str(said.get("kind")), str(said.get("what")))
        return self._odd(str(said.get("what")))

    def _odd(self, what: str) -> Any:
        if get_exercise(self.name).kind == "lab":
            self.unsendable = f"what it returns ({what}) cannot leave its process as data"
        return _named(what)


def _named(what: str) -> Any:
    """A thing of no plain kind, which a check can only name."""
    return type(what.replace("\0", " ")[:200], (), {})()


def _error(kind: str, what: str) -> BaseException:
    """An error of the name that it had there, of Python's own class where it has such an error."""
    known = getattr(builtins, kind, None)
    if isinstance(known, type) and issubclass(known, BaseException):
        try:
            return known(what)
        except TypeError:  # one that wants more than a text, such as UnicodeDecodeError
            pass
    return type(kind.replace("\0", " ")[:100], (Exception,), {})(what)
