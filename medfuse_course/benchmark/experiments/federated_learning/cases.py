"""What a center has: patients as its scanners see them, with marked lesions; and patches of them for training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray
from medfuse_course.datasets.centers import CENTERS, CenterPatient, center_patient
from medfuse_course.training.recipe import Budget

STEP = 2
"""Pixels of 1.6 mm along each side that become one."""

TRIED = tuple(range(300_000, 300_010))
"""Patients whom no training sees; each center scans them all."""

OTHERS = tuple(range(310_000, 310_010))
"""Patients as those of the trainings, whom no training sees either."""

UNMARKED = 8
"""Patients without marks, from whom a center learns the mean and the spread of its images."""

_VIEW = np.s_[16:112, 8:120]  # rows and columns of a slice that hold the body
_BODY = -500.0  # HU above which a pixel is of the body

Scale = tuple[float, float, float, float]
Patients = tuple[tuple[str, int], ...]


class Slice(NamedTuple):
    """One patient: CT and PET ``(2, H, W)`` as a network takes them, the mask of the lesions, and pixels near them."""

    images: NDArray[np.float32]
    mask: BoolArray
    near: NDArray[np.int64]


PLAIN: Scale = (-500.0, 500.0, 0.0, 1.0)
"""What is taken off CT in HU and the logarithm of PET, and what the rest is divided by, for all centers alike."""


def _logarithm(pet: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of an uptake: a gain becomes a shift there and a gamma a factor, but for the small uptake that is added."""
    return np.log(np.maximum(pet, 0) + np.float32(0.3))


def patient(center: str, seed: int) -> CenterPatient:
    """A patient of a training, or one of `TRIED` with two lesions, a benign nodule and a clot."""
    return _patient(center, seed)


@lru_cache(maxsize=512)
def _patient(center: str, seed: int) -> CenterPatient:
    kinds = {"lesions": 2, "benign": 1, "clots": 1} if seed in TRIED else {}
    return center_patient(center, seed, step=STEP, **kinds)


@lru_cache(maxsize=16)
def scale_of(center: str) -> Scale:
    """Mean and standard deviation in the body of a center's unmarked CT and log PET: a `Scale` that is its own."""
    scans = [patient(center, CENTERS[center].first + k) for k in range(min(UNMARKED, CENTERS[center].cases))]
    pairs = [(scan.ct[scan.ct > _BODY], _logarithm(scan.pet[scan.ct > _BODY])) for scan in scans]
    ct, pet = (np.concatenate(values) for values in zip(*pairs, strict=True))
    return float(ct.mean()), float(ct.std()), float(pet.mean()), float(pet.std())


@lru_cache(maxsize=512)
def slice_of(center: str, seed: int, scaled: bool = False) -> Slice:
    """A patient as a network sees it: on one scale for all, or `scaled` by the center's own."""
    scan = patient(center, seed)
    ct_mean, ct_spread, pet_mean, pet_spread = scale_of(center) if scaled else PLAIN
    images = np.stack([(scan.ct - ct_mean) / ct_spread, (_logarithm(scan.pet) - pet_mean) / pet_spread])
    return Slice(images.astype(np.float32), scan.mask, scan.near)


def patients_of(center: str) -> Patients:
    """All that a center can train with, each as the center's name and a seed."""
    return tuple((center, seed) for seed in CENTERS[center].patients)


def batch_of(patients: Sequence[tuple[str, int]], scaled: bool = False) -> dict[str, Tensor]:
    """The body in slices: ``images`` ``(N, 2, H, W)`` and ``mask`` ``(N, 1, H, W)``."""
    slices = [slice_of(center, seed, scaled) for center, seed in patients]
    images, masks = (
        np.stack([x[..., *_VIEW] for x in planes]) for planes in zip(*(s[:2] for s in slices), strict=True)
    )
    return {"images": torch.from_numpy(images), "mask": torch.from_numpy(masks[:, None].astype(np.float32))}


@dataclass(frozen=True)
class CenterPatches:
    """Patches ``images`` ``(N, 2, patch, patch)`` and ``mask`` ``(N, 1, patch, patch)``, each patient as often.

    Attributes
    ----------
    patients
        Of one center or of several, each as the center's name and a seed.
    scaled
        Whether each center's images are on its own scale.
    near
        Share of the patches that lie near a lesion or what looks like one.
    """

    patients: Patients
    scaled: bool = False
    near: float = 0.6

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        streams = [generator(seed, "centers", "train", number, row) for row in range(budget.batch)[rows]]
        cuts = [self._cut(rng, budget.patch) for rng in streams]
        images, masks = (torch.from_numpy(np.stack(parts)) for parts in zip(*cuts, strict=True))
        return {"images": images, "mask": masks}

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """One patch of a training patient: nothing is chosen by it."""
        return self.batch(0, 0, budget, slice(1))

    def _cut(self, rng: np.random.Generator, side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """One patch, turned and mirrored."""
        found = slice_of(*self.patients[int(rng.integers(len(self.patients)))], self.scaled)
        size = found.mask.shape
        near = len(found.near) and rng.random() < self.near
        middle = (
            found.near[int(rng.integers(len(found.near)))] if near else rng.integers(side // 2, size[0] - side // 2, 2)
        )
        middle = middle + rng.integers(-side // 3, side // 3 + 1, size=2)
        top, left = (int(np.clip(m - side // 2, 0, n - side)) for m, n in zip(middle, size, strict=True))
        planes = np.concatenate([found.images, found.mask[None].astype(np.float32)])
        cut = np.rot90(planes[:, top : top + side, left : left + side], int(rng.integers(4)), axes=(1, 2))
        cut = np.ascontiguousarray(cut[..., ::-1] if rng.integers(2) else cut)
        return cut[:2], cut[2:]
