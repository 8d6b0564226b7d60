"""CT and PET of the thorax phantom with the mask of its lesions, and with what looks like one in one of the two."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.thorax.mimics import make_fitting_scan
from medfuse_course.datasets.thorax.scan import plane_height
from medfuse_course.training.data.patches import TRAIN_SEEDS, VAL_SEEDS
from medfuse_course.training.recipe import Budget

PLANES = (22, 62)
"""Axial slices of the thorax phantom from and to: from the heart up, with enough lung for lesions."""

VAL_PATIENTS = 6

_MOST = {"lesions": 3, "benign": 2, "clots": 2}
"""Of each kind a patient has from none to so many."""

_NEAR = 0.6  # share of the patches that lie near a lesion or what looks like one


class LesionPatient(NamedTuple):
    """One slice of a patient.

    Attributes
    ----------
    ct, pet
        ``(H, W)`` in HU and in SUV.
    mask
        Its lesions.
    near
        Pixels of lesions, benign nodules and clots, ``(n, 2)``.
    """

    ct: FloatArray
    pet: FloatArray
    mask: BoolArray
    near: NDArray[np.int64]


@dataclass(frozen=True)
class LesionMasks:
    """Patches ``ct`` in HU, ``pet`` in SUV and ``mask`` of 0 and 1, ``(N, 1, patch, patch)`` each.

    Training patients have seeds from 100000 on, those of validation from 900000 on; chapters and tables take small
    ones. A patient has up to three lesions, two benign nodules and two clots.

    Attributes
    ----------
    missing
        Share of the patches that lack one of the two modalities, both equally likely: it is NaN everywhere.
    instead
        A function of CT and PET, ``(H, W)`` each, whose image takes the place of the CT: to segment what was fused.
    """

    missing: float = 0.2
    instead: Callable[[FloatArray, FloatArray], FloatArray] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.missing <= 1:
            raise ValueError(f"missing: expected a share in [0, 1], got {self.missing!r}")

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        first = TRAIN_SEEDS + (seed * 1000 + number // budget.refresh) * budget.pool
        streams = [generator(seed, "masks", "train", number, row) for row in range(budget.batch)[rows]]
        return self._cut(range(first, first + budget.pool), streams, budget.patch)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """32 patches of patients that training never sees; a pool of fewer patients has fewer of them."""
        streams = [generator(0, "masks", "val", row) for row in range(32)]
        return self._cut(range(VAL_SEEDS, VAL_SEEDS + min(VAL_PATIENTS, budget.pool)), streams, budget.patch)

    def _cut(self, patients: range, streams: Sequence[np.random.Generator], side: int) -> Mapping[str, Tensor]:
        rows = torch.from_numpy(np.stack([self._row(patients, rng, side) for rng in streams]))
        return {name: rows[:, k : k + 1].contiguous() for k, name in enumerate(("ct", "pet", "mask"))}

    def _row(self, patients: range, rng: np.random.Generator, side: int) -> FloatArray:
        """CT, PET and mask as one stack, turned and mirrored."""
        patient = lesion_patient(patients[int(rng.integers(len(patients)))], self.instead)
        planes = np.stack([patient.ct, patient.pet, patient.mask.astype(np.float32)])
        places = patient.near if len(patient.near) and rng.random() < _NEAR else np.argwhere(patient.ct > -900)
        middle = places[int(rng.integers(len(places)))] + rng.integers(-side // 3, side // 3 + 1, size=2)
        top, left = (int(np.clip(m - side // 2, 0, n - side)) for m, n in zip(middle, planes.shape[1:], strict=True))
        cut = np.rot90(planes[:, top : top + side, left : left + side], int(rng.integers(4)), axes=(1, 2))
        cut = np.ascontiguousarray(cut[..., ::-1] if rng.integers(2) else cut)
        if rng.random() < self.missing:
            cut[int(rng.integers(2))] = np.nan
        return cut


@lru_cache(maxsize=256)
def lesion_patient(seed: int, instead: Callable[[FloatArray, FloatArray], FloatArray] | None = None) -> LesionPatient:
    """A patient of that seed: slice, lesions and what looks like them follow from it."""
    if instead is not None:
        patient = lesion_patient(seed)
        return patient._replace(ct=instead(patient.ct, patient.pet))
    rng = generator(seed, "masks", "patient")
    z = plane_height(int(rng.integers(*PLANES)))
    scan = make_fitting_scan(z, seed=seed, counts={kind: int(rng.integers(most + 1)) for kind, most in _MOST.items()})
    masks = scan.masks(z)
    near = np.argwhere(np.logical_or.reduce(list(masks.values()))).astype(np.int64)
    return LesionPatient(scan.ct.image("CT", z), scan.pet.image("PET", z), masks["lesions"], near)
