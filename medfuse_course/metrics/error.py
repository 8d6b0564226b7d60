"""Squared distance to the sources: MSE and PSNR."""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.metrics.base import Metric, UndefinedError


def _mse(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``(mean (a - f)^2 + mean (b - f)^2) / 2``, in gray levels squared."""
    return float((((a - f) ** 2).mean() + ((b - f) ** 2).mean()) / 2)


def _mse_unit(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    # The kit divides the images by 255 first.
    return _mse(f, a, b) / 255**2


def _decibels(peak: float, mse: float) -> float:
    if peak == mse == 0:
        raise UndefinedError("f is black, so its peak and its error are both 0, and their ratio has no value")
    with np.errstate(divide="ignore"):  # no error is infinitely good, no peak infinitely bad
        return float(10 * (2 * np.log10(peak) - np.log10(mse)))


def _psnr(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``10 log10(255^2 / MSE)``, with the mean squared error above; infinite where f equals both sources."""
    return _decibels(255, _mse(f, a, b))


def _psnr_cddfuse(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    # That evaluator takes the brightest pixel of f for the peak: a dimmer image scores worse.
    return _decibels(f.max(), _mse(f, a, b))


def _psnr_linfeng(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    # Peak 255 with errors of images in [0, 1]: 20 log10(255) = 48.13 dB too much.
    return _decibels(255, _mse_unit(f, a, b))


MSE = Metric(
    slug="mse",
    abbreviation="MSE",
    title="Mean squared error to the sources, averaged (gray levels squared)",
    direction="lower",
    range=(0.0, 255.0**2),
    reference="jagalingam2015review",
    presets={"course": _mse, "cddfuse": _mse, "linfeng": _mse_unit},
)
PSNR = Metric(
    slug="psnr",
    abbreviation="PSNR",
    title="Peak signal-to-noise ratio to the sources (dB)",
    direction="higher",
    range=(0.0, float("inf")),
    reference="jagalingam2015review",
    presets={"course": _psnr, "cddfuse": _psnr_cddfuse, "linfeng": _psnr_linfeng},
)
