"""Intensity substitution in IHS space, in its fast form.

Reference: T.-M. Tu, S.-C. Su, H.-C. Shyu and P. S. Huang, "A new look at IHS-like image fusion methods", Information
Fusion 2(3), 177-186, 2001. The use on MRI and PET, and the choice of the intensity, are our reading.
"""

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.substitution import Intensity, new_intensity, split_sources


def ihs(a: Image, b: Image, *, intensity: Intensity = "substitute") -> FloatArray:
    """``RGB' = RGB + (I' - I)`` with ``I = (R + G + B) / 3``: each channel moves by the change of the intensity.

    Differences between channels stay, and with them the hue. Saturation, which is relative to the intensity, does not;
    and where a channel leaves [0, 1], clipping bends the hue as well.

    Parameters
    ----------
    a, b
        Gray ``(H, W)`` or RGB ``(H, W, 3)`` images on one grid; `split_sources` says which of them gives the color.
    intensity
        What I' is: ``"substitute"`` puts the anatomy in the place of I, ``"average"`` takes the mean of the two,
        ``"maximum"`` the brighter.

    Returns
    -------
    The shape of the colored source; values may leave [0, 1]. Of two gray images only the new intensity is left: ``a``,
    the mean or the maximum.
    """
    anatomy, color = split_sources(a, b)
    old = color.mean(axis=2)
    fused: FloatArray = color + (new_intensity(anatomy, old, intensity) - old)[..., None]
    return fused.reshape(max(a.shape, b.shape, key=len))
