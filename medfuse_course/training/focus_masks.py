"""Pairs of images that are each sharp where the other one is not: multi-focus pairs with a known mask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray
from medfuse_course.training.augmentation import Patch
from medfuse_course.training.focus_patches import BLUR, INNER, defocus, draw_sigma, grown
from medfuse_course.training.patches import PHANTOMS, FusionPatches
from medfuse_course.training.recipe import Budget


@dataclass(frozen=True)
class FocusMasks:
    """Images ``a``, ``b``, ``mask`` and ``sharp``, all ``(N, 1, patch, patch)`` float32 in [0, 1].

    ``mask`` is 1 where a is in focus and 0 where b is; ``sharp`` is the image both come from.

    Attributes
    ----------
    pairs
        Names of phantoms; each source counts as an image of its own.
    blur
        Weakest and strongest Gaussian, drawn evenly in the logarithm.
    """

    pairs: tuple[str, ...] = PHANTOMS
    blur: tuple[float, float] = BLUR

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        images = FusionPatches(self.pairs).batch(seed, number, grown(budget), rows)["a"]
        return self._stack(images, [generator(seed, "masks", "train", number, k) for k in range(budget.batch)[rows]])

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen pairs from phantoms that training never sees."""
        images = FusionPatches(self.pairs).validation(grown(budget))["a"]
        return self._stack(images, [generator(0, "masks", "val", k) for k in range(len(images))])

    def _stack(self, images: Tensor, streams: Sequence[np.random.Generator]) -> Mapping[str, Tensor]:
        rows = [self._draw(image, rng) for image, rng in zip(images.numpy()[:, 0], streams, strict=True)]
        names = ("a", "b", "mask", "sharp")
        return {name: torch.from_numpy(np.stack([row[k] for row in rows]))[:, None] for k, name in enumerate(names)}

    def _draw(self, image: Patch, rng: np.random.Generator) -> tuple[Patch, Patch, Patch, Patch]:
        sigma = draw_sigma(rng, self.blur)
        sharp = image[INNER]
        mask = random_mask(rng, sharp.shape)
        a, b = split_focus(sharp, defocus(image, sigma)[INNER], mask)
        return a, b, mask.astype(np.float32), sharp


def random_mask(rng: np.random.Generator, shape: tuple[int, int]) -> BoolArray:
    """A few smooth blobs over three to seven tenths of the image: smooth noise above one of its quantiles."""
    reach = float(rng.uniform(0.08, 0.25)) * min(shape)
    field = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), reach, mode="reflect")
    mask: BoolArray = field > np.quantile(field, rng.uniform(0.3, 0.7))
    return mask


def split_focus(sharp: Patch, blurred: Patch, mask: BoolArray) -> tuple[Patch, Patch]:
    """Two images of one scene: a is sharp where the mask is true, b where it is false."""
    return np.where(mask, sharp, blurred), np.where(mask, blurred, sharp)
