"""Images of which parts were destroyed on purpose: to give them back, a network must know what is around them.

Reference for the idea: Z. Zhou and others, "Models Genesis: Generic autodidactic models for 3D medical image analysis",
MICCAI 2019; for fusion: L. Qu and others, "TransMEF", AAAI 2022.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.training.data.augmentation import Patch
from medfuse_course.training.data.luma_patches import LumaPatches
from medfuse_course.training.recipe import Budget

CELL = 4
"""Side in pixels of the cells whose pixels are shuffled."""

BLUR = 2.0
"""Standard deviation of the low pass, in pixels."""


@dataclass(frozen=True)
class DestroyedPatches:
    """``image``, and twice the same with squares destroyed: ``intensity`` and ``texture``, ``(N, 1, patch, patch)``.

    Attributes
    ----------
    squares
        How many in each image, at most.
    side
        Smallest and largest side of a square, as a share of the patch.
    """

    squares: int = 4
    side: tuple[float, float] = (0.15, 0.35)

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        images = LumaPatches().batch(seed, number, budget, rows)["a"]
        return self._destroyed(images, [generator(seed, "destroy", number, row) for row in range(budget.batch)[rows]])

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """32 patches of phantoms that training never sees."""
        images = LumaPatches().validation(budget)["a"]
        return self._destroyed(images, [generator(0, "destroy", "val", row) for row in range(len(images))])

    def _destroyed(self, images: Tensor, streams: list[np.random.Generator]) -> Mapping[str, Tensor]:
        rows = [self.destroy(image, rng) for image, rng in zip(images[:, 0].numpy(), streams, strict=True)]
        of_intensity, of_texture = (torch.from_numpy(np.stack([row[k] for row in rows]))[:, None] for k in (0, 1))
        return {"image": images, "intensity": of_intensity, "texture": of_texture}

    def destroy(self, image: Patch, rng: np.random.Generator) -> tuple[Patch, Patch]:
        """An image with other gray values in some squares, and with another texture in the same squares."""
        gray, texture = image.copy(), image.copy()
        for _ in range(int(rng.integers(1, self.squares + 1))):
            height, width = (max(CELL, round(n * rng.uniform(*self.side))) for n in image.shape)
            top, left = int(rng.integers(image.shape[0] - height + 1)), int(rng.integers(image.shape[1] - width + 1))
            window = np.s_[top : top + height, left : left + width]
            gray[window] = other_intensity(image[window], rng)
            texture[window] = other_texture(image[window], rng)
        return gray, texture


def other_intensity(square: Patch, rng: np.random.Generator) -> Patch:
    """Its gray values along a random rising curve: a cubic Bezier from (0, 0) to (1, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.training import other_intensity
    >>> ramp = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    >>> other = other_intensity(ramp, np.random.default_rng(0))
    >>> bool((np.diff(other.ravel()) >= 0).all()), float(other[0, 0]), float(other[-1, -1])  # what was darker still is
    (True, 0.0, 1.0)
    """
    t = np.linspace(0, 1, 64)
    near, far = 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t)
    x, y = (near * first + far * second + t**3 for first, second in np.sort(rng.random((2, 2))))
    return np.interp(square, x, y).astype(np.float32)


def other_texture(square: Patch, rng: np.random.Generator) -> Patch:
    """Pixels shuffled within cells of 4 x 4, or a low pass; the mean gray value stays, or nearly.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.training import other_texture
    >>> ramp = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    >>> others = [other_texture(ramp, np.random.default_rng(seed)) for seed in range(4)]
    >>> [round(float(other.mean()), 2) for other in others]  # the mean stays
    [0.5, 0.5, 0.5, 0.5]
    >>> any(np.array_equal(other, ramp) for other in others)
    False
    """
    if rng.integers(2):
        blurred: Patch = ndimage.gaussian_filter(square, BLUR, mode="nearest")
        return blurred
    shuffled = square.copy()
    for top in range(0, square.shape[0], CELL):
        for left in range(0, square.shape[1], CELL):
            cell = shuffled[top : top + CELL, left : left + CELL]
            cell[...] = rng.permutation(cell.ravel()).reshape(cell.shape)
    return shuffled
