"""Patches of a gray MRI and a pseudo-colored PET or SPECT, for networks that take and give color."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from medfuse_course.color.pseudocolor import apply_table
from medfuse_course.core.random import generator
from medfuse_course.training.data.patches import FusionPatches
from medfuse_course.training.recipe import Budget


@dataclass(frozen=True)
class ColorPatches:
    """Patches ``a``, ``(N, 1, patch, patch)`` gray, and ``b``, ``(N, 3, patch, patch)`` RGB; float32 in [0, 1].

    Attributes
    ----------
    pairs
        Names of phantoms whose second source is colored.
    tables
        Names of pseudo-color tables (`color.pseudocolor.tables`); each row of a batch draws one. Windows and tone
        curves change before the table is applied, so every color is one of the table.
    clinical
        Share of phantoms with black air, half of them without skull: see `FusionPatches`.
    """

    pairs: tuple[str, ...] = ("head/mri-pet", "head/mri-spect")
    tables: tuple[str, ...] = ("hot", "rainbow")
    clinical: float = 0.0

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        gray = self._gray().batch(seed, number, budget, rows)
        streams = [generator(seed, "tables", "train", number, row) for row in range(budget.batch)[rows]]
        return {"a": gray["a"], "b": self._colored(gray["b"], streams)}

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of phantoms that training never sees."""
        gray = self._gray().validation(budget)
        streams = [generator(0, "tables", "val", row) for row in range(len(gray["b"]))]
        return {"a": gray["a"], "b": self._colored(gray["b"], streams)}

    def _gray(self) -> FusionPatches:
        return FusionPatches(self.pairs, swap=False, clinical=self.clinical, tables=())

    def _colored(self, gray: Tensor, streams: list[np.random.Generator]) -> Tensor:
        tables = [self.tables[int(rng.integers(len(self.tables)))] for rng in streams]
        images = [apply_table(image, table) for image, table in zip(gray[:, 0].numpy(), tables, strict=True)]
        return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()
