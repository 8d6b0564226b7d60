"""Fusion with guided filtering (GFF): two scales, and weight maps that follow the edges of the sources.

Reference: S. Li, X. Kang and J. Hu, "Image fusion with guided filtering", IEEE Transactions on Image Processing 22(7),
2864-2875, 2013; details as in the MATLAB code of its authors. The ``course`` profile differs from it in two points,
which are ours: weights stay floats, and where no source is more salient both count alike. The paper applies the weights
to each channel of a color image; here color is fused by its luminance, as for every method.
"""

from typing import Literal

import numpy as np
from scipy import ndimage

from medfuse_course.core import guided_filter as filtering
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.activity import saliency

BASE_SIDE = 31
"""Pixels a side of the box mean that is the base layer."""

Profile = Literal["course", "authors"]


def guided_filter(
    a: Image,
    b: Image,
    *,
    base_radius: int = 45,
    base_eps: float = 0.3,
    detail_radius: int = 7,
    detail_eps: float = 1e-6,
    profile: Profile = "course",
) -> FloatArray:
    """``F = sum W_base * base + sum W_detail * detail`` over the two sources.

    The base is a 31 x 31 box mean, with the edge pixel repeated beyond the border; the detail is the rest. The
    weights of a source are 1 where it is the more salient one (`leader`), made to follow edges (`refine`) for each.

    Parameters
    ----------
    a, b
        Gray images on one grid, in [0, 1]: the eps depend on that range.
    base_radius, base_eps
        The guided filter that refines the weights of the bases: large and smooth, since bases have no edges to keep.
    detail_radius, detail_eps
        The one for the details: small, and true to the edges of its guide.
    profile
        ``"authors"`` casts the weights to 8 bits, as the MATLAB code does, and gives ties to `a`.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    lead = leader(a, b, profile)
    share_base = refine(lead, a, b, base_radius, base_eps, profile)
    share_detail = refine(lead, a, b, detail_radius, detail_eps, profile)
    base_a, base_b = (ndimage.uniform_filter(x.astype(np.float64), BASE_SIDE, mode="nearest") for x in (a, b))
    base = base_b + share_base * (base_a - base_b)
    detail_a, detail_b = a - base_a, b - base_b
    fused: FloatArray = base + detail_b + share_detail * (detail_a - detail_b)
    return fused


def leader(a: Image, b: Image, profile: Profile = "course") -> FloatArray:
    """The raw weight of `a`: 1 where its `activity.saliency` is larger, 0 where that of `b` is, 0.5 where they tie.

    In the ``authors`` profile a tie is 1.
    """
    check_name("profile", profile, ("course", "authors"))
    lead = saliency(a.astype(np.float64)) - saliency(b.astype(np.float64))
    return (lead >= 0).astype(np.float64) if profile == "authors" else (1 + np.sign(lead)) / 2


def refine(share: FloatArray, a: Image, b: Image, radius: int, eps: float, profile: Profile = "course") -> FloatArray:
    """Make a weight map follow the edges of the sources.

    ``share`` is filtered with `a` as the guide, ``1 - share`` with `b`; both are clipped to [0, 1], and the first is
    divided by their sum.

    Parameters
    ----------
    share
        ``(H, W)`` weights of `a` in [0, 1]; those of `b` are the rest.
    a, b
        Gray images on that grid, in [0, 1].
    radius, eps
        Of `core.guided_filter.guided_filter`.
    profile
        As in `guided_filter`.

    Returns
    -------
    The refined weights of `a`, float64 in [0, 1]; those of `b` are the rest.
    """
    first, second = (
        np.clip(filtering.guided_filter(x, weight, radius, eps), 0, 1) for x, weight in ((a, share), (b, 1 - share))
    )
    if profile == "authors":
        first, second = (np.floor(255 * weight + 0.5) / 255 + 1e-12 for weight in (first, second))  # as MATLAB rounds
    refined = np.full_like(first, 0.5)
    np.divide(first, first + second, out=refined, where=first + second > 0)
    return refined
