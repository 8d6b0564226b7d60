"""What more layers do to the largest candidate; and an open lab: which photograph is sharp, if one camera has noise.

The lab's scenes are slices of phantoms, each sharp where a mask says so and blurred by two pixels elsewhere, in the
second photograph the other way round; the second one has noise of 0.04 on top, sharp or not.
"""

from functools import cache

import numpy as np
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray, Image
from medfuse_course.datasets import load_pair
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values

SEEDS = (60, 61, 62, 63)
NOISE, LENS = 0.04, 2.0
GOAL = 0.92
"""The share of the tissue that has to be right."""


def energy_of_the_blurred(a: Image, b: Image) -> FloatArray:
    """1 where a has more fine structure that survives a Gaussian of two pixels: noise does not."""

    def energy(x: Image) -> FloatArray:
        smooth = ndimage.gaussian_filter(x, 2)
        power: FloatArray = ndimage.gaussian_filter((smooth - ndimage.gaussian_filter(smooth, 1)) ** 2, 5)
        return power

    said: FloatArray = (energy(a) > energy(b)).astype(np.float32)
    return said


def by_energy(a: Image, b: Image) -> FloatArray:
    """1 where a has the larger energy of fine structure, noise included."""

    def energy(x: Image) -> FloatArray:
        power: FloatArray = ndimage.gaussian_filter((x - ndimage.gaussian_filter(x, 1)) ** 2, 5)
        return power

    said: FloatArray = (energy(a) > energy(b)).astype(np.float32)
    return said


@cache
def cases() -> tuple[tuple[Image, Image, BoolArray, BoolArray], ...]:
    """Two photographs, where the first one is sharp, and where there is tissue, for each seed."""
    return tuple(_draw(seed) for seed in SEEDS)


def _draw(seed: int) -> tuple[Image, Image, BoolArray, BoolArray]:
    rng = generator(seed, "exercises", "noisy camera")
    image = load_pair("head/mri-ct", seed=seed, lesions=2, simulate="image_space").a
    field = ndimage.gaussian_filter(rng.standard_normal(image.shape), 24)
    mask: BoolArray = field > np.median(field)
    soft = ndimage.gaussian_filter(image, LENS)
    noisy = np.where(mask, soft, image) + NOISE * rng.standard_normal(image.shape)
    first, second = np.where(mask, image, soft), np.clip(noisy, 0, 1)
    return first.astype(np.float32), second.astype(np.float32), mask, image > 0.1


def _said(answer: Attempt) -> tuple[FloatArray, ...]:
    return tuple(answer.image(first, second) for first, second, _, _ in cases())


def _right(said: tuple[FloatArray, ...]) -> Values:
    shares = [np.mean(((x > 0.5) == mask)[tissue]) for x, (_, _, mask, tissue) in zip(said, cases(), strict=True)]
    return {"right": float(np.mean(shares))}


LAB = Lab(_said, _right, {"energy": by_energy})


def _floats(answer: Attempt) -> str | None:
    LAB.made(answer)
    return None


EXERCISES = (
    Exercise(
        name="methods.extractors.layers.more",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer("a", "a", "choice", "That would be the mean. The maximum does not forget a large candidate."),
            WrongAnswer("b", "b", "choice", "One more candidate can only win or lose; it takes nothing away."),
            WrongAnswer("d", "d", "choice", "Weights lie between 0 and 1, and sum to 1. Can a mixture exceed both?"),
        ),
    ),
    LAB.exercise(
        name="methods.extractors.layers.noisy_camera",
        reference="medfuse_course.exercises.methods.extractors.layers:energy_of_the_blurred",
        before=(Property("map", _floats, "Return one float for each pixel, more than 0.5 where a is the sharp one."),),
        goals=(
            Goal(
                "goal",
                "tissue right",
                "Noise is fine structure, too. What of a sharp image is left after a blur, and what of noise?",
                lambda x: x["right"],
                lambda _: GOAL,
                "energy",
                form=".1%",
            ),
        ),
    ),
)
