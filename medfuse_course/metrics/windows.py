"""Local means under a Gaussian window, as the visual-information and structure metrics share them."""

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray

BLOCK = 24
"""Rows of a band matrix: with fewer there are more calls, with more there are more products with zeros."""


def gaussian_mean(images: FloatArray, side: int, sigma: float) -> NDArray[np.float64]:
    """Mean of each image under a ``side`` x ``side`` Gaussian window, where the window fits.

    The window is the outer product of two 1-D Gaussians that sum to 1, so two 1-D passes give it exactly.

    Parameters
    ----------
    images
        ``(..., H, W)``.
    side
        Odd number of pixels.
    sigma
        Standard deviation in pixels.

    Returns
    -------
    ``(..., H - side + 1, W - side + 1)``, float64.
    """
    offsets = np.arange(side) - side // 2
    taps = np.exp(-(offsets**2) / (2 * sigma**2))
    taps /= taps.sum()
    turned = _slide(images.astype(np.float64, copy=False), taps).swapaxes(-1, -2)
    means: NDArray[np.float64] = _slide(turned, taps).swapaxes(-1, -2)
    return means


def _slide(images: NDArray[np.float64], taps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted sums down the columns: a band matrix times blocks of rows, 4 times as fast as scipy.ndimage here."""
    count = images.shape[-2] - len(taps) + 1
    sums = np.empty((*images.shape[:-2], count, images.shape[-1]))
    block = min(BLOCK, count)
    band = np.zeros((block, block + len(taps) - 1))
    for row in range(block):
        band[row, row : row + len(taps)] = taps
    for start in range(0, count, block):
        start = min(start, count - block)  # the last block may overlap the one before
        np.matmul(band, images[..., start : start + band.shape[1], :], out=sums[..., start : start + block, :])
    return sums


def pair_moments(
    a: FloatArray, b: FloatArray, f: FloatArray, side: int, sigma: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Local means, variances and covariances of two sources and a fused image under a Gaussian window.

    Returns
    -------
    means
        ``(3, h, w)`` of a, b, f.
    variances
        ``(3, h, w)`` of a, b, f; never negative.
    covariances
        ``(2, h, w)`` of a with f and b with f.
    """
    height, width = f.shape
    fields = np.empty((8, height - side + 1, width - side + 1))
    # One field at a time: a stack of all eight would spend as long on fetching memory as on sums.
    for k, field in enumerate((a, b, f)):
        fields[k] = gaussian_mean(field, side, sigma)
        fields[k + 3] = gaussian_mean(field * field, side, sigma)
    for k, field in enumerate((a, b)):
        fields[k + 6] = gaussian_mean(field * f, side, sigma)
    means = fields[:3]
    variances = np.maximum(fields[3:6] - means * means, 0)  # rounding can leave a tiny negative
    return means, variances, fields[6:] - means[:2] * means[2]
