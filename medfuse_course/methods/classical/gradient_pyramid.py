"""Fusion in the gradient pyramid.

Reference: P. J. Burt and R. J. Kolczynski, "Enhanced image capture through fusion", ICCV 1993, 173-182, known from
surveys. The ``toolbox`` profile is the one of O. Rockinger's MATLAB toolbox (1999), read in its code; no output of it
was published.
"""

from typing import Literal, get_args

from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.multiscale import fuse_bands
from medfuse_course.methods.replicas import pyramid_toolbox
from medfuse_course.transforms.gradient_pyramid import analyse, synthesise

Profile = Literal["course", "toolbox"]


def gradient_pyramid(
    a: Image, b: Image, *, levels: int = 4, rule: str = "match_salience", profile: Profile = "course"
) -> FloatArray:
    """Split both images into gradients of four directions a level, fuse each, and integrate them approximately.

    ``D_{k,l} = rule(D_{k,l}(a), D_{k,l}(b))``; the base is averaged. Even equal sources come back changed, see
    `transforms.gradient_pyramid.synthesise`.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    levels
        Number of levels; at most the number of halvings that the shorter side allows.
    rule
        How two bands become one: a name in `medfuse_course.methods.rules.RULES`.
    profile
        ``"toolbox"`` is the gradient pyramid of the MATLAB toolbox with its consistency rule, whatever `rule` says. It
        compares second differences, and leaves out the factor ``1 + w`` on the way back, which blurs.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    if profile == "toolbox":
        return pyramid_toolbox.gradient_pyramid(a, b, levels)
    if profile != "course":
        raise ValueError(unknown("profile", profile, get_args(Profile)))
    return synthesise(fuse_bands(analyse(a, levels), analyse(b, levels), rule))
