"""The dual-tree complex wavelet transform: six directions, each with magnitude and phase.

References: I. W. Selesnick, R. G. Baraniuk and N. G. Kingsbury, "The dual-tree complex wavelet transform", IEEE Signal
Processing Magazine 22(6), 123-151, 2005. The taps, their alignment and the borders are those of N. G. Kingsbury's
toolbox, by their names there; the formulation as matrices is ours.

Two wavelet trees run side by side, tree a on the even and tree b on the odd places of one array. From level 2 on the
filters of the one are those of the other backwards, so a place between two samples of tree a is a sample of tree b. The
border is mirrored, which turns tree a into tree b: both together are one orthogonal filter bank.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.checks import check_plane
from medfuse_course.transforms.filter_banks import (
    Matrix,
    along_both,
    filter_matrix,
    finished,
    from_quarters,
    quarters,
)
from medfuse_course.transforms.padding import pad_to_multiple

ANGLES = (15, 45, 75, 105, 135, 165)
"""Directions of the edges that the six bands answer to, in degrees, counterclockwise from the x axis."""

FIRST = {
    "legall": ((-1 / 8, 1 / 4, 3 / 4, 1 / 4, -1 / 8), (1 / 4, 1 / 2, 1 / 4)),
    "near_sym_a": (
        (-1 / 20, 1 / 4, 3 / 5, 1 / 4, -1 / 20),
        (-3 / 280, -3 / 56, 73 / 280, 17 / 28, 73 / 280, -3 / 56, -3 / 280),
    ),
}
"""Low-pass filters of level 1, for analysis and synthesis: symmetric, of odd length and sum 1."""

SHIFTED = {
    "qshift_06": (
        0.03516383657149474,
        0.0,
        -0.08832942445107285,
        0.23389032060723564,
        0.7602723690661257,
        0.5875182977235605,
        0.0,
        -0.11430183714424873,
        0.0,
        0.0,
    ),
    "qshift_a": (
        0.051130405283831656,
        -0.013975370246888838,
        -0.10983605166597087,
        0.26383956105893763,
        0.7666284677930372,
        0.5636557101270515,
        0.0008736226952170968,
        -0.1002312195074762,
        -0.0016896812725281543,
        -0.006181881892116438,
    ),
}
"""Low-pass filters of tree b from level 2 on: orthogonal, delayed by a quarter of a sample; backwards for tree a."""


@dataclass(frozen=True, eq=False)
class DtcwtBands(Bands):
    """``details[k]`` is complex, ``(6, h, w)`` in the order of `ANGLES`, each half as large as the level before.

    The base holds the low-pass images of four pairs of trees, interleaved: it is twice as large as the last details.

    Attributes
    ----------
    shape
        Of the image.
    biort, qshift
        Names of the filters.
    """

    shape: tuple[int, int]
    biort: str
    qshift: str


def analyse(image: FloatArray, levels: int = 4, *, biort: str = "legall", qshift: str = "qshift_06") -> DtcwtBands:
    """Split an image into six complex bands a level, half as large from level to level, and a base.

    An image that cannot be halved often enough grows by reflection first. With 6 complex numbers for 4 pixels, and less
    on each later level, there are four times as many real numbers as pixels.

    Parameters
    ----------
    image
        ``(H, W)`` floats of any scale; float32 gives complex64, float64 complex128.
    levels
        From 1 to the number of times the shorter side can be halved before it reaches one pixel.
    biort
        Filters of level 1: a name in `FIRST`.
    qshift
        Filters of the levels after it: a name in `SHIFTED`.

    Returns
    -------
    Levels ``(6, h, w)`` complex, finest first, and the base.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import dtcwt
    >>> bands = dtcwt.analyse(np.eye(16), levels=2)
    >>> [detail.shape for detail in bands.details], bands.base.shape
    ([(6, 8, 8), (6, 4, 4)], (8, 8))
    >>> sum(2 * detail.size for detail in bands.details) + bands.base.size  # real numbers: four for each of 256 pixels
    1024
    """
    check_plane(image, levels)
    low, details = pad_to_multiple(image, 2**levels), []
    for level in range(levels):
        banks = [_bank(n, level, biort, qshift, image.dtype.char)[0] for n in low.shape]
        low, *bands = quarters(along_both(banks[0], low, banks[1]))
        details.append(_to_complex(bands))
    return DtcwtBands(tuple(details), np.ascontiguousarray(low), image.shape, biort, qshift)


def synthesise(bands: DtcwtBands) -> FloatArray:
    """Undo `analyse`. Exact up to rounding for bands that are those of an image.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import dtcwt
    >>> image = np.eye(20, 13)
    >>> bool(np.allclose(dtcwt.synthesise(dtcwt.analyse(image)), image, rtol=0, atol=1e-10))
    True
    """
    image = bands.base
    for level in reversed(range(bands.levels)):
        mosaic = from_quarters(image, _from_complex(bands.details[level]))
        sizes = [n if level else n // 2 for n in mosaic.shape]
        banks = [_bank(n, level, bands.biort, bands.qshift, mosaic.dtype.char)[1] for n in sizes]
        image = along_both(banks[0], mosaic, banks[1])
    height, width = bands.shape
    return np.ascontiguousarray(image[:height, :width])


def _to_complex(bands: list[NDArray[np.floating]]) -> NDArray[np.complexfloating]:
    """Two directions from each real band: the trees' products, combined so that one diagonal cancels.

    With ``aa`` the band of tree a along both axes, ``z = (aa -+ bb) + i (ab +- ba)``, over the root of 2.
    """
    height, width = (n // 2 for n in bands[0].shape)
    z = np.empty((6, height, width), np.result_type(bands[0], np.complex64))
    for band, (rising, falling) in zip(bands, PAIRS, strict=True):
        aa, ab, ba, bb = _trees(band * bands[0].dtype.type(0.5**0.5))
        np.subtract(aa, bb, out=z[rising].real)
        np.add(ab, ba, out=z[rising].imag)
        np.add(aa, bb, out=z[falling].real)
        np.subtract(ab, ba, out=z[falling].imag)
    return z


def _from_complex(z: NDArray[np.complexfloating]) -> NDArray[np.floating]:
    """The three real bands again: the inverse of `_to_complex`, which is a rotation."""
    bands = np.empty((3, 2 * z.shape[1], 2 * z.shape[2]), z.real.dtype)
    for band, (rising, falling) in zip(bands, PAIRS, strict=True):
        aa, ab, ba, bb = _trees(band)
        np.add(z[falling].real, z[rising].real, out=aa)
        np.subtract(z[falling].real, z[rising].real, out=bb)
        np.add(z[rising].imag, z[falling].imag, out=ab)
        np.subtract(z[rising].imag, z[falling].imag, out=ba)
    bands *= bands.dtype.type(0.5**0.5)
    return bands


PAIRS = ((0, 5), (2, 3), (1, 4))
"""Which two of `ANGLES` come from the bands of horizontal edges, vertical edges and diagonals."""


def _trees(band: NDArray[np.floating]) -> tuple[NDArray[np.floating], ...]:
    """Tree a along both axes, a down and b across, b down and a across, b along both: views."""
    return band[0::2, 0::2], band[0::2, 1::2], band[1::2, 0::2], band[1::2, 1::2]


@lru_cache(maxsize=64)
def _bank(size: int, level: int, biort: str, qshift: str, precision: str) -> tuple[Matrix, Matrix]:
    """Analysis and synthesis of one level (0 the first) on an axis of that size."""
    for option, name, known in (("biort", biort, FIRST), ("qshift", qshift, SHIFTED)):
        check_name(option, name, known)
    if level == 0:
        low, low_back = (np.array(taps) for taps in FIRST[biort])
        forth = [_centered(size, low), _centered(size, _alternating(low_back))]
        back = [_centered(size, low_back), _centered(size, _alternating(low))]
        return finished(sparse.vstack(forth), precision), finished(sparse.hstack(back), precision)
    b = np.array(SHIFTED[qshift])
    a, signs = b[::-1], (-1.0) ** np.arange(b.size)
    low = _interleaved(_tree(size, a, 0), _tree(size, b, 1))
    high = _interleaved(_tree(size, a * signs, 1), _tree(size, -b * signs, 0))
    bank = sparse.vstack([low, high])
    return finished(bank, precision), finished(bank.T, precision)


def _centered(size: int, taps: FloatArray) -> Matrix:
    return filter_matrix(size, taps, start=taps.size // 2, border="mirror")


def _alternating(taps: FloatArray) -> FloatArray:
    """The high-pass filter that belongs to a low-pass filter of odd length: every second sign turned."""
    return taps * (-1.0) ** (np.arange(taps.size) - taps.size // 2)


def _tree(size: int, taps: FloatArray, places: int) -> Matrix:
    """One tree's filter, on the even (0) or odd (1) places, every second result kept."""
    return filter_matrix(size, taps, start=taps.size + places, step=4, spacing=2, border="mirror")


def _interleaved(even: Matrix, odd: Matrix) -> Matrix:
    rows = np.arange(2 * even.shape[0]).reshape(2, -1).T.ravel()
    return sparse.csr_array(sparse.vstack([even, odd]))[rows]
