"""The similarity switch of the siamese network's fusion: mix what is alike, choose between what is not.

``switch(a, b, weight)`` takes two bands and the weight of the first.
"""

import numpy as np

from medfuse_course.core.filters import sum_3x3
from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.images import TOLERANCE, off

THRESHOLD = 0.6


def switch(a: FloatArray, b: FloatArray, weight: FloatArray) -> FloatArray:
    """Where ``M > 0.6`` the mixture ``W A + (1 - W) B``, elsewhere the band of larger energy over 3 x 3 pixels."""
    energy_a, energy_b = sum_3x3(a * a), sum_3x3(b * b)
    match = 2 * sum_3x3(a * b) / (energy_a + energy_b + 1e-12)
    stronger = np.where(energy_a > energy_b, a, b)
    return np.where(match > THRESHOLD, weight * a + (1 - weight) * b, stronger)


def _plane(value: float) -> FloatArray:
    return np.full((8, 9), value)


def _expect(answer: Attempt, a: float, b: float, weight: float, wanted: float) -> str | None:
    result = answer.image(_plane(a), _plane(b), _plane(weight))
    far = off(result, wanted) > TOLERANCE
    return f"{a:g} and {b:g} with weight {weight:g} became {result[4, 4]:.3g}, not {wanted:g}" if far else None


def _alike(answer: Attempt) -> str | None:
    """``M = 2 * 2 / 5 = 0.8``, and ``2 * 6 / 18.25 = 0.66``."""
    return _expect(answer, 2, 1, 0.25, 1.25) or _expect(answer, 1.5, 4, 0.8, 2.0)


def _unlike(answer: Attempt) -> str | None:
    """``M = 8 / 17``."""
    return _expect(answer, 4, 1, 0.25, 4) or _expect(answer, 1, 4, 0.25, 4)


def _negative(answer: Attempt) -> str | None:
    return _expect(answer, 1, -3, 0.25, -3) or _expect(answer, -3, 1, 0.25, -3)


def _empty(answer: Attempt) -> str | None:
    return _expect(answer, 0, 0, 0.25, 0)


def _window(answer: Attempt) -> str | None:
    worst = max(off(answer.image(*trial), switch(*trial)) for trial in _trials())
    return f"on bands that vary, yours differs by up to {worst:.2g}" if worst > 1e-4 else None


def _trials() -> tuple[tuple[FloatArray, ...], ...]:
    """Bands that are alike in one half and unlike in the other."""

    def one(number: int) -> tuple[FloatArray, ...]:
        rng = generator(number, "exercises", "switch")
        a, noise = rng.standard_normal((2, 12, 16))
        b = np.where(np.arange(16) < 8, a, 0) + 0.6 * noise
        return a, b, rng.random((12, 16))

    return tuple(one(number) for number in range(2))


def _with_match(a: FloatArray, b: FloatArray, weight: FloatArray, match: FloatArray) -> FloatArray:
    stronger = np.where(sum_3x3(a * a) > sum_3x3(b * b), a, b)
    return np.where(match > THRESHOLD, weight * a + (1 - weight) * b, stronger)


def _match(a: FloatArray, b: FloatArray, factor: float = 2.0) -> FloatArray:
    match: FloatArray = factor * sum_3x3(a * b) / (sum_3x3(a * a) + sum_3x3(b * b) + 1e-12)
    return match


def _larger_value(a: FloatArray, b: FloatArray, weight: FloatArray) -> FloatArray:
    return np.where(_match(a, b) > THRESHOLD, weight * a + (1 - weight) * b, np.maximum(a, b))


EXERCISES = (
    Exercise(
        name="methods.cnn.liu_cnn.switch",
        title="The similarity switch",
        kind="function",
        reference="medfuse_course.exercises.methods.cnn.liu_cnn:switch",
        hints=(
            "Three sums over 3 x 3 pixels are needed: of A squared, of B squared, and of their product.",
            "M is twice the sum of the product over the sum of both energies. Add something tiny below, for empty air.",
            "One np.where chooses the stronger band by energy, a second one between that and the mixture.",
        ),
        properties=(
            Property("alike", _alike, "Where the match is above 0.6, W belongs to a and the rest of 1 to b."),
            Property("unlike", _unlike, "Where the match is below 0.6, the weight has no say: the larger energy wins."),
            Property("negative", _negative, "A detail can be negative, and still be the stronger one."),
            Property("empty", _empty, "Two empty bands stay empty: mind the division."),
            Property("window", _window, "All three sums run over the window of 3 x 3 pixels: sum_3x3."),
        ),
        trials=_trials,
        wrong=(
            WrongAnswer(
                "forgot_the_two",
                lambda a, b, weight: _with_match(a, b, weight, _match(a, b, 1.0)),
                "alike",
                "Your match never passes one half. Twice the product: two equal bands have the match 1.",
            ),
            WrongAnswer(
                "always_mixed",
                lambda a, b, weight: weight * a + (1 - weight) * b,
                "unlike",
                "You always mix. That blurs two bands that have nothing to do with each other.",
            ),
            WrongAnswer(
                "turned_around",
                lambda a, b, weight: _with_match(a, b, weight, 2 * THRESHOLD - _match(a, b)),
                "alike",
                "The switch is the wrong way around: what is alike is mixed.",
            ),
            WrongAnswer(
                "weight_of_the_other",
                lambda a, b, weight: switch(a, b, 1 - weight),
                "alike",
                "You gave the weight to the second band. It is that of the first.",
            ),
            WrongAnswer(
                "larger_value",
                _larger_value,
                "negative",
                "You took the larger value. The stronger band may be the negative one: compare energies.",
            ),
            WrongAnswer(
                "pixel_by_pixel",
                lambda a, b, weight: _with_match(a, b, weight, 2 * a * b / (a * a + b * b + 1e-12)),
                "window",
                "Your match looks at one pixel. Every sum runs over its 3 x 3 neighborhood.",
            ),
        ),
    ),
)
