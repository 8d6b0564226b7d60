"""Gaussian smoothing: the filter that follows every clinical PET reconstruction."""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.physics import gaussian_blur


def gaussian_denoise(x: FloatArray, *, fwhm: float = 4.0, fwhm_slices: float = 1.0) -> FloatArray:
    """Convolve with a Gaussian whose weights sum to 1, and hand out the middle slice.

    Its mean is that of the image, since borders mirror. Noise of neighboring pixels averages out, and so does every
    lesion that is not much wider than the filter: its SUV falls.

    Parameters
    ----------
    x
        ``(D, H, W)`` in any unit, D odd.
    fwhm
        Full width at half maximum within the slices, in pixels; 0 changes nothing.
    fwhm_slices
        The same across the slices, in slices; of one slice alone it means nothing.

    Returns
    -------
    ``(H, W)`` in the unit of `x`.

    Raises
    ------
    ValueError
        A width is negative or not finite.
    """
    for name, width in (("fwhm", fwhm), ("fwhm_slices", fwhm_slices)):
        if not 0 <= width < np.inf:
            raise ValueError(f"{name}: expected a width >= 0, got {width}; 0 changes nothing")
    smooth = gaussian_blur(np.asarray(x), (0.0 if len(x) == 1 else fwhm_slices, fwhm, fwhm), 1.0)
    return smooth[len(x) // 2]
