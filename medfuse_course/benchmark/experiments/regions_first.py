"""Regions first: what a detector in front of a good fuser saves, and what it loses where it sees nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medfuse_course.benchmark.experiments.segmentation import tried_patient
from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import BoolArray, FloatArray, Image
from medfuse_course.datasets.intensity import parse_window
from medfuse_course.methods import fuse, segment
from medfuse_course.methods.regions import Box, boxes_around, fuse_regions

GOOD, CHEAP, WORLD = "readable_fusion", "average", "mimics"
MARGIN, COARSE = 6, 4
"""Pixels around what a detector marks; how many pixels a side become one for the coarse detector."""

PATIENTS = 16
"""Patients of each seed."""

ARMS = ("nothing", "hot", "hot, coarse", "hot in the lung", "network", "oracle")
"""Detectors: none; SUV from 2.5 in the body; the same on means of 4 x 4 pixels; in the lungs alone; the course's
segmentation network; the truth."""

_INNER, _OUTER = 3, 7  # pixels around a lesion, with what its contrast is compared


@dataclass(frozen=True)
class RegionRow:
    """One patient.

    Attributes
    ----------
    arm, seed, patient
        Of `ARMS`; which sixteen; which of them.
    lesions, found
        How many there are, and how many lie wholly within the regions.
    boxes
        Regions.
    computed
        Pixels that the good method computed, margins included, as a share of the image.
    contrast
        Mean over lesions of their contrast, as a share of that in the image that the good method makes of the whole.
    missed_contrast
        The same of lesions that lie in no region; NaN where there are none.
    """

    arm: str
    seed: int
    patient: int
    lesions: int
    found: int
    boxes: int
    computed: float
    contrast: float
    missed_contrast: float


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[RegionRow]:
    """Fuse sixteen patients, the regions of one detector first.

    Parameters
    ----------
    arm
        Of `ARMS`.
    seed
        Which patients.
    profile
        Changes nothing: nothing is trained.

    Returns
    -------
    A row for each patient.
    """
    check_name("arm", arm, ARMS)
    for patient in range(PATIENTS * seed, PATIENTS * (seed + 1)):
        ct, pet, a, b, whole, lesions = scene(patient)
        boxes = boxes_around(detect(arm, ct, pet, lesions), MARGIN)
        made = fuse_regions(a, b, boxes, GOOD, CHEAP)
        shares = [contrast(made.image, one, lesions) / contrast(whole, one, lesions) for one in each(lesions)]
        inside = [covered(one, boxes) for one in each(lesions)]
        missed = [share for share, seen in zip(shares, inside, strict=True) if not seen]
        yield RegionRow(
            arm, seed, patient, len(shares), sum(inside), len(boxes), made.computed, float(np.mean(shares)),
            float(np.mean(missed)) if missed else float("nan"),
        )  # fmt: skip


@lru_cache(maxsize=5 * PATIENTS)
def scene(patient: int) -> tuple[FloatArray, FloatArray, Image, Image, Image, BoolArray]:
    """A patient with lesions and with what looks like them.

    Parameters
    ----------
    patient
        A seed.

    Returns
    -------
    CT in HU, PET in SUV, both as images in [0, 1], what the good method makes of the whole, and the mask of lesions.
    """
    case = tried_patient(WORLD, patient).case
    ct, pet = case.inputs.values()
    a, b = (parse_window(w).apply(x) for w, x in zip(case.windows, (ct, pet), strict=False))
    return ct, pet, a, b, fuse(a, b, GOOD), case.lesions


def detect(arm: str, ct: FloatArray, pet: FloatArray, lesions: BoolArray) -> BoolArray:
    """What a detector marks.

    Parameters
    ----------
    arm
        Of `ARMS`.
    ct, pet
        In HU and SUV.
    lesions
        The truth, for the oracle.

    Returns
    -------
    bool ``(H, W)``.
    """
    if arm == "nothing":
        return np.zeros(pet.shape, bool)
    if arm == "oracle":
        return lesions
    if arm == "network":
        return segment(ct, pet, "medfusion_transnet")
    if arm == "hot, coarse":
        height, width = pet.shape
        small = pet.reshape(height // COARSE, COARSE, width // COARSE, COARSE).mean(axis=(1, 3))
        return np.asarray(np.kron(small >= 2.5, np.ones((COARSE, COARSE), bool)), bool)
    return segment(ct, pet, fraction=0, within="lung" if arm == "hot in the lung" else "body")


def each(lesions: BoolArray) -> Iterator[BoolArray]:
    """The lesions of a mask, one after the other."""
    labels, count = ndimage.label(lesions, np.ones((3, 3), bool))
    for number in range(1, count + 1):
        yield labels == number


def covered(lesion: BoolArray, boxes: tuple[Box, ...]) -> bool:
    """Whether every pixel of a lesion lies in a box."""
    left = lesion.copy()
    for top, bottom, first, last in boxes:
        left[top:bottom, first:last] = False
    return not left.any()


def contrast(image: Image, lesion: BoolArray, lesions: BoolArray) -> float:
    """Mean of a lesion less that of a ring around it, 3 to 7 pixels away, without other lesions."""
    square = np.ones((3, 3), bool)
    near, far = (ndimage.binary_dilation(lesion, square, iterations=n) for n in (_INNER, _OUTER))
    return float(image[lesion].mean() - image[far & ~near & ~lesions].mean())
