"""IHS in its linear form: intensity, and the plane whose angle is hue and whose radius is saturation."""

import numpy as np

from medfuse_course.color._channels import check_channels, displayable, transform
from medfuse_course.core.checks import check_rgb
from medfuse_course.core.types import FloatArray, Image

_ROOT = np.sqrt(2)
_MATRIX = np.array([[1 / 3, 1 / 3, 1 / 3], [-_ROOT / 6, -_ROOT / 6, _ROOT / 3], [1 / _ROOT, -1 / _ROOT, 0]])
_INVERSE = np.array([[1, -1 / _ROOT, 1 / _ROOT], [1, -1 / _ROOT, -1 / _ROOT], [1, _ROOT, 0]])


def rgb_to_ihs(rgb: Image) -> Image:
    """RGB to linear IHS: ``I = (R + G + B) / 3``, ``v1 = sqrt(2) (2 B - R - G) / 6``, ``v2 = (R - G) / sqrt(2)``.

    Hue is ``arctan2(v2, v1)``, saturation ``hypot(v1, v2)``. Because the transform is linear, putting F in the place of
    I and going back is the same as adding ``F - I`` to R, G and B: the *fast IHS* fusion.

    Parameters
    ----------
    rgb
        ``(H, W, 3)`` in [0, 1].

    Returns
    -------
    ``(H, W, 3)``: I in [0, 1], v1 in [-0.471, 0.471], v2 in [-0.707, 0.707]; v1 = v2 = 0 for gray.

    Raises
    ------
    TypeError, ValueError
        Not an RGB image.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import rgb_to_ihs
    >>> red = np.array([[[1.0, 0.0, 0.0]]], dtype=np.float32)
    >>> rgb_to_ihs(red)[..., 0]
    array([[0.33333334]], dtype=float32)
    """
    return transform(check_rgb(rgb, "rgb"), _MATRIX).astype(np.float32)


def ihs_to_rgb(ihs: FloatArray) -> Image:
    """The inverse of `rgb_to_ihs`; colors that no screen can show are clipped to [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import ihs_to_rgb, rgb_to_ihs
    >>> red = np.array([[[1.0, 0.0, 0.0]]], dtype=np.float32)
    >>> ihs_to_rgb(rgb_to_ihs(red)).round(6)
    array([[[1., 0., 0.]]], dtype=float32)
    """
    return displayable(transform(check_channels(ihs, "ihs"), _INVERSE))
