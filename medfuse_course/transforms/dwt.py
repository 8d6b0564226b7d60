"""The discrete wavelet transform: as many coefficients as pixels.

References: S. G. Mallat, "A theory for multiresolution signal decomposition: the wavelet representation", IEEE
Transactions on Pattern Analysis and Machine Intelligence 11(7), 674-693, 1989. The taps of the wavelets are those of
PyWavelets.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import sparse

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
    wavelet_filters,
)
from medfuse_course.transforms.padding import pad_to_multiple

DIRECTIONS = ("horizontal edges", "vertical edges", "diagonals")
"""What the three bands of a level show, in their order."""


@dataclass(frozen=True, eq=False)
class DwtBands(Bands):
    """``details[k]`` is ``(3, h, w)`` in the order of `DIRECTIONS`, each half as large as the level before.

    Attributes
    ----------
    shape
        Of the image.
    wavelet
        Name of the wavelet.
    """

    shape: tuple[int, int]
    wavelet: str


def analyse(image: FloatArray, levels: int = 4, *, wavelet: str = "db1") -> DwtBands:
    """Split an image into three half-size bands of detail and a half-size image, which is split again.

    One level along one axis is ``low[k] = sum_j l[j] x[2k + L/2 - j]`` and the same with the high-pass filter, the ends
    of the axis joined. An image that cannot be halved often enough grows by reflection first.

    Parameters
    ----------
    image
        ``(H, W)`` floats of any scale; float32 and float64 keep their precision.
    levels
        From 1 to the number of times the shorter side can be halved before it reaches one pixel.
    wavelet
        One of `filter_banks.WAVELETS`: the orthogonal and biorthogonal ones of PyWavelets. ``"db1"`` is Haar.

    Returns
    -------
    Levels ``(3, h, w)``, finest first, and the base.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import dwt
    >>> bands = dwt.analyse(np.array([[1.0, 2.0], [3.0, 5.0]]), levels=1)
    >>> bands.base.round(6).tolist(), bands.details[0].ravel().round(6).tolist()  # half of the sum and of differences
    ([[5.5]], [-2.5, -1.5, 0.5])
    """
    check_plane(image, levels)
    low, details = pad_to_multiple(image, 2**levels), []
    for _ in range(levels):
        rows, columns = (_bank(n, wavelet, image.dtype.char)[0] for n in low.shape)
        low, *bands = quarters(along_both(rows, low, columns))
        details.append(np.stack(bands))
    return DwtBands(tuple(details), np.ascontiguousarray(low), image.shape, wavelet)


def synthesise(bands: DwtBands) -> FloatArray:
    """Undo `analyse`. Exact up to rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import dwt
    >>> image = np.eye(20, 13)
    >>> bands = dwt.analyse(image, levels=2, wavelet="db2")
    >>> [detail.shape for detail in bands.details], bands.base.shape
    ([(3, 10, 8), (3, 5, 4)], (5, 4))
    >>> bool(np.allclose(dwt.synthesise(bands), image, rtol=0, atol=1e-10))
    True
    """
    image = bands.base
    for detail in reversed(bands.details):
        mosaic = from_quarters(image, detail)
        rows, columns = (_bank(n, bands.wavelet, mosaic.dtype.char)[1] for n in mosaic.shape)
        image = along_both(rows, mosaic, columns)
    height, width = bands.shape
    return np.ascontiguousarray(image[:height, :width])


@lru_cache(maxsize=64)
def _bank(size: int, wavelet: str, precision: str) -> tuple[Matrix, Matrix]:
    """Analysis and synthesis of one level on an axis of that size."""
    filters = wavelet_filters(wavelet)
    low, high, low_back, high_back = (filter_matrix(size, x, start=len(x) // 2, step=2) for x in filters)
    forth, back = sparse.vstack([low, high]), sparse.vstack([low_back, high_back]).T
    return finished(forth, precision), finished(back, precision)
