"""YUV with three-digit coefficients, as medical fusion code uses it."""

import numpy as np

from medfuse_course.color._channels import check_channels, displayable, transform
from medfuse_course.core.checks import check_rgb
from medfuse_course.core.types import FloatArray, Image

_MATRIX = np.array([[0.299, 0.587, 0.114], [-0.147, -0.289, 0.436], [0.615, -0.515, -0.100]])
# The inverse that textbooks print has three digits too, and does not undo the matrix to 1e-6.
_INVERSE = np.linalg.inv(_MATRIX)


def rgb_to_yuv(rgb: Image) -> Image:
    """RGB to YUV with coefficients of three digits.

    ``Y = .299 R + .587 G + .114 B``, ``U = -.147 R - .289 G + .436 B``, ``V = .615 R - .515 G - .100 B``.

    The matrix of the code of Liu, Yin and Zhu for MRI and SPECT. It differs from scikit-image's ``rgb2yuv`` by the
    rounding of its coefficients only.

    Parameters
    ----------
    rgb
        ``(H, W, 3)`` in [0, 1].

    Returns
    -------
    ``(H, W, 3)``: Y in [0, 1], U in [-0.436, 0.436], V in [-0.615, 0.615]; U = V = 0 for gray.

    Raises
    ------
    TypeError, ValueError
        Not an RGB image.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import rgb_to_yuv
    >>> red = np.array([[[1.0, 0.0, 0.0]]], dtype=np.float32)
    >>> rgb_to_yuv(red).round(3)
    array([[[ 0.299, -0.147,  0.615]]], dtype=float32)
    """
    return transform(check_rgb(rgb, "rgb"), _MATRIX).astype(np.float32)


def yuv_to_rgb(yuv: FloatArray) -> Image:
    """The inverse of `rgb_to_yuv`; colors that no screen can show are clipped to [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import yuv_to_rgb
    >>> yuv_to_rgb(np.array([[[0.5, 0.0, 0.0]]])).round(3)
    array([[[0.5, 0.5, 0.5]]], dtype=float32)
    """
    return displayable(transform(check_channels(yuv, "yuv"), _INVERSE))
