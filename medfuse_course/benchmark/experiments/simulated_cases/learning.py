"""The network of the experiment, its data and its training: what needs torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from medfuse_course.benchmark.experiments.simulated_cases.filters import SIGMAS
from medfuse_course.core.profile import Profile
from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.pet_scanner import SIZE, PetPair
from medfuse_course.methods.learned import run_network
from medfuse_course.training import Batch, Budget, Losses, LossStep, Phase, Recipe, Trained, train

STEPS: Mapping[Profile, tuple[int, int]] = {
    "smoke": (6, 3), "lesson": (200, 80), "ship": (200, 80), "full": (20_000, 4_000)
}  # fmt: skip
"""On simulated pairs, and then on real ones. A network without simulation has as many steps as both."""

_RIM = 4  # pixels on each side that no patch shows: air

RATE, THEN = 1e-2, 1e-3
"""Learning rates: from fresh weights, and from those that simulation left."""


class FilterMixer(nn.Module):
    """A weighted sum of Gaussian filters, whose weights a small network reads off them at each pixel.

    ``(N, 1, H, W)`` to the same, in SUV. A U-Net in as few steps gains nothing over one tuned Gaussian; this one does.

    Parameters
    ----------
    width
        Features of the two hidden layers.
    """

    multiple, reach = 1, 9

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        count = len(SIGMAS) + 1
        t = torch.arange(-self.reach, self.reach + 1)
        kernels = torch.stack([torch.exp(-(t**2) / (2 * sigma**2)) for sigma in SIGMAS])
        self.register_buffer("kernels", kernels / kernels.sum(dim=1, keepdim=True), persistent=False)
        self.weigh = nn.Sequential(
            nn.Conv2d(count, width, 1), nn.ReLU(), nn.Conv2d(width, width, 1), nn.ReLU(), nn.Conv2d(width, count, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """The scan with less noise."""
        kernels: Any = self.kernels
        grown = nn.functional.pad(x, (self.reach,) * 4, mode="reflect")
        rows = nn.functional.conv2d(grown, kernels[:, None, None, :])
        smooth = nn.functional.conv2d(rows, kernels[:, None, :, None], groups=len(SIGMAS))
        seen = torch.cat([x, smooth], dim=1)
        weights = self.weigh(torch.log1p(2 * seen)) + 1 / seen.shape[1]
        return (weights * seen).sum(dim=1, keepdim=True)


class ImitateStep(LossStep[nn.Module]):
    """The mean squared error, in SUV squared, of batches with ``low`` and ``full``."""

    def losses(self, batch: Batch) -> Losses:
        """The term of one batch."""
        return {"l2": nn.functional.mse_loss(self.network(batch["low"]), batch["full"])}


@dataclass(frozen=True, eq=False)
class ScanPatches:
    """Patches of pairs, turned and mirrored at random: ``low`` and ``full``, ``(N, 1, patch, patch)``."""

    pairs: tuple[PetPair, ...]

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Batch:
        """Rows of one training batch."""
        draw = generator(seed, "simulated cases", number).integers
        chosen = [(int(draw(len(self.pairs))), *draw(_room(budget), size=2), int(draw(8))) for _ in range(budget.batch)]
        return self._cut(chosen[rows], budget.patch)

    def validation(self, budget: Budget) -> Batch:
        """The middle of one scan: nothing is chosen by it."""
        middle = _room(budget) // 2
        return self._cut([(0, middle, middle, 0)], budget.patch)

    def _cut(self, chosen: Sequence[tuple[int, ...]], side: int) -> Batch:
        cuts = []
        for pair, top, left, turn in chosen:
            cut = np.stack(self.pairs[pair])[:, _RIM + top : _RIM + top + side, _RIM + left : _RIM + left + side]
            cut = np.rot90(cut, turn % 4, axes=(1, 2))
            cuts.append(cut[..., ::-1] if turn >= 4 else cut)
        planes = torch.from_numpy(np.stack(cuts))
        return {"low": planes[:, :1].contiguous(), "full": planes[:, 1:].contiguous()}


def _room(budget: Budget) -> int:
    """How many places there are for a patch, on each axis."""
    return max(1, SIZE - 2 * _RIM - budget.patch)


def learn(
    pairs: tuple[PetPair, ...], seed: int, profile: Profile, *, start: Trained | None = None, alone: bool = False
) -> Trained:
    """Train the small network.

    Parameters
    ----------
    pairs
        To learn from.
    seed
        Of weights and batches.
    profile
        How much work.
    start
        What simulation left: to go on from, with the smaller rate.
    alone
        Whether these pairs are all that there is: as many steps as simulation and what follows have together.

    Returns
    -------
    The network as it stands at the end.
    """
    first, then = STEPS[profile]
    steps = then if start else first + then if alone else first
    recipe = Recipe(
        slug="simulated_cases", network=FilterMixer, data=ScanPatches(pairs),
        phases=(Phase("imitate", ImitateStep, 1.0, THEN if start else RATE),),
        budgets=Budget(steps=steps, batch=4, patch=40, check_every=steps), keep="last",
    )  # fmt: skip
    return train(recipe, seed=seed, start=start, profile=profile)


def denoiser(trained: Trained) -> Callable[[FloatArray], FloatArray]:
    """A function from a scan ``(H, W)`` in SUV to one with less noise."""
    return lambda low: np.asarray(run_network(trained.network, low), dtype=np.float32)
