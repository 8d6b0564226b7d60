"""Fusion in the gradient pyramid.

Reference: P. J. Burt and R. J. Kolczynski, "Enhanced image capture through fusion", ICCV 1993, 173-182, known from
surveys. The ``toolbox`` profile is the one of O. Rockinger's MATLAB toolbox (1999), read in its code; no output of it
was published.
"""

from typing import Literal, get_args

import numpy as np

from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.classical import toolbox
from medfuse_course.methods.multiscale import fuse_bands
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
    """
    if profile == "toolbox":
        return toolbox.fuse_levels(a, b, levels, _toolbox_curvature, np.add)
    if profile != "course":
        raise ValueError(unknown("profile", profile, get_args(Profile)))
    return synthesise(fuse_bands(analyse(a, levels), analyse(b, levels), rule))


def _toolbox_curvature(a: toolbox.Level, b: toolbox.Level) -> FloatArray:
    """``-1/8`` of the second differences in four directions, each selected by itself."""
    chosen = [toolbox.select(x, y) for x, y in zip(_second_differences(a[0]), _second_differences(b[0]), strict=True)]
    total: FloatArray = np.sum(chosen, axis=0)
    return total / -8


def _second_differences(level: FloatArray) -> tuple[FloatArray, ...]:
    x = toolbox.border(level + toolbox.correlate(level, np.array([1, 2, 1]) / 4), 1)
    inner = np.s_[1:-1]
    here = 2 * x[inner, inner]
    return (
        x[inner, 2:] - here + x[inner, :-2],
        (x[2:, :-2] - here + x[:-2, 2:]) / 2,
        x[2:, inner] - here + x[:-2, inner],
        (x[2:, 2:] - here + x[:-2, :-2]) / 2,
    )
