"""How far a quantitative image is from its target, in its own unit: for enhancement and synthesis."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.case import Case
from medfuse_course.metrics.base import Metric, UndefinedError

_SMALLEST = 25  # pixels that a tissue needs: over fewer, its spread is chance
_EDGE = 3  # pixels that the blur of a border reaches into a tissue


def _mae(result: FloatArray, case: Case) -> float:
    """Mean of ``|result - target|`` over the body, in the unit of the target."""
    return float(np.abs(result - case.target)[_region(case)].mean())


def _nrmse(result: FloatArray, case: Case) -> float:
    """``sqrt(mean (result - target)^2) / mean(target)`` over the body."""
    mean = float(case.target[_region(case)].mean())
    if mean <= 0:
        raise UndefinedError("the target has no positive mean to compare an error with")
    return float(np.sqrt(_mse(result, case)) / mean)


def _psnr(result: FloatArray, case: Case) -> float:
    """``10 log10(scale^2 / mean (result - target)^2)`` over the body; the scale is the case's, never the image's."""
    with np.errstate(divide="ignore"):  # no error is infinitely good
        return float(20 * np.log10(case.scale) - 10 * np.log10(_mse(result, case)))


def _suv_mean_bias(result: FloatArray, case: Case) -> float:
    """Mean over the lesions of ``100 (mean(result) / mean(target) - 1)``."""
    inside = [(result[lesion].mean(), case.target[lesion].mean()) for lesion in _lesions(case)]
    return float(np.mean([100 * (one / other - 1) for one, other in inside]))


def _suv_max_bias(result: FloatArray, case: Case) -> float:
    """Mean over the lesions of ``100 (max(result) / max(target) - 1)``."""
    inside = [(result[lesion].max(), case.target[lesion].max()) for lesion in _lesions(case)]
    return float(np.mean([100 * (one / other - 1) for one, other in inside]))


def _tissue_noise(result: FloatArray, case: Case) -> float:
    """Root mean square of ``result - target`` about its mean in each tissue, over the tissue's mean; over tissues."""
    error, ratios = result - case.target, []
    for label in np.unique(case.labels[case.region & ~case.lesions]):
        inside = ndimage.binary_erosion((case.labels == label) & case.region, iterations=_EDGE)
        if inside.sum() >= _SMALLEST and case.target[inside].mean() > 0:
            ratios.append(100 * error[inside].std() / case.target[inside].mean())
    if not ratios:
        raise UndefinedError(f"no tissue has {_SMALLEST} pixels {_EDGE} from its border")
    return float(np.mean(ratios))


def _mse(result: FloatArray, case: Case) -> float:
    error = (result.astype(np.float64) - case.target)[_region(case)]
    return float((error**2).mean())


def _region(case: Case) -> BoolArray:
    if not case.region.any():
        raise UndefinedError("the case's region is empty")
    return case.region


def _lesions(case: Case) -> list[NDArray[np.bool_]]:
    numbers, count = ndimage.label(case.lesions)
    found = [numbers == number for number in range(1, count + 1)]
    if not found or any(case.target[lesion].mean() <= 0 for lesion in found):
        raise UndefinedError("the case has no lesions with an uptake")
    return found


MAE = Metric(
    slug="mae",
    abbreviation="MAE",
    title="Mean absolute error in the body (HU of a synthesized CT, SUV of a PET)",
    direction="lower",
    range=(0.0, np.inf),
    reference="",
    presets={"course": _mae},
    needs_truth=True,
    tasks=("synthesis", "enhancement"),
)
NRMSE = Metric(
    slug="nrmse",
    abbreviation="NRMSE",
    title="Root mean squared error in the body over the mean of the target",
    direction="lower",
    range=(0.0, np.inf),
    reference="",
    presets={"course": _nrmse},
    needs_truth=True,
    tasks=("enhancement",),
)
TARGET_PSNR = Metric(
    slug="target_psnr",
    abbreviation="PSNR (target)",
    title="Peak signal-to-noise ratio to the target in the body, on a fixed scale (dB)",
    direction="higher",
    range=(-np.inf, np.inf),
    reference="",
    presets={"course": _psnr},
    needs_truth=True,
    tasks=("enhancement", "synthesis"),
)
SUV_MEAN_BIAS = Metric(
    slug="suv_mean_bias",
    abbreviation="SUVmean bias",
    title="Error of the mean SUV of the lesions (percent)",
    direction="zero",
    range=(-100.0, np.inf),
    reference="boellaard2015fdg",
    presets={"course": _suv_mean_bias},
    needs_truth=True,
    tasks=("enhancement",),
)
SUV_MAX_BIAS = Metric(
    slug="suv_max_bias",
    abbreviation="SUVmax bias",
    title="Error of the largest SUV of the lesions (percent)",
    direction="zero",
    range=(-100.0, np.inf),
    reference="boellaard2015fdg",
    presets={"course": _suv_max_bias},
    needs_truth=True,
    tasks=("enhancement",),
)
TISSUE_NOISE = Metric(
    slug="tissue_noise",
    abbreviation="Noise",
    title="Noise inside tissues over their mean uptake, averaged over tissues (percent)",
    direction="lower",
    range=(0.0, np.inf),
    reference="",
    presets={"course": _tissue_noise},
    needs_truth=True,
    tasks=("enhancement",),
)
