"""Checks of the input that all transforms share."""

import numpy as np

from medfuse_course.core.checks import plain_array
from medfuse_course.core.types import FloatArray


def check_plane(image: FloatArray, levels: int | None = None, *, min_side: int = 2) -> FloatArray:
    """Return the image, or raise the error that says what is wrong: a transform takes ``(H, W)`` floats of any scale.

    Parameters
    ----------
    image
        The argument to check.
    levels
        Checked for this image with `check_levels`, unless None.
    min_side
        Smallest H and W.

    Returns
    -------
    The image, unchanged.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.checks import check_plane
    >>> image = np.zeros((16, 12))
    >>> check_plane(image, levels=4) is image
    True
    >>> check_plane(np.zeros((16, 12, 3)))
    Traceback (most recent call last):
        ...
    ValueError: image: expected shape (H, W) with at least 2 x 2 pixels, got (16, 12, 3)
    """
    if not isinstance(image, np.ndarray) or image.dtype not in (np.float32, np.float64):
        came = getattr(image, "dtype", type(image).__name__)
        raise TypeError(f"image: expected a NumPy array of float32 or float64, got {came}; convert it with astype")
    if image.ndim != 2 or min(image.shape) < min_side:
        least = f"at least {min_side} x {min_side} pixels"
        raise ValueError(f"image: expected shape (H, W) with {least}, got {image.shape}")
    if levels is not None:
        check_levels(levels, image.shape)
    return plain_array(image, "image")


def check_levels(levels: int, shape: tuple[int, ...]) -> None:
    """Raise the error that says what is wrong with a number of levels for an image of this shape.

    Examples
    --------
    >>> from medfuse_course.transforms.checks import check_levels
    >>> check_levels(4, (16, 12))
    >>> check_levels(5, (16, 12))
    Traceback (most recent call last):
        ...
    ValueError: levels: expected 1 to 4 for an image of (16, 12), got 5
    """
    if isinstance(levels, bool) or not isinstance(levels, (int, np.integer)):
        raise TypeError(f"levels: expected an integer, got {type(levels).__name__}")
    if not 1 <= levels <= max_levels(shape):
        raise ValueError(f"levels: expected 1 to {max_levels(shape)} for an image of {shape}, got {levels}")


def max_levels(shape: tuple[int, ...]) -> int:
    """How often the shorter side can be halved (rounding up) before it reaches one pixel.

    Examples
    --------
    >>> from medfuse_course.transforms.checks import max_levels
    >>> max_levels((256, 192)), max_levels((12, 16))  # 12, 6, 3, 2, 1
    (8, 4)
    """
    return int(np.ceil(np.log2(min(shape))))
