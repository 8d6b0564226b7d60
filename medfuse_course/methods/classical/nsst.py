"""Fusion in the nonsubsampled shearlet transform.

Reference for the transform: G. Easley, D. Labate and W.-Q. Lim, "Sparse directional image representations using the
discrete shearlet transform", Applied and Computational Harmonic Analysis 25(1), 25-46, 2008. Papers on fusion share it
and differ in the rules; choosing the larger magnitude and averaging the base is the plain reading. What is ours in the
transform is said in `transforms.nsst`.
"""

from collections.abc import Sequence
from functools import partial

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.multiscale import fuse_bands, fuse_mirrored
from medfuse_course.transforms import nsst as transform

MARGIN = 16
"""Pixels of mirrored border: half the longest wave of the coarsest of four bands. Medical images end in black, where
more makes no difference; for a cut-out with tissue up to its border, 32 or 64 halve what is left of the error."""


def nsst(
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

    Parameters
    ----------
    a, b
        Gray images on one grid.
    levels
        Number of scales.
    directions
        An even number of directions for each level, finest first.
    rule, base_rule
        How two detail bands, and the two bases, become one: names in `medfuse_course.methods.rules.RULES`.
    margin
        Pixels by which the border is mirrored before and cropped after: the transform wraps around, and without a
        margin an edge at one border would show at the opposite one. A larger one costs time and memory.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.

    Notes
    -----
    Memory: about ``16 sum(directions)`` bytes for each pixel of the grown images, 0.8 kB by default.
    """
    fuse = partial(fuse_bands, rule=rule, base_rule=base_rule)
    return fuse_mirrored(transform, a, b, fuse, levels=levels, directions=directions, margin=margin)
