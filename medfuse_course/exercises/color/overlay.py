"""Reading an uptake through the CT that is laid over it.

``uptake_under(colors, bar, values, alpha)``: each color is ``(1 - alpha) g + alpha c``, where g is an unknown gray, the
same in all channels, and c a color of the bar. It gives the value that stands beside c.
"""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.color.pseudocolor import read_values
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer

Sample = tuple[FloatArray, FloatArray, FloatArray, float]

_FREE_OF_GRAY = [(x, y) for x in (-0.3, -0.12, 0.12, 0.3) for y in (-0.3, -0.12, 0.12, 0.3) if abs(x) >= abs(y)]
"""Red and blue of the bar's twelve colors, less their green."""


def _by_hue(colors: FloatArray, bar: FloatArray, values: FloatArray, alpha: float) -> FloatArray:
    """By the direction of what is left of a color without its gray: dark and bright shades of a hue are one."""
    free, free_bar = (x - x.mean(axis=1, keepdims=True) for x in (colors / alpha, bar))
    hues, hues_of_bar = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9) for x in (free, free_bar))
    return read_values(hues, hues_of_bar, values)


def uptake_under(colors: FloatArray, bar: FloatArray, values: FloatArray, alpha: float) -> FloatArray:
    """The value of each color, its gray unknown: colors ``(N, 3)``, bar ``(n, 3)``, values ``(n,)`` to ``(N,)``."""
    free, free_bar = (x - x.mean(axis=1, keepdims=True) for x in (colors / alpha, bar))
    return read_values(free, free_bar, values)


def _sample(stream: str, alpha: float, gray: float = 1.0) -> tuple[Sample, FloatArray]:
    """Colors of a bar, under grays up to `gray`; and their values, which are not evenly spaced.

    Free of gray, the bar's colors form a lattice: several share their red minus green, their green minus blue, their
    hue, or their saturation. So none of these alone tells them apart, as it would with colors drawn by chance.
    """
    rng = generator(0, "exercises", "overlay", stream)
    green = rng.uniform(0.35, 0.65, 12)
    red, blue = np.array(_FREE_OF_GRAY).T
    bar = np.stack([green + red, green, green + blue], axis=1)
    values = 3 + np.cumsum(rng.uniform(0.2, 0.9, 12))
    chosen = rng.integers(12, size=40)
    colors = (1 - alpha) * gray * rng.uniform(0, 1, (40, 1)) + alpha * bar[chosen]
    return (colors, bar, values, alpha), values[chosen]


def _reads(id: str, stream: str, alpha: float, gray: float, hint: str, where: str) -> Property:
    sample, wanted = _sample(stream, alpha, gray)

    def test(answer: Attempt) -> str | None:
        found = answer.image(*sample, shape=wanted.shape)
        wrong = int((np.abs(found - wanted) > 1e-6).sum())
        return f"{wrong} of {len(wanted)} colors were read wrong {where}" if wrong else None

    return Property(id, test, hint)


EXERCISES = (
    Exercise(
        name="color.overlay.uptake_under",
        kind="function",
        reference="medfuse_course.exercises.color.overlay:uptake_under",
        properties=(
            _reads("bare", "bare", 1.0, 0.0, "With alpha 1 the colors are those of the bar.", "with no CT over them"),
            _reads(
                "black", "black", 0.5, 0.0, "A black CT adds nothing, but alpha still dims the color.",
                "under a black CT, alpha 0.5",
            ),
            _reads(
                "any-gray", "gray", 0.5, 1.0, "A gray adds the same to red, green and blue. What does it not change?",
                "under a CT of all grays, alpha 0.5",
            ),
            _reads("alpha", "alpha", 0.3, 1.0, "Use the alpha that is given.", "with alpha 0.3"),
        ),
        trials=lambda: (_sample("trial", 0.5)[0], _sample("trial two", 0.3)[0], _sample("trial three", 0.4, 0.0)[0]),
        wrong=(
            WrongAnswer(
                "ct_forgotten",
                lambda colors, bar, values, alpha: read_values(colors / alpha, bar, values),
                "any-gray",
                "You undid alpha, and compared whole colors. The gray of the CT is still in them.",
            ),
            WrongAnswer(
                "alpha_forgotten",
                lambda colors, bar, values, alpha: uptake_under(colors, bar, values, 1.0),
                "black",
                "You took the gray out. The color that is left is alpha times that of the bar.",
            ),
            WrongAnswer(
                "as_if_no_overlay",
                lambda colors, bar, values, alpha: read_values(colors, bar, values),
                "black",
                "You read the overlay as if it were the PET: neither alpha nor the CT is undone.",
            ),
            WrongAnswer(
                "gray_out_of_the_image_only",
                lambda colors, bar, values, alpha: read_values(
                    colors / alpha - colors.mean(axis=1, keepdims=True) / alpha, bar, values
                ),
                "bare",
                "You took the mean out of the image, and not out of the bar: then they cannot be compared.",
            ),
            WrongAnswer(
                "half_assumed",
                lambda colors, bar, values, alpha: uptake_under(colors, bar, values, 0.5),
                "bare",
                "You assumed that alpha is 0.5.",
            ),
            WrongAnswer(
                "brightness_only",
                lambda colors, bar, values, alpha: read_values(
                    colors.mean(axis=1, keepdims=True) / alpha, bar.mean(axis=1, keepdims=True), values
                ),
                "any-gray",
                "You compare brightness, which is just what the CT changes.",
            ),
            WrongAnswer(
                "one_difference",
                lambda colors, bar, values, alpha: read_values(
                    (colors[:, :1] - colors[:, 1:2]) / alpha, bar[:, :1] - bar[:, 1:2], values
                ),
                "bare",
                "Red minus green is free of gray, but it is one number. Two colors of a bar can share it.",
            ),
            WrongAnswer(
                "hue_only",
                _by_hue,
                "any-gray",
                "You compare hues. A pale and a strong color of one hue stand for different values.",
            ),
        ),
    ),
)  # fmt: skip
