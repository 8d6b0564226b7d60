"""Fusion in the nonsubsampled contourlet transform.

Reference: A. L. da Cunha, J. Zhou and M. N. Do, "The nonsubsampled contourlet transform: theory, design, and
applications", IEEE Transactions on Image Processing 15(10), 3089-3101, 2006. Papers on fusion share the transform and
differ in the rest: 4, 8, 8, 16 directions from coarse to fine in the toolbox of Y. Liu, S. Liu and Z. Wang (Information
Fusion 24, 147-164, 2015), which are the default here, 2 at every scale in the code of Z. Zhu and others (IEEE Access 7,
20811-20824, 2019); and each has rules of its own. Our reading: the filters (see `transforms.nsct`), the choice by plain
magnitude, and a border that is reflected instead of wrapped around.
"""

from collections.abc import Sequence
from functools import partial

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.classical.nsst import MARGIN
from medfuse_course.methods.multiscale import fuse_bands, fuse_mirrored
from medfuse_course.transforms import nsct as transform


def nsct(
    a: Image,
    b: Image,
    *,
    levels: int = 4,
    directions: Sequence[int] = transform.DIRECTIONS,
    rule: str = "choose_max",
    base_rule: str = "average",
    margin: int = MARGIN,
) -> FloatArray:
    """Split both images by scale and direction, fuse band by band, and put the result together.

    ``X_jk = rule(A_jk, B_jk)`` for direction k of level j; the low pass by `base_rule`.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    levels
        Number of scales.
    directions
        2, 4, 8, 16 or 32 for each level, finest first; entries beyond `levels` do not count.
    rule, base_rule
        How two detail bands, and the two bases, become one: names in `medfuse_course.methods.rules.RULES`.
    margin
        Pixels by which the border is mirrored before and cropped after, as in `nsst`: the transform wraps around.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.

    Notes
    -----
    Memory: ``12 N`` bytes for each pixel of the grown images for N bands in all, 37 by default; ``4 N`` stay with the
    filters, which are kept.
    """
    fuse = partial(fuse_bands, rule=rule, base_rule=base_rule)
    return fuse_mirrored(transform, a, b, fuse, levels=levels, directions=directions, margin=margin)
