"""From color to gray and back: luma, and the same gray in three channels."""

import numpy as np

from medfuse_course.color._channels import displayable
from medfuse_course.core.checks import check_gray, check_rgb
from medfuse_course.core.types import Image

LUMA_WEIGHTS = (0.299, 0.587, 0.114)
"""Weights of R, G and B in the luma of ITU-R BT.601."""


def luma(rgb: Image) -> Image:
    """Luma of an RGB image after ITU-R BT.601: ``Y = 0.299 R + 0.587 G + 0.114 B``.

    Parameters
    ----------
    rgb
        ``(H, W, 3)`` in [0, 1].

    Returns
    -------
    ``(H, W)`` in [0, 1].

    Raises
    ------
    TypeError, ValueError
        Not an RGB image.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import luma
    >>> red = np.array([[[1.0, 0.0, 0.0]]], dtype=np.float32)
    >>> luma(red)
    array([[0.299]], dtype=float32)
    """
    rgb = check_rgb(rgb, "rgb")
    return displayable(rgb.astype(np.float64) @ np.array(LUMA_WEIGHTS))


def without_color(image: Image) -> Image:
    """One channel of an image, or of a stack, whose three channels are equal everywhere; others as they are.

    A gray picture is often stored as RGB. What it shows has no color, and so it must not pass for the colored source.
    """
    if image.shape[-1] != 3 or image.ndim < 3:
        return image
    red = image[..., 0]
    return red if all(np.array_equal(red, image[..., k]) for k in (1, 2)) else image


def gray_to_rgb(gray: Image) -> Image:
    """The same gray value in all three channels: ``(H, W)`` to ``(H, W, 3)``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import gray_to_rgb
    >>> gray_to_rgb(np.zeros((2, 3), dtype=np.float32)).shape
    (2, 3, 3)
    """
    return np.repeat(check_gray(gray, "gray")[..., np.newaxis], 3, axis=2)
