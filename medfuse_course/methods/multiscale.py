"""The pattern of half of the field: transform both images, fuse band by band, transform back."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray
from medfuse_course.methods.rules import RULES, Band, Rule
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.checks import check_plane
from medfuse_course.transforms.padding import pad_mirrored

B = TypeVar("B", bound=Bands)


_CACHED = 2**20
"""Bytes that a processor's own cache holds."""


class DirectionalTransform(Protocol[B]):
    """A module of `medfuse_course.transforms` that splits by scale and direction, and wraps around at the border."""

    def analyse(self, image: FloatArray, levels: int, directions: Sequence[int]) -> B:
        """Split an image into bands."""
        ...

    def synthesise(self, bands: B) -> FloatArray:
        """Undo `analyse`."""
        ...


def fuse_bands(a: B, b: B, rule: str = "choose_max", base_rule: str = "average") -> B:
    """Fuse the bands of two images: ``rule`` for every detail level, ``base_rule`` for the base.

    Parameters
    ----------
    a, b
        What one transform made of two images on one grid.
    rule, base_rule
        Names in `medfuse_course.methods.rules.RULES`.

    Returns
    -------
    The fused bands, of the kind of `a` and `b`.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import fuse_bands
    >>> from medfuse_course.transforms import pyramid
    >>> a = np.random.default_rng(0).random((32, 32))
    >>> of_a, of_b = pyramid.analyse(a, 3), pyramid.analyse(0 * a, 3)
    >>> fused = fuse_bands(of_a, of_b)
    >>> [bool(np.array_equal(x, y)) for x, y in zip(fused.details, of_a.details)]  # all details are those of a
    [True, True, True]
    >>> bool(np.allclose(fused.base, of_a.base / 2))  # the base is the mean
    True
    """
    choose = RULES[rule]
    details = tuple(_by_planes(choose, x, y) for x, y in zip(a.details, b.details, strict=True))
    return dataclasses.replace(a, details=details, base=RULES[base_rule](a.base, b.base))


def _by_planes(choose: Rule, a: Band, b: Band) -> Band:
    """A rule looks at one plane at a time; large bands are given to it so, for it goes over them several times."""
    if a.ndim == 2 or a.nbytes <= _CACHED or a.shape != b.shape:
        return choose(a, b)
    fused = np.empty(a.shape, np.result_type(a, b))
    for plane, x, y in zip(fused, a, b, strict=True):
        plane[...] = choose(x, y)
    return fused


def fuse_mirrored(
    transform: DirectionalTransform[B],
    a: FloatArray,
    b: FloatArray,
    fuse: Callable[[B, B], B],
    *,
    levels: int,
    directions: Sequence[int],
    margin: int,
) -> FloatArray:
    """Fuse in a transform that wraps around: the border is mirrored by `margin` pixels before, and cropped after.

    Parameters
    ----------
    transform
        Such as the module `medfuse_course.transforms.nsct`.
    a, b
        Gray images on one grid.
    fuse
        Makes one set of bands of two.
    levels, directions
        What `transform.analyse` takes; the levels are counted on the images as they came.
    margin
        As in `medfuse_course.transforms.padding.pad_mirrored`.

    Returns
    -------
    ``(H, W)``, the fused image without its margin.
    """
    height, width = check_plane(a, levels).shape
    of_a, of_b = (transform.analyse(pad_mirrored(x, margin), levels, directions) for x in (a, b))
    return transform.synthesise(fuse(of_a, of_b))[margin : margin + height, margin : margin + width]


def share_of_a(a: NDArray[Any], b: NDArray[Any], fused: NDArray[Any]) -> FloatArray:
    """Where a fused coefficient came from: 1 for a, 0 for b, between for a mixture, 0.5 where the sources agree.

    ``Re((f - b) conj(a - b)) / |a - b|^2``, clipped to [0, 1], for bands of one shape, real or complex.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import share_of_a
    >>> a, b = np.array([3.0, 5.0, 2.0, 2.0]), np.array([1.0, 1.0, 4.0, 2.0])
    >>> share_of_a(a, b, np.array([3.0, 1.0, 3.0, 2.0])).tolist()  # from a; from b; the mean; both say the same
    [1.0, 0.0, 0.5, 0.5]
    """
    difference = a - b
    power = np.abs(difference) ** 2
    known = power > 1e-12 * max(float(power.max(initial=0)), 1e-30)
    share = np.full(power.shape, 0.5, power.dtype)
    np.divide(np.real((fused - b) * np.conj(difference)), power, out=share, where=known)
    return np.clip(share, 0, 1)
