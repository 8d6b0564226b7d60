"""Gray patches as a fuser of luminance sees them: PET and SPECT come in colors, whose brightness has rings."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from medfuse_course.color.gray import LUMA_WEIGHTS
from medfuse_course.training.data.color_patches import ColorPatches
from medfuse_course.training.data.patches import PHANTOMS, FusionPatches
from medfuse_course.training.recipe import Budget


@dataclass(frozen=True)
class LumaPatches:
    """Pairs of gray patches ``a``, ``b``: ``(N, 1, patch, patch)`` float32 in [0, 1].

    The first half of a batch is that of `FusionPatches`; in the second, b is the luma of a PET or SPECT in a color
    table. The brightness of a rainbow rises and falls, so its luma has edges where the tracer has none: that is what is
    fused with an MRI when color is kept apart.

    Attributes
    ----------
    pairs
        Names of phantoms for the first half.
    colored
        Names of phantoms for the second.
    tables
        Names of pseudo-color tables.
    clinical
        Share of phantoms that look as clinical pictures do: see `FusionPatches`.
    """

    pairs: tuple[str, ...] = PHANTOMS
    colored: tuple[str, ...] = ("head/mri-pet", "head/mri-spect")
    tables: tuple[str, ...] = ("hot", "rainbow")
    clinical: float = 0.0

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        first, end, _ = rows.indices(budget.batch)
        middle = min(max(budget.batch // 2, first), end)
        sources = ((self._in_gray(), first, middle), (self._in_color(), middle, end))
        return _joined([data.batch(seed, number, budget, slice(i, j)) for data, i, j in sources if i < j])

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of either kind, of phantoms that training never sees."""
        return _joined([data.validation(budget) for data in (self._in_gray(), self._in_color())])

    def _in_gray(self) -> FusionPatches:
        return FusionPatches(self.pairs, clinical=self.clinical, tables=self.tables)

    def _in_color(self) -> ColorPatches:
        return ColorPatches(self.colored, self.tables, self.clinical)


def _joined(parts: list[Mapping[str, Tensor]]) -> Mapping[str, Tensor]:
    return {name: torch.cat([_luma(part[name]) for part in parts]) for name in ("a", "b")}


def _luma(images: Tensor) -> Tensor:
    """``(N, 1 or 3, H, W)`` gives ``(N, 1, H, W)``."""
    if images.shape[1] == 1:
        return images
    return (images * torch.tensor(LUMA_WEIGHTS).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)
