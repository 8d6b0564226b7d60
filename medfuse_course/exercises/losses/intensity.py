"""The slope of a loss by hand, and what is left when a term of a loss is left out.

``slope(f, a, b)`` is the derivative of ``mean |F - max(A, B)|`` with respect to every pixel of F: 1 / N where F is too
bright, -1 / N where it is too dark.
"""

import numpy as np

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import images


def slope(f: Image, a: Image, b: Image) -> FloatArray:
    """How the loss changes with each pixel of f."""
    return np.sign(f - np.maximum(a, b)) / f.size


def _shape(answer: Attempt) -> str | None:
    answer.image(*images("slope", count=3))
    return None


def _direction(answer: Attempt) -> str | None:
    f, a, b = images("slope", "direction", count=3)
    uphill = answer.image(f, a, b) * (f - np.maximum(a, b))
    wrong = np.count_nonzero(uphill < 0)
    return f"at {wrong} of {f.size} pixels it has the wrong sign" if wrong else None


def _size(answer: Attempt) -> str | None:
    """A small step of one pixel changes the loss by the slope times the step."""
    f, a, b = images("slope", "size", count=3)
    result, step = answer.image(f, a, b), 1e-4
    for place in ((0, 0), (5, 7), (11, 16)):
        moved = f.astype(np.float64)
        moved[place] += step
        rise = float((np.abs(moved - np.maximum(a, b)) - np.abs(f - np.maximum(a, b))).mean() / step)
        if abs(result[place] - rise) > 1e-5:
            return f"at pixel {place} the loss changes by {rise:.4g} for a step of 1; yours says {result[place]:.4g}"
    return None


def _trials() -> tuple[tuple[Image, ...], ...]:
    return tuple(images("slope", "trials", str(k), count=3) for k in range(2))


_SLOPE = Exercise(
    name="losses.intensity.slope",
    kind="function",
    reference="medfuse_course.exercises.losses.intensity:slope",
    properties=(
        Property("shape", _shape, "Return one number for each pixel of f."),
        Property("direction", _direction, "Where f is brighter than it should be, more light makes the loss larger."),
        Property("size", _size, "Change one pixel by a small step, and see by how much the loss changes."),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "forgot_the_mean",
            lambda f, a, b: np.sign(f - np.maximum(a, b)),
            "size",
            "That is the slope of the sum. The loss is a mean, so each pixel counts one part in f.size.",
        ),
        WrongAnswer(
            "downhill",
            lambda f, a, b: -np.sign(f - np.maximum(a, b)) / f.size,
            "direction",
            "That points downhill. The slope points uphill; descent subtracts it.",
        ),
        WrongAnswer(
            "squared",
            lambda f, a, b: 2 * (f - np.maximum(a, b)) / f.size,
            "size",
            "That is the slope of the squared error. With absolute values small errors pull as hard as large ones.",
        ),
        WrongAnswer(
            "toward_the_mean",
            lambda f, a, b: np.sign(f - (a + b) / 2) / f.size,
            "direction",
            "You pull toward the mean of the sources. This loss wants the maximum.",
        ),
    ),
)

_ABLATION = Exercise(
    name="losses.intensity.left_out",
    kind="choice",
    reference="c",
    wrong=(
        WrongAnswer("a", "a", "choice", "Without it the network goes furthest from the maximum. It is what holds it."),
        WrongAnswer("b", "b", "choice", "Compare the row with that of all terms: the network has moved as far."),
        WrongAnswer("d", "d", "choice", "In one of the rows no score differs from that of the maximum."),
    ),
)

EXERCISES = (_SLOPE, _ABLATION)
