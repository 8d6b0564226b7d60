"""Non-local means: each pixel becomes a mean of the pixels whose surroundings look like its own."""

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import FloatArray

_COARSE = 3.4  # sigma in pixels: wider than the grain of a reconstructed PET (4 pixels at half maximum), so it stays
_INSIDE = 0.05  # of the bright end: what lies below is air, which has no noise to measure


def nonlocal_means(
    x: FloatArray, *, strength: float = 1.5, patch: int = 7, distance: int = 9, sigma: float | None = None
) -> FloatArray:
    """Average pixels by the likeness of the patches around them.

    ``y(p) = sum_q w(p, q) x(q) / sum_q w(p, q)`` with ``w = exp(-d(p, q)^2 / h^2)``, where d^2 is the mean squared
    difference of the patches around p and q and ``h = strength * sigma``. In a stack the patches of all slices are
    compared at once, and the middle slice is averaged. The work is done by scikit-image's ``denoise_nl_means`` in its
    fast mode.

    What has no likeness nearby is not averaged: a small hot lesion keeps its SUV, and its noise.

    Parameters
    ----------
    x
        ``(D, H, W)`` in any unit, D odd.
    strength
        The filter's h over the noise's standard deviation.
    patch
        Side of a patch in pixels, odd.
    distance
        How far in pixels a pixel looks for its like.
    sigma
        Standard deviation of the noise, in the unit of `x`; None estimates it (`noise_level`).

    Returns
    -------
    ``(H, W)`` in the unit of `x`.

    Raises
    ------
    ValueError
        An option outside its range.
    """
    if not 0 < strength < np.inf:
        raise ValueError(f"strength: expected a number > 0, got {strength}")
    if patch < 1 or patch % 2 == 0 or distance < 1:
        raise ValueError(f"patch, distance: expected an odd number and one from 1 on, got {patch} and {distance}")
    if sigma is not None and not 0 <= sigma < np.inf:
        raise ValueError(f"sigma: expected a number >= 0 in the unit of x, or None, got {sigma}")
    from skimage.restoration import denoise_nl_means  # here: it takes half a second to import

    middle = len(x) // 2
    noise = noise_level(x[middle]) if sigma is None else float(sigma)
    if noise == 0:
        return np.array(x[middle])
    # In units of the noise, so that small units do not run into the filter's own floor.
    scaled = np.moveaxis(np.asarray(x, np.float64) / noise, 0, -1)
    smooth = denoise_nl_means(scaled, patch, distance, h=strength, fast_mode=True, channel_axis=-1)
    result: FloatArray = (smooth.reshape(scaled.shape)[..., middle] * noise).astype(np.float32)
    return result


def noise_level(x: FloatArray) -> float:
    """Standard deviation of the noise of an image with blurred grain, in its own unit.

    The median absolute deviation, times 1.4826, of what a coarse Gaussian takes away, where the coarse image is not
    air. Wavelet estimates look at the finest band only, and a reconstruction leaves that band empty: of a noisy PET
    scikit-image's ``estimate_sigma`` finds nearly nothing. Edges and lesions count as noise here, but the median does
    not mind a few of them.

    Parameters
    ----------
    x
        ``(H, W)`` >= 0.

    Returns
    -------
    In the unit of `x`; 0 where nothing is active.
    """
    coarse = ndimage.gaussian_filter(np.asarray(x, np.float64), _COARSE)
    inside = coarse > _INSIDE * np.percentile(coarse, 99)
    if not inside.any():
        return 0.0
    grain = (x - coarse)[inside]
    return float(1.4826 * np.median(np.abs(grain - np.median(grain))))
