"""Photographs of one scene at several focal planes: the veil at an edge, a map by a filter, and an open lab on a stack.

``sharp_here(a, b, reach)`` is 1 where image a has more energy of the Laplacian nearby than b, and 0 elsewhere, where
nearby means a Gaussian of standard deviation `reach`.

The lab's answer takes a stack of five noisy photographs ``(5, H, W)`` and says of each pixel which of them is in focus.
Depth is a smooth field, cut into five steps of equal area; a photograph is blurred by one more pixel of Gaussian for
each step between its plane and the depth of the pixel.
"""

from functools import cache
from typing import Any

import numpy as np
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray, Image
from medfuse_course.datasets import load_pair
from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values
from medfuse_course.exercises.samples import images

PLANES, NOISE, SEEDS = 5, 0.05, (60, 61, 62, 63)
GOAL = 0.87
"""The share of pixels that has to be right.

The filter of the page finds 45 %, with the best of wider windows 65 %; on smoothed photographs 85 %, and 89 % where
neighbors then vote. A tournament of the shipped networks, each plane against each, finds 76 %, on smoothed photographs
at most 86 %."""

MARGIN, STRAY = 8, 0.005
"""Pixels at the border that are not looked at; share of the others that may differ, by ties and by how windows end."""


def sharp_here(a: Image, b: Image, reach: float) -> FloatArray:
    """1 where the Laplacian of a has more energy nearby, else 0: ``(H, W)`` float32."""
    of_a, of_b = (_energy(x, reach) for x in (a, b))
    return (of_a > of_b).astype(np.float32)


def _energy(image: Image, reach: float, power: float = 2.0) -> FloatArray:
    energy: FloatArray = ndimage.gaussian_filter(np.abs(ndimage.laplace(image)) ** power, reach)
    return energy


def _map(answer: Attempt, a: Image, b: Image, reach: float) -> FloatArray:
    return answer.image(a, b, reach)


def _zero_or_one(answer: Attempt) -> str | None:
    a, b = images("sharp-here", "range", shape=(30, 34))
    found = _map(answer, a, b, 2.0)
    other = int(((found != 0) & (found != 1)).sum())
    return f"{other} of {found.size} values are neither 0 nor 1" if other else None


def _half() -> tuple[Image, Image]:
    """Two photographs of noise; the left half of the first one and the right half of the second one are sharp."""
    (sharp,) = images("sharp-here", "half", count=1, shape=(48, 64))
    soft = ndimage.gaussian_filter(sharp, 1.5) + np.float32(0.3)  # out of focus, and brighter
    left = np.arange(64) < 32
    return np.where(left, sharp, soft), np.where(left, soft, sharp)


def _sides(answer: Attempt) -> str | None:
    found = _map(answer, *_half(), 2.0)
    left, right = found[8:-8, 8:24].mean(), found[8:-8, 40:-8].mean()
    if left > 0.95 and right < 0.05:
        return None
    return (
        f"a is sharp on the left, b on the right, and your map is 1 in {left:.0%} of the left, {right:.0%} of the right"
    )


def _same(answer: Attempt) -> str | None:
    """As the reference has it, for several windows and images."""
    inner = np.s_[MARGIN:-MARGIN, MARGIN:-MARGIN]
    for number, reach in enumerate((1.0, 2.0, 4.0)):
        a, b = images("sharp-here", "same", str(number), shape=(60, 67))
        off = (_map(answer, a, b, reach) != sharp_here(a, b, reach))[inner].mean()
        if off > STRAY:
            return f"with reach = {reach:g} {off:.1%} of the pixels go to the other image"
    return None


def _trials() -> tuple[tuple[Image, Image, float], ...]:
    a, b = images("sharp-here", "trial", shape=(40, 44))
    return (a, b, 2.0), (b, a, 3.5)


_SHARP_HERE = Exercise(
    name="training.focus_masks.sharp_here",
    kind="function",
    reference="medfuse_course.exercises.training.focus_masks:sharp_here",
    properties=(
        Property("zero-or-one", _zero_or_one, "Return floats, 1.0 where a wins and 0.0 elsewhere: .astype('f4')."),
        Property("sides", _sides, "Where a is sharp its Laplacian is large in size, in both directions of sign."),
        Property("same", _same, "Laplacian, square, Gaussian mean of `reach` pixels, and then compare."),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "exchanged",
            lambda a, b, reach: sharp_here(b, a, reach),
            "sides",
            "Your map is 1 where b is sharp. It should be 1 where a is.",
        ),
        WrongAnswer(
            "not_squared",
            lambda a, b, reach: (
                ndimage.gaussian_filter(ndimage.laplace(a), reach) > ndimage.gaussian_filter(ndimage.laplace(b), reach)
            ).astype(np.float32),
            "sides",
            "The Laplacian has both signs, and its mean is about 0 everywhere. Square it first.",
        ),
        WrongAnswer(
            "not_gathered",
            lambda a, b, reach: (ndimage.laplace(a) ** 2 > ndimage.laplace(b) ** 2).astype(np.float32),
            "same",
            "You compare pixel with pixel. Take the Gaussian mean of the squares first.",
        ),
        WrongAnswer(
            "gray_values",
            lambda a, b, reach: (ndimage.gaussian_filter(a**2, reach) > ndimage.gaussian_filter(b**2, reach)).astype(
                np.float32
            ),
            "sides",
            "That is the energy of the image: the brighter one wins. Take that of its Laplacian.",
        ),
        WrongAnswer(
            "absolute",
            lambda a, b, reach: (_energy(a, reach, 1.0) > _energy(b, reach, 1.0)).astype(np.float32),
            "same",
            "You gather absolute values. Asked for are squares.",
        ),
        WrongAnswer(
            "reach_of_the_page",
            lambda a, b, reach: sharp_here(a, b, 2.0),
            "same",
            "Your window is always the same. Take the argument reach.",
        ),
        WrongAnswer(
            "squared_last",
            lambda a, b, reach: (
                ndimage.gaussian_filter(ndimage.laplace(a), reach) ** 2
                > ndimage.gaussian_filter(ndimage.laplace(b), reach) ** 2
            ).astype(np.float32),
            "sides",
            "You square the mean. Square first: a mean over both signs is about 0.",
        ),
        WrongAnswer(
            "soft",
            lambda a, b, reach: _energy(a, reach) / (_energy(a, reach) + _energy(b, reach)),
            "zero-or-one",
            "That is a share. The map has one answer for each pixel: 1 or 0.",
        ),
    ),
)

_VEIL = Exercise(
    name="training.focus_masks.veil",
    kind="number",
    reference=0.1587,
    tolerance=0.004,
    wrong=(
        WrongAnswer("at_the_edge", 0.5, "value", "So much is veiled at the edge itself. Asked for is one sigma away."),
        WrongAnswer("on_the_object", 0.8413, "value", "That is the share on the other side, one sigma inside."),
        WrongAnswer("both_sides", 0.3173, "value", "You counted both tails. The object lies on one side."),
        WrongAnswer("within", 0.6827, "value", "That lies within one sigma on both sides. The tail beyond is asked."),
        WrongAnswer("half_within", 0.3413, "value", "That lies between 0 and one sigma. Take it from one half."),
        WrongAnswer("height", 0.6065, "value", "That is the height of the Gaussian over its peak. An area is asked."),
        WrongAnswer("in_percent", 15.87, "value", "That is in percent. The weight is a number between 0 and 1."),
        WrongAnswer("two_sigma", 0.0228, "value", "That is two sigma away."),
    ),
)


def plane_of(stack: FloatArray) -> FloatArray:
    """The plane in focus of each pixel: Laplacian of smoothed photographs, its energy nearby, a vote of neighbors."""
    energies = [ndimage.gaussian_filter(ndimage.gaussian_laplace(x, 1.5) ** 2, 3.0) for x in stack]
    voted: FloatArray = ndimage.median_filter(np.argmax(energies, axis=0), 21)
    return voted


def by_the_filter(stack: FloatArray) -> FloatArray:
    """The filter of the page, on five photographs."""
    first: FloatArray = np.argmax([_energy(x, 2.0) for x in stack], axis=0)
    return first


@cache
def stacks() -> tuple[tuple[FloatArray, FloatArray, BoolArray], ...]:
    """For each seed the photographs ``(5, 192, 176)``, the plane of each pixel, and where there is tissue."""
    return tuple(_stack(seed) for seed in SEEDS)


def _stack(seed: int) -> tuple[FloatArray, FloatArray, BoolArray]:
    sharp = load_pair("head/mri-ct", seed=seed, lesions=2, simulate="image_space").a[32:224, 40:216]
    rng = generator(seed, "exercises", "focus-stack")
    field = ndimage.gaussian_filter(rng.standard_normal(sharp.shape), 28, mode="reflect")
    depth = (np.argsort(np.argsort(field.ravel())) * PLANES // field.size).reshape(field.shape)
    blurred = [sharp, *(ndimage.gaussian_filter(sharp, float(steps)) for steps in range(1, PLANES))]
    shots = [np.choose(np.abs(depth - plane), blurred) for plane in range(PLANES)]
    noisy = np.clip([x + NOISE * rng.standard_normal(x.shape, dtype=np.float32) for x in shots], 0, 1)
    return noisy.astype(np.float32), depth, sharp > 0.1


def _planes(answer: Attempt) -> tuple[FloatArray, ...]:
    return tuple(_checked(answer(stack), stack.shape) for stack, _, _ in stacks())


def _checked(found: Any, shape: tuple[int, ...]) -> FloatArray:
    if not isinstance(found, np.ndarray) or found.shape != shape[1:]:
        got = f"the shape {found.shape}" if isinstance(found, np.ndarray) else type(found).__name__
        raise Refused(f"it returned {got}, not one number for each pixel, {shape[1:]}")
    if found.dtype.kind not in "iuf":
        raise Refused(f"it returned an array of {found.dtype}; planes are whole numbers from 0 to {shape[0] - 1}")
    if not np.isin(found, np.arange(shape[0])).all():
        values = f"{found.dtype} from {found.min():.3g} to {found.max():.3g}"
        raise Refused(f"it returned {values}; planes are whole numbers from 0 to {shape[0] - 1}")
    return found


def _right(found: tuple[FloatArray, ...]) -> Values:
    shares = [np.mean((x == depth)[seen]) for x, (_, depth, seen) in zip(found, stacks(), strict=True)]
    return {"right": float(np.mean(shares))}


LAB = Lab(_planes, _right, {"filter": by_the_filter})


def _one_plane(answer: Attempt) -> str | None:
    LAB.made(answer)
    return None


_STACK = LAB.exercise(
    name="training.focus_masks.stack",
    reference="medfuse_course.exercises.training.focus_masks:plane_of",
    before=(Property("planes", _one_plane, "Return an array (H, W): the number of the sharpest photograph, from 0."),),
    goals=(
        Goal(
            "goal",
            "pixels right",
            "Noise has much Laplacian, too, in all planes alike. What tells it from structure? And do neighbors agree?",
            lambda x: x["right"],
            lambda _: GOAL,
            "filter",
            form=".1%",
        ),
    ),
)

EXERCISES = (_VEIL, _SHARP_HERE, _STACK)
