"""Patches in focus and out of focus: a task with a truth, from which a network learns what activity is.

No fused image is known, but everybody can blur one: which of two patches is the sharp one has an answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.training.data.augmentation import Patch
from medfuse_course.training.data.patches import PHANTOMS, FusionPatches
from medfuse_course.training.recipe import Budget

MARGIN = 12
"""Pixels around a patch that are blurred with it and cut off, so that no blur sees a border."""

INNER = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
"""Index of a plane without that margin."""

BLUR = (0.8, 4.0)
"""Weakest and strongest defocus: standard deviation of the Gaussian in pixels."""

NOISE = 0.01
"""Standard deviation of the noise that comes after the lens, the same for both: or noise would mean sharpness."""


@dataclass(frozen=True)
class FocusPatches:
    """Patches ``a``, ``b``, ``(N, 1, patch, patch)`` float32, one sharp and one not, and which it is.

    ``target`` is ``(N, 1, 1)`` int64, one class for the one score that a patch gets: 1 where a is sharp. Each pair
    comes in random order, so that a network has no reason to prefer a place.

    Attributes
    ----------
    pairs
        Names of phantoms; each source counts as an image of its own.
    blur
        Weakest and strongest Gaussian, drawn evenly in the logarithm.
    noise
        Added to both patches.
    """

    pairs: tuple[str, ...] = PHANTOMS
    blur: tuple[float, float] = BLUR
    noise: float = NOISE

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        images = FusionPatches(self.pairs).batch(seed, number, grown(budget), rows)["a"].numpy()[:, 0]
        streams = [generator(seed, "focus", "train", number, row) for row in range(budget.batch)[rows]]
        return self._stack(zip(images, streams, strict=True))

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """32 patches of phantoms that training never sees, each with four blurs and in both orders."""
        both = FusionPatches(self.pairs).validation(grown(budget))
        images = torch.cat([both["a"], both["b"]]).numpy()[:, 0]
        drawn = ((image, generator(0, "focus", "val", k, blur)) for k, image in enumerate(images) for blur in range(4))
        once = self._stack(drawn)
        a, b, target = once["a"], once["b"], once["target"]
        return {"a": torch.cat([a, b]), "b": torch.cat([b, a]), "target": torch.cat([target, 1 - target])}

    def _stack(self, drawn: Iterable[tuple[Patch, np.random.Generator]]) -> Mapping[str, Tensor]:
        rows = [self._draw(image, rng) for image, rng in drawn]
        a, b = (torch.from_numpy(np.stack([row[k] for row in rows]))[:, None] for k in (0, 1))
        return {"a": a, "b": b, "target": torch.tensor([row[2] for row in rows]).reshape(-1, 1, 1)}

    def _draw(self, image: Patch, rng: np.random.Generator) -> tuple[Patch, Patch, int]:
        sharp, blurred = sharp_and_blurred(image, rng, self.blur, self.noise)
        return (sharp, blurred, 1) if rng.integers(2) else (blurred, sharp, 0)


def draw_sigma(rng: np.random.Generator, blur: tuple[float, float] = BLUR) -> float:
    """A standard deviation between two, drawn evenly in the logarithm."""
    return float(np.exp(rng.uniform(*np.log(blur))))


def defocus(image: Patch, sigma: float) -> Patch:
    """Blur with a Gaussian of standard deviation `sigma` pixels, cut at three of them; the border is reflected.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.training import defocus
    >>> point = np.zeros((33, 33), np.float32)
    >>> point[16, 16] = 1
    >>> spread = defocus(point, 2.0)
    >>> round(float(spread.sum()), 3), round(float(spread[16, 16]), 2)  # 1 / (2 pi 2^2) in the middle
    (1.0, 0.04)
    """
    blurred: Patch = ndimage.gaussian_filter(image, sigma, mode="reflect", truncate=3.0)
    return blurred


def sharp_and_blurred(
    image: Patch, rng: np.random.Generator, blur: tuple[float, float] = BLUR, noise: float = NOISE
) -> tuple[Patch, Patch]:
    """An image as it is and out of focus, each with noise of its own; `MARGIN` pixels are cut off all around."""
    sigma = draw_sigma(rng, blur)
    sharp, blurred = (
        np.clip(x[INNER] + noise * rng.standard_normal(x[INNER].shape, dtype=np.float32), 0, 1)
        for x in (image, defocus(image, sigma))
    )
    return sharp, blurred


def grown(budget: Budget) -> Budget:
    """The same budget with patches that have their margin."""
    return replace(budget, patch=budget.patch + 2 * MARGIN)
