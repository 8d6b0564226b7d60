"""YCbCr, full range: luma and two color differences, each in [0, 1]."""

import numpy as np

from medfuse_course.color._channels import check_channels, displayable, transform
from medfuse_course.color.gray import LUMA_WEIGHTS
from medfuse_course.core.checks import check_rgb
from medfuse_course.core.types import FloatArray, Image

NEUTRAL = 0.5
"""Cb and Cr of every gray."""

_R, _G, _B = LUMA_WEIGHTS
_MATRIX = np.array(
    [
        [_R, _G, _B],
        [-_R / (2 * (1 - _B)), -_G / (2 * (1 - _B)), 0.5],
        [0.5, -_G / (2 * (1 - _R)), -_B / (2 * (1 - _R))],
    ]
)
_INVERSE = np.linalg.inv(_MATRIX)


def rgb_to_ycbcr(rgb: Image) -> Image:
    """RGB to full-range YCbCr (ITU-R BT.601, as in JPEG).

    ``Y = 0.299 R + 0.587 G + 0.114 B``, ``Cb = 0.5 + (B - Y) / 1.772``, ``Cr = 0.5 + (R - Y) / 1.402``.

    This is not the studio range of broadcasting, where Y runs from 16 to 235 of 255: scikit-image's ``rgb2ycbcr`` gives
    that one, and feeding it to a method that expects [0, 1] changes the contrast without a word.

    Parameters
    ----------
    rgb
        ``(H, W, 3)`` in [0, 1].

    Returns
    -------
    ``(H, W, 3)`` of Y, Cb, Cr, each in [0, 1].

    Raises
    ------
    TypeError, ValueError
        Not an RGB image.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import rgb_to_ycbcr
    >>> red = np.array([[[1.0, 0.0, 0.0]]], dtype=np.float32)
    >>> rgb_to_ycbcr(red).round(3)
    array([[[0.299, 0.331, 1.   ]]], dtype=float32)
    """
    ycbcr = transform(check_rgb(rgb, "rgb"), _MATRIX)
    ycbcr[..., 1:] += NEUTRAL
    return displayable(ycbcr)


def ycbcr_to_rgb(ycbcr: FloatArray) -> Image:
    """The inverse of `rgb_to_ycbcr`; colors that no screen can show are clipped to [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import ycbcr_to_rgb
    >>> ycbcr_to_rgb(np.array([[[0.5, 0.5, 0.5]]])).round(3)
    array([[[0.5, 0.5, 0.5]]], dtype=float32)
    """
    channels = check_channels(ycbcr, "ycbcr")
    channels[..., 1:] -= NEUTRAL
    return displayable(transform(channels, _INVERSE))
