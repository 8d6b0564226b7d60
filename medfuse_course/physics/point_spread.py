"""The point spread of a scanner: what one bright point becomes."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import FloatArray

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
"""Full width at half maximum of a Gaussian of standard deviation 1: 2.3548."""


def gaussian_blur(
    image: FloatArray, fwhm_mm: float | Sequence[float], spacing_mm: float | Sequence[float]
) -> FloatArray:
    """Blur an image or a volume with a Gaussian point spread.

    ``g(x) = exp(-x^2 / (2 s^2)) / norm`` along each axis, with ``s = fwhm / (2 sqrt(2 ln 2))``. The borders mirror the
    image, so the integral is kept exactly: activity is moved, never made or lost.

    Parameters
    ----------
    image
        Array of finite floats of any rank, in any unit.
    fwhm_mm
        Full width at half maximum in mm, one number or one for each axis; 0 leaves an axis alone.
    spacing_mm
        Distance between neighbors in mm, one number or one for each axis.

    Returns
    -------
    Array of the shape and float type of `image`.

    Raises
    ------
    TypeError
        `image` is not an array of floats.
    ValueError
        `image` is not finite, a width is negative, a spacing is not positive, or their number is not that of the axes.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import gaussian_blur
    >>> point = np.eye(1, 41, 20)[0]
    >>> spread = gaussian_blur(point, fwhm_mm=6.0, spacing_mm=1.0)
    >>> round(float(spread.sum()), 6), round(float(spread[23] / spread[20]), 3)  # half of the maximum 3 mm away
    (1.0, 0.5)
    """
    if not isinstance(image, np.ndarray) or not np.issubdtype(image.dtype, np.floating):
        kind = getattr(image, "dtype", type(image).__name__)
        raise TypeError(f"image: expected an array of floats, got {kind}; convert it with astype")
    if not np.isfinite(image).all():
        raise ValueError("image: expected finite values, got NaN or infinite; they would spread over their neighbors")
    fwhm = _per_axis(fwhm_mm, image.ndim, "fwhm_mm")
    spacing = _per_axis(spacing_mm, image.ndim, "spacing_mm")
    if min(fwhm, default=0.0) < 0:
        raise ValueError(f"fwhm_mm: expected widths >= 0 mm, got {fwhm_mm}; 0 leaves an axis alone")
    if min(spacing, default=1.0) <= 0:
        raise ValueError(f"spacing_mm: expected distances > 0 mm, got {spacing_mm}")
    sigma = [width / step / FWHM_PER_SIGMA for width, step in zip(fwhm, spacing, strict=True)]
    blurred: FloatArray = ndimage.gaussian_filter(image, sigma, mode="reflect", truncate=5.0)
    return blurred


def _per_axis(value: float | Sequence[float], axes: int, name: str) -> list[float]:
    values = [float(value)] * axes if isinstance(value, (int, float)) else [float(v) for v in value]
    if len(values) != axes:
        raise ValueError(f"{name}: expected one number or {axes}, one for each axis of image, got {len(values)}")
    if not all(math.isfinite(v) for v in values):
        raise ValueError(f"{name}: expected finite numbers of mm, got {value}")
    return values
