"""What looks like a lesion in one modality alone: a nodule that takes up nothing, and uptake without a nodule.

A *benign* nodule, such as a scar or a granuloma, is of the size and the density of a lesion; its uptake is that of
the tissue around it. A *clot* is a small spot of uptake where the CT shows healthy lung: blood that clotted at the
injection caught the tracer and stuck in a vessel of the lung, a known trap of FDG-PET (T. F. Hany and others,
"Iatrogenic FDG foci in the lungs", Eur. Radiol. 13 (2003) 2122).

The truth of a clot is a hot ball. Its PET is simulated with the attenuation of a nodule, which such a small one hardly
changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from medfuse_course.core.types import BoolArray
from medfuse_course.datasets.thorax.planning import make_scan
from medfuse_course.datasets.thorax.scan import ThoraxScan
from medfuse_course.datasets.thorax.shape import Lesion
from medfuse_course.datasets.thorax.tissues import LABELS

BENIGN_SUV = 0.6
"""Uptake of a benign nodule."""

CLOT_MM = 10.0
"""Diameter of a clot's spot."""


@dataclass(frozen=True)
class MimicScan:
    """An examination with lesions and with what looks like them.

    Attributes
    ----------
    ct, pet
        What each scanner sees: clots are in the second only.
    lesions, benign
        How many of the nodules are which; lesions come first, clots last.
    """

    ct: ThoraxScan
    pet: ThoraxScan
    lesions: int
    benign: int

    def masks(self, z: float) -> Mapping[str, BoolArray]:
        """Where each kind is: ``"lesions"``, ``"benign"`` and ``"clots"``, ``(H, W)`` each.

        A pixel is of a nodule where the nodule fills more than half of it. That of a clot is where the ball is.
        """
        shares = self.pet.shape.lesion_shares(z)
        within = self.pet.fractions(z)[LABELS["lesion"]]
        first, second = self.lesions, self.lesions + self.benign
        parts = {"lesions": shares[:first], "benign": shares[first:second], "clots": shares[second:]}
        return {
            name: np.asarray(np.minimum(sum(some, np.zeros_like(within)), within) > 0.5) for name, some in parts.items()
        }


def make_mimic_scan(z: float, *, seed: int, lesions: int, benign: int = 0, clots: int = 0, **wanted: Any) -> MimicScan:
    """Plan an examination: lesions as `make_scan` places them, then benign nodules, then clots, all in one plane.

    Parameters
    ----------
    z
        Height of the plane in mm.
    seed
        The patient.
    lesions, benign, clots
        How many, 8 together at most. More mimics leave the lesions where they are.
    **wanted
        Other options of `make_scan`; a size that is asked for is that of lesions and benign nodules.

    Returns
    -------
    A `MimicScan`.

    Raises
    ------
    ValueError
        A number outside its range, or no room.
    """
    for name, count in (("benign", benign), ("clots", clots)):
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 0 <= count <= 8 - lesions:
            raise ValueError(f"{name}: expected a whole number from 0, at most 8 with the lesions, got {count!r}")
    whole = make_scan(heights=(z,), seed=seed, lesions=int(lesions + benign + clots), **wanted)
    placed = [_as_kind(k, lesion, lesions, benign) for k, lesion in enumerate(whole.lesions)]
    pet = replace(whole, lesions=tuple(placed))
    return MimicScan(replace(pet, lesions=tuple(placed[: lesions + benign])), pet, int(lesions), int(benign))


def make_fitting_scan(z: float, *, seed: int, counts: Mapping[str, int]) -> MimicScan:
    """As `make_mimic_scan`, with as many of each kind as find room in the lungs at this height.

    Parameters
    ----------
    z
        Height of the plane in mm.
    seed
        The patient.
    counts
        How many ``"lesions"``, ``"benign"`` and ``"clots"`` are wanted; of the most frequent one goes first.

    Returns
    -------
    A `MimicScan`.
    """
    while True:
        try:
            return make_mimic_scan(z, seed=seed, lesion_size=None, lesion_suv=None, **counts)
        except ValueError:  # no room
            if not any(counts.values()):
                raise
            most = max(counts, key=lambda kind: counts[kind])
            counts = {**counts, most: counts[most] - 1}


def _as_kind(number: int, lesion: Lesion, lesions: int, benign: int) -> Lesion:
    if number < lesions:
        return lesion
    return replace(lesion, suv=BENIGN_SUV) if number < lesions + benign else replace(lesion, radius=CLOT_MM / 2)
