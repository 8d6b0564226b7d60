"""Patches of which it is known what they show, because somebody made them so: a task that needs no label of a reader.

A network that tells MRI from CT and stripes from grain has to look at edges, textures and scales. Its answers are of no
use to anybody; its features are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import Image
from medfuse_course.training.data.augmentation import Patch
from medfuse_course.training.data.patches import FusionPatches
from medfuse_course.training.data.textures import TEXTURES
from medfuse_course.training.recipe import Budget

MODALITIES = {
    "mri": ("head/mri-ct", "a"),
    "ct": ("head/mri-ct", "b"),
    "pet": ("head/mri-pet", "b"),
    "spect": ("head/mri-spect", "b"),
}
"""Of which phantom, and which of its images."""

KINDS = (*MODALITIES, *TEXTURES)
"""What a patch can be: four modalities, eight textures."""

VAL_EACH = 16


@dataclass(frozen=True)
class KindPatches:
    """Gray patches ``x``, ``(N, 1, patch, patch)`` float32 in [0, 1], and what each shows: ``target``, ``(N,)`` int64.

    ``target`` counts in `KINDS`; all are equally likely. Mean, contrast and noise are drawn anew for each patch, so
    none of them tells the kind. Phantoms of validation have seeds that training never draws, and so have its textures.

    Attributes
    ----------
    contrast
        Least and largest standard deviation of a patch.
    noise
        Largest standard deviation of the noise that is added.
    """

    contrast: tuple[float, float] = (0.05, 0.25)
    noise: float = 0.04

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        each = replace(budget, pool=-(-budget.pool // len({name for name, _ in MODALITIES.values()})))
        drawn = []
        for row in range(budget.batch)[rows]:
            rng = generator(seed, "kinds", "train", number, row)
            kind = KINDS[int(rng.integers(len(KINDS)))]
            if kind in MODALITIES:
                name, which = MODALITIES[kind]
                one = FusionPatches((name,), swap=False).batch(seed, number, each, slice(row, row + 1))
                image: Image = one[which].numpy()[0, 0]
            else:
                image = TEXTURES[kind](rng, budget.patch)
            drawn.append((kind, image, rng))
        return self._stack(drawn)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of each kind."""
        drawn = []
        for kind in KINDS:
            streams = [generator(0, "kinds", "val", kind, k) for k in range(VAL_EACH)]
            if kind in MODALITIES:
                name, which = MODALITIES[kind]
                images: Iterable[Image] = FusionPatches((name,), swap=False).validation(budget)[which].numpy()[:, 0]
            else:
                images = [TEXTURES[kind](rng, budget.patch) for rng in streams]
            drawn += [(kind, image, rng) for image, rng in zip(images, streams, strict=True)]
        return self._stack(drawn)

    def _stack(self, drawn: Iterable[tuple[str, Image, np.random.Generator]]) -> Mapping[str, Tensor]:
        drawn = list(drawn)
        x = torch.from_numpy(np.stack([self._leveled(image, rng) for _, image, rng in drawn]))[:, None]
        return {"x": x, "target": torch.tensor([KINDS.index(kind) for kind, *_ in drawn])}

    def _leveled(self, image: Image, rng: np.random.Generator) -> Patch:
        """The patch with a mean, a contrast and noise of its own."""
        spread = (image - image.mean()) / max(float(image.std()), 1e-3)
        noise = rng.uniform(0, self.noise) * rng.standard_normal(image.shape, dtype=np.float32)
        leveled: Patch = np.clip(rng.uniform(0.3, 0.7) + rng.uniform(*self.contrast) * spread + noise, 0, 1)
        return leveled.astype(np.float32)
