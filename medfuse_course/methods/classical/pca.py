"""Principal component analysis of the pair, also called the Karhunen-Loeve rule."""

import math

import numpy as np

from medfuse_course.core.types import Image


def pca(a: Image, b: Image) -> Image:
    """``F = w_a a + w_b b`` with weights from the leading eigenvector of the pair's 2 x 2 covariance.

    The pixels of the two images are samples of two variables. The leading eigenvector ``v`` of their covariance, scaled
    to sum to 1, gives one weight to each image.
    """
    share = pca_weight(a, b)
    return a * share + b * (1 - share)


def pca_weight(a: Image, b: Image) -> float:
    """The weight of `a`, in [0, 1]; `b` gets the rest.

    The leading eigenvector of ``[[s_aa, s_ab], [s_ab, s_bb]]`` points at the angle
    ``atan2(2 s_ab, s_aa - s_bb) / 2``. Negatively correlated images give components of opposite sign: the negative one
    is set to 0, since a negative weight would invert a source. Without a leading axis (both constant, or equal spread
    and no or negative correlation) the weights are equal.
    """
    s_aa, s_ab, _, s_bb = np.cov(np.stack([a.ravel(), b.ravel()]).astype(np.float64), bias=True).ravel()
    scale = max(s_aa, s_bb)
    if abs(s_aa - s_bb) <= 1e-12 * scale and s_ab <= 1e-12 * scale:
        return 0.5
    angle = math.atan2(2 * s_ab, s_aa - s_bb) / 2
    v_a, v_b = math.cos(angle), math.sin(angle)
    if v_a + v_b < 0:
        v_a, v_b = -v_a, -v_b
    v_a, v_b = max(v_a, 0.0), max(v_b, 0.0)
    return v_a / (v_a + v_b)
