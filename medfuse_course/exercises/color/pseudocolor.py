"""Reading values back from pseudo-colors: with a color bar, and which fused image still allows it.

``read_values(colors, bar, values)`` gives, for each color, the value beside the nearest color of the bar.
"""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, off


def read_values(colors: FloatArray, bar: FloatArray, values: FloatArray) -> FloatArray:
    """The value of the nearest color of the bar: colors ``(N, C)``, bar ``(n, C)``, values ``(n,)`` to ``(N,)``."""
    nearest: FloatArray = values[_squared(colors, bar).argmin(axis=1)]
    return nearest


def _squared(colors: FloatArray, bar: FloatArray) -> FloatArray:
    return np.asarray(((colors[:, None] - bar) ** 2).sum(axis=2))


def _bar(stream: str, channels: int = 3) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Colors away from the bar, a bar, and values that are neither evenly spaced nor from 0 to 1."""
    rng = generator(0, "exercises", "color bar", stream)
    values = 3 + np.cumsum(rng.uniform(0.2, 0.9, 11))
    return rng.uniform(-20, 20, (40, channels)), rng.uniform(-20, 20, (11, channels)), values


def _shape(answer: Attempt) -> str | None:
    colors, bar, values = _bar("shape")
    answer.image(colors, bar, values, shape=(len(colors),))
    return None


def _on_the_bar(answer: Attempt) -> str | None:
    _, bar, values = _bar("bar")
    back, wanted = bar[::-1].copy(), values[::-1]
    distance = off(answer.image(back, bar, values, shape=values.shape), wanted)
    return f"colors of the bar itself were read wrong, by up to {distance:.2g}" if distance > TOLERANCE else None


def _nearest(answer: Attempt) -> str | None:
    colors, bar, values = _bar("nearest")
    wrong = np.abs(answer.image(colors, bar, values, shape=(len(colors),)) - read_values(colors, bar, values))
    return f"{(wrong > TOLERANCE).sum()} of {len(colors)} colors did not get the nearest one" if wrong.any() else None


def _two_channels(answer: Attempt) -> str | None:
    colors, bar, values = _bar("two", channels=2)
    result = answer.image(colors, bar, values, shape=(len(colors),))
    return (
        "with two channels, as for chroma alone, it reads wrong"
        if off(result, read_values(colors, bar, values)) > TOLERANCE
        else None
    )


_READ = Exercise(
    name="color.pseudocolor.read_values",
    kind="function",
    reference="medfuse_course.exercises.color.pseudocolor:read_values",
    properties=(
        Property("shape", _shape, "Return one number for each color: N colors in, N values out."),
        Property("bar", _on_the_bar, "A color that is on the bar has the value that stands beside it."),
        Property("nearest", _nearest, "The nearest color has the smallest distance over all channels together."),
        Property("two-channels", _two_channels, "Do not count on three channels: sum over however many there are."),
    ),
    trials=lambda: (_bar("trial"), _bar("trial two", channels=2)),
    wrong=(
        WrongAnswer(
            "position_for_value",
            lambda colors, bar, values: _squared(colors, bar).argmin(axis=1).astype(float),
            "bar",
            "You return positions on the bar; look up the values that stand there.",
        ),
        WrongAnswer(
            "evenly_from_zero",
            lambda colors, bar, values: _squared(colors, bar).argmin(axis=1) / (len(bar) - 1),
            "bar",
            "Your values run evenly from 0 to 1; a bar may be labeled otherwise. Use the values given.",
        ),
        WrongAnswer(
            "farthest",
            lambda colors, bar, values: values[_squared(colors, bar).argmax(axis=1)],
            "bar",
            "argmax finds the farthest color of the bar.",
        ),
        WrongAnswer(
            "signed_differences",
            lambda colors, bar, values: values[(colors[:, None] - bar).sum(axis=2).argmin(axis=1)],
            "bar",
            "Differences of both signs cancel in your sum: square them, or take magnitudes.",
        ),
        WrongAnswer(
            "brightness_only",
            lambda colors, bar, values: values[np.abs(colors.mean(1)[:, None] - bar.mean(1)).argmin(axis=1)],
            "nearest",
            "You compare the means of the channels only: red and green of one brightness are then the same color.",
        ),
        WrongAnswer(
            "first_channel_only",
            lambda colors, bar, values: values[np.abs(colors[:, :1] - bar[:, 0]).argmin(axis=1)],
            "nearest",
            "You look at the first channel only.",
        ),
    ),
)

_READABLE = Exercise(
    name="color.pseudocolor.readable",
    kind="choice",
    reference="d",
    wrong=(
        WrongAnswer(
            "a",
            "a",
            "choice",
            "The lesions are white in this table. What is left of white when its intensity becomes that of the MRI?",
        ),
        WrongAnswer(
            "b",
            "b",
            "choice",
            "Brovey keeps ratios of channels. What are they for white? And for all the reds of the lower third?",
        ),
        WrongAnswer(
            "c", "c", "choice", "Reading chroma is a good idea, but black and white have one and the same chroma: none."
        ),
    ),
)

EXERCISES = (_READ, _READABLE)
