"""The pixelwise maximum: the baseline that a sceptic chooses."""

import numpy as np

from medfuse_course.core.types import Image


def maximum(a: Image, b: Image) -> Image:
    """``F = max(a, b)``, pixel by pixel."""
    return np.maximum(a, b)
