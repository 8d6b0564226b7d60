"""Activity measures: how much a band has to show at each coefficient.

Each takes ``(..., h, w)``, real or complex, and returns real values of that shape. Windows are 3 x 3 on the last two
axes; the border is mirrored without repeating the edge.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.filters import max_3x3, sum_3x3, weighted_3x3
from medfuse_course.core.types import FloatArray

SALIENCY_SIGMA, SALIENCY_RADIUS = 5.0, 5


def magnitude(band: NDArray) -> FloatArray:  # type: ignore[type-arg]
    """``|X|``."""
    return np.abs(band)


def window_maximum(band: NDArray) -> FloatArray:  # type: ignore[type-arg]
    """``max |X|`` over the window. Reference: Li, Manjunath and Mitra (1995), as in `rules.choose_max_consistent`."""
    return max_3x3(np.abs(band))


def local_energy(band: NDArray) -> FloatArray:  # type: ignore[type-arg]
    """``sum |X|^2`` over the window, also called salience. Reference: Burt and Kolczynski (1993)."""
    return sum_3x3(_power(band))


def weighted_local_energy(band: NDArray) -> FloatArray:  # type: ignore[type-arg]
    """WLE: ``sum w |X|^2`` with ``w = [1 2 1; 2 4 2; 1 2 1] / 16``. Reference: Yin, Liu, Liu and Chen (2019)."""
    return weighted_3x3(_power(band))


def weighted_modified_laplacian(band: NDArray) -> FloatArray:  # type: ignore[type-arg]
    """WSEML, the weighted sum of the eight-neighborhood modified Laplacian.

    ``EML = |2X - X_left - X_right| + |2X - X_up - X_down| + (|2X - X_nw - X_se| + |2X - X_ne - X_sw|) / sqrt(2)``, then
    the weights of `weighted_local_energy`. Reference: Yin, Liu, Liu and Chen, IEEE Transactions on Instrumentation and
    Measurement 68(1), 49-64, 2019. (Their code computes something else; `methods.classical.pulse_coupled` has it.)
    """
    margin = [(0, 0)] * (band.ndim - 2) + [(1, 1), (1, 1)]
    x = np.pad(band, margin, mode="reflect")
    height, width = band.shape[-2:]
    near = {(i, j): x[..., 1 + i : 1 + i + height, 1 + j : 1 + j + width] for i in (-1, 0, 1) for j in (-1, 0, 1)}
    twice = 2 * band
    straight = np.abs(twice - near[0, -1] - near[0, 1]) + np.abs(twice - near[-1, 0] - near[1, 0])
    diagonal = np.abs(twice - near[-1, -1] - near[1, 1]) + np.abs(twice - near[-1, 1] - near[1, -1])
    return weighted_3x3(straight + diagonal * band.real.dtype.type(0.5**0.5))


def saliency(band: NDArray) -> FloatArray:  # type: ignore[type-arg]
    """``S = |X * laplacian| * gaussian`` with the 4-neighbor Laplacian and an 11 x 11 Gaussian of standard deviation 5.

    Edges, spread over their neighborhood. Reference: S. Li, X. Kang and J. Hu, "Image fusion with guided filtering",
    IEEE Transactions on Image Processing 22(7), 2864-2875, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import saliency
    >>> image = np.zeros((32, 32))
    >>> image[:, 16:] = 1
    >>> spread = saliency(image)[16]
    >>> float(spread[0]), bool(spread[16] > spread[20] > 0)  # nothing far from the edge; less and less around it
    (0.0, True)
    """
    kernel = np.array([1, -2, 1])
    edges = sum(ndimage.correlate1d(band, kernel, axis=axis, mode="nearest") for axis in (-2, -1))
    spread = np.abs(edges)
    for axis in (-2, -1):
        spread = ndimage.gaussian_filter1d(spread, SALIENCY_SIGMA, axis=axis, mode="nearest", radius=SALIENCY_RADIUS)
    return spread


def _power(band: NDArray) -> FloatArray:  # type: ignore[type-arg]
    return np.abs(band) ** 2 if np.iscomplexobj(band) else band * band
