"""Fusion in the Laplacian pyramid.

References: P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Transactions on
Communications 31(4), 532-540, 1983. The ``toolbox`` profile is the one of the widely used MATLAB fusion toolbox of
O. Rockinger in the form of Y. Liu, S. Liu and Z. Wang, Information Fusion 24, 147-164, 2015. The ``mertens`` profile
has the pyramid of T. Mertens, J. Kautz and F. Van Reeth, "Exposure fusion", Pacific Graphics 2007.
"""

from typing import Literal, get_args

from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.multiscale import fuse_bands
from medfuse_course.methods.replicas import pyramid_toolbox
from medfuse_course.transforms import mertens_pyramid, pyramid

Profile = Literal["course", "toolbox", "mertens"]


def laplacian_pyramid(
    a: Image, b: Image, *, levels: int = 4, rule: str = "choose_max", profile: Profile = "course"
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
        ``"mertens"`` has the borders and the depth of `transforms.mertens_pyramid`, whatever `levels` says.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    if profile == "toolbox":
        return pyramid_toolbox.laplacian_pyramid(a, b, levels)
    if profile == "mertens":
        of_a, of_b = mertens_pyramid.analyse(a), mertens_pyramid.analyse(b)
        return mertens_pyramid.synthesise(fuse_bands(of_a, of_b, rule))
    if profile != "course":
        raise ValueError(unknown("profile", profile, get_args(Profile)))
    return pyramid.synthesise(fuse_bands(pyramid.analyse(a, levels), pyramid.analyse(b, levels), rule))
