"""Small separable filters that several packages share."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

BINOMIAL_5 = np.array([1, 4, 6, 4, 1]) / 16
"""The five-tap binomial kernel of Burt and Adelson (1983), sum 1."""


def filter_separable(image: NDArray, kernel: NDArray, mode: str = "mirror") -> NDArray:  # type: ignore[type-arg]
    """Filter rows and columns of ``(H, W)`` with one symmetric kernel.

    Parameters
    ----------
    image
        ``(H, W)`` floats; the result keeps their precision.
    kernel
        Odd number of taps.
    mode
        Border, in the words of `scipy.ndimage`: ``"mirror"`` reflects without repeating the edge pixel.
    """
    rows = ndimage.correlate1d(image, kernel, axis=0, mode=mode)
    return ndimage.correlate1d(rows, kernel, axis=1, mode=mode)
