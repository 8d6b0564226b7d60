"""Affine coupling undone by hand, and which part of a fusion network can be undone at all.

``undo(y1, y2, phi, rho, eta)`` gives back ``(x1, x2)`` from ``y1 = x1 + phi(x2)``, ``y2 = x2 exp(rho(y1)) + eta(y1)``.
"""

from collections.abc import Callable

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt, Refused, as_floats
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, images, off

Change = Callable[[FloatArray], FloatArray]
Halves = tuple[FloatArray, FloatArray]


def undo(y1: FloatArray, y2: FloatArray, phi: Change, rho: Change, eta: Change) -> Halves:
    """What went into the coupling."""
    x2 = (y2 - eta(y1)) * np.exp(-rho(y1))
    return y1 - phi(x2), x2


def couple(x1: FloatArray, x2: FloatArray, phi: Change, rho: Change, eta: Change) -> Halves:
    """The coupling itself."""
    y1 = x1 + phi(x2)
    return y1, x2 * np.exp(rho(y1)) + eta(y1)


def _nothing(x: FloatArray) -> FloatArray:
    return np.zeros_like(x)


def _wave(x: FloatArray) -> FloatArray:
    return np.sin(3 * x)


def _square(x: FloatArray) -> FloatArray:
    return x * x


def _tilt(x: FloatArray) -> FloatArray:
    return 0.7 * x - 0.2


def _halves(*stream: str) -> Halves:
    x1, x2 = images("coupling", *stream)
    return x1.astype(np.float64), x2.astype(np.float64)


def _undone(answer: Attempt, halves: Halves, *changes: Change) -> Halves:
    result = answer(*couple(*halves, *changes), *changes)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Refused(f"it returned {type(result).__name__}, not the two halves (x1, x2)")
    shape = halves[0].shape
    return as_floats(result[0], shape, "as x1 it"), as_floats(result[1], shape, "as x2 it")


def _comes_back(changes: tuple[Change, Change, Change], what: str) -> Callable[[Attempt], str | None]:
    def test(answer: Attempt) -> str | None:
        halves = _halves(what)
        errors = [off(x, wanted) for x, wanted in zip(_undone(answer, halves, *changes), halves, strict=True)]
        if max(errors) <= TOLERANCE:
            return None
        return f"{what}: x1 comes back {errors[0]:.2g} off, x2 {errors[1]:.2g}"

    return test


def _trials() -> tuple[tuple[FloatArray | Change, ...], ...]:
    changes = (_wave, _tilt, _square)
    return tuple((*couple(*_halves("trial", str(k)), *changes), *changes) for k in range(2))


def _in_the_order_forward(y1: FloatArray, y2: FloatArray, phi: Change, rho: Change, eta: Change) -> Halves:
    x1 = y1 - phi(y2)
    return x1, (y2 - eta(y1)) * np.exp(-rho(y1))


def _with_x1(y1: FloatArray, y2: FloatArray, phi: Change, rho: Change, eta: Change) -> Halves:
    x1, _ = undo(y1, y2, phi, rho, eta)
    return x1, (y2 - eta(x1)) * np.exp(-rho(x1))


def _not_divided(y1: FloatArray, y2: FloatArray, phi: Change, rho: Change, eta: Change) -> Halves:
    x2 = y2 - eta(y1)
    return y1 - phi(x2), x2


def _multiplied(y1: FloatArray, y2: FloatArray, phi: Change, rho: Change, eta: Change) -> Halves:
    x2 = (y2 - eta(y1)) * np.exp(rho(y1))
    return y1 - phi(x2), x2


def _divided_first(y1: FloatArray, y2: FloatArray, phi: Change, rho: Change, eta: Change) -> Halves:
    x2 = y2 * np.exp(-rho(y1)) - eta(y1)
    return y1 - phi(x2), x2


_UNDO = Exercise(
    name="methods.cnn.mmif_inet.undo",
    kind="function",
    reference="medfuse_course.exercises.methods.cnn.mmif_inet:undo",
    properties=(
        Property(
            "identity",
            _comes_back((_nothing, _nothing, _nothing), "with phi, rho and eta at 0"),
            "Return (x1, x2), a tuple. With nothing added and nothing scaled, they are y1 and y2.",
        ),
        Property(
            "added",
            _comes_back((_nothing, _nothing, _square), "with eta alone"),
            "The second line added eta(y1): take the same away.",
        ),
        Property(
            "scaled",
            _comes_back((_nothing, _tilt, _square), "with eta and rho"),
            "Undo the last operation first: addition, then scaling.",
        ),
        Property(
            "whole",
            _comes_back((_wave, _tilt, _square), "with all three"),
            "phi was applied to x2, the half that went in.",
        ),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "in_the_order_forward",
            _in_the_order_forward,
            "whole",
            "You took phi(y2) away, but phi(x2) had been added. Find x2 first.",
        ),
        WrongAnswer(
            "with_x1_for_y1",
            _with_x1,
            "whole",
            "rho and eta saw y1, the half as it came out, and that one you have.",
        ),
        WrongAnswer("not_divided", _not_divided, "scaled", "The scale exp(rho(y1)) is still in your x2."),
        WrongAnswer("multiplied", _multiplied, "scaled", "You scaled once more; to undo a scale, divide by it."),
        WrongAnswer(
            "divided_first",
            _divided_first,
            "scaled",
            "What was done last is undone first: eta was added after the scaling.",
        ),
    ),
)

_PART = Exercise(
    name="methods.cnn.mmif_inet.can_be_undone",
    kind="choice",
    reference="b",
    wrong=(
        WrongAnswer("a", "a", "choice", "Count: two images go in, one comes out. Somewhere half of it has to be lost."),
        WrongAnswer("c", "c", "choice", "They need not be inverted: on the way back each is computed forward again."),
        WrongAnswer("d", "d", "choice", "Even with W there is one equation for two unknowns at every pixel."),
    ),
)

EXERCISES = (_UNDO, _PART)
