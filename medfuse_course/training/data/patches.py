"""Patches of pairs to learn fusion from: phantoms, and real slices of the training split where they are asked for.

Every batch follows from the seed and its number. Phantom seeds for training start at `TRAIN_SEEDS`, for validation at
`VAL_SEEDS`; chapters and tables use small seeds, so no network has seen their phantoms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from medfuse_course.color import luma
from medfuse_course.color.pseudocolor import apply_table
from medfuse_course.core.random import generator
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair, aanlib, list_pairs, load_pair
from medfuse_course.training.data.augmentation import random_crop, random_gray, random_turn
from medfuse_course.training.recipe import Budget

TRAIN_SEEDS, VAL_SEEDS = 100_000, 900_000
CT_WINDOWS = ("hu:brain", "hu:soft-tissue", "hu:bone")
SLICES = (12, 46)
"""Axial slices of the head phantom that show brain."""

INTRACRANIAL = ("csf", "gray matter", "white matter", "lesion")
"""What is left of a head without its skull."""

PHANTOMS = ("head/mri-ct", "head/mri-pet", "head/mri-spect")


Pool = tuple[tuple[Image, Image], ...]
"""Gray pairs that patches are cut from."""


@dataclass(frozen=True)
class FusionPatches:
    """Pairs of gray patches ``a``, ``b``: ``(N, 1, patch, patch)`` float32 in [0, 1].

    Attributes
    ----------
    pairs
        Names of phantoms, drawn in turn; each with fresh anatomy, windows, lesions and noise.
    real
        Names of AANLIB pairs; half of the pool comes from their `train` cases (all of it without `pairs`),
        validation adds `val` cases. Those of ``"aanlib/mri-pet"`` are one head in other planes: there validation
        is no test on another patient.
    swap
        Exchange the sources at random, so that the network learns no order.
    clinical
        Share of the phantoms that look as clinical pictures do: air exactly black in both, half of them without skull
        and skin, PET and SPECT as the luma of a color table.
    tables
        Names of the color tables (`color.pseudocolor.tables`) for that; none: PET and SPECT stay gray.
    """

    pairs: tuple[str, ...] = PHANTOMS
    real: tuple[str, ...] = ()
    swap: bool = True
    clinical: float = 0.0
    tables: tuple[str, ...] = ("hot", "rainbow")

    def __post_init__(self) -> None:
        for field, source, example in (("pairs", False, "head/mri-ct"), ("real", True, "aanlib/mri-ct")):
            names = getattr(self, field)
            if isinstance(names, str):
                raise TypeError(f"{field}: expected names, such as ({example!r},), got the text {names!r}")
            for name in names:
                check_name("pair", name, [info.name for info in list_pairs()])
                if name.startswith("aanlib/") != source:
                    raise ValueError(f"{field}: expected names such as {example!r}, got {name!r}; see pairs and real")
        if not self.pairs and not self.real:
            raise ValueError("pairs: expected names of phantoms here or of AANLIB pairs in real, got neither")
        if not 0 <= self.clinical <= 1:
            raise ValueError(f"clinical: expected a share in [0, 1], got {self.clinical!r}")

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        pool = self._pool(seed, number // budget.refresh, budget.pool)
        streams = [generator(seed, "patches", "train", number, row) for row in range(budget.batch)[rows]]
        return cut_patches(pool, streams, budget.patch, swap=self.swap)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of phantoms, and of real slices, that training never sees."""
        pool = tuple(self._drawn(name, VAL_SEEDS + k) for k, name in enumerate(self._names(6)))
        pool += tuple(_real(name, "val", k) for k in range(2 if self.pairs else 6) for name in self.real)
        return cut_patches(pool, validation_streams(16), budget.patch, swap=self.swap)

    def _names(self, count: int) -> list[str]:
        return [self.pairs[k % len(self.pairs)] for k in range(count if self.pairs else 0)]

    def _pool(self, seed: int, epoch: int, size: int) -> Pool:
        real = 0 if not self.real else size if not self.pairs else size // 2
        first = TRAIN_SEEDS + (seed * 1000 + epoch) * size
        phantoms = tuple(self._drawn(name, first + k) for k, name in enumerate(self._names(size - real)))
        rng = generator(seed, "patients", epoch)
        names = [self.real[k % len(self.real)] for k in range(real)]
        return phantoms + tuple(_real(name, "train", int(rng.integers(2**31))) for name in names)

    def _drawn(self, name: str, seed: int) -> tuple[Image, Image]:
        """A phantom of this seed, clinical or not."""
        if self.clinical and generator(seed, "clinical", "share").random() < self.clinical:
            return _clinical(name, seed, self.tables)
        return _phantom(name, seed)


def cut_patches(
    pool: Pool, streams: Sequence[np.random.Generator], side: int, *, swap: bool = True
) -> Mapping[str, Tensor]:
    """A patch for each generator, from a pair that it draws: turned, its gray values changed, its sources swapped.

    Parameters
    ----------
    pool
        The pairs.
    streams
        Generators.
    side
        Of the patches.
    swap
        Whether sources are exchanged at random.

    Returns
    -------
    ``a`` and ``b``, each ``(N, 1, side, side)``.
    """
    cut = [_patch(rng, pool, side, swap) for rng in streams]
    a, b = (torch.from_numpy(np.stack([np.ascontiguousarray(pair[k]) for pair in cut]))[:, None] for k in (0, 1))
    return {"a": a, "b": b}


def validation_streams(count: int) -> list[np.random.Generator]:
    """Generators for validation patches, the same for every run."""
    return [generator(0, "patches", "val", 0, row) for row in range(count)]


def _patch(rng: np.random.Generator, pool: Pool, side: int, swap: bool) -> tuple[Image, ...]:
    pair = random_turn(rng, random_crop(rng, pool[int(rng.integers(len(pool)))], side))
    pair = tuple(random_gray(rng, image) for image in pair)
    return pair[::-1] if swap and rng.integers(2) else pair


@lru_cache(maxsize=64)
def _phantom(name: str, seed: int) -> tuple[Image, Image]:
    """A phantom of this seed, with what its seed says of slice, contrast, window, lesions and noise."""
    return gray_pair(_scan(name, seed))


@lru_cache(maxsize=64)
def _clinical(name: str, seed: int, tables: tuple[str, ...]) -> tuple[Image, Image]:
    """The same phantom as a clinical picture: black air, perhaps the brain alone, b by its color table."""
    pair = _scan(name, seed)
    if pair.truth is None:
        raise ValueError(f"clinical: expected a phantom, which knows its air, got {name!r}")
    rng = generator(seed, "clinical", "look")
    numbers = {label: number for number, label in pair.truth.label_names.items()}
    shown = pair.truth.labels != numbers["air"]
    if numbers.keys() >= set(INTRACRANIAL) and rng.integers(2):
        shown = np.isin(pair.truth.labels, [numbers[label] for label in INTRACRANIAL])
    a, b = gray_pair(pair)
    if tables and pair.modalities[1] in ("PET", "SPECT"):
        b = luma(apply_table(b, tables[int(rng.integers(len(tables)))]))
    return a * shown, b * shown


def _scan(name: str, seed: int) -> Pair:
    rng = generator(seed, "patches", "scan")
    options: dict[str, Any] = {"lesions": int(rng.integers(4)), "noise": float(rng.uniform(0.5, 1.5))}
    if name.startswith("head/"):
        options |= {"contrast": str(rng.choice(["t1", "t2"])), "slice": int(rng.integers(*SLICES))}
    if name == "head/mri-ct":
        options["window_b"] = str(rng.choice(CT_WINDOWS))
    return load_pair(name, seed=seed, **options)


@lru_cache(maxsize=256)
def _real(name: str, split: str, draw: int) -> tuple[Image, Image]:
    """A slice of a case of the split, chosen by a number."""
    numbers = aanlib.cases(name, split)
    case = list(numbers)[draw % len(numbers)]
    slices = numbers[case]
    return gray_pair(aanlib.load(name, case=case, slice=slices[draw // len(numbers) % len(slices)], split=split))


def gray_pair(pair: Pair) -> tuple[Image, Image]:
    """Both images of a pair; of color, its luma."""
    a, b = (image if image.ndim == 2 else luma(image) for image in (pair.a, pair.b))
    return a, b
