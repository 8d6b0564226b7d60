"""MEF-SSIM: the structure of the fused image against the strongest structure that the sources have at each place.

Ma, Zeng and Wang made it for exposures of one scene, where the sources agree up to contrast. In each 11 x 11 window the
sources, each freed of its mean and divided by its norm, are averaged with weights that grow with the norm, the faster
the more the sources agree; the result gets the largest norm of the two and is compared with f by the contrast and
structure factor of SSIM. The evaluator of the preset ``linfeng`` prints this number under the name MS_SSIM.
"""

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray
from medfuse_course.metrics.base import Metric, UndefinedError
from medfuse_course.metrics.structure import C2, SCALES, SIDE, SIGMA, halve
from medfuse_course.metrics.windows import gaussian_mean, pair_moments

WEIGHTS = np.array(SCALES[:3]) / sum(SCALES[:3])
STEEPEST = 10.0
"""Largest exponent of the weights: practically the stronger source alone."""
CANCELED = 1e-4
"""Norm below which two opposite patches cancel: what is left is rounding."""
EPSILON = np.finfo(np.float64).eps


def _mef_ssim(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """The similarity above at three scales, each to its power, multiplied."""
    scores = []
    for scale in range(len(WEIGHTS)):
        if scale:
            f, a, b = halve(f), halve(a), halve(b)
        scores.append(float(_similarity(f, a, b).mean()))
    if min(scores) < 0:
        raise UndefinedError(
            "f runs against the sources at some scale, and a negative similarity has no fractional power"
        )
    return float(np.prod(np.power(scores, WEIGHTS)))


def _similarity(f: FloatArray, a: FloatArray, b: FloatArray) -> NDArray[np.float64]:
    """Contrast and structure of f against the desired patch ``share[0] (a - mean) + share[1] (b - mean)``."""
    share = _shares(a, b)
    means, variances, with_f = pair_moments(a, b, f, SIDE, SIGMA)
    between = gaussian_mean(a * b, SIDE, SIGMA) - means[0] * means[1]
    desired = (share**2 * variances[:2]).sum(axis=0) + 2 * share[0] * share[1] * between
    common = (share * with_f).sum(axis=0)
    similarity: NDArray[np.float64] = (2 * common + C2) / (np.maximum(desired, 0) + variances[2] + C2)
    return similarity.clip(-1, 1)


def _shares(a: FloatArray, b: FloatArray) -> NDArray[np.float64]:
    """``(2, h, w)``: how much of each source, freed of its mean, the desired patch takes."""
    _, variances, covariances = pair_moments(a, b, b, SIDE, np.inf)  # a uniform window
    between, variances = covariances[0], variances[:2]
    strengths = SIDE * np.sqrt(variances) + 0.001  # the norm of a patch; the authors' constant keeps it from 0
    together = SIDE * np.sqrt(np.maximum(variances.sum(axis=0) + 2 * between, 0))
    agreement = (together + EPSILON) / (SIDE * np.sqrt(variances).sum(axis=0) + EPSILON)
    agreement = np.minimum(agreement, 1 - EPSILON)
    exponent = np.minimum(np.tan(np.pi / 2 * agreement), STEEPEST)
    weights = (strengths / SIDE) ** exponent + EPSILON
    parts = weights / weights.sum(axis=0) / strengths
    norm = SIDE * np.sqrt(np.maximum((parts**2 * variances).sum(axis=0) + 2 * parts[0] * parts[1] * between, 0))
    scale = np.divide(strengths.max(axis=0), norm, out=np.zeros_like(norm), where=norm > CANCELED)
    shares: NDArray[np.float64] = parts * scale
    return shares


MEF_SSIM = Metric(
    slug="mef_ssim",
    abbreviation="MEF-SSIM",
    title="Structural similarity to the strongest structure of the sources (three scales)",
    direction="higher",
    range=(0.0, 1.0),
    reference="ma2015perceptual",
    presets={"course": _mef_ssim, "linfeng": _mef_ssim},
    min_side=4 * SIDE,
)
