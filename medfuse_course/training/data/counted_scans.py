"""PET with its counts: what a loss needs that asks whether an image explains its scan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.acquisition import check_dose
from medfuse_course.datasets.thorax.counted import body_of, count_chest, counted_chest
from medfuse_course.training.data.patches import TRAIN_SEEDS, VAL_SEEDS
from medfuse_course.training.recipe import Budget

REPEATS = 3
"""How often each training patient is counted anew."""

_VAL_PATIENTS = 6


@dataclass(frozen=True)
class CountedScans:
    """Whole slices of the thorax phantom near the dome of the liver, on the grid of `datasets.thorax.counted`.

    ``low`` and ``full``: ``(N, 1, 64, 64)`` in SUV, reconstructed from few counts and from all. ``counts``,
    ``efficiency``: ``(N, 60, 64)``, of the full dose. ``air`` and ``ct`` (in HU): ``(N, 1, 64, 64)``, of the
    CT that is believed. ``full`` alone is always corrected with the right CT.

    Attributes
    ----------
    dose
        Share of the counts behind ``low``.
    other_breath
        Whether the CT that is believed is that of a deeper breath.
    halves
        Without a full dose: ``low`` comes of one half of the counts at low dose, ``counts`` are those of the other one.
    """

    dose: float = 0.02
    other_breath: bool = False
    halves: bool = False

    def __post_init__(self) -> None:
        check_dose(self.dose)

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        first = TRAIN_SEEDS + (seed * 1000 + number // budget.refresh) * budget.pool
        drawn = []
        for row in range(budget.batch)[rows]:
            rng = generator(seed, "counted", "train", number, row)
            drawn.append((first + int(rng.integers(budget.pool)), int(rng.integers(REPEATS)), bool(rng.integers(2))))
        return self._stack(drawn)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Six patients whom training never sees; fewer where the pool is smaller."""
        return self._stack([(VAL_SEEDS + k, 0, False) for k in range(min(_VAL_PATIENTS, budget.pool))])

    def _stack(self, drawn: Sequence[tuple[int, int, bool]]) -> Mapping[str, Tensor]:
        rows = []
        for patient, repeat, mirrored in drawn:
            row = counted_row(patient, repeat, self.dose, self.other_breath, self.halves)
            rows.append({name: _mirror(name, x) for name, x in row.items()} if mirrored else row)
        return {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}


@lru_cache(maxsize=512)
def counted_row(
    patient: int, repeat: int = 0, dose: float = 0.02, other_breath: bool = False, halves: bool = False
) -> Mapping[str, FloatArray]:
    """One row of a batch, as arrays: the same counts whichever CT is believed."""
    chest, seed = counted_chest(patient), REPEATS * patient + repeat
    hu = chest.other_hu if other_breath else chest.hu
    full = count_chest(chest, 1.0, seed)
    low = count_chest(chest, dose, seed, other_breath=other_breath, share=0.5 if halves else 1.0)
    if halves:
        known = count_chest(chest, dose, seed, other_breath=other_breath, share=0.5, part=1)
    else:
        known = count_chest(chest, 1.0, seed, other_breath=other_breath) if other_breath else full
    return {
        "low": low.pet[None], "full": full.pet[None], "counts": known.counts, "efficiency": known.efficiency,
        "air": (~body_of(hu))[None].astype(np.float32), "ct": hu[None],
    }  # fmt: skip


def _mirror(name: str, x: FloatArray) -> FloatArray:
    """Left and right exchanged: a view at angle t becomes the one at 180 - t, the first one read backward."""
    if name not in ("counts", "efficiency"):
        return np.ascontiguousarray(x[..., ::-1])
    return np.ascontiguousarray(np.concatenate([x[:1, ::-1], x[:0:-1]]))
