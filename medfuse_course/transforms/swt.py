"""The stationary wavelet transform: no pixel dropped, holes in the filters instead ("a trous").

References: G. P. Nason and B. W. Silverman, "The stationary wavelet transform and some statistical applications", in
Wavelets and Statistics, Lecture Notes in Statistics 103, 281-299, Springer, 1995. The taps of the wavelets are those of
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


@dataclass(frozen=True, eq=False)
class SwtBands(Bands):
    """``details[k]`` is ``(3, H, W)`` in the order of `transforms.dwt.DIRECTIONS`; the base has the image's size too.

    Attributes
    ----------
    wavelet
        Name of the wavelet.
    """

    wavelet: str


def analyse(image: FloatArray, levels: int = 4, *, wavelet: str = "db1") -> SwtBands:
    """Split an image into three bands of detail a level, all of its own size.

    Level k along one axis is ``low[i] = sum_j l[j] / sqrt(2) x[i + 2^k (L/2 - j)]``, the ends of the axis joined: so a
    shift of the image, round the border, shifts every band and changes none. Any size fits. With an orthogonal wavelet
    the energy of the bands is that of the image.

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
    Levels ``(3, H, W)``, finest first, and the base ``(H, W)``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import swt
    >>> image = np.eye(20, 13)
    >>> bands, shifted = swt.analyse(image, levels=2), swt.analyse(np.roll(image, 1, axis=0), levels=2)
    >>> [detail.shape for detail in bands.details], bands.base.shape
    ([(3, 20, 13), (3, 20, 13)], (20, 13))
    >>> bool(np.allclose(shifted.details[1], np.roll(bands.details[1], 1, axis=1)))  # the bands shift with the image
    True
    """
    check_plane(image, levels)
    low, details = image, []
    for level in range(levels):
        rows, columns = (_bank(n, wavelet, level, image.dtype.char)[0] for n in image.shape)
        low, *bands = quarters(along_both(rows, low, columns))
        details.append(np.stack(bands))
    return SwtBands(tuple(details), np.ascontiguousarray(low), wavelet)


def synthesise(bands: SwtBands) -> FloatArray:
    """Undo `analyse`: of all images, the one whose bands are nearest. Exact for bands that are those of an image.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import swt
    >>> image = np.eye(20, 13)
    >>> bool(np.allclose(swt.synthesise(swt.analyse(image, wavelet="bior1.3")), image, rtol=0, atol=1e-10))
    True
    """
    image = bands.base
    for level in reversed(range(bands.levels)):
        mosaic = from_quarters(image, bands.details[level])
        rows, columns = (_bank(n, bands.wavelet, level, mosaic.dtype.char)[1] for n in image.shape)
        image = along_both(rows, mosaic, columns)
    return np.ascontiguousarray(image)


@lru_cache(maxsize=64)
def _bank(size: int, wavelet: str, level: int, precision: str) -> tuple[Matrix, Matrix]:
    """Analysis and synthesis of one level on an axis of that size."""
    spacing = 2**level
    low, high, low_back, high_back = (
        filter_matrix(size, x / np.sqrt(2), start=spacing * len(x) // 2, spacing=spacing)
        for x in wavelet_filters(wavelet)
    )
    forth, back = sparse.vstack([low, high]), sparse.vstack([low_back, high_back]).T
    return finished(forth, precision), finished(back, precision)
