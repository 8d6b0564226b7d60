"""Hue error: how far the fusion turned the colors that a pseudo-colored source uses as its scale."""

import numpy as np
from numpy.typing import NDArray

from medfuse_course.color.cielab import rgb_to_lab
from medfuse_course.core.types import Image
from medfuse_course.metrics.base import Metric, UndefinedError

COLORED = 5.0
"""Least chroma of a color, in steps of CIE Lab: about twice what an eye can just tell from gray (2.3)."""
FADED = 90.0
"""Error, in degrees, of a pixel that lost its color: that of a random hue, on average."""


def _hue_error(f: Image, a: Image, b: Image) -> float:
    """Mean angle in degrees between the CIE Lab hues of f and of the more colorful source, weighted by its chroma."""
    fused, first, second = (_opponent(image) for image in (f, a, b))
    more = np.abs(first) >= np.abs(second)
    source = np.where(more, first, second)
    weight = np.where(np.abs(source) >= COLORED, np.abs(source), 0)
    if not weight.any():
        raise UndefinedError("neither source has color")
    turn = np.abs(np.degrees(np.angle(fused * source.conj())))
    error = np.where(np.abs(fused) >= COLORED, turn, FADED)
    return float((weight * error).sum() / weight.sum())


def _opponent(image: Image) -> NDArray[np.complex128]:
    """The two opponent colors of CIE Lab as one complex number, chroma times exp(i hue); 0 for a gray image."""
    if image.ndim == 2:
        return np.zeros(image.shape, np.complex128)
    lab = rgb_to_lab(image).astype(np.float64)
    return lab[..., 1] + 1j * lab[..., 2]


HUE_ERROR = Metric(
    slug="hue_error",
    abbreviation="Hue err.",
    title="Mean turn of the hue against the colored source (degrees)",
    direction="lower",
    range=(0.0, 180.0),
    reference="",
    presets={"course": _hue_error},
    needs_color=True,
)
