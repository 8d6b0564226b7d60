"""Fusion in the Laplacian pyramid.

References: P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Transactions on
Communications 31(4), 532-540, 1983. The ``toolbox`` profile is the one of the widely used MATLAB fusion toolbox of
O. Rockinger in the form of Y. Liu, S. Liu and Z. Wang, Information Fusion 24, 147-164, 2015.
"""

from typing import Literal

import numpy as np
from scipy import ndimage, signal

from medfuse_course.core.filters import BINOMIAL_5
from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.rules import RULES
from medfuse_course.transforms import pyramid


def laplacian_pyramid(
    a: Image, b: Image, *, levels: int = 4, rule: str = "choose_max", profile: Literal["course", "toolbox"] = "course"
) -> FloatArray:
    """Split both images into Laplacian pyramids, fuse band by band, and put the result together.

    ``L_k = rule(L_k(a), L_k(b))`` for each detail band, ``G_n = (G_n(a) + G_n(b)) / 2`` for the base.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    levels
        Number of detail bands; at most the number of halvings that the shorter side allows.
    rule
        How two detail bands become one: a name in `medfuse_course.methods.rules.RULES`.
    profile
        ``"toolbox"`` reproduces the MATLAB toolbox: its borders and its consistency rule, whatever `rule` says.
    """
    if profile == "toolbox":
        pyramid.check_levels(levels, a.shape)
        return _toolbox(a.astype(np.float64), b.astype(np.float64), levels)
    if profile != "course":
        raise ValueError(unknown("profile", profile, ("course", "toolbox")))
    detail_rule = RULES[rule]
    first, second = pyramid.analyse(a, levels), pyramid.analyse(b, levels)
    details = tuple(detail_rule(x, y) for x, y in zip(first.details, second.details, strict=True))
    return pyramid.synthesise(pyramid.LaplacianPyramid(details, RULES["average"](first.base, second.base)))


def _toolbox(a: FloatArray, b: FloatArray, levels: int) -> FloatArray:
    """The MATLAB toolbox, borders included: odd sizes grow by a reflected row or column, cropped at the end."""
    details, shapes = [], []
    for _ in range(levels):
        shapes.append(a.shape)
        grow = [(0, n % 2) for n in a.shape]
        a, b = np.pad(a, grow, "reflect"), np.pad(b, grow, "reflect")
        low_a, low_b = (_toolbox_filter(x, BINOMIAL_5)[::2, ::2] for x in (a, b))
        details.append(_toolbox_select(a - _toolbox_expand(low_a, a.shape), b - _toolbox_expand(low_b, b.shape)))
        a, b = low_a, low_b
    fused = (a + b) / 2
    for detail, (height, width) in zip(reversed(details), reversed(shapes), strict=True):
        fused = (detail + _toolbox_expand(fused, detail.shape))[:height, :width]
    return fused


def _toolbox_filter(image: FloatArray, kernel: FloatArray) -> FloatArray:
    kernel_2d = np.outer(kernel, kernel)
    return signal.correlate(_toolbox_border(image, kernel.size // 2), kernel_2d, mode="valid", method="direct")


def _toolbox_expand(image: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    spread = np.zeros(shape)
    spread[::2, ::2] = image
    return _toolbox_filter(spread, 2 * BINOMIAL_5)


def _toolbox_border(image: FloatArray, width: int) -> FloatArray:
    """Reflect the sides but leave the four corners 0, as the toolbox does."""
    sides = np.pad(image, width, "reflect")
    for rows in (slice(None, width), slice(-width, None)):
        for columns in (slice(None, width), slice(-width, None)):
            sides[rows, columns] = 0
    return sides


def _toolbox_select(a: FloatArray, b: FloatArray) -> FloatArray:
    """`rules.choose_max_consistent` with the toolbox's corners, and ties to b."""
    activity = [ndimage.maximum_filter(_toolbox_border(np.abs(x), 1), size=3, mode="constant") for x in (a, b)]
    prefers_a = (activity[0] > activity[1]).astype(float)  # one pixel larger on each side than the band
    votes = signal.correlate(prefers_a, np.ones((3, 3)), mode="valid", method="direct")
    return np.where(votes > 4, a, b)
