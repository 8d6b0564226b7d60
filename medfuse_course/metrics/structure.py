"""Structural similarity to the sources: SSIM and MS-SSIM."""

import numpy as np
from scipy.ndimage import uniform_filter

from medfuse_course.core.types import FloatArray
from medfuse_course.metrics.base import Metric, UndefinedError
from medfuse_course.metrics.windows import pair_moments

SIDE, SIGMA = 11, 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of the five scales of MS-SSIM, finest first."""


def _luminance_and_contrast(f: FloatArray, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The two factors of SSIM of f with a and with b, each ``(2, h, w)``, under Wang's 11 x 11 Gaussian window."""
    means, variances, covariances = pair_moments(a, b, f, SIDE, SIGMA)
    luminance = (2 * means[:2] * means[2] + C1) / (means[:2] ** 2 + means[2] ** 2 + C1)
    contrast = (2 * covariances + C2) / (variances[:2] + variances[2] + C2)
    return luminance, contrast


def _ssim(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Mean over places and sources of ``(2 m_f m_s + C1)(2 c_fs + C2) / ((m_f^2 + m_s^2 + C1)(v_f + v_s + C2))``.

    Means m, variances v and covariances c under Wang's Gaussian window, 11 x 11; C1 = (0.01 x 255)^2,
    C2 = (0.03 x 255)^2.
    """
    luminance, contrast = _luminance_and_contrast(f, a, b)
    return float((luminance * contrast).mean())


def _ssim_cddfuse(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    return _ssim_of_range_two(f, a) + _ssim_of_range_two(f, b)


def _ssim_of_range_two(f: FloatArray, source: FloatArray) -> float:
    """SSIM as that evaluator calls it: images in [0, 255] as float32, but the data range of floats in [-1, 1], 2.

    So both constants vanish beside the gray levels, and single precision shows in what is printed. The window is 7 x 7
    and uniform, the covariance the sample covariance.
    """
    side, half = 7, 3
    x, y = f.astype(np.float32), source.astype(np.float32)
    mx, my, mxx, myy, mxy = (uniform_filter(image, side) for image in (x, y, x * x, y * y, x * y))
    unbiased = side**2 / (side**2 - 1)
    vx, vy, vxy = unbiased * (mxx - mx * mx), unbiased * (myy - my * my), unbiased * (mxy - mx * my)
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    similarity = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return float(similarity[half:-half, half:-half].mean(dtype=np.float64))


def _ms_ssim(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """The contrast factors of SSIM at five scales and the luminance of the coarsest, each to its published power."""
    factors = []
    for scale in range(len(SCALES)):
        if scale:
            f, a, b = halve(f), halve(a), halve(b)
        luminance, contrast = _luminance_and_contrast(f, a, b)
        last = scale == len(SCALES) - 1
        factors.append((luminance * contrast if last else contrast).mean(axis=(1, 2)))
    if min(factor.min() for factor in factors) < 0:
        raise UndefinedError("f runs against a source at some scale, and a negative similarity has no fractional power")
    return float(np.prod(np.power(factors, np.reshape(SCALES, (-1, 1))), axis=0).mean())


def halve(image: FloatArray) -> FloatArray:
    """Mean of 2 x 2 pixels, every second row and column; an odd last row or column is repeated."""
    rows, columns = image.shape
    even = np.pad(image, ((0, rows % 2), (0, columns % 2)), mode="edge")
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


SSIM = Metric(
    slug="ssim",
    abbreviation="SSIM",
    title="Structural similarity to the sources, averaged (CDDFuse's evaluator: summed)",
    direction="higher",
    range=(-1.0, 1.0),
    reference="wang2004image",
    presets={"course": _ssim, "cddfuse": _ssim_cddfuse},
    min_side=SIDE,
)
MS_SSIM = Metric(
    slug="ms_ssim",
    abbreviation="MS-SSIM",
    title="Multi-scale structural similarity to the sources, averaged",
    direction="higher",
    range=(0.0, 1.0),
    reference="wang2003multiscale",
    presets={"course": _ms_ssim},
    min_side=(SIDE - 1) * 2 ** (len(SCALES) - 1) + 1,
)
