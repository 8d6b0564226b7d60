"""Fuse luminance, keep chroma: how a method for gray images fuses a color image without inventing colors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medfuse_course.color.cielab import lab_to_rgb, rgb_to_lab
from medfuse_course.color.gray import gray_to_rgb
from medfuse_course.color.ihs import ihs_to_rgb, rgb_to_ihs
from medfuse_course.color.ycbcr import NEUTRAL, rgb_to_ycbcr, ycbcr_to_rgb
from medfuse_course.color.yuv import rgb_to_yuv, yuv_to_rgb
from medfuse_course.core.checks import check_gray, check_pair
from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray, Image

FuseGray = Callable[[Image, Image], Image]
Refine = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class _Space:
    there: Callable[[Image], Image]
    back: Callable[[FloatArray], Image]
    white: float = 1.0  # luminance of white
    neutral: float = 0.0  # both chroma channels of gray


_SPACES = {
    "ycbcr": _Space(rgb_to_ycbcr, ycbcr_to_rgb, neutral=NEUTRAL),
    "yuv": _Space(rgb_to_yuv, yuv_to_rgb),
    "ihs": _Space(rgb_to_ihs, ihs_to_rgb),
    "lab": _Space(rgb_to_lab, lab_to_rgb, white=100.0),
}

SPACES = tuple(_SPACES)
"""Names of the spaces in which luminance can be fused."""


def fuse_luminance(
    a: Image, b: Image, fuse_gray: FuseGray, space: str = "ycbcr", *, refine: Refine | None = None
) -> Image:
    """Fuse the luminance of two images with a method for gray images, and keep the chroma.

    With one color source the result has its chroma and the fused luminance. With two, their chroma is merged: in each
    chroma channel ``C = (Ca |Ca - n| + Cb |Cb - n|) / (|Ca - n| + |Cb - n|)``, where n is the value of gray, so the
    more colorful source decides; n where neither has color.

    Colors that leave the range of the screen are clipped once, at the very end. A colored pixel that becomes much
    brighter therefore loses color, and with it the value that the color stood for.

    Parameters
    ----------
    a, b
        Sources in [0, 1] on one grid, at least one of them ``(H, W, 3)``.
    fuse_gray
        Takes two ``(H, W)`` float32 images in [0, 1] and returns one.
    space
        ``"ycbcr"``, ``"yuv"``, ``"ihs"`` (luminance is the mean of R, G, B; the same as adding the change of the mean
        to each channel) or ``"lab"`` (luminance is L / 100).
    refine
        Takes the fused luminance and a chroma channel, ``(H, W)`` each in the units of the space, and gives the channel
        that is shown; None: chroma stays as it is.

    Returns
    -------
    ``(H, W, 3)`` float32 in [0, 1].

    Raises
    ------
    TypeError, ValueError
        A source or what ``fuse_gray`` returns is not an image, the grids differ, both sources are gray, or there is no
        such space.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import fuse_luminance
    >>> gray = np.full((16, 16), 0.5, dtype=np.float32)
    >>> orange = np.full((16, 16, 3), (0.8, 0.4, 0.2), dtype=np.float32)
    >>> fuse_luminance(gray, orange, np.maximum)[0, 0].round(3)
    array([0.803, 0.403, 0.203], dtype=float32)
    """
    a, b = check_pair(a, b)
    if space not in _SPACES:
        raise ValueError(f"space: {unknown('color space', str(space), _SPACES)}")
    if a.ndim == b.ndim == 2:
        raise ValueError("a, b: expected at least one RGB image, got two gray ones; call fuse_gray(a, b) directly")
    chosen = _SPACES[space]
    first, second = (chosen.there(image if image.ndim == 3 else gray_to_rgb(image)) for image in (a, b))
    fused = _fused_luminance(first, second, fuse_gray, chosen.white)
    if a.ndim == b.ndim:
        chroma = _merge(first[..., 1:], second[..., 1:], chosen.neutral)
    else:
        chroma = (first if a.ndim == 3 else second)[..., 1:].astype(np.float64)
    if refine is not None:
        chroma = np.stack([refine(fused, channel) for channel in np.moveaxis(chroma, -1, 0)], axis=-1)
    return chosen.back(np.concatenate([fused[..., np.newaxis], chroma], axis=-1))


def _fused_luminance(first: Image, second: Image, fuse_gray: FuseGray, white: float) -> NDArray[np.float64]:
    luminances = [np.clip(image[..., 0] / np.float32(white), 0, 1) for image in (first, second)]
    fused = check_gray(fuse_gray(luminances[0], luminances[1]), "fuse_gray(a, b)")
    if fused.shape != first.shape[:2]:
        raise ValueError(f"fuse_gray(a, b): expected shape {first.shape[:2]}, got {fused.shape}; keep the grid")
    luminance: NDArray[np.float64] = fused.astype(np.float64) * white
    return luminance


def _merge(first: FloatArray, second: FloatArray, neutral: float) -> NDArray[np.float64]:
    one, two = first.astype(np.float64) - neutral, second.astype(np.float64) - neutral
    weight = np.abs(one) + np.abs(two)
    merged = np.zeros_like(weight)
    np.divide(one * np.abs(one) + two * np.abs(two), weight, out=merged, where=weight > 0)
    return merged + neutral
