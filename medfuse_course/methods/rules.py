"""Fusion rules: how two bands become one. Written once, used by every multiscale method.

A rule takes two arrays of one shape and returns a third. It knows nothing of the transform the bands came from.
"""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from medfuse_course.core.registry import Registry
from medfuse_course.core.types import FloatArray

Rule = Callable[[FloatArray, FloatArray], FloatArray]


def average(a: FloatArray, b: FloatArray) -> FloatArray:
    """``(a + b) / 2``: the usual rule for the base band, where neither source is right alone."""
    return (a + b) / 2


def choose_max(a: FloatArray, b: FloatArray) -> FloatArray:
    """Where ``|a| > |b|`` take a, where ``|b| > |a|`` take b, and the mean where they tie.

    The sign stays with the chosen coefficient: a dark line is as much a detail as a bright one.
    """
    return _pick(np.abs(a) - np.abs(b), a, b)


def choose_max_consistent(a: FloatArray, b: FloatArray) -> FloatArray:
    """Choose by the largest magnitude in a 3 x 3 window, then let the 3 x 3 neighbors vote.

    Activity ``A_X(p) = max |X|`` over the window around p. Each pixel prefers the source of larger activity; the
    majority of the window decides; a tied vote takes the mean. Reference: H. Li, B. S. Manjunath and S. K. Mitra,
    "Multisensor image fusion using the wavelet transform", Graphical Models and Image Processing 57(3), 235-245, 1995.
    """
    activity = [ndimage.maximum_filter(np.abs(band), size=3, mode="mirror") for band in (a, b)]
    preference = np.sign(activity[0] - activity[1])
    votes = np.rint(ndimage.uniform_filter(preference, size=3, mode="mirror") * 9)
    return _pick(votes, a, b)


def _pick(evidence: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    return np.where(evidence > 0, a, np.where(evidence < 0, b, (a + b) / 2))


RULES: Registry[Rule] = Registry("rule")
for _rule in (average, choose_max, choose_max_consistent):
    RULES.add(_rule.__name__, _rule)
