"""Feature mutual information (FMI): what 3 x 3 windows of the fused image and of a source tell about each other.

Haghighat et al. (2011), in the windowed form of Haghighat and Razian (2014).

In each window the nine feature values, stretched to [0, 1] and divided by their sum, count as probabilities of the nine
positions, taken column by column. One window does not show how two such distributions p and q go together, so Nelsen's
model is assumed: a mixture of independence and of the closest (for a negative correlation, the most opposite) joint
distribution that p and q allow, with the weight ``phi`` of the latter such that the correlation of the values of p and
q comes out. A window scores ``2 I(p; q) / (H(p) + H(q))``; the mean over windows and over the sources is the metric.

The authors' code differs in four ways, which the preset ``linfeng`` keeps. It stretches f in place before it compares
f with b, so that equal windows are found only for a (where f and b have one and the same single bright pixel, it finds
nothing in common). It lets phi exceed 1, which makes probabilities negative and scores larger than 1. Its gradient is
the derivative along rows alone. Two flat windows score 1 only because the mean of nine ninths is not quite 1 / 9 in
floating point. Here windows of equal distribution score 1, phi ends at 1, and the gradient is its magnitude.
"""

from collections.abc import Callable

import numpy as np
import pywt
from numpy.typing import NDArray
from scipy.fft import dctn

from medfuse_course.core.types import FloatArray
from medfuse_course.metrics.base import Metric

SIDE = 3
BLOCK = 512
"""Windows treated at a time, so that their 81 joint probabilities each stay in the cache."""
FLAT = 1e-9
"""Smaller differences count as 0: they are rounding, not structure."""

Array = NDArray[np.float64]
Feature = Callable[[FloatArray], Array]


def pixels(image: FloatArray) -> Array:
    """The image itself."""
    values: Array = image.astype(np.float64, copy=False)
    return values


def _gradient(image: FloatArray) -> Array:
    down, across = (np.gradient(image, axis=axis) for axis in (0, 1))
    strength: Array = np.sqrt(down * down + across * across)
    return strength


def _gradient_along_rows(image: FloatArray) -> Array:
    return np.asarray(np.gradient(image, axis=1))


def _dct(image: FloatArray) -> Array:
    """The discrete cosine transform of the whole image."""
    spectrum: Array = dctn(image, norm="ortho")
    return spectrum


def _wavelet(image: FloatArray) -> Array:
    """One level of the discrete Meyer wavelet, its four bands laid side by side."""
    # Periodic, so that there are as many coefficients as pixels: mirrored, a border of 30 would be counted with them.
    approximation, (horizontal, vertical, diagonal) = pywt.dwt2(image, "dmey", mode="periodization")
    return np.block([[approximation, horizontal], [vertical, diagonal]])


def _windows(feature: Array) -> Array:
    """``(9, n)``: the values in each window, column by column."""
    views = np.lib.stride_tricks.sliding_window_view(feature, (SIDE, SIDE))  # (h, w, row, column)
    return np.ascontiguousarray(views.transpose(3, 2, 0, 1)).reshape(SIDE**2, -1)


def _stretched(windows: Array) -> Array:
    """From [least, largest] to [0, 1]; all ones in a flat window."""
    low = windows.min(axis=0)
    span = windows.max(axis=0) - low
    stretched: Array = np.divide(windows - low, span, out=np.ones_like(windows), where=span > FLAT)
    return stretched


def _fmi(feature: Feature) -> Callable[[FloatArray, FloatArray, FloatArray], float]:
    def metric(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
        stretched = [_stretched(_windows(feature(image))) for image in (f, a, b)]
        scores = [_scores(stretched[0], other, equal=_close(stretched[0], other)) for other in stretched[1:]]
        return float(np.mean(scores))

    return metric


def fmi_of_the_kit(feature: Feature) -> Callable[[FloatArray, FloatArray, FloatArray], float]:
    """As the authors' code, and the evaluator that carries it, compute it."""

    def metric(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
        # On the kit's scale, [0, 1], rounding makes flat gradients uneven; whole gray levels give what was meant.
        raw = [_windows(feature(image)) for image in (f, a, b)]
        stretched = [_stretched(windows) for windows in raw]
        equal = (raw[1] == raw[0]).all(axis=0)
        overwritten = np.where(equal, raw[0], stretched[0])
        scores = []
        for other, same in ((1, equal), (2, (raw[2] == overwritten).all(axis=0))):
            flat = (stretched[0] == 1).all(axis=0) & (stretched[other] == 1).all(axis=0)
            scores.append(_scores(stretched[0], stretched[other], equal=same | flat, largest_weight=np.inf))
        return float(np.mean(scores))

    return metric


def _close(first: Array, second: Array) -> NDArray[np.bool_]:
    close: NDArray[np.bool_] = np.abs(first - second).max(axis=0) <= FLAT
    return close


def _scores(f: Array, source: Array, equal: NDArray[np.bool_], largest_weight: float = 1.0) -> Array:
    """The score of each window; 1 where `equal`."""
    scores = np.ones(f.shape[1])
    rest = np.flatnonzero(~equal)
    for start in range(0, rest.size, BLOCK):
        chosen = rest[start : start + BLOCK]
        p, q = (windows[:, chosen] / windows[:, chosen].sum(axis=0) for windows in (f, source))
        scores[chosen] = _normalized_information(p, q, largest_weight)
    return scores


def _normalized_information(p: Array, q: Array, largest_weight: float) -> Array:
    """2 I / (H(p) + H(q)) of ``(9, n)`` distributions; 0 where neither has any entropy."""
    correlation = _correlation(p, q)
    # The most opposite joint distribution of p and q is the closest one of p and of q read backwards.
    q = np.where(correlation < 0, q[::-1], q)
    cumulated_p, cumulated_q = p.cumsum(axis=0), q.cumsum(axis=0)
    closest = np.minimum(cumulated_p[:, np.newaxis], cumulated_q)  # (9, 9, n), cumulated
    covariance = closest.sum(axis=(0, 1)) - cumulated_p.sum(axis=0) * cumulated_q.sum(axis=0)
    wanted = np.abs(correlation) * np.sqrt(_variance(p) * _variance(q))
    weight = np.divide(wanted, covariance, out=np.zeros_like(wanted), where=covariance > FLAT**2)
    weight = np.minimum(weight, largest_weight)
    closest[1:] -= closest[:-1].copy()
    closest[:, 1:] -= closest[:, :-1].copy()
    joint = weight * closest + ((1 - weight) * p)[:, np.newaxis] * q
    h_p, h_q, h_joint = _entropy(p), _entropy(q), _entropy(joint.reshape(-1, p.shape[1]))
    total = h_p + h_q
    return np.divide(2 * (total - h_joint), total, out=np.zeros_like(total), where=total > FLAT)


def _correlation(p: Array, q: Array) -> Array:
    """Correlation of the values of p and q; 0 where one is flat."""
    p, q = p - 1 / SIDE**2, q - 1 / SIDE**2
    power = (p * p).sum(axis=0) * (q * q).sum(axis=0)
    r: Array = np.divide((p * q).sum(axis=0), np.sqrt(power), out=np.zeros_like(power), where=power > FLAT**2)
    return r


def _variance(p: Array) -> Array:
    """Variance of the position, 1 to 9, under p."""
    positions = np.arange(1.0, SIDE**2 + 1)
    return np.maximum(positions**2 @ p - (positions @ p) ** 2, 0)


def _entropy(p: Array) -> Array:
    """Entropy in bits, over the first axis."""
    size = np.abs(p)  # only the kit has negative probabilities: it takes the real part of their logarithm
    bits: Array = -(p * np.log2(size, out=np.zeros_like(p), where=size > 0)).sum(axis=0)
    return bits


def _declare(suffix: str, name: str, feature: Feature, kit: Feature | None) -> Metric:
    presets = {"course": _fmi(feature)} | ({"linfeng": fmi_of_the_kit(kit)} if kit else {})
    return Metric(
        slug=f"fmi{suffix}",
        abbreviation=f"FMI{suffix}",
        title=f"Feature mutual information with the sources, averaged ({name})",
        direction="higher",
        range=(0.0, 1.0),
        reference="haghighat2014fastfmi",
        presets=presets,
        min_side=SIDE,
    )


# What the linfeng kit prints as FMI_pixel has edges for features: no preset here stands for it.
FMI = _declare("", "gradient", _gradient, _gradient_along_rows)
FMI_PIXEL = _declare("_pixel", "gray levels", pixels, None)
FMI_DCT = _declare("_dct", "cosine transform", _dct, _dct)
FMI_WAVELET = _declare("_wavelet", "Meyer wavelet", _wavelet, None)
