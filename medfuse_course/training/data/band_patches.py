"""Patches in focus and out of focus, seen through the nonsubsampled contourlet transform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.training.data.augmentation import Patch
from medfuse_course.training.data.focus_patches import BLUR, INNER, MARGIN, NOISE, defocus, draw_sigma
from medfuse_course.training.data.patches import PHANTOMS, FusionPatches
from medfuse_course.training.recipe import Budget
from medfuse_course.transforms import nsct

DIRECTIONS = (4, 8, 8)
"""Directions of each level, finest first."""

LEVELS = len(DIRECTIONS)

DRAWS = 16
"""Patches cut from the bands of one image: a transform serves many."""


@dataclass(frozen=True)
class BandPatches:
    """Patches ``a``, ``b`` of one band, ``(N, 1, patch, patch)`` float32; ``target`` 1 where a is the sharp one.

    Every row of the budget is an image that gives `DRAWS` patches, of random level, direction and place, in random
    order; ``target`` is ``(N, 1, 1)`` int64.

    Attributes
    ----------
    pairs
        Names of phantoms; each source counts as an image of its own.
    blur
        Weakest and strongest Gaussian, drawn evenly in the logarithm.
    noise
        Added to both images before the transform.
    """

    pairs: tuple[str, ...] = PHANTOMS
    blur: tuple[float, float] = BLUR
    noise: float = NOISE

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        images = FusionPatches(self.pairs).batch(seed, number, _whole(budget), rows)["a"]
        streams = [generator(seed, "bands", "train", number, row) for row in range(budget.batch)[rows]]
        return self._stack(images, streams, budget.patch)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Patches of 32 images of phantoms that training never sees."""
        both = FusionPatches(self.pairs).validation(_whole(budget))
        images = torch.cat([both["a"], both["b"]])
        return self._stack(images, [generator(0, "bands", "val", k) for k in range(len(images))], budget.patch)

    def _stack(self, images: Tensor, streams: Sequence[np.random.Generator], side: int) -> Mapping[str, Tensor]:
        pairs = zip(images.numpy()[:, 0], streams, strict=True)
        drawn = [row for image, rng in pairs for row in self._draw(image, rng, side)]
        a, b = (torch.from_numpy(np.stack([row[k] for row in drawn]))[:, None] for k in (0, 1))
        return {"a": a, "b": b, "target": torch.tensor([row[2] for row in drawn]).reshape(-1, 1, 1)}

    def _draw(self, image: Patch, rng: np.random.Generator, side: int) -> list[tuple[Patch, Patch, int]]:
        sigma = draw_sigma(rng, self.blur)
        seen = [x + self.noise * rng.standard_normal(x.shape, dtype=np.float32) for x in (image, defocus(image, sigma))]
        bands = [nsct.analyse(x, LEVELS, DIRECTIONS).details for x in seen]
        rows = []
        for _ in range(DRAWS):
            level = int(rng.integers(LEVELS))
            direction = int(rng.integers(DIRECTIONS[level]))
            sharp, blurred = normalized(*(thin(x[level][direction][INNER], level) for x in bands))
            top, left = (int(rng.integers(n - side + 1)) for n in sharp.shape)
            window = (slice(top, top + side), slice(left, left + side))
            pair = (sharp[window], blurred[window])
            rows.append((*pair, 1) if rng.integers(2) else (*pair[::-1], 0))
        return rows


def thin(band: NDArray[np.float32], level: int) -> NDArray[np.float32]:
    """Every ``2^level``-th row and column: a band of that level changes no faster, and so all levels look alike."""
    step = 2**level
    return band[..., ::step, ::step]


def normalized(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two bands, or two stacks of them, each pair divided by its common root mean square; which is larger stays."""
    power = (np.mean(a * a, axis=(-2, -1), keepdims=True) + np.mean(b * b, axis=(-2, -1), keepdims=True)) / 2
    scale = np.sqrt(power) + np.float32(1e-6)
    return a / scale, b / scale


def _whole(budget: Budget) -> Budget:
    """Images whose coarsest band still holds one patch."""
    return replace(budget, patch=budget.patch * 2 ** (LEVELS - 1) + 2 * MARGIN)
