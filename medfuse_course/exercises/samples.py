"""Small seeded images for checks, and the sentences that several checks share."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Property

TOLERANCE = 1e-5
"""float32 arithmetic in any order stays within."""


def images(*stream: str, count: int = 2, shape: tuple[int, int] = (12, 17)) -> tuple[Image, ...]:
    """Images of even noise in [0, 1]; the same names give the same images."""
    return tuple(array.copy() for array in _images(stream, count, shape))


def bands(*stream: str, shape: tuple[int, int] = (12, 17)) -> tuple[FloatArray, FloatArray]:
    """Two arrays of both signs, like detail bands."""
    first, second = images(*stream, "bands", shape=shape)
    return first - 0.5, second - 0.5


def off(result: FloatArray, wanted: FloatArray | float) -> float:
    """The largest distance between two arrays."""
    return float(np.abs(result - wanted).max())


def apart(got: float, wanted: float, digits: int = 3) -> tuple[str, str]:
    """Two numbers in as few digits as tell them apart, at least as many as asked."""
    for count in range(digits, 17):
        first, second = f"{got:.{count}g}", f"{wanted:.{count}g}"
        if first != second:
            break
    return first, second


def differs(result: FloatArray, wanted: FloatArray, what: str, tolerance: float = TOLERANCE) -> str | None:
    """Say where two arrays are furthest apart, and what stands there; None where they agree."""
    distance = np.abs(result - wanted)
    place = tuple(int(n) for n in np.unravel_index(distance.argmax(), distance.shape))
    if distance[place] <= tolerance:
        return None
    got, right = apart(float(result[place]), float(wanted[place]))
    return f"{what} is {got} at {place if len(place) > 1 else place[0]}, not {right}"


def number(answer: Attempt, *arguments: Any) -> float:
    """What the learner's function returns, if it is one finite number."""
    result = answer(*arguments)
    kind = result.dtype if isinstance(result, np.ndarray | np.generic) else type(result).__name__
    if np.ndim(result) != 0 or isinstance(result, str | list | tuple):
        raise Refused(f"it returned {type(result).__name__}, not one number")
    if isinstance(result, bool) or "float" not in str(kind):
        raise Refused(f"it returned {kind}, not a float")
    if not np.isfinite(result):
        raise Refused(f"it returned {float(result)}")
    return float(result)


def fuses_two_images(hint: str) -> Property:
    """A function of two images returns floats of their shape."""

    def test(answer: Attempt) -> str | None:
        answer.image(*images("shape"))
        return None

    return Property("shape", test, hint)


def keeps_equal_sources(hint: str, *, signed: bool = False) -> Property:
    """Fusing an image with itself gives the image."""

    def test(answer: Attempt) -> str | None:
        image = bands("equal")[0] if signed else images("equal")[0]
        distance = off(answer.image(image, image), image)
        what = "a band" if signed else "an image"
        return f"{what} fused with itself came out changed, by up to {distance:.2g}" if distance > TOLERANCE else None

    return Property("equal-sources", test, hint)


def takes_from_sources(hint: str, *, signed: bool = False) -> Property:
    """Every pixel comes from one source or the other, not from both."""

    def test(answer: Attempt) -> str | None:
        a, b = bands("sources") if signed else images("sources")
        result = answer.image(a, b)
        foreign = np.minimum(np.abs(result - a), np.abs(result - b)) > TOLERANCE
        return f"{foreign.sum()} of {foreign.size} values are those of neither source" if foreign.any() else None

    return Property("from-sources", test, hint)


def stays_in_range(
    fused: Callable[[Attempt], Iterable[Image]],
    hint: str = "Return floats in [0, 1] of the sources' shape: np.clip at the end, no stretching.",
) -> Property:
    """What a lab's answer makes of all cases, which `fused` computes, has no value outside [0, 1]."""

    def test(answer: Attempt) -> str | None:
        for image in fused(answer):
            if image.min() < -1e-6 or image.max() > 1 + 1e-6:
                return f"values from {image.min():.2g} to {image.max():.2g} leave [0, 1]"
        return None

    return Property("image", test, hint)


@cache
def _images(stream: tuple[str, ...], count: int, shape: tuple[int, int]) -> tuple[Image, ...]:
    rng = generator(0, "exercises", *stream)
    return tuple(rng.random(shape, dtype=np.float32) for _ in range(count))
