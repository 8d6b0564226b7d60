"""Slices of simulated centers: with marks to learn to read, of two centers without pairs, and of two with pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.examinations import SCANNERS, SIDE, made_like, seen_by
from medfuse_course.training.data.patches import VAL_SEEDS
from medfuse_course.training.recipe import Budget

VAL_PATIENTS = 8

_NEAR = 0.6  # share of the patches that lie near a lesion or what looks like one


@dataclass(frozen=True)
class CenterReadings:
    """Patches ``x`` ``(N, 2, patch, patch)`` of a center with ``mask`` and ``fused``, ``(N, 1, patch, patch)`` each.

    All seeds of a training see the same patients, those the center has; batches differ.

    Attributes
    ----------
    center
        One of `SCANNERS`.
    alike
        Another one: images are first made like those of its patients (`made_like`). "": they are not.
    """

    center: str = "A"
    alike: str = ""

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        streams = [generator(seed, "readings", "train", number, row) for row in range(budget.batch)[rows]]
        return self._cut(SCANNERS[self.center].patients[: budget.pool], streams, budget)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """24 patches of patients that training never sees."""
        streams = [generator(0, "readings", "val", row) for row in range(24)]
        patients = range(VAL_SEEDS, VAL_SEEDS + min(VAL_PATIENTS, budget.pool))
        return self._cut(patients, streams, budget)

    def _cut(self, patients: range, streams: Sequence[np.random.Generator], budget: Budget) -> Mapping[str, Tensor]:
        rows = torch.from_numpy(np.stack([self._row(patients, rng, budget) for rng in streams]))
        return {"x": rows[:, :2].contiguous(), "mask": rows[:, 2:3].contiguous(), "fused": rows[:, 3:].contiguous()}

    def _row(self, patients: range, rng: np.random.Generator, budget: Budget) -> FloatArray:
        """Two images, mask and fused image as one stack, some mirrored."""
        side = budget.patch
        patient = patients[int(rng.integers(len(patients)))]
        planes, near = _planes(self.center, patient, self.alike, budget.pool)
        places = near if len(near) and rng.random() < _NEAR else np.full((1, 2), SIDE // 2)
        at = places[int(rng.integers(len(places)))] + rng.integers(-side // 3, side // 3 + 1, size=2)
        top, left = (int(np.clip(m - side // 2, 0, SIDE - side)) for m in at)
        cut = planes[:, top : top + side, left : left + side]
        return np.ascontiguousarray(cut[..., ::-1] if rng.integers(2) else cut)


@lru_cache(maxsize=512)
def _planes(center: str, seed: int, alike: str, pool: int) -> tuple[FloatArray, NDArray[np.int64]]:
    one = seen_by(center, seed)
    images = made_like(center, alike, pool=pool)(one.images) if alike else one.images
    near = one.patient.near - (one.patient.mask.shape[0] - SIDE) // 2
    inside = ((near >= 0) & (near < SIDE)).all(axis=1)
    return np.stack([*images, one.mask.astype(np.float32), one.fused]).astype(np.float32), near[inside]


@dataclass(frozen=True)
class TwoCenters:
    """Whole examinations ``a`` of one center and ``b`` of another, ``(N, 2, patch, patch)`` each.

    A patch smaller than 96 has means of squares of pixels.

    Attributes
    ----------
    first, second
        Of `SCANNERS`.
    paired
        Whether both images of a row are of one patient, who travelled: of the first center's. Otherwise each is drawn
        for itself, and the two centers have no patient in common.
    """

    first: str = "B low"
    second: str = "A"
    paired: bool = False

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch, some mirrored."""
        drawn: dict[str, list[FloatArray]] = {"a": [], "b": []}
        for row in range(budget.batch)[rows]:
            rng = generator(seed, "two centers", number, row)
            flips = rng.integers(2, size=2)
            for (name, center), seed_of, flip in zip(self._sides(), self._draw(rng, budget), flips, strict=True):
                images = seen_by(center, seed_of).images
                drawn[name].append(images[..., ::-1] if (flips[0] if self.paired else flip) else images)
        return {name: _stacked(images, budget.patch) for name, images in drawn.items()}

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Examinations of patients that no training sees: ``a``, ``b`` of others, and ``target``, the truth of a."""
        count, side = min(VAL_PATIENTS, budget.pool), budget.patch
        seeds = range(VAL_SEEDS, VAL_SEEDS + count)
        others = seeds if self.paired else range(VAL_SEEDS + count, VAL_SEEDS + 2 * count)
        return {
            "a": _stacked([seen_by(self.first, seed).images for seed in seeds], side),
            "b": _stacked([seen_by(self.second, seed).images for seed in others], side),
            "target": _stacked([seen_by(self.second, seed).images for seed in seeds], side),
        }

    def _sides(self) -> tuple[tuple[str, str], tuple[str, str]]:
        return ("a", self.first), ("b", self.second)

    def _draw(self, rng: np.random.Generator, budget: Budget) -> tuple[int, int]:
        """The patients of a row."""
        first, second = (SCANNERS[name].patients[: budget.pool] for name in (self.first, self.second))
        one = first[int(rng.integers(len(first)))]
        return one, one if self.paired else second[int(rng.integers(len(second)))]


def _stacked(images: Sequence[FloatArray], side: int) -> Tensor:
    stack = np.stack([np.ascontiguousarray(image) for image in images])
    step = SIDE // side
    return torch.from_numpy(stack.reshape(len(stack), 2, side, step, side, step).mean(axis=(3, 5), dtype=np.float32))
