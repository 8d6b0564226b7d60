"""Principal component analysis of the pair, also called the Karhunen-Loeve rule.

One pair of weights for the whole image is what the literature means by it. Weights from a sliding block are a variant
of it, and how they are made smooth is our reading.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.types import FloatArray, Image

_FLAT = 1e-10
"""Variance below which an image has nothing to show: 1e-5 of its range, far below a step of 8 bits."""

_EQUAL = 1e-6
"""Two variances that differ by less, relative to the larger, are equal: float32 images promise no more."""


def pca(a: Image, b: Image, *, block: int | None = None) -> FloatArray:
    """``F = w_a a + w_b b`` with weights from the leading eigenvector of the pair's 2 x 2 covariance.

    The pixels of the two images are samples of two variables. The leading eigenvector ``v`` of their covariance, scaled
    to sum to 1, gives one weight to each image.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    block
        None for one pair of weights for the whole image. A number of pixels, odd, at least 3 and at most the shorter
        side, for weights that change from place to place: `block_weights`.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    share = pca_weight(a, b) if block is None else block_weights(a, b, block).astype(a.dtype)
    return a * share + b * (1 - share)


def pca_weight(a: Image, b: Image) -> float:
    """The weight of `a`, in [0, 1]; `b` gets the rest.

    The leading eigenvector of ``[[s_aa, s_ab], [s_ab, s_bb]]`` points at the angle
    ``atan2(2 s_ab, s_aa - s_bb) / 2``. Negatively correlated images give components of opposite sign: the negative one
    is set to 0, since a negative weight would invert a source. Without a leading axis (both constant, or equal spread
    and no or negative correlation) the weights are equal.
    """
    s_aa, s_ab, _, s_bb = np.cov(np.stack([a.ravel(), b.ravel()]).astype(np.float64), bias=True).ravel()
    return float(_weight(s_aa, s_ab, s_bb))


def block_weights(a: Image, b: Image, block: int) -> NDArray[np.float64]:
    """The weight of `a` at each pixel: the mean of the weights of all blocks that the pixel lies in.

    Each ``block x block`` window of the pair, mirrored at the border, has its own 2 x 2 covariance and so its own
    weight. A pixel lies in ``block^2`` windows and takes the mean of their weights, so the weights have no seams: from
    pixel to pixel they change by at most ``1 / block``.

    Raises
    ------
    ValueError
        `block` is not an odd whole number from 3 to the shorter side.
    """
    side = min(a.shape)
    if isinstance(block, bool) or not isinstance(block, (int, np.integer)) or not 3 <= block <= side or block % 2 == 0:
        raise ValueError(f"block: expected an odd number of pixels from 3 to {side} (the shorter side), got {block!r}")
    x, y = (image.astype(np.float64) - image.mean(dtype=np.float64) for image in (a, b))
    mean_x, mean_y = _mean(x, block), _mean(y, block)
    s_aa, s_bb = _mean(x * x, block) - mean_x**2, _mean(y * y, block) - mean_y**2
    weights = _mean(_weight(s_aa, _mean(x * y, block) - mean_x * mean_y, s_bb), block)
    return np.clip(weights, 0, 1)


def _mean(image: NDArray[np.float64], block: int) -> NDArray[np.float64]:
    means: NDArray[np.float64] = ndimage.uniform_filter(image, block, mode="mirror")
    return means


def _weight(s_aa: Any, s_ab: Any, s_bb: Any) -> NDArray[np.float64]:
    scale = np.maximum(s_aa, s_bb)
    angle = np.arctan2(2 * s_ab, s_aa - s_bb) / 2
    v_a, v_b = np.cos(angle), np.sin(angle)
    flip = np.where(v_a + v_b < 0, -1, 1)
    v_a, v_b = np.maximum(flip * v_a, 0), np.maximum(flip * v_b, 0)
    no_axis = (np.abs(s_aa - s_bb) <= _EQUAL * scale) & (s_ab <= _EQUAL * scale)
    return np.where(no_axis | (scale <= _FLAT), 0.5, v_a / (v_a + v_b))
