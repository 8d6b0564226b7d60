"""The decision of the pulse-coupled network: who fired more often?

``choose_by_firing(a, b, fired_a, fired_b)`` takes two bands and the number of times each neuron fired, and returns the
fused band.
"""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, bands, images, off


def choose_by_firing(a: FloatArray, b: FloatArray, fired_a: FloatArray, fired_b: FloatArray) -> FloatArray:
    """The coefficient whose neuron fired more often."""
    return np.where(fired_a >= fired_b, a, b)


def _case(*stream: str) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Bands of both signs and counts that follow their own mind: never equal, and often against the magnitude."""
    a, b = bands("firing", *stream)
    first, second = (np.floor(40 * x) for x in images("firing", "counts", *stream))
    return a, b, 2 * first + 2, 2 * second + 1


def _shape(answer: Attempt) -> str | None:
    answer.image(*_case("shape"))
    return None


def _sources(answer: Attempt) -> str | None:
    a, b, *counts = _case("sources")
    result = answer.image(a, b, *counts)
    foreign = np.minimum(np.abs(result - a), np.abs(result - b)) > TOLERANCE
    return f"{foreign.sum()} of {foreign.size} values are those of neither band" if foreign.any() else None


def _more(answer: Attempt) -> str | None:
    a, b, *counts = _case("more")
    wrong = np.abs(answer.image(a, b, *counts) - choose_by_firing(a, b, *counts)) > TOLERANCE
    return f"at {wrong.sum()} of {wrong.size} places the neuron that fired less often won" if wrong.any() else None


def _equal(answer: Attempt) -> str | None:
    a, _, count, _ = _case("equal")
    distance = off(answer.image(a, a, count, count), a)
    return f"two equal bands came out changed, by up to {distance:.2g}" if distance > TOLERANCE else None


def _trials() -> tuple[tuple[FloatArray, ...], ...]:
    return _case("trial"), _case("other trial")


EXERCISES = (
    Exercise(
        name="methods.classical.pulse_coupled.choose_by_firing",
        kind="function",
        reference="medfuse_course.exercises.methods.classical.pulse_coupled:choose_by_firing",
        properties=(
            Property("shape", _shape, "Take two bands and two counts of one shape and return one band of that shape."),
            Property("equal", _equal, "Where both bands are the same, so is the result, signs and all."),
            Property("from-sources", _sources, "Choose: every coefficient comes whole from one of the two bands."),
            Property("more", _more, "The counts decide, and more firings win."),
        ),
        trials=_trials,
        wrong=(
            WrongAnswer(
                "reversed",
                lambda a, b, fired_a, fired_b: np.where(fired_a < fired_b, a, b),
                "more",
                "You keep the one that fired less often: turn the comparison round.",
            ),
            WrongAnswer(
                "magnitude",
                lambda a, b, fired_a, fired_b: np.where(np.abs(a) >= np.abs(b), a, b),
                "more",
                "That is choose-max: it looks at the coefficient alone, not at what its neighbors made of it.",
            ),
            WrongAnswer(
                "returns_the_counts",
                lambda a, b, fired_a, fired_b: np.maximum(fired_a, fired_b),
                "equal",
                "You return how often they fired; the image is made of coefficients.",
            ),
            WrongAnswer(
                "weights",
                lambda a, b, fired_a, fired_b: (a * fired_a + b * fired_b) / (fired_a + fired_b),
                "from-sources",
                "You mix by the counts: the published rule chooses.",
            ),
            WrongAnswer(
                "loses_the_sign",
                lambda a, b, fired_a, fired_b: np.abs(np.where(fired_a >= fired_b, a, b)),
                "equal",
                "The neurons work on magnitudes, but what is chosen is the coefficient with its sign.",
            ),
        ),
    ),
)
