"""The soft histogram: ``shares(x, bins)``, how much of each gray level falls into each bin.

A level between the middles of two bins gives to both, more to the nearer: ``max(0, 1 - |x (bins - 1) - k|)``.
"""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import differs


def shares(x: FloatArray, bins: int) -> FloatArray:
    """``(bins, n)`` of n gray levels in [0, 1]; the shares of a level sum to 1."""
    return np.clip(1 - np.abs(x * (bins - 1) - np.arange(bins)[:, None]), 0, None)


_MIDDLES = np.array([0.0, 0.25, 0.5, 1.0])
_BETWEEN = np.array([0.1, 0.125, 0.9])


def _asked(answer: Attempt, x: FloatArray, bins: int) -> FloatArray:
    return answer.image(x, bins, shape=(bins, len(x)))


def _shape(answer: Attempt) -> str | None:
    _asked(answer, _BETWEEN, 5)
    return None


def _sum(answer: Attempt) -> str | None:
    return differs(_asked(answer, _BETWEEN, 5).sum(axis=0), np.ones(3), "the sum over five bins of (0.1, 0.125, 0.9)")


def _middle(answer: Attempt) -> str | None:
    return differs(_asked(answer, _MIDDLES, 5), shares(_MIDDLES, 5), "the share of (0, 0.25, 0.5, 1) in five bins")


def _between(answer: Attempt) -> str | None:
    return differs(_asked(answer, _BETWEEN, 5), shares(_BETWEEN, 5), "the share of (0.1, 0.125, 0.9) in five bins")


def _levels(count: int) -> FloatArray:
    return generator(0, "exercises", "shares").uniform(0, 1, count)


def _others(answer: Attempt) -> str | None:
    for bins in (2, 16):
        wrong = differs(_asked(answer, _levels(30), bins), shares(_levels(30), bins), f"a share in {bins} bins")
        if wrong:
            return wrong
    return None


def _hard(x: FloatArray, bins: int) -> FloatArray:
    return (np.round(x * (bins - 1)) == np.arange(bins)[:, None]).astype(float)


def _gauss(x: FloatArray, bins: int) -> FloatArray:
    return np.exp(-((x * (bins - 1) - np.arange(bins)[:, None]) ** 2))


EXERCISES = (
    Exercise(
        name="losses.information.shares",
        kind="function",
        reference="medfuse_course.exercises.losses.information:shares",
        properties=(
            Property("shape", _shape, "A row for each bin, a column for each level: np.arange(bins)[:, None]."),
            Property("middle", _middle, "With five bins the middles lie at 0, 1/4, 1/2, 3/4 and 1."),
            Property("between", _between, "Half-way between two middles each of both gets one half."),
            Property("sum", _sum, "What a level gives away sums to 1."),
            Property("others", _others, "Use the number of bins that is given."),
        ),
        trials=lambda: ((_MIDDLES, 5), (_BETWEEN, 5), (_levels(30), 16)),
        wrong=(
            WrongAnswer(
                "hard", _hard, "between",
                "You give all of a level to the nearest bin. That has no slope: share it between two.",
            ),
            WrongAnswer(
                "as_many_steps_as_bins",
                lambda x, bins: np.clip(1 - np.abs(x * bins - np.arange(bins)[:, None]), 0, None), "middle",
                "Between the middles of the first bin and the last lie bins - 1 steps, not bins.",
            ),
            WrongAnswer(
                "below_zero", lambda x, bins: 1 - np.abs(x * (bins - 1) - np.arange(bins)[:, None]), "middle",
                "Bins that are far away get less than nothing: clip at 0.",
            ),
            WrongAnswer(
                "no_absolute",
                lambda x, bins: np.clip(1 - (x * (bins - 1) - np.arange(bins)[:, None]), 0, 1), "middle",
                "A bin on either side counts by its distance: take the absolute value.",
            ),
            WrongAnswer(
                "gaussian", _gauss, "middle", "A Gaussian has the right shape, but its shares do not sum to 1.",
            ),
            WrongAnswer(
                "over_the_levels",
                lambda x, bins: shares(x, bins) / np.maximum(shares(x, bins).sum(axis=1, keepdims=True), 1e-9),
                "between", "Do not normalize over the levels: the shares of one level sum to 1.",
            ),
        ),
    ),
)  # fmt: skip
