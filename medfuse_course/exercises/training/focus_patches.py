"""Which of two patches is the sharp one: a quiz to look at, and an open lab to beat a gradient without a network.

The lab's patches are cut from three heads in four modalities, where there is something to see; one of each two is
blurred by a Gaussian of 0.8 to 4 pixels, drawn evenly in the logarithm, and both get noise of 0.01.
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

SEEDS = (80, 81, 82)
PATCHES, SIDE, MARGIN = 400, 16, 12
GOAL = 0.96
"""The share that has to be right."""


def reblurred(p: Image, q: Image) -> FloatArray:
    """How much better q is explained as a blurred p than p as a blurred q; positive where p is the sharp one.

    ``|g * q - p|^2 - |g * p - q|^2`` with a Gaussian g of two pixels, without the three pixels at the border.
    """
    inner = np.s_[..., 3:-3, 3:-3]

    def unlike(x: Image, y: Image) -> FloatArray:
        blurred = ndimage.gaussian_filter(x, (0, 2, 2), mode="nearest")
        distance: FloatArray = ((blurred - y)[inner] ** 2).sum(axis=(1, 2))
        return distance

    return unlike(q, p) - unlike(p, q)


def by_gradient(p: Image, q: Image) -> FloatArray:
    """The sum of the absolute differences of neighbors in p, less that in q."""

    def gradient(x: Image) -> FloatArray:
        total: FloatArray = sum(np.abs(np.diff(x, axis=axis)).sum(axis=(1, 2)) for axis in (1, 2))
        return total

    return gradient(p) - gradient(q)


@cache
def cases() -> tuple[Image, Image, BoolArray]:
    """Two stacks of patches, ``(400, 16, 16)`` each, and where the first one is sharp."""
    rng = generator(0, "exercises", "sharper")
    names = ("head/mri-ct", "head/mri-pet", "head/mri-spect")
    pairs = [load_pair(name, seed=seed, lesions=2) for name, seed in zip(names, SEEDS, strict=True)]
    images = [pairs[0].a, *(pair.b for pair in pairs)]
    rows = [_draw(rng, images[k % len(images)]) for k in range(PATCHES)]
    first, second, sharp = (np.stack(column) for column in zip(*rows, strict=True))
    return first, second, sharp


def _draw(rng: np.random.Generator, image: Image) -> tuple[Image, Image, bool]:
    side, inner = SIDE + 2 * MARGIN, np.s_[MARGIN:-MARGIN, MARGIN:-MARGIN]
    while True:
        top, left = (int(rng.integers(n - side + 1)) for n in image.shape)
        patch = image[top : top + side, left : left + side]
        if patch[inner].std() > 0.02:
            break
    sigma = float(np.exp(rng.uniform(np.log(0.8), np.log(4.0))))
    blurred = ndimage.gaussian_filter(patch, sigma, mode="reflect", truncate=3.0)
    noisy = [x[inner] + 0.01 * rng.standard_normal((SIDE, SIDE), dtype=np.float32) for x in (patch, blurred)]
    sharp, soft = (np.clip(x, 0, 1).astype(np.float32) for x in noisy)
    return (sharp, soft, True) if rng.integers(2) else (soft, sharp, False)


def _said(answer: Attempt) -> FloatArray:
    first, second, _ = cases()
    return answer.image(first, second, shape=(PATCHES,))


def _right(said: FloatArray) -> Values:
    return {"right": float(np.mean((said > 0) == cases()[2]))}


LAB = Lab(_said, _right, {"gradient": by_gradient})


def _one_number(answer: Attempt) -> str | None:
    LAB.made(answer)
    return None


def _order(answer: Attempt) -> str | None:
    first, second, _ = cases()
    there, back = LAB.made(answer), answer.image(second, first, shape=(PATCHES,))
    same = np.count_nonzero((there > 0) & (back > 0))
    return f"for {same} pairs it calls the first one sharp in both orders" if same else None


EXERCISES = (
    Exercise(
        name="training.focus_patches.quiz",
        kind="number",
        reference=2,
        wrong=(
            WrongAnswer("energy", 5, "value", "So many have more energy on the left: you may have looked for light."),
            WrongAnswer("variance", 4, "value", "So many vary more on the left: blur can carry an edge into a patch."),
            WrongAnswer("gradient", 3, "value", "So many have the larger sum of gradients. One of them is not sharp."),
            WrongAnswer("the_right_ones", 6, "value", "So many are sharp on the right. Which side was asked for?"),
        ),
    ),
    LAB.exercise(
        name="training.focus_patches.sharper",
        reference="medfuse_course.exercises.training.focus_patches:reblurred",
        before=(
            Property("numbers", _one_number, "Return one float for each pair: sum over the last two axes only."),
            Property("order", _order, "Exchange the patches, and the sign must change: subtract one from the other."),
        ),
        goals=(
            Goal(
                "goal",
                "pairs right",
                "A sum of gradients is not enough. One patch is a blurred copy: use both of them.",
                lambda x: x["right"],
                lambda _: GOAL,
                "gradient",
                form=".1%",
            ),
        ),
    ),
)
