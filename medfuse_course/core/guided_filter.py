"""The guided filter: a smoothing filter that stops where a second image, the guide, has its edges.

Reference: K. He, J. Sun and X. Tang, "Guided image filtering", IEEE Transactions on Pattern Analysis and Machine
Intelligence 35(6), 1397-1409, 2013.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.types import FloatArray


def guided_filter(guide: FloatArray, image: FloatArray, radius: int, eps: float) -> FloatArray:
    """Filter an image so that inside every window it is a linear function of the guide.

    In each window of ``2 * radius + 1`` pixels a side, ``image`` is fitted by ``a * guide + b`` with
    ``a = cov(guide, image) / (var(guide) + eps)`` and ``b = mean(image) - a * mean(guide)``. A pixel lies in many
    windows: the result is ``mean(a) * guide + mean(b)`` over them. Where the guide is flat (``var << eps``) that is a
    blur by two box means; at its edges (``var >> eps``) the result steps with the guide.

    Parameters
    ----------
    guide, image
        ``(H, W)`` floats on one grid, of any scale. They may be the same array.
    radius
        Pixels from the middle of a window to its border, at least 1. At the border of the image a window is cut off,
        and means are taken over the pixels left; a radius larger than the image takes in all of it.
    eps
        Positive, in squared units of the guide: variances well below it count as flat. A guide in [0, 1] with
        ``eps = 0.01`` smooths what varies by much less than 0.1.

    Returns
    -------
    Floats of the image's shape, in the higher precision of the two. Sums are taken in float64, and about the mean of
    the guide, since a variance is a small difference of large numbers. The cost does not depend on the radius.

    Raises
    ------
    TypeError, ValueError
        An argument is no array of floats, not finite or of another shape; or `radius` or `eps` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import guided_filter
    >>> guide = np.zeros((32, 32))
    >>> guide[:, 16:] = 1
    >>> noisy = guide + 0.1 * np.random.default_rng(0).standard_normal(guide.shape)
    >>> smooth = guided_filter(guide, noisy, 4, 1e-3)
    >>> bool(np.abs(smooth - guide).max() < 0.1)  # less noise, and the edge is where the guide has it
    True
    """
    _check(guide, image, radius, eps)
    i, p = guide.astype(np.float64, order="C"), image.astype(np.float64, order="C")
    i -= i.mean()  # changes nothing in the result, and keeps the squares small
    mean_i, mean_p = box_mean(i, radius), box_mean(p, radius)
    p *= i
    a = box_mean(p, radius)
    a -= mean_i * mean_p  # the covariance; in place, since fresh memory would take longer than the sums
    variance = box_mean(i * i, radius)
    variance -= mean_i**2
    a /= np.maximum(variance, 0, out=variance) + eps
    mean_p -= a * mean_i  # now b
    result = box_mean(a, radius)
    result *= i
    result += box_mean(mean_p, radius)
    return result.astype(np.result_type(guide, image), copy=False)


def box_mean(image: FloatArray, radius: int) -> FloatArray:
    """The mean over a square window; at the border of the image the window is cut off, so the count is smaller.

    Parameters
    ----------
    image
        ``(H, W)`` floats.
    radius
        0 or more; the window has ``2 * radius + 1`` pixels a side. The cost does not depend on it.

    Returns
    -------
    The means, in the shape of `image`.
    """
    means = np.empty_like(image)
    for axis, length in enumerate(image.shape):
        reach = min(radius, length - 1)  # a larger one holds the same pixels
        side, places = 2 * reach + 1, np.arange(length)
        count = np.minimum(places + reach, length - 1) - np.maximum(places - reach, 0) + 1
        ndimage.uniform_filter1d(means if axis else image, side, axis=axis, mode="constant", output=means)
        means *= (side / (count if axis else count[:, None])).astype(image.dtype)
    return means


def _check(guide: NDArray[Any], image: NDArray[Any], radius: int, eps: float) -> None:
    for name, array in (("guide", guide), ("image", image)):
        if not isinstance(array, np.ndarray) or not np.issubdtype(array.dtype, np.floating):
            kind = getattr(array, "dtype", type(array).__name__)
            raise TypeError(f"{name}: expected a NumPy array of floats, got {kind}; convert it with numpy.asarray")
        if array.ndim != 2 or array.size == 0:
            raise ValueError(f"{name}: expected shape (H, W) with at least one pixel, got {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: expected finite values; one NaN would spread over all windows that hold it")
    if guide.shape != image.shape:
        raise ValueError(f"image: expected the grid of guide, {guide.shape}, got {image.shape}; resample one first")
    if isinstance(radius, bool) or not isinstance(radius, (int, np.integer)):
        raise TypeError(f"radius: expected a whole number of pixels, got {type(radius).__name__}")
    if radius < 1:
        raise ValueError(f"radius: expected at least 1, got {radius}")
    if not 0 < eps < np.inf:
        raise ValueError(f"eps: expected a positive number, in squared units of the guide, got {eps!r}")
