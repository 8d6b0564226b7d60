"""Filter banks as sparse matrices: what the three wavelet transforms share.

A filter bank on n samples is a matrix ``M``, its border included. Along both axes of an image ``X`` it gives the mosaic
``Y = M X M^T``: with the low-pass rows of ``M`` above the high-pass rows, the low-pass image stands in the upper left
quarter of ``Y`` and the details around it. A bank with the synthesis matrix ``S`` loses nothing when ``S M = I``; an
orthogonal one has ``S = M^T``.
"""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pywt
from numpy.typing import NDArray
from scipy import sparse

from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray

Matrix: TypeAlias = sparse.csr_array

WAVELETS = tuple(name for name in pywt.wavelist(kind="discrete") if name != "dmey")
"""Orthogonal and biorthogonal wavelets by name; ``"dmey"``, whose taps are cut off, does not reconstruct exactly."""


def filter_matrix(
    size: int,
    taps: Sequence[float] | FloatArray,
    *,
    start: int,
    step: int = 1,
    spacing: int = 1,
    border: Literal["wrap", "mirror"] = "wrap",
) -> Matrix:
    """The matrix of ``y[k] = sum_j taps[j] x[start + step k - spacing j]`` for k from 0 to ``size / step - 1``.

    Parameters
    ----------
    size
        Number of samples of x, a multiple of `step`.
    taps
        The filter.
    start
        Where the first tap stands for k = 0.
    step
        2 keeps every second result.
    spacing
        Distance between the taps; 2 puts one hole between them.
    border
        What lies outside: ``"wrap"`` the other end, ``"mirror"`` the reflection, the edge repeated.

    Returns
    -------
    ``(size / step, size)``, sparse.

    Examples
    --------
    >>> from medfuse_course.transforms.filter_banks import filter_matrix
    >>> filter_matrix(4, [1.0, -1.0], start=0).toarray()  # x[k] - x[k - 1], the ends joined
    array([[ 1.,  0.,  0., -1.],
           [-1.,  1.,  0.,  0.],
           [ 0., -1.,  1.,  0.],
           [ 0.,  0., -1.,  1.]])
    >>> filter_matrix(4, [0.5, 0.5], start=1, step=2).toarray()  # means of two, every second one
    array([[0.5, 0.5, 0. , 0. ],
           [0. , 0. , 0.5, 0.5]])
    """
    taps = np.asarray(taps, float)
    row = np.arange(size // step)[:, np.newaxis]
    place = start + step * row - spacing * np.arange(taps.size)
    if border == "wrap":
        column = place % size
    else:
        column = place % (2 * size)
        column = np.minimum(column, 2 * size - 1 - column)
    entries = [np.broadcast_to(x, place.shape).ravel() for x in (taps, row, column)]
    return sparse.csr_array((entries[0], (entries[1], entries[2])), shape=(size // step, size))  # equal places add up


def finished(matrix: Any, dtype: Any) -> Matrix:
    """A matrix for the cache: in one precision, in compressed rows, read-only.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.filter_banks import finished
    >>> matrix = finished(np.eye(3), np.float32)
    >>> matrix.format, str(matrix.dtype), matrix.data.flags.writeable
    ('csr', 'float32', False)
    """
    result = sparse.csr_array(matrix, dtype=dtype)
    result.data.flags.writeable = False
    return result


def along_both(rows: Matrix, image: NDArray[Any], columns: Matrix) -> NDArray[Any]:
    """``rows @ image @ columns.T``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.filter_banks import along_both, filter_matrix
    >>> means = filter_matrix(4, [0.5, 0.5], start=1, step=2)
    >>> along_both(means, np.arange(16.0).reshape(4, 4), means).tolist()  # means of 2 x 2 pixels
    [[2.5, 4.5], [10.5, 12.5]]
    """
    both: NDArray[Any] = rows @ (columns @ image.T).T  # this order leaves it contiguous
    return both


def quarters(mosaic: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The four blocks of a mosaic as views: low-low, and the details of horizontal, vertical and diagonal edges.

    A horizontal edge is high-pass along axis 0 and low-pass along axis 1.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.filter_banks import quarters
    >>> [quarter.item() for quarter in quarters(np.array([["low", "vertical"], ["horizontal", "diagonal"]]))]
    ['low', 'horizontal', 'vertical', 'diagonal']
    """
    height, width = (n // 2 for n in mosaic.shape)
    top, bottom, left, right = slice(height), slice(height, None), slice(width), slice(width, None)
    return mosaic[top, left], mosaic[bottom, left], mosaic[top, right], mosaic[bottom, right]


def from_quarters(low: NDArray[Any], details: NDArray[Any]) -> NDArray[Any]:
    """Put a mosaic together again: the inverse of `quarters`.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.filter_banks import from_quarters, quarters
    >>> mosaic = np.arange(16.0).reshape(4, 4)
    >>> low, *details = quarters(mosaic)
    >>> np.array_equal(from_quarters(low, np.stack(details)), mosaic)
    True
    """
    height, width = low.shape
    mosaic = np.empty((2 * height, 2 * width), low.dtype)
    for block, part in zip(quarters(mosaic), (low, *details), strict=True):
        block[:] = part
    return mosaic


def wavelet_filters(name: str) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The taps of a wavelet of PyWavelets: low and high of the analysis, low and high of the synthesis.

    All have one even length. The synthesis filters are given backwards, as the filters whose transposed matrix
    synthesises; for an orthogonal wavelet they equal those of the analysis.

    Examples
    --------
    >>> from medfuse_course.transforms.filter_banks import wavelet_filters
    >>> [taps.round(4).tolist() for taps in wavelet_filters("db1")]  # Haar: 1 / sqrt(2)
    [[0.7071, 0.7071], [-0.7071, 0.7071], [0.7071, 0.7071], [-0.7071, 0.7071]]
    """
    bank = pywt.Wavelet(check_name("wavelet", name, WAVELETS)).filter_bank
    low, high, low_back, high_back = (np.array(taps) for taps in bank)
    return low, high, low_back[::-1], high_back[::-1]
