"""Examinations by simulated centers, CT and PET as two channels in [0, 1], and those of one made like those of another.

An examination has the middle 96 x 96 pixels of 3.2 mm: HU from -1000 to 400, SUV from 0 to 10.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.centers import CENTERS, Center, CenterPatient, center_patient
from medfuse_course.datasets.harmonization import Change, match_histogram, match_spectrum

SIDE, STEP = 96, 2
"""Pixels of a side, and pixels of 1.6 mm that become one."""

HU_RANGE, SUV_RANGE = (-1000.0, 400.0), (0.0, 10.0)
"""What 0 and 1 mean in the two channels."""

_Array = TypeVar("_Array", bound=NDArray[Any])

MOST = 0.95
"""Rank above which values are moved in proportion: the best of eight in patients of the validation."""

Examination = FloatArray
"""``(2, 96, 96)``: CT and PET in [0, 1]."""


class Seen(NamedTuple):
    """An examination, its lesions, what a fuser should make of it, and the patient.

    Attributes
    ----------
    images
        ``(2, 96, 96)`` in [0, 1].
    mask
        ``(96, 96)``.
    fused
        ``(96, 96)`` in [0, 1]: see `fused_truth`.
    patient
        With all its pixels.
    """

    images: Examination
    mask: BoolArray
    fused: FloatArray
    patient: CenterPatient


def window_examination(ct: FloatArray, pet: FloatArray) -> Examination:
    """CT in HU and PET in SUV, ``(H, W)`` each, as one examination of the middle 96 pixels.

    Parameters
    ----------
    ct, pet
        On the grid of 3.2 mm, at least 96 pixels a side.

    Returns
    -------
    ``(2, 96, 96)`` float32 in [0, 1].
    """
    scaled = [(middle(x) - low) / (high - low) for x, (low, high) in ((ct, HU_RANGE), (pet, SUV_RANGE))]
    return np.clip(np.stack(scaled), 0, 1).astype(np.float32)


def middle(image: _Array) -> _Array:
    """The middle 96 x 96 pixels."""
    top, left = ((n - SIDE) // 2 for n in image.shape[:2])
    cut: Any = image[top : top + SIDE, left : left + SIDE]
    return cut


SCANNERS: Mapping[str, Center] = MappingProxyType({**CENTERS, "B low": replace(CENTERS["B"], name="B low", gain=0.6)})
"""`CENTERS`, and B before its PET was calibrated: it hands out three fifths of what B does, of the same patients."""


@lru_cache(maxsize=512)
def seen_by(center: str, seed: int) -> Seen:
    """A patient of that seed as one of `SCANNERS` sees it.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import seen_by
    >>> seen, blurred = seen_by("A", seed=200_000), seen_by("B", seed=200_000)
    >>> seen.images.shape, np.array_equal(seen.mask, blurred.mask), np.array_equal(seen.images, blurred.images)
    ((2, 96, 96), True, False)
    """
    patient = center_patient(SCANNERS[center], seed, step=STEP)
    images = window_examination(patient.ct, patient.pet)
    return Seen(images, middle(patient.mask), fused_truth(ideal_images(seed)), patient)


@lru_cache(maxsize=512)
def ideal_images(seed: int) -> Examination:
    """The examination of a patient by center A without noise."""
    patient = center_patient(IDEAL, seed, step=STEP)
    return window_examination(patient.ct, patient.pet)


IDEAL = replace(CENTERS["A"], name="A without noise", counts=0, ct_dose=0)
"""Center A, had it no noise: what the others are compared with."""


def fused_truth(images: Examination) -> FloatArray:
    """What a fuser should show: the CT, and over it the uptake where it is more than the CT would show.

    ``max(0.6 ct, pet)``: bone does not hide a lesion.
    """
    return np.maximum(np.float32(0.6) * images[0], images[1])


@cache
def made_like(
    source: str, target: str, *, pool: int = 40, spectrum: bool = True
) -> Callable[[Examination], Examination]:
    """Make the examinations of a center look like those of another, from what the patients of each show on average.

    Parameters
    ----------
    source, target
        Of `SCANNERS`; they have no patient in common.
    pool
        Patients of each that are looked at, or all it has.
    spectrum
        Whether each frequency gets the amplitude it has there (`match_spectrum`), before each value gets that of
        its rank (`match_histogram`).

    Returns
    -------
    A function of an examination of the source; CT and PET are changed each for itself.
    """
    have, want = ([seen_by(c, seed).images for seed in SCANNERS[c].patients[:pool]] for c in (source, target))
    steps: list[Sequence[Change]] = []
    for match in ([match_spectrum] if spectrum else []) + [partial(match_histogram, most=MOST)]:
        made = have
        for done in steps:
            made = [_each(done, images) for images in made]
        steps.append([match([x[k] for x in made], [x[k] for x in want]) for k in range(2)])

    def change(images: Examination) -> Examination:
        for step in steps:
            images = _each(step, images)
        return images

    return change


def _each(changes: Sequence[Change], images: Examination) -> Examination:
    return np.stack([change(channel) for change, channel in zip(changes, images, strict=True)])
