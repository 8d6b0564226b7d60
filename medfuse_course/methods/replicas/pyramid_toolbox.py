"""Three pyramid methods as the MATLAB fusion toolbox computes them: its borders, levels and selection.

O. Rockinger's toolbox (1999) is what many papers ran; it lives on in Y. Liu, S. Liu and Z. Wang, Information Fusion 24,
147-164, 2015. Our own transforms mirror all borders; the toolbox leaves the four corners black, and gives ties to b.
"""

from collections.abc import Callable

import numpy as np
from scipy import ndimage, signal

from medfuse_course.core.filters import BINOMIAL_5
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms.checks import check_levels

GUARD = 1e-6 / 255
"""The toolbox adds 1e-6 to a denominator of gray levels from 0 to 255, and nothing above it."""

Level = tuple[FloatArray, FloatArray]
"""A Gaussian level and its surroundings: the next level, expanded."""

Fuse = Callable[[Level, Level], FloatArray]
Merge = Callable[[FloatArray, FloatArray], FloatArray]


def laplacian_pyramid(a: FloatArray, b: FloatArray, levels: int) -> FloatArray:
    """The Laplacian pyramid of the toolbox, ``(H, W)`` in double precision."""
    return fuse_levels(a, b, levels, lambda x, y: select(x[0] - x[1], y[0] - y[1]), np.add)


def contrast_pyramid(a: FloatArray, b: FloatArray, levels: int) -> FloatArray:
    """The ratio pyramid of the toolbox, ``(H, W)`` in double precision."""

    def ratio(x: Level) -> FloatArray:
        level, around = x
        return level / (around + GUARD)

    return fuse_levels(
        a, b, levels, lambda x, y: select(ratio(x), ratio(y)), lambda chosen, around: chosen * (around + GUARD)
    )


def gradient_pyramid(a: FloatArray, b: FloatArray, levels: int) -> FloatArray:
    """The gradient pyramid of the toolbox, ``(H, W)`` in double precision: second differences in four directions."""

    def curvature(x: Level, y: Level) -> FloatArray:
        of_both = zip(_second_differences(x[0]), _second_differences(y[0]), strict=True)
        total: FloatArray = np.sum([select(one, other) for one, other in of_both], axis=0)
        return total / -8

    return fuse_levels(a, b, levels, curvature, np.add)


def fuse_levels(a: FloatArray, b: FloatArray, levels: int, fuse_level: Fuse, merge: Merge) -> FloatArray:
    """Go down level by level, average what is left, and come back up.

    Odd sizes grow by a reflected row or column and are cropped on the way back.

    Parameters
    ----------
    fuse_level
        Takes a level of a with its surroundings, and one of b; returns the fused detail.
    merge
        Takes a fused detail and the surroundings, and returns the level.

    Returns
    -------
    ``(H, W)``, double precision.
    """
    check_levels(levels, a.shape)
    a, b = a.astype(np.float64), b.astype(np.float64)
    details, shapes = [], []
    for _ in range(levels):
        shapes.append(a.shape)
        grow = [(0, n % 2) for n in a.shape]
        a, b = np.pad(a, grow, "reflect"), np.pad(b, grow, "reflect")
        low_a, low_b = (correlate(x, BINOMIAL_5)[::2, ::2] for x in (a, b))
        details.append(fuse_level((a, expand(low_a, a.shape)), (b, expand(low_b, b.shape))))
        a, b = low_a, low_b
    fused: FloatArray = (a + b) / 2
    for detail, (height, width) in zip(reversed(details), reversed(shapes), strict=True):
        fused = merge(detail, expand(fused, detail.shape))[:height, :width]
    return fused


def correlate(image: FloatArray, kernel: FloatArray) -> FloatArray:
    """Filter rows and columns, corners black."""
    kernel_2d = np.outer(kernel, kernel)
    filtered: FloatArray = signal.correlate2d(border(image, kernel.size // 2), kernel_2d, mode="valid")
    return filtered


def expand(image: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Zeros between the pixels, then the filter with gain 4."""
    spread = np.zeros(shape)
    spread[::2, ::2] = image
    return correlate(spread, 2 * BINOMIAL_5)


def border(image: FloatArray, width: int) -> FloatArray:
    """Reflect the sides but leave the four corners 0."""
    sides = np.pad(image, width, "reflect")
    for rows in (slice(None, width), slice(-width, None)):
        for columns in (slice(None, width), slice(-width, None)):
            sides[rows, columns] = 0
    return sides


def select(a: FloatArray, b: FloatArray) -> FloatArray:
    """`rules.choose_max_consistent` with the toolbox's corners, and ties to b."""
    activity = [ndimage.maximum_filter(border(np.abs(x), 1), size=3, mode="constant") for x in (a, b)]
    prefers_a = (activity[0] > activity[1]).astype(float)  # one pixel larger on each side than the band
    votes = signal.correlate2d(prefers_a, np.ones((3, 3)), mode="valid")
    return np.where(votes > 4, a, b)


def _second_differences(level: FloatArray) -> tuple[FloatArray, ...]:
    x = border(level + correlate(level, np.array([1, 2, 1]) / 4), 1)
    inner = np.s_[1:-1]
    here = 2 * x[inner, inner]
    return (
        x[inner, 2:] - here + x[inner, :-2],
        (x[2:, :-2] - here + x[:-2, 2:]) / 2,
        x[2:, inner] - here + x[:-2, inner],
        (x[2:, 2:] - here + x[:-2, :-2]) / 2,
    )
