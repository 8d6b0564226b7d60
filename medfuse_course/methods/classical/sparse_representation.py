"""Fusion by sparse representation: the patch whose code says more wins.

References: B. Yang and S. Li, "Multifocus image fusion and restoration with sparse representation", IEEE Transactions
on Instrumentation and Measurement 59(4), 884-892, 2010. The ``toolbox`` profile has the settings and the rule of the
MATLAB toolbox of Y. Liu, S. Liu and Z. Wang, Information Fusion 24, 147-164, 2015, read in their code;
``base="laplacian"`` is the form they advise for medical images. Our reading: the dictionary. Theirs is learned and not
at hand; here it is the overcomplete cosine dictionary of the same size, so no published image is reproduced.
"""

from typing import Literal

import numpy as np

from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.multiscale import fuse_bands
from medfuse_course.methods.rules import pick
from medfuse_course.transforms import pyramid
from medfuse_course.transforms.checks import check_levels
from medfuse_course.transforms.sparse_coding import (
    average_patches,
    dct_dictionary,
    extract_patches,
    orthogonal_matching_pursuit,
)

TIE = 1e-6
"""Activities closer than this share of their sum are equal: rounding must not decide."""

CHUNK = 4096
"""Patches whose codes are held at a time: 4 MB in float32."""

_PROFILES = ("course", "toolbox")
_BASES = ("image", "laplacian")


def sparse_representation(
    a: Image,
    b: Image,
    *,
    patch: int = 8,
    stride: int = 2,
    atoms: int = 16,
    eps: float = 0.02,
    base: Literal["image", "laplacian"] = "image",
    levels: int = 4,
    profile: Literal["course", "toolbox"] = "course",
) -> FloatArray:
    """Code the patches of both images with few atoms; at each place the patch of larger ``sum |c|`` wins.

    The mean of a patch is taken out before and stays with the patch: the winner brings its brightness too. Patches that
    tie, such as two flat ones, give their mean. Where patches overlap, the result is their average.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    patch
        Side of a patch in pixels. The dictionary has four times as many atoms as a patch has pixels.
    stride
        Pixels from one patch to the next, at most `patch`.
    atoms
        Most atoms a patch may use.
    eps
        Euclidean length of what a code may leave of its patch, intensities in [0, 1]. The default is a root mean square
        of 0.0025 over 8 x 8 pixels, below one step of 8 bits; in busy patches `atoms` is the limit. At 0.1 the code
        leaves out noise, and faint texture with it.
    base
        ``"laplacian"`` fuses in a Laplacian pyramid: details by `rules.choose_max_consistent`, patches in the base.
    levels
        Most levels of that pyramid; fewer where its base would be smaller than a patch.
    profile
        ``"toolbox"`` takes the published settings, whatever `patch`, `stride`, `atoms` and `eps` say: 8 x 8 pixels,
        stride 2, eps 0.1 / 255, no limit on atoms, float64; ties go to a, and border pixels that no patch reaches are
        averaged. It keeps all texture and takes twenty times as long as the default.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    check_name("profile", profile, _PROFILES)
    check_name("base", base, _BASES)
    if profile == "course" and not 2 <= patch <= min(a.shape):
        raise ValueError(f"patch: expected 2 to {min(a.shape)} pixels for an image of {a.shape}, got {patch!r}")

    def fuse(x: FloatArray, y: FloatArray) -> FloatArray:
        return _toolbox(x, y) if profile == "toolbox" else _fuse_patches(x, y, patch, stride, atoms, eps)

    if base == "image":
        return fuse(a, b)
    check_levels(levels, a.shape)
    levels = _levels_above(8 if profile == "toolbox" else patch, levels, min(a.shape))
    of_a, of_b = pyramid.analyse(a, levels), pyramid.analyse(b, levels)
    fused = fuse_bands(of_a, of_b, "choose_max_consistent")
    return pyramid.synthesise(pyramid.LaplacianPyramid(fused.details, fuse(of_a.base, of_b.base)))


def _levels_above(patch: int, levels: int, side: int) -> int:
    """The most levels, from 1 to `levels`, whose base is no smaller than a patch."""
    while levels > 1 and -(-side // 2**levels) < patch:
        levels -= 1
    return levels


def _toolbox(a: FloatArray, b: FloatArray) -> FloatArray:
    a, b = a.astype(np.float64), b.astype(np.float64)
    reached = tuple(slice(8 + (n - 8) // 2 * 2) for n in a.shape)
    fused = (a + b) / 2
    fused[reached] = _fuse_patches(a[reached], b[reached], 8, 2, 64, 0.1 / 255, ties_to_a=True)
    return fused


def _fuse_patches(
    a: FloatArray, b: FloatArray, patch: int, stride: int, atoms: int, eps: float, *, ties_to_a: bool = False
) -> FloatArray:
    dictionary = dct_dictionary(patch)
    (patches_a, activity_a), (patches_b, activity_b) = (_code(x, dictionary, stride, atoms, eps) for x in (a, b))
    evidence = activity_a - activity_b
    evidence[np.abs(evidence) <= TIE * (activity_a + activity_b)] = float(ties_to_a)
    return average_patches(pick(evidence[:, None], patches_a, patches_b), a.shape, patch, stride)


def _code(
    image: FloatArray, dictionary: FloatArray, stride: int, atoms: int, eps: float
) -> tuple[FloatArray, FloatArray]:
    """The patches of one image as their codes say them, means included; and ``sum |c|`` of each.

    Each image is coded by itself, in the same chunks: exchanging the images exchanges the results to the last bit.
    """
    patches = extract_patches(image, round(len(dictionary) ** 0.5), stride)
    means = patches.mean(axis=1, keepdims=True, dtype=np.float64).astype(patches.dtype)  # exact for a flat patch
    patches -= means
    activity = np.empty(len(patches), patches.dtype)
    atoms_as_rows = dictionary.T.astype(patches.dtype)
    for start in range(0, len(patches), CHUNK):
        part = slice(start, start + CHUNK)
        codes = orthogonal_matching_pursuit(patches[part], dictionary, atoms=atoms, eps=eps)
        activity[part] = np.abs(codes).sum(axis=1)
        patches[part] = codes @ atoms_as_rows
    return patches + means, activity
