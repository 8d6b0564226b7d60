"""Slices of two modalities that were never paired: MRI of some heads, CT of others, and the CT in another geometry.

The scanner of the second domain enlarges what it shows, by as much in every head. An adversarial translation copies
that, since real images of the domain have it; a phantom knows by how much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import Image
from medfuse_course.datasets import load_pair
from medfuse_course.datasets.misregistration import misregister
from medfuse_course.training.data.patches import TRAIN_SEEDS, VAL_SEEDS
from medfuse_course.training.recipe import Budget

CT_WINDOW = "hu:500,3000"
"""Of the second domain: 0 is -1000 HU, 1 is 2000 HU."""

PLANES = (16, 44)
"""First and last + 1 of the axial slices that are drawn: between orbits and vertex."""


@dataclass(frozen=True)
class UnpairedHeads:
    """Whole slices ``a`` (T1-weighted MRI) and ``b`` (CT), ``(N, 1, patch, patch)`` in [0, 1], of different heads.

    Heads of even seeds are seen in MRI only, those of odd seeds in CT only; the two images of a row are drawn each for
    itself. A slice of 256 pixels of 1 mm becomes `patch` pixels by averaging squares of them.

    Attributes
    ----------
    stretch
        By how much everything in the second domain is larger, about the middle of the image: 0.08 is 8 %.
    slices
        Drawn from each head.
    """

    stretch: float = 0.08
    slices: int = 6

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch: ``a`` and ``b``, some mirrored."""
        heads = self.subjects(seed, number // budget.refresh, budget)
        drawn: dict[str, list[Image]] = {domain: [] for domain in heads}
        for row in range(budget.batch)[rows]:
            rng = generator(seed, "unpaired", number, row)
            for domain, those in heads.items():
                head, k = those[int(rng.integers(len(those)))], int(rng.integers(self.slices))
                image = self._slice(domain, head, k, budget.patch)
                drawn[domain].append(image[:, ::-1] if rng.integers(2) else image)
        return {domain: _stacked(images) for domain, images in drawn.items()}

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Eight slices of each domain, of heads that training never sees; and ``target``, the true CT of each ``a``."""
        of_a, of_b = range(VAL_SEEDS, VAL_SEEDS + 16, 2), range(VAL_SEEDS + 1, VAL_SEEDS + 17, 2)
        return {
            "a": _stacked([self._slice("a", head, 0, budget.patch) for head in of_a]),
            "b": _stacked([self._slice("b", head, 0, budget.patch) for head in of_b]),
            "target": _stacked([self._slice("target", head, 0, budget.patch) for head in of_a]),
        }

    def subjects(self, seed: int, epoch: int, budget: Budget) -> Mapping[str, range]:
        """The heads of either domain in one filling of the pool; they have none in common."""
        first = TRAIN_SEEDS + 2 * (seed * 1000 + epoch) * budget.pool
        return {"a": range(first, first + 2 * budget.pool, 2), "b": range(first + 1, first + 2 * budget.pool, 2)}

    def _slice(self, domain: str, head: int, k: int, side: int) -> Image:
        plane = int(generator(head, "unpaired", "plane", k).integers(*PLANES))
        return _scanned(domain, head, plane, side, self.stretch)


@lru_cache(maxsize=4096)
def _scanned(domain: str, head: int, plane: int, side: int, stretch: float) -> Image:
    """A slice of a head as its domain shows it; ``"target"`` is its CT without what the domain does to it."""
    pair = load_pair("head/mri-ct", seed=head, slice=plane, window_b=CT_WINDOW)
    if domain == "b":
        return coarser(misregister(pair.b, stretch=1 + stretch), side)
    return coarser(pair.a if domain == "a" else pair.b, side)


def coarser(image: Image, side: int) -> Image:
    """A square image at `side` pixels, each the mean of a square of pixels.

    Parameters
    ----------
    image
        ``(H, H)``.
    side
        A divisor of H.

    Returns
    -------
    ``(side, side)``.

    Raises
    ------
    ValueError
        It is none.
    """
    factor, rest = divmod(len(image), side)
    if rest:
        raise ValueError(f"patch: expected a divisor of {len(image)} pixels, got {side}")
    means: Image = image.reshape(side, factor, side, factor).mean(axis=(1, 3), dtype=np.float32)
    return means


def _stacked(images: Sequence[Image]) -> Tensor:
    return torch.from_numpy(np.stack([np.ascontiguousarray(image) for image in images]))[:, None]
