"""The table of a loss that joins CT and PET physically: a low-dose PET network, with and without it.

All networks are alike and are trained on the same scans of one seed; what differs is the loss. ``other`` is the CT of a
deeper breath: it corrects the scan for attenuation, and it stands in the physical terms. The image that the absolute
error compares with is corrected with the right CT, as if one had been taken for the study alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import ndimage

from medfuse_course.benchmark.experiments.physical_loss import baselines
from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.thorax.counted import (
    PIXEL_MM,
    CountedChest,
    CountedScan,
    body_of,
    count_chest,
    counted_chest,
    lines,
)

DOSE = 0.02
"""Share of the full counts."""

CTS = ("right", "other")
"""Of the breath of the PET, or of a deeper one."""

PATIENTS = tuple(range(16))
"""Seeds of those who are tried."""

_DEEP_MM, _EDGE_MM = 60.0, 30.0


@dataclass(frozen=True)
class PhysicalRow:
    """One patient, enhanced by one training.

    Attributes
    ----------
    arm, seed
        Which loss or baseline, and which training; 0 of what is not trained.
    ct
        Of `CTS`: the one that is believed.
    patient
        A seed.
    error
        Root mean square of the difference to the truth in the body, SUV.
    air
        Activity outside the body of the believed CT, in thousandths of all activity; the truth has a few, of pixels
        that are partly skin.
    center, edge
        Bias of the mean uptake of soft tissue, in percent: deeper than 60 mm under the skin, and within 30 mm.
    dome
        The same of the liver where the CT of the deeper breath shows lung.
    counts
        Counts that the image explains over those measured, less 1, in percent.
    lung_lesions, liver_lesion
        Contrast over the true one; NaN where there is none.
    """

    arm: str
    seed: int
    ct: str
    patient: int
    error: float
    air: float
    center: float
    edge: float
    dome: float
    counts: float
    lung_lesions: float
    liver_lesion: float


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[PhysicalRow]:
    """Train and try one arm with one seed, with the right CT and with the other one.

    Parameters
    ----------
    arm
        Of the declaration.
    seed
        Of weights, batches and patients of the training.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    Rows, each as soon as it is known.
    """
    for ct in CTS:
        enhance = enhancer(arm, seed, ct, profile)
        for patient in PATIENTS:
            chest, scan = tried(patient, ct)
            yield PhysicalRow(arm, seed, ct, patient, **judge(enhance(scan, believed(chest, ct)), chest, scan, ct))


def believed(chest: CountedChest, ct: str) -> FloatArray:
    """The CT numbers that are believed: of the breath that `ct` of `CTS` names."""
    check_name("ct", ct, CTS)
    return chest.other_hu if ct == "other" else chest.hu


@lru_cache(maxsize=64)
def tried(patient: int, ct: str) -> tuple[CountedChest, CountedScan]:
    """A patient who is tried, and the scan at low dose."""
    check_name("ct", ct, CTS)
    chest = counted_chest(patient)
    return chest, count_chest(chest, DOSE, patient, other_breath=ct == "other")


def enhancer(
    arm: str, seed: int, ct: str, profile: Profile | None = None
) -> Callable[[CountedScan, FloatArray], FloatArray]:
    """What an arm makes of a scan and of the believed CT numbers: a function to an image in SUV."""
    if arm == "low_dose":
        return lambda scan, _: scan.pet
    if arm == "filtered":
        return lambda scan, _: baselines.filtered(scan)
    if arm == "kernel_em":
        return baselines.kernel_em
    from medfuse_course.benchmark.experiments.physical_loss.training import trained

    network = trained("l1" if arm == "l1_by_hand" else arm, seed, ct == "other", profile)
    if arm != "l1_by_hand":
        return lambda scan, _: network(scan.pet)
    return lambda scan, hu: baselines.by_hand(network(scan.pet), scan, hu)


def judge(made: FloatArray, chest: CountedChest, scan: CountedScan, ct: str) -> dict[str, Any]:
    """What an image is worth.

    Parameters
    ----------
    made
        ``(64, 64)`` in SUV.
    chest, scan
        Whose it is, and what was counted.
    ct
        Of `CTS`.

    Returns
    -------
    From ``error`` on, the columns of `PhysicalRow`.
    """
    truth, body = chest.activity, chest.body
    healthy = ~ndimage.binary_dilation(chest.lesions, iterations=2)
    depth = PIXEL_MM * ndimage.distance_transform_edt(body)
    soft = body & (chest.hu > -200) & healthy
    dome = chest.organ("liver") & (chest.other_hu < -500) & healthy
    expected = (scan.efficiency * lines().project(made)).sum(dtype=np.float64)
    return {
        "error": float(np.sqrt(np.mean((made - truth)[body] ** 2))),
        "air": 1000 * float(made[~body_of(believed(chest, ct))].sum() / max(float(made.sum()), 1e-9)),
        "center": _bias(made, truth, soft & (depth > _DEEP_MM)),
        "edge": _bias(made, truth, soft & (depth <= _EDGE_MM)),
        "dome": _bias(made, truth, dome),
        "counts": round(100 * (float(expected) / float(scan.counts.sum(dtype=np.float64)) - 1), 3) + 0.0,
        "lung_lesions": contrast(made, truth, chest.lesions & ~chest.in_liver, chest.organ("lung") & healthy),
        "liver_lesion": contrast(made, truth, chest.in_liver, chest.organ("liver") & healthy),
    }


def contrast(made: FloatArray, truth: FloatArray, lesions: BoolArray, around: BoolArray) -> float:
    """Mean over the lesions: their contrast to what is within five pixels of them, over the true one.

    Parameters
    ----------
    made, truth
        ``(H, W)``, in one unit.
    lesions, around
        ``(H, W)``: the lesions, and the pixels that may count as their surroundings.

    Returns
    -------
    1 where nothing is lost; NaN where there is no lesion that can be told from what is around it.
    """
    pieces, count = ndimage.label(lesions, np.ones((3, 3), bool))
    found = []
    for number in range(1, count + 1):
        inside = pieces == number
        ring = ndimage.binary_dilation(inside, iterations=5) & around
        known = truth[inside].mean() - truth[ring].mean() if ring.any() else 0.0
        if known > 0.5:
            found.append(float((made[inside].mean() - made[ring].mean()) / known))
    return float(np.mean(found)) if found else float("nan")


def _bias(made: FloatArray, truth: FloatArray, region: BoolArray) -> float:
    """Of the mean, in percent; NaN of fewer than four pixels."""
    if region.sum() < 4:
        return float("nan")
    return 100 * float(made[region].mean() / truth[region].mean() - 1)
