"""Patches of pairs to learn fusion from: phantoms, and real training patients where they are asked for.

Every batch follows from the seed and its number. Phantom seeds for training start at `TRAIN_SEEDS`, for validation at
`VAL_SEEDS`; chapters and tables use small seeds, so no network has seen their phantoms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from medfuse_course.color import luma
from medfuse_course.core.random import generator
from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair, aanlib, load_pair
from medfuse_course.training.augmentation import random_crop, random_gray, random_turn
from medfuse_course.training.recipe import Budget

TRAIN_SEEDS, VAL_SEEDS = 100_000, 900_000
CT_WINDOWS = ("hu:brain", "hu:soft-tissue", "hu:bone")
SLICES = (12, 46)
"""Axial slices of the head phantom that show brain."""

PHANTOMS = ("head/mri-ct", "head/mri-pet", "head/mri-spect")


@dataclass(frozen=True)
class FusionPatches:
    """Pairs of gray patches ``a``, ``b``: ``(N, 1, patch, patch)`` float32 in [0, 1].

    Attributes
    ----------
    pairs
        Names of phantoms, drawn in turn; each with fresh anatomy, windows, lesions and noise.
    real
        Names of AANLIB pairs; half of the pool comes from their `train` patients, validation adds `val` patients.
    swap
        Exchange the sources at random, so that the network learns no order.
    """

    pairs: tuple[str, ...] = PHANTOMS
    real: tuple[str, ...] = ()
    swap: bool = True

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        pool = self._pool(seed, number // budget.refresh, budget.pool)
        return self._cut(seed, number, pool, budget, range(budget.batch)[rows])

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of phantoms, and of patients, that training never sees."""
        pool = tuple(_phantom(name, VAL_SEEDS + k) for k, name in enumerate(self._names(6)))
        pool += tuple(_real(name, "val", k) for k in range(2) for name in self.real)
        return self._cut(0, 0, pool, budget, range(16), stream="val")

    def _names(self, count: int) -> list[str]:
        return [self.pairs[k % len(self.pairs)] for k in range(count)]

    def _pool(self, seed: int, epoch: int, size: int) -> tuple[tuple[Image, Image], ...]:
        real = size // 2 if self.real else 0
        first = TRAIN_SEEDS + (seed * 1000 + epoch) * size
        phantoms = tuple(_phantom(name, first + k) for k, name in enumerate(self._names(size - real)))
        rng = generator(seed, "patients", epoch)
        names = [self.real[k % len(self.real)] for k in range(real)]
        return phantoms + tuple(_real(name, "train", int(rng.integers(2**31))) for name in names)

    def _cut(
        self,
        seed: int,
        number: int,
        pool: tuple[tuple[Image, Image], ...],
        budget: Budget,
        rows: range,
        stream: str = "train",
    ) -> Mapping[str, Tensor]:
        cut = [_patch(generator(seed, "patches", stream, number, row), pool, budget.patch, self.swap) for row in rows]
        a, b = (torch.from_numpy(np.stack([np.ascontiguousarray(pair[k]) for pair in cut]))[:, None] for k in (0, 1))
        return {"a": a, "b": b}


def _patch(rng: np.random.Generator, pool: tuple[tuple[Image, Image], ...], side: int, swap: bool) -> tuple[Image, ...]:
    pair = random_turn(rng, random_crop(rng, pool[int(rng.integers(len(pool)))], side))
    pair = tuple(random_gray(rng, image) for image in pair)
    return pair[::-1] if swap and rng.integers(2) else pair


@lru_cache(maxsize=64)
def _phantom(name: str, seed: int) -> tuple[Image, Image]:
    """A phantom of this seed, with what its seed says of slice, contrast, window, lesions and noise."""
    rng = generator(seed, "patches", "scan")
    options: dict[str, Any] = {"lesions": int(rng.integers(4)), "noise": float(rng.uniform(0.5, 1.5))}
    if name.startswith("head/"):
        options |= {"contrast": str(rng.choice(["t1", "t2"])), "slice": int(rng.integers(*SLICES))}
    if name == "head/mri-ct":
        options["window_b"] = str(rng.choice(CT_WINDOWS))
    return _gray(load_pair(name, seed=seed, **options))


@lru_cache(maxsize=256)
def _real(name: str, split: str, draw: int) -> tuple[Image, Image]:
    """A slice of a patient of the split, chosen by a number."""
    patients = aanlib.cases(name, split)
    case = list(patients)[draw % len(patients)]
    slices = patients[case]
    return _gray(aanlib.load(name, case=case, slice=slices[draw // len(patients) % len(slices)], split=split))


def _gray(pair: Pair) -> tuple[Image, Image]:
    a, b = (image if image.ndim == 2 else luma(image) for image in (pair.a, pair.b))
    return a, b
