"""Single images for a model of what slices look like: whole slices and parts of them, all on one small grid."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import Image
from medfuse_course.training.data.augmentation import random_crop, random_gray
from medfuse_course.training.data.patches import PHANTOMS, VAL_SEEDS, FusionPatches, Pool
from medfuse_course.training.recipe import Budget

VALIDATION_IMAGES = 64


@dataclass(frozen=True)
class ScaledSlices:
    """Gray images ``clean``, ``(N, 1, patch, patch)`` float32 in [0, 1]: MRI, CT, PET and SPECT of phantoms, unpaired.

    Attributes
    ----------
    pairs
        Names of phantoms, drawn in turn; either source of a pair is an image.
    whole
        Share of the images that show the whole slice, made small by means over squares. The others show a part of it,
        at its own scale or made small by 2 or 3.
    """

    pairs: tuple[str, ...] = PHANTOMS
    whole: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.whole <= 1:
            raise ValueError(f"whole: expected a share in [0, 1], got {self.whole!r}")

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        pool = FusionPatches(self.pairs)._pool(seed, number // budget.refresh, budget.pool)
        streams = [generator(seed, "slices", "train", number, row) for row in range(budget.batch)[rows]]
        return self._cut(pool, streams, budget.patch)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Images of other heads, the same for every run."""
        streams = [generator(0, "slices", "val", row) for row in range(VALIDATION_IMAGES)]
        drawn = FusionPatches(self.pairs)
        pool = tuple(drawn._drawn(name, VAL_SEEDS + k) for k, name in enumerate(drawn._names(6)))
        return self._cut(pool, streams, budget.patch)

    def _cut(self, pool: Pool, streams: list[np.random.Generator], side: int) -> Mapping[str, Tensor]:
        drawn = [self._image(rng, pool, side) for rng in streams]
        return {"clean": torch.from_numpy(np.stack(drawn).astype(np.float32))[:, None]}

    def _image(self, rng: np.random.Generator, pool: Pool, side: int) -> Image:
        image = pool[int(rng.integers(len(pool)))][int(rng.integers(2))]
        most = min(image.shape) // side
        smaller = most if rng.random() < self.whole else int(rng.integers(1, max(2, most)))
        (part,) = random_crop(rng, (image,), smaller * side)
        small = shrink(random_gray(rng, part), smaller)
        return small[:, ::-1] if rng.integers(2) else small


def shrink(image: Image, factor: int) -> Image:
    """Means over squares of `factor` pixels; what does not fill a square, below and to the right, is left out."""
    height, width = (n // factor for n in image.shape)
    squares = image[: height * factor, : width * factor].reshape(height, factor, width, factor)
    small: Image = squares.mean(axis=(1, 3), dtype=np.float32)
    return small
