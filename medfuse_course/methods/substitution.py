"""What the methods that work on RGB share: which source gives the color, and what its intensity becomes."""

from typing import Literal

import numpy as np

from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray, Image

Intensity = Literal["substitute", "average", "maximum"]

INTENSITIES = ("substitute", "average", "maximum")
"""The new intensity: the anatomy in place of the color's, the mean of the two, or the brighter of them."""


def split_sources(a: Image, b: Image) -> tuple[FloatArray, FloatArray]:
    """The anatomy ``(H, W)`` and the colored source ``(H, W, C)``, both in double precision.

    The color comes from the source that is RGB; from `b` when both are, and then the anatomy is the mean of the
    channels of `a`. Of two gray images `b` counts as the colored one, with its only channel (C = 1).
    """
    anatomy, color = (b, a) if a.ndim == 3 and b.ndim == 2 else (a, b)
    height, width = color.shape[:2]
    anatomy = anatomy.reshape(height, width, -1).astype(np.float64)
    return anatomy.mean(axis=2), color.reshape(height, width, -1).astype(np.float64)


def new_intensity(anatomy: FloatArray, old: FloatArray, kind: str) -> FloatArray:
    """One of `INTENSITIES`, from the anatomy and the intensity of the colored source."""
    if kind == "substitute":
        return anatomy
    if kind == "average":
        return (anatomy + old) / 2
    if kind == "maximum":
        return np.maximum(anatomy, old)
    raise ValueError(unknown("intensity", kind, INTENSITIES))
