"""The table of a fuser that is told to keep the organs: by a frozen network that marks them, or by their means.

A fuser of CT and PET is trained without truth: each pixel and each gradient like the stronger source. To that are added
terms with the organs that a frozen network S sees in the CT. S was trained on CTs of other patients. A second one, of
another size and on yet other patients, judges: what S alone believes is no anatomy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medfuse_course.benchmark.experiments.physical_loss import contrast
from medfuse_course.core.profile import Profile
from medfuse_course.core.types import BoolArray, Image
from medfuse_course.datasets.thorax.counted import PIXEL_MM, CountedChest, count_chest, counted_chest

ORGANS = ("lung", "heart", "liver", "bone")
"""What S marks, in the order of its channels."""

SUV_SCALE = 8.0
"""The SUV that is 1 in the fused image."""

HU_WINDOW = (-350.0, 1300.0)
"""CT numbers that are 0 and 1."""

PATIENTS = tuple(range(16))
"""Seeds of those who are tried."""

_TISSUES = {
    "lung": ("lung", "airway"), "heart": ("blood", "heart muscle"), "liver": ("liver",),
    "bone": ("compact bone", "spongy bone"),
}  # fmt: skip
_LEAST = 12  # pixels of an organ that counts
_NOT_FOUND_MM = 100.0


@dataclass(frozen=True)
class OrganRow:
    """One patient, fused by one training.

    Attributes
    ----------
    arm, seed
        How it was fused, and which training: of the fuser, of S and of the judge.
    patient
        A seed.
    dice
        Of the organs that S marks in the fused image with the true ones, mean over organs.
    judge
        The same by the second network, which no training saw.
    hausdorff
        95 % of the borders that S marks lie so near to the true ones, and the other way round, in mm; 100 of an organ
        that it does not mark at all.
    organ_error
        Of the mean of an organ, where the fused image is read as uptake, in percent of that in the PET.
    qabf
        Share of the edges of both sources that the fused image keeps.
    lung_lesions, liver_lesion
        Contrast over that in the PET; NaN where there is none. No CT shows the one in the liver.
    """

    arm: str
    seed: int
    patient: int
    dice: float
    judge: float
    hausdorff: float
    organ_error: float
    qabf: float
    lung_lesions: float
    liver_lesion: float


@dataclass(frozen=True, eq=False)
class OrganCase:
    """A patient to fuse.

    Attributes
    ----------
    a, b
        ``(64, 64)`` in [0, 1]: CT and PET.
    organs
        ``(4, 64, 64)``: where they are.
    chest
        The truth.
    """

    a: Image
    b: Image
    organs: BoolArray
    chest: CountedChest


@lru_cache(maxsize=256)
def organ_case(patient: int) -> OrganCase:
    """Scan a patient of that seed: CT with noise, PET at the full dose."""
    chest = counted_chest(patient)
    rng = np.random.default_rng(patient)
    hu = chest.hu + rng.normal(0, 15, chest.hu.shape)
    a = np.clip((hu - HU_WINDOW[0]) / (HU_WINDOW[1] - HU_WINDOW[0]), 0, 1)
    b = np.clip(count_chest(chest, 1.0, patient).pet / SUV_SCALE, 0, 1)
    organs = np.stack([chest.organ(*_TISSUES[name]) for name in ORGANS])
    return OrganCase(a.astype(np.float32), b.astype(np.float32), organs, chest)


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[OrganRow]:
    """Train and try one arm with one seed.

    Parameters
    ----------
    arm
        Of the declaration.
    seed
        Of the trainings.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    Rows, each as soon as it is known.
    """
    from medfuse_course.benchmark.experiments.anatomical_consistency.training import marker

    marks, judges = (marker(seed, second, profile) for second in (False, True))
    fused_by = fuser_of(arm, seed, profile)
    for patient in PATIENTS:
        case = organ_case(patient)
        fused = fused_by(case)
        yield judge_organs(arm, seed, patient, fused, marks(fused), judges(fused))


def fuser_of(arm: str, seed: int, profile: Profile | None = None) -> Callable[[OrganCase], Image]:
    """How an arm fuses a case; ``ct`` and ``pet`` are one source alone."""
    from medfuse_course.benchmark.experiments.anatomical_consistency.training import fuser, marker

    if arm in ("ct", "pet"):
        return lambda case: case.a if arm == "ct" else case.b
    if arm == "average":
        return lambda case: np.asarray((case.a + case.b) / 2, dtype=np.float32)
    network = fuser("plain" if arm == "by_hand" else arm, seed, profile)
    if arm != "by_hand":
        return lambda case: network(case.a, case.b)
    marks = marker(seed, False, profile)
    return lambda case: means_set(network(case.a, case.b), case.b, marks(case.a))


def means_set(fused: Image, b: Image, organs: BoolArray) -> Image:
    """Without any training: each organ multiplied until its mean is that of the PET.

    Parameters
    ----------
    fused, b
        ``(H, W)`` in [0, 1].
    organs
        ``(organs, H, W)``; they may overlap, the later ones count.

    Returns
    -------
    ``(H, W)`` in [0, 1].
    """
    made = fused.copy()
    for organ in organs:
        if organ.any():
            made[organ] *= b[organ].mean() / max(float(made[organ].mean()), 1e-3)
    return np.asarray(np.clip(made, 0, 1), dtype=np.float32)


def judge_organs(arm: str, seed: int, patient: int, fused: Image, marked: BoolArray, judged: BoolArray) -> OrganRow:
    """The row of a fused image, with the organs that S and the judge mark in it, ``(4, 64, 64)`` each."""
    from medfuse_course.metrics import evaluate

    case = organ_case(patient)
    there = [k for k in range(len(ORGANS)) if case.organs[k].sum() >= _LEAST]
    pet, healthy = SUV_SCALE * case.b, ~ndimage.binary_dilation(case.chest.lesions, iterations=2)
    errors = [abs(fused[case.organs[k]].mean() / case.b[case.organs[k]].mean() - 1) for k in there]
    lung, liver = (case.chest.organ(name) & healthy for name in ("lung", "liver"))
    return OrganRow(
        arm, seed, patient,
        dice=float(np.mean([_dice(marked[k], case.organs[k]) for k in there])),
        judge=float(np.mean([_dice(judged[k], case.organs[k]) for k in there])),
        hausdorff=float(np.mean([hausdorff_95(marked[k], case.organs[k]) for k in there])),
        organ_error=100 * float(np.mean(errors)),
        qabf=evaluate(fused, case.a, case.b, ["qabf"])["qabf"],
        lung_lesions=contrast(SUV_SCALE * fused, pet, case.chest.lesions & ~case.chest.in_liver, lung),
        liver_lesion=contrast(SUV_SCALE * fused, pet, case.chest.in_liver, liver),
    )  # fmt: skip


def hausdorff_95(marked: BoolArray, true: BoolArray) -> float:
    """The 95th percentile of the distances from each border to the other one, the larger of both ways, in mm.

    Parameters
    ----------
    marked, true
        ``(H, W)`` on pixels of 6.4 mm; the second is not empty.

    Returns
    -------
    0 where both are the same; 100 where nothing is marked.
    """
    if not marked.any():
        return _NOT_FOUND_MM
    borders = [mask & ~ndimage.binary_erosion(mask) for mask in (marked, true)]
    far = [PIXEL_MM * ndimage.distance_transform_edt(~border) for border in borders]
    return float(max(np.percentile(far[1][borders[0]], 95), np.percentile(far[0][borders[1]], 95)))


def _dice(marked: BoolArray, true: BoolArray) -> float:
    return float(2 * (marked & true).sum() / max(int(marked.sum() + true.sum()), 1))
