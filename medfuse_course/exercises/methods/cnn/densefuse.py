"""DenseFuse's rule: features weighted with their source's share of activity.

The activity of a pixel is the l1 norm over the channels, ``C = sum_k |phi_k|``, and ``F = (C_A A + C_B B) / (C_A +
C_B)``. Where neither source is active, each counts half.
"""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.images import TOLERANCE, off

Shares = tuple[FloatArray, FloatArray]


def by_activity(a: FloatArray, b: FloatArray) -> FloatArray:
    """``(C, H, W)`` each."""
    of_a, of_b = np.abs(a).sum(axis=0), np.abs(b).sum(axis=0)
    total = of_a + of_b
    share = np.where(total > 0, of_a / np.maximum(total, 1e-12), 0.5)
    fused: FloatArray = share * a + (1 - share) * b
    return fused


def _features(stream: str, *, signed: bool) -> Shares:
    """Features of three channels, none of them 0 everywhere."""
    rng = generator(0, "exercises", "by_activity", stream)
    a, b = rng.random((2, 3, 7, 9)) + 0.1
    if signed:
        a, b = (x * rng.choice([-1.0, 1.0], x.shape) for x in (a, b))
    return a, b


def _shape(answer: Attempt) -> str | None:
    answer.image(*_features("shape", signed=False))
    return None


def _shares(answer: Attempt) -> str | None:
    """Features (1, 2) against (5, 4): activities 3 and 9, so a quarter and three quarters."""
    a, b = (np.array(values).reshape(2, 1, 1) for values in ([1.0, 2.0], [5.0, 4.0]))
    result = answer.image(a, b).ravel()
    said = "(1, 2) against (5, 4) should give (4, 3.5)"
    return None if off(result, np.array([4.0, 3.5])) < TOLERANCE else f"{said}, yours gives ({_words(result)})"


def _signs(answer: Attempt) -> str | None:
    """Features (-1, 2) against (5, -4): the same activities."""
    a, b = (np.array(values).reshape(2, 1, 1) for values in ([-1.0, 2.0], [5.0, -4.0]))
    result = answer.image(a, b).ravel()
    said = "(-1, 2) against (5, -4) should give (3.5, -2.5)"
    return None if off(result, np.array([3.5, -2.5])) < TOLERANCE else f"{said}, yours gives ({_words(result)})"


def _silence(answer: Attempt) -> str | None:
    a, b = _features("silence", signed=False)
    a[:, 2:4], b[:, 2:4] = 0, 0
    result = answer.image(a, b)
    return "where both sources are 0, yours is not" if off(result[:, 2:4], 0) > TOLERANCE else None


def _words(values: FloatArray) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def _by_sum(a: FloatArray, b: FloatArray) -> FloatArray:
    of_a, of_b = a.sum(axis=0), b.sum(axis=0)
    total = of_a + of_b
    share = np.where(total > 0, of_a / np.maximum(total, 1e-12), 0.5)
    fused: FloatArray = share * a + (1 - share) * b
    return fused


def _unguarded(a: FloatArray, b: FloatArray) -> FloatArray:
    of_a, of_b = np.abs(a).sum(axis=0), np.abs(b).sum(axis=0)
    share = of_a / (of_a + of_b)
    fused: FloatArray = share * a + (1 - share) * b
    return fused


def _by_energy(a: FloatArray, b: FloatArray) -> FloatArray:
    of_a, of_b = (a**2).sum(axis=0), (b**2).sum(axis=0)
    share = of_a / np.maximum(of_a + of_b, 1e-12)
    fused: FloatArray = share * a + (1 - share) * b
    return fused


def _each_channel(a: FloatArray, b: FloatArray) -> FloatArray:
    share = np.abs(a) / np.maximum(np.abs(a) + np.abs(b), 1e-12)
    fused: FloatArray = share * a + (1 - share) * b
    return fused


def _stronger(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.where(np.abs(a).sum(axis=0) >= np.abs(b).sum(axis=0), a, b)


EXERCISES = (
    Exercise(
        name="methods.cnn.densefuse.by_activity",
        title="Weighted with their activity",
        kind="function",
        reference="medfuse_course.exercises.methods.cnn.densefuse:by_activity",
        hints=(
            "The activity is one number for each pixel, not for each channel: along which axis do you add up?",
            "The share of a is its activity over the sum of both; b gets the rest. A share (H, W) multiplies "
            "(C, H, W) by itself.",
            "Where both activities are 0, the quotient is 0 / 0. np.where with a half, and np.maximum under the "
            "fraction line.",
        ),
        properties=(
            Property("shape", _shape, "Features come in as (C, H, W) and go out as (C, H, W)."),
            Property("shares", _shares, "Add the magnitudes of all channels first. Then each source gets its share."),
            Property("signs", _signs, "A feature may be negative, and counts all the same: the l1 norm has bars."),
            Property("silence", _silence, "In the air both sources may be 0 in every channel. What is 0 / 0?"),
        ),
        trials=lambda: tuple(_features(f"trial {k}", signed=bool(k)) for k in range(2)),
        wrong=(
            WrongAnswer("forgot_the_bars", _by_sum, "signs", "Channels of opposite sign cancel in your sum: np.abs."),
            WrongAnswer(
                "divided_by_nothing", _unguarded, "silence", "All right but in the air: there you divide 0 by 0."
            ),
            WrongAnswer(
                "energy", _by_energy, "shares", "That weighs by energy, the l2 norm squared. l1 does not square."
            ),
            WrongAnswer(
                "each_channel_for_itself",
                _each_channel,
                "shares",
                "You weigh each channel by itself. The activity belongs to the pixel: all of its channels together.",
            ),
            WrongAnswer(
                "winner_takes_all", _stronger, "shares", "You choose the more active source. Here both get their share."
            ),
            WrongAnswer(
                "plain_mean", lambda a, b: (a + b) / 2, "shares", "That is the mean: the activity has no say in it."
            ),
        ),
    ),
)
