"""CIE Lab: lightness and two opponent colors, in steps that look about equal."""

import numpy as np

from medfuse_course.color._channels import check_channels, displayable, transform
from medfuse_course.core.checks import check_rgb
from medfuse_course.core.types import FloatArray, Image

# The matrix and the white of the sRGB standard, IEC 61966-2-1. They belong together: each row sums to its part of the
# white, so that gray has a = b = 0 exactly.
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_FROM_XYZ = np.linalg.inv(_TO_XYZ)
_WHITE = _TO_XYZ.sum(axis=1)
_KNEE = 6 / 29


def rgb_to_lab(rgb: Image) -> Image:
    """sRGB to CIE L*a*b* under the illuminant D65.

    ``L = 116 f(Y) - 16``, ``a = 500 (f(X) - f(Y))``, ``b = 200 (f(Y) - f(Z))``, with X, Y, Z relative to white and f
    the cube root, continued by a straight line near black.

    Parameters
    ----------
    rgb
        ``(H, W, 3)`` in [0, 1].

    Returns
    -------
    ``(H, W, 3)``: L in [0, 100], a in about [-86, 98], b in about [-108, 94]; a = b = 0 for gray.

    Raises
    ------
    TypeError, ValueError
        Not an RGB image.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import rgb_to_lab
    >>> red = np.array([[[1.0, 0.0, 0.0]]], dtype=np.float32)
    >>> rgb_to_lab(red).round(2)
    array([[[53.23, 80.11, 67.22]]], dtype=float32)
    """
    encoded = check_rgb(rgb, "rgb").astype(np.float64)
    linear = np.where(encoded > 0.04045, ((encoded + 0.055) / 1.055) ** 2.4, encoded / 12.92)
    relative = transform(linear, _TO_XYZ) / _WHITE
    near_black = relative / (3 * _KNEE**2) + 4 / 29  # a straight line
    f = np.where(relative > _KNEE**3, np.cbrt(relative), near_black)
    fx, fy, fz = np.moveaxis(f, -1, 0)
    return np.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=-1).astype(np.float32)


def lab_to_rgb(lab: FloatArray) -> Image:
    """The inverse of `rgb_to_lab`; colors that no screen can show are clipped to [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import lab_to_rgb
    >>> lab_to_rgb(np.array([[[100.0, 0.0, 0.0]]])).round(3)
    array([[[1., 1., 1.]]], dtype=float32)
    """
    lightness, green_red, blue_yellow = np.moveaxis(check_channels(lab, "lab"), -1, 0)
    fy = (lightness + 16) / 116
    f = np.stack([fy + green_red / 500, fy, fy - blue_yellow / 200], axis=-1)
    relative = np.where(f > _KNEE, f**3, (f - 4 / 29) * (3 * _KNEE**2))
    linear = transform(relative * _WHITE, _FROM_XYZ)
    bright = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return displayable(np.where(linear > 0.0031308, bright, 12.92 * linear))
