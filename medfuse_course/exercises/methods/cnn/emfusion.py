"""Unique channels: how much each feature of a source differs from the same feature of its guess.

``uniqueness(of_source, of_guess)`` takes features ``(N, K, H, W)`` of N images and of their guesses, and returns K
numbers: the mean absolute difference of each channel.
"""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, differs, off

CHANNELS = 6

Features = tuple[FloatArray, FloatArray]


def uniqueness(of_source: FloatArray, of_guess: FloatArray) -> FloatArray:
    """Mean absolute difference of each channel, over images and places."""
    difference: FloatArray = np.abs(of_source - of_guess).mean(axis=(0, 2, 3))
    return difference


def _features(*stream: str) -> Features:
    rng = generator(0, "exercises", "unique", *stream)
    return rng.random((3, CHANNELS, 5, 4)), rng.random((3, CHANNELS, 5, 4))


def _asked(answer: Attempt, features: Features) -> FloatArray:
    return answer.image(*features, shape=(CHANNELS,))


def _shape(answer: Attempt) -> str | None:
    _asked(answer, _features("shape"))
    return None


def _equal(answer: Attempt) -> str | None:
    source = _features("equal")[0]
    found = float(np.abs(_asked(answer, (source, source))).max())
    return f"the guess was perfect, but a channel came out as {found:.2g}, not 0" if found > TOLERANCE else None


def _signs(answer: Attempt) -> str | None:
    """One channel differs by +1 in half of the places and by -1 in the others."""
    source = _features("signs")[0]
    moved = source.copy()
    moved[:, 2, :, ::2] += 1
    moved[:, 2, :, 1::2] -= 1
    found = float(_asked(answer, (source, moved))[2])
    far = abs(found) < TOLERANCE
    return f"a channel is off by 1 everywhere, up or down in turn, but you found {found:.2g}" if far else None


def _opposite(answer: Attempt) -> str | None:
    source = _features("opposite")[0]
    found = float(_asked(answer, (source, -source))[0])
    return f"the guess is the negative of the source, but a channel came out as {found:.2g}" if found < 0.1 else None


def _size(answer: Attempt) -> str | None:
    source = _features("size")[0]
    by = np.linspace(0.1, 0.6, CHANNELS)
    found = _asked(answer, (source, source + by[None, :, None, None]))
    if off(found, by) <= TOLERANCE:
        return None
    return f"channels were moved by {by[0]:.1f} to {by[-1]:.1f}, you found {found[0]:.2g} to {found[-1]:.2g}"


def _mean(answer: Attempt) -> str | None:
    """A channel that differs in one place of many is less unique than one that differs a little everywhere."""
    source = _features("mean")[0]
    moved = source.copy()
    moved[0, 1, 0, 0] += 3
    moved[:, 4] += 0.2
    found = _asked(answer, (source, moved))
    if found[1] >= found[4]:
        return "one pixel of one image, off by 3, counts more than a channel that is off by 0.2 everywhere"
    return None


def _everywhere(answer: Attempt) -> str | None:
    source, guess = _features("everywhere")
    guess[1:] += 0.5  # the first image is not like the others
    guess[:, :, 2] += 1
    return differs(_asked(answer, (source, guess)), uniqueness(source, guess), "the uniqueness of a channel")


def _trials() -> tuple[Features, ...]:
    return _features("trial", "0"), _features("trial", "1")


_UNIQUE = Exercise(
    name="methods.cnn.emfusion.uniqueness",
    kind="function",
    reference="medfuse_course.exercises.methods.cnn.emfusion:uniqueness",
    properties=(
        Property("shape", _shape, "Return one number for each channel: channels are the second axis."),
        Property("perfect-guess", _equal, "What both features share must cancel: look at their difference."),
        Property("signs", _signs, "A difference counts whether it is up or down."),
        Property("opposite", _opposite, "A feature may be negative, and its negative is another feature."),
        Property("size", _size, "Return the mean difference itself, in the units of the features."),
        Property("mean", _mean, "Average over images and places; a single pixel is no channel."),
        Property("everywhere", _everywhere, "Every place of every image counts the same: one mean over them all."),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "signed_mean",
            lambda s, g: (s - g).mean(axis=(0, 2, 3)),
            "signs",
            "Where the guess is too bright here and too dark there, your mean is 0. Take magnitudes before the mean.",
        ),
        WrongAnswer(
            "difference_of_means",
            lambda s, g: np.abs(s.mean(axis=(0, 2, 3)) - g.mean(axis=(0, 2, 3))),
            "signs",
            "You compare the means of the channels, so what lies in another place goes unseen.",
        ),
        WrongAnswer(
            "sum",
            lambda s, g: np.abs(s - g).sum(axis=(0, 2, 3)),
            "size",
            "That is the sum, which grows with the size of the images; take the mean.",
        ),
        WrongAnswer(
            "squared",
            lambda s, g: ((s - g) ** 2).mean(axis=(0, 2, 3)),
            "size",
            "You squared the differences: a few large ones then count most. Here magnitudes are averaged.",
        ),
        WrongAnswer(
            "maximum",
            lambda s, g: np.abs(s - g).max(axis=(0, 2, 3)),
            "mean",
            "You took the largest difference of a channel; a single noisy pixel decides it.",
        ),
        WrongAnswer(
            "median",
            lambda s, g: np.median(np.abs(s - g), axis=(0, 2, 3)),
            "everywhere",
            "You take the median: what differs strongly in a few places then counts for nothing. Take the mean.",
        ),
        WrongAnswer(
            "first_image_only",
            lambda s, g: np.abs(s[0] - g[0]).mean(axis=(1, 2)),
            "everywhere",
            "You look at the first image only; average over the images too.",
        ),
        WrongAnswer(
            "difference_of_magnitudes",
            lambda s, g: np.abs(np.abs(s) - np.abs(g)).mean(axis=(0, 2, 3)),
            "opposite",
            "You compare magnitudes, so a feature and its negative are alike. Subtract first, then take the magnitude.",
        ),
        WrongAnswer(
            "energy_of_the_source",
            lambda s, g: np.abs(s).mean(axis=(0, 2, 3)),
            "perfect-guess",
            "That is how loud a channel is. Unique is what the guess from the other source does not have.",
        ),
    ),
)

EXERCISES = (_UNIQUE,)
