"""What a reader of a PET looks at: lesions in their surroundings, lesions that are gone, spots without a cause."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.case import Case
from medfuse_course.metrics.base import Metric, UndefinedError
from medfuse_course.metrics.structure import SIDE, SIGMA
from medfuse_course.metrics.windows import pair_moments

SUSPICIOUS = 2.5
"""SUV from which a spot in the lungs is called a lesion; a convention as old as SUV, and no law."""

SMALLEST_MM2 = 12.0
"""Area of the smallest spot that is called: a disk of 4 mm."""

_RING, _GAP, _HOLES = 8, 2, 3
"""Pixels: of the surroundings of a lesion, of what its blur reaches, and of vessels that are closed."""


def _ssim(result: FloatArray, case: Case) -> float:
    """Structural similarity to the target over the body, on the case's fixed scale, under Wang's Gaussian window."""
    half = SIDE // 2
    counts = case.region[half:-half, half:-half]
    if min(case.region.shape) < SIDE or not counts.any():
        raise UndefinedError(f"no pixel of the body has {half} pixels around it")
    x, y = np.asarray(result, np.float64), np.asarray(case.target, np.float64)
    means, variances, covariances = pair_moments(y, y, x, SIDE, SIGMA)
    c1, c2 = (0.01 * case.scale) ** 2, (0.03 * case.scale) ** 2
    luminance = (2 * means[0] * means[2] + c1) / (means[0] ** 2 + means[2] ** 2 + c1)
    contrast = (2 * covariances[0] + c2) / (variances[0] + variances[2] + c2)
    return float((luminance * contrast)[counts].mean())


def _contrast_recovery(result: FloatArray, case: Case) -> float:
    """Mean over the lesions: their contrast to the surroundings, over that in the target."""
    recovered = []
    around = ndimage.binary_dilation(case.lesions, iterations=_GAP)
    for lesion in _lesions(case):
        ring = ndimage.binary_dilation(lesion, iterations=_GAP + _RING) & ~around & np.isin(case.labels, case.host)
        if ring.any():
            known = case.target[lesion].mean() - case.target[ring].mean()
            if known > 0:
                recovered.append((result[lesion].mean() - result[ring].mean()) / known)
    if not recovered:
        raise UndefinedError("no lesion of the target can be told from its surroundings")
    return float(np.mean(recovered))


def _erased(result: FloatArray, case: Case) -> float:
    """Of 100 lesions that the target shows as suspicious, those that the result does not."""
    _check_unit(case)
    seen = [lesion for lesion in _lesions(case) if case.target[lesion].max() >= SUSPICIOUS]
    if not seen:
        raise UndefinedError(f"no lesion of the target reaches {SUSPICIOUS} SUV")
    return 100 * sum(bool(result[lesion].max() < SUSPICIOUS) for lesion in seen) / len(seen)


def _hallucinated(result: FloatArray, case: Case) -> float:
    """Spots in the lungs that the target does not have, for 100 lesions that are there."""
    _check_unit(case)
    count = len(_lesions(case))
    return 100 * len(called(result, case)) / count


def called(result: FloatArray, case: Case) -> list[BoolArray]:
    """Suspicious spots in the tissue that hosts lesions, near no lesion and no suspicious pixel of the target.

    Parameters
    ----------
    result
        ``(H, W)`` in SUV.
    case
        With a `host`.

    Returns
    -------
    A mask for each.
    """
    host = ndimage.binary_closing(np.isin(case.labels, case.host) | case.lesions, iterations=_HOLES)
    explained = ndimage.binary_dilation(case.lesions | (case.target >= SUSPICIOUS), iterations=_GAP)
    spots, count = ndimage.label((result >= SUSPICIOUS) & host, np.ones((3, 3), bool))
    area = case.spacing[0] * case.spacing[1]
    masks = (spots == number for number in range(1, count + 1))
    return [spot for spot in masks if spot.sum() * area >= SMALLEST_MM2 and not (spot & explained).any()]


def _lesions(case: Case) -> list[NDArray[np.bool_]]:
    numbers, count = ndimage.label(case.lesions)
    if not count:
        raise UndefinedError("the case has no lesions")
    if not case.host:
        raise UndefinedError("the case does not say which tissue its lesions grow in")
    return [numbers == number for number in range(1, count + 1)]


def _check_unit(case: Case) -> None:
    if case.unit != "SUV":
        raise UndefinedError(f"a lesion is called by its SUV, and the unit of the case is {case.unit!r}")


TARGET_SSIM = Metric(
    slug="target_ssim",
    abbreviation="SSIM (target)",
    title="Structural similarity to the target in the body, on a fixed scale",
    direction="higher",
    range=(-1.0, 1.0),
    reference="wang2004image",
    presets={"course": _ssim},
    min_side=SIDE,
    needs_truth=True,
    tasks=("enhancement",),
)
TARGET_CONTRAST_RECOVERY = Metric(
    slug="target_contrast_recovery",
    abbreviation="Contrast",
    title="Contrast of the lesions over that in the target, averaged over lesions",
    direction="one",
    range=(-np.inf, np.inf),
    reference="",
    presets={"course": _contrast_recovery},
    needs_truth=True,
    tasks=("enhancement",),
)
ERASED_LESIONS = Metric(
    slug="erased_lesions",
    abbreviation="Erased",
    title=f"Of 100 lesions that reach {SUSPICIOUS} SUV in the target, those that do not in the result",
    direction="lower",
    range=(0.0, 100.0),
    reference="",
    presets={"course": _erased},
    needs_truth=True,
    tasks=("enhancement",),
)
HALLUCINATED_LESIONS = Metric(
    slug="hallucinated_lesions",
    abbreviation="Hallucinated",
    title=f"Spots of {SUSPICIOUS} SUV in the lungs that the target does not have, for 100 lesions",
    direction="lower",
    range=(0.0, np.inf),
    reference="",
    presets={"course": _hallucinated},
    needs_truth=True,
    tasks=("enhancement",),
)
