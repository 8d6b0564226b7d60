"""Fusion in the contrast pyramid, also called ratio-of-low-pass pyramid.

References: A. Toet, "Image fusion by a ratio of low-pass pyramid", Pattern Recognition Letters 9(4), 245-253, 1989, and
"Hierarchical image fusion", Machine Vision and Applications 3, 1-11, 1990. The ``toolbox`` profile is the ratio pyramid
of O. Rockinger's MATLAB toolbox, read in its code in the form of Y. Liu, S. Liu and Z. Wang, Information Fusion 24,
147-164, 2015; no output of it was published. The guard is our reading.
"""

import dataclasses
from typing import Literal, get_args

from medfuse_course.core.registry import check_name, unknown
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.multiscale import fuse_bands
from medfuse_course.methods.replicas import pyramid_toolbox
from medfuse_course.transforms.contrast_pyramid import GUARD, ContrastPyramid, analyse, synthesise

Selection = Literal["contrast", "ratio"]
Profile = Literal["course", "toolbox"]


def contrast_pyramid(
    a: Image,
    b: Image,
    *,
    levels: int = 4,
    rule: str = "choose_max",
    selection: Selection = "contrast",
    guard: float = GUARD,
    profile: Profile = "course",
) -> FloatArray:
    """Split both images into contrasts, fuse band by band, and multiply the result together.

    With ``R_k = (G_k + guard) / (expand(G_{k+1}) + guard)`` the contrast is ``C_k = R_k - 1``: negative where a detail
    is darker than its surroundings. The base is averaged.

    Black beside light has ``C`` near -1, the strongest dark contrast there is, and is multiplied in level after level:
    what the other source shows there is erased. The guard helps black in black, and hardly against this.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    levels
        Number of detail bands; at most the number of halvings that the shorter side allows.
    rule
        How two bands become one: a name in `medfuse_course.methods.rules.RULES`.
    selection
        What the rule compares: ``"contrast"``, ``|R - 1|``, or ``"ratio"``, ``|R|``, as a widely copied toolbox does.
        A dark detail has ``R < 1``, so the ratio gives it away to any image that is flat there.
    guard
        What is added to both sides of the ratio: one 8-bit gray level keeps the black around a body quiet.
    profile
        ``"toolbox"`` is the ratio pyramid of the MATLAB toolbox, whatever `rule`, `selection` and `guard` say.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    if profile == "toolbox":
        return pyramid_toolbox.contrast_pyramid(a, b, levels)
    if profile != "course":
        raise ValueError(unknown("profile", profile, get_args(Profile)))
    check_name("selection", selection, get_args(Selection))
    offset = 1 if selection == "ratio" else 0
    of_a, of_b = (_moved(analyse(x, levels, guard=guard), offset) for x in (a, b))
    return synthesise(_moved(fuse_bands(of_a, of_b, rule), -offset))


def _moved(pyramid: ContrastPyramid, offset: int) -> ContrastPyramid:
    """All contrasts plus a number: with 1 they are ratios."""
    return dataclasses.replace(pyramid, details=tuple(band + offset for band in pyramid.details)) if offset else pyramid
