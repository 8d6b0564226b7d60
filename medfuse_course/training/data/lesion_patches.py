"""Patches of phantoms with one lesion of eight kinds: images for a game whose outcome can be counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.training.data.patches import FusionPatches
from medfuse_course.training.recipe import Budget

LESION_KINDS = tuple(product(("small", "large"), ("sharp", "blurred"), ("solid", "hollow")))
"""Size, border, core; the number of a kind is its place here."""

_RADIUS = {"small": (0.09, 0.13), "large": (0.22, 0.30)}
_BORDER = {"sharp": 0.01, "blurred": 0.06}
"""In sides of the patch."""

_HOLLOW, _SIGNAL = 0.6, 0.6
"""Radius of a core over that of its lesion; what a lesion adds."""


@dataclass(frozen=True)
class LesionPatches:
    """Gray patches with a bright lesion near their middle, as a generator with tanh makes them.

    ``real``: ``(N, 1, patch, patch)`` in [-1, 1]. ``kind``: ``(N,)``, the place of each lesion's kind in
    `LESION_KINDS`, all equally likely. ``noise``: ``(N, noise)``, standard normal.

    Attributes
    ----------
    noise
        Numbers from which a generator makes a patch.
    pairs
        Names of phantoms, from whose first image patches are cut; at half of their brightness, so that a lesion fits
        above.
    """

    noise: int = 32
    pairs: tuple[str, ...] = ("head/mri-ct",)

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        streams = [generator(seed, "lesions", "train", number, row) for row in range(budget.batch)[rows]]
        return self._grown(self._background().batch(seed, number, budget, rows)["a"], streams)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of phantoms that training never sees."""
        background = self._background().validation(budget)["a"]
        return self._grown(background, [generator(0, "lesions", "val", row) for row in range(len(background))])

    def _background(self) -> FusionPatches:
        return FusionPatches(self.pairs, swap=False)

    def _grown(self, background: Tensor, streams: Sequence[np.random.Generator]) -> Mapping[str, Tensor]:
        kinds = [int(rng.integers(len(LESION_KINDS))) for rng in streams]
        side = background.shape[-1]
        lesions = np.stack([lesion(rng, kind, side) for rng, kind in zip(streams, kinds, strict=True)])
        noise = np.stack([rng.standard_normal(self.noise, dtype=np.float32) for rng in streams])
        shown = 0.5 * background + _SIGNAL * torch.from_numpy(lesions.astype(np.float32))[:, None]
        return {
            "real": 2 * shown.clamp(0, 1) - 1,
            "kind": torch.tensor(kinds),
            "noise": torch.from_numpy(noise),
        }


def lesion(rng: np.random.Generator, kind: int, side: int) -> FloatArray:
    """A lesion of a kind, of random place and radius: ``(side, side)``, 1 inside and 0 outside.

    Parameters
    ----------
    rng
        Draws center and radius.
    kind
        A place in `LESION_KINDS`.
    side
        Of the patch, in pixels.

    Returns
    -------
    Its shape, with a border as soft as its kind has it.
    """
    size, border, core = LESION_KINDS[kind]
    radius = rng.uniform(*_RADIUS[size])
    center = rng.uniform(0.42, 0.58, size=2)
    place = (np.arange(side) + 0.5) / side
    distance = np.hypot(*np.meshgrid(*(place - c for c in center), indexing="ij"))

    def disk(reach: float) -> FloatArray:
        return 1 / (1 + np.exp(np.clip((distance - reach) / _BORDER[border], -50, 50)))

    return disk(radius) - disk(_HOLLOW * radius) if core == "hollow" else disk(radius)
