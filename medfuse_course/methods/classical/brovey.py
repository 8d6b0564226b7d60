"""The Brovey transform: colors scaled to a new intensity.

Reference: A. R. Gillespie, A. B. Kahle and R. E. Walker, "Color enhancement of highly correlated images. II. Channel
ratio and chromaticity transformation techniques", Remote Sensing of Environment 22(3), 343-365, 1987. Divided by the
mean of the channels, so that a gray source gives the anatomy; the printed form with their sum is darker by a factor of
3. The use on MRI and PET, and the choice of the intensity, are our reading.
"""

import numpy as np

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.substitution import Intensity, new_intensity, split_sources


def brovey(a: Image, b: Image, *, intensity: Intensity = "substitute") -> FloatArray:
    """``RGB' = RGB * I' / I`` with ``I = (R + G + B) / 3``: ratios of channels stay, and with them hue and saturation.

    Where the colored source is black, I is 0 and there is no color to scale: black stays black, whatever the anatomy
    shows there. Where it is nearly black, ``RGB / I`` is still a full color, at most 3 in a channel.

    Parameters
    ----------
    a, b
        Gray ``(H, W)`` or RGB ``(H, W, 3)`` images on one grid; `split_sources` says which of them gives the color.
    intensity
        What I' is: ``"substitute"`` puts the anatomy in the place of I, ``"average"`` takes the mean of the two,
        ``"maximum"`` the brighter.

    Returns
    -------
    The shape of the colored source, from 0 to 3. Of two gray images only the new intensity is left, and 0 where `b` is
    0.
    """
    anatomy, color = split_sources(a, b)
    old = color.mean(axis=2)
    ratios = np.zeros_like(color)
    np.divide(color, old[..., None], out=ratios, where=old[..., None] > 0)
    fused = ratios * new_intensity(anatomy, old, intensity)[..., None]
    return fused.reshape(max(a.shape, b.shape, key=len))
