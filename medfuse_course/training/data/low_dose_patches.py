"""Pairs of PET scans to learn denoising from: fewer counts in, all counts out, of one patient in one plane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.acquisition import check_dose
from medfuse_course.datasets.thorax.cases import LOW_DOSES
from medfuse_course.datasets.thorax.planning import make_scan
from medfuse_course.datasets.thorax.scan import SLICES, ThoraxScan, plane_height
from medfuse_course.training.data.patches import TRAIN_SEEDS, VAL_SEEDS
from medfuse_course.training.recipe import Budget

PLANES = (24, 62)
"""Axial slices of the thorax phantom from and to, with enough lung for lesions."""

VAL_PATIENTS = 2


class LowDosePatient(NamedTuple):
    """What was counted of one patient.

    Attributes
    ----------
    low
        By dose: neighboring slices ``(slices, H, W)`` in SUV.
    full
        ``(H, W)`` in SUV: the middle slice at the full dose.
    """

    low: Mapping[float, FloatArray]
    full: FloatArray


@dataclass(frozen=True)
class LowDosePatches:
    """Patches of the thorax phantom's PET in SUV, cut from reconstructions whose counts were thinned.

    ``low``: ``(N, 2 neighbors + 1, patch, patch)``. ``full``: ``(N, 1, patch, patch)``. ``dose``: ``(N,)``. With `ct`
    also ``ct``: ``(N, 1, patch, patch)`` in HU.

    Training patients have seeds from 100000 on, those of validation from 900000 on; chapters and tables take small
    ones. Lesions, 0 to 4, have diameters of 8 to 32 mm and an SUV of 3 to 15.

    Attributes
    ----------
    doses
        Shares of the counts, all equally likely.
    nested
        Whether the counts at low dose are a part of those at full dose, as clinical pairs cut from list mode are; else
        the full dose is another examination of the patient. Nested pairs share noise, which a network learns to keep.
    neighbors
        Slices on each side.
    alone
        Share of the patches whose neighbors are the slice itself, so that a network learns to do without.
    ct
        Whether the CT of the middle slice comes, too: of the same patient, on the same grid. All else stays the same.
    planes
        Axial slices of the phantom from and to; low ones show the belly.
    """

    doses: tuple[float, ...] = LOW_DOSES
    nested: bool = True
    neighbors: int = 1
    alone: float = 0.5
    ct: bool = False
    planes: tuple[int, int] = PLANES

    def __post_init__(self) -> None:
        if not isinstance(self.doses, tuple) or not self.doses:
            raise TypeError(f"doses: expected shares of the full dose, such as (0.5, 0.1), got {self.doses!r}")
        for dose in self.doses:
            check_dose(dose)
        if isinstance(self.neighbors, bool) or not isinstance(self.neighbors, int) or self.neighbors < 0:
            raise ValueError(f"neighbors: expected 0 or more slices on each side, got {self.neighbors!r}")
        if not 0 <= self.alone <= 1:
            raise ValueError(f"alone: expected a share in [0, 1], got {self.alone!r}")
        if not isinstance(self.ct, bool):
            raise TypeError(f"ct: expected True or False, got {self.ct!r}")
        low, high = self.planes
        if not self.neighbors <= low < high <= SLICES - self.neighbors:
            least, most = self.neighbors, SLICES - self.neighbors
            raise ValueError(f"planes: expected two slices from {least} up to {most}, got {self.planes}")

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        first = TRAIN_SEEDS + (seed * 1000 + number // budget.refresh) * budget.pool
        streams = [generator(seed, "low dose", "train", number, row) for row in range(budget.batch)[rows]]
        return self._cut(range(first, first + budget.pool), streams, budget.patch)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of patients that training never sees; a pool of fewer patients has fewer of them."""
        streams = [generator(0, "low dose", "val", row) for row in range(16)]
        return self._cut(range(VAL_SEEDS, VAL_SEEDS + min(VAL_PATIENTS, budget.pool)), streams, budget.patch)

    def _cut(self, patients: range, streams: Sequence[np.random.Generator], side: int) -> Mapping[str, Tensor]:
        rows = [self._row(patients, rng, side) for rng in streams]
        planes = torch.from_numpy(np.stack([row for row, _ in rows]))
        count = 2 * self.neighbors + 1
        batch = {"low": planes[:, :count], "full": planes[:, count : count + 1]}
        batch |= {"ct": planes[:, count + 1 :]} if self.ct else {}
        return {name: x.contiguous() for name, x in batch.items()} | {"dose": torch.tensor([dose for _, dose in rows])}

    def _row(self, patients: range, rng: np.random.Generator, side: int) -> tuple[FloatArray, float]:
        """Low dose, full dose and, where it is wanted, CT, as one stack; and the dose."""
        dose = self.doses[int(rng.integers(len(self.doses)))]
        seed = patients[int(rng.integers(len(patients)))]
        patient = scanned(seed, self.doses, self.nested, self.neighbors, self.planes)
        planes = np.stack([*patient.low[dose], patient.full, *([ct_of(seed, self.planes)] if self.ct else [])])
        top, left = _place(rng, patient.full, side)
        cut = planes[:, top : top + side, left : left + side]
        if rng.random() < self.alone:
            cut[: 2 * self.neighbors + 1] = cut[self.neighbors].copy()
        cut = np.rot90(cut, int(rng.integers(4)), axes=(1, 2))
        cut = cut[..., ::-1] if rng.integers(2) else cut
        return np.ascontiguousarray(cut), dose


def _place(rng: np.random.Generator, image: FloatArray, side: int) -> tuple[int, int]:
    """The corner of a patch whose middle lies in the body."""
    inside = np.argwhere(image > 0.1)
    middle = inside[int(rng.integers(len(inside)))] if len(inside) else np.array(image.shape) // 2
    top, left = (int(np.clip(m - side // 2, 0, n - side)) for m, n in zip(middle, image.shape, strict=True))
    return top, left


@lru_cache(maxsize=64)
def scanned(
    seed: int,
    doses: tuple[float, ...] = LOW_DOSES,
    nested: bool = True,
    neighbors: int = 1,
    planes: tuple[int, int] = PLANES,
) -> LowDosePatient:
    """A patient at each of the doses and at the full one; slice and lesions follow from the seed."""
    scan, plane = _examination(seed, planes)
    heights = [plane_height(k) for k in range(plane - neighbors, plane + neighbors + 1)]
    low = {dose: np.stack([replace(scan, dose=dose).image("PET", z) for z in heights]) for dose in doses}
    return LowDosePatient(low, replace(scan, repeat=0 if nested else 1).image("PET", plane_height(plane)))


@lru_cache(maxsize=64)
def ct_of(seed: int, planes: tuple[int, int] = PLANES) -> FloatArray:
    """The CT of the same examination, ``(H, W)`` in HU: of the middle slice."""
    scan, plane = _examination(seed, planes)
    return scan.image("CT", plane_height(plane))


def _examination(seed: int, planes: tuple[int, int]) -> tuple[ThoraxScan, int]:
    """What is scanned of a patient, and the axial slice in the middle."""
    rng = generator(seed, "low dose", "patient")
    plane = int(rng.integers(*planes))
    return _with_room(plane_height(plane), seed, int(rng.integers(5))), plane


def _with_room(z: float, seed: int, lesions: int) -> ThoraxScan:
    """The examination with so many lesions, or with as many as find room in the lungs at this height."""
    wanted = {"heights": (z,), "seed": seed, "lesion_size": None, "lesion_suv": None}
    for count in range(lesions, 0, -1):
        try:
            return make_scan(lesions=count, **wanted)  # type: ignore[arg-type]
        except ValueError:  # no room
            continue
    return make_scan(lesions=0, **wanted)  # type: ignore[arg-type]
