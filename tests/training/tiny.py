"""A network, data and recipes small enough to train in a test."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from medfuse_course.core.random import generator
from medfuse_course.training import Budget, FusionStep, Phase, Recipe, Step, Update


class Tiny(nn.Module):
    """Three by three filters, with dropout so that resuming must mind the random state."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.Dropout(0.1), nn.ReLU(), nn.Conv2d(4, 1, 1))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return self.mix(torch.cat([a, b], dim=1))


@dataclass(frozen=True)
class Noise:
    """Batches of noise."""

    scale: float = 1.0

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        return self._draw(budget, range(budget.batch)[rows], seed, "train", number)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        return self._draw(budget, range(4), 0, "val", 0)

    def _draw(self, budget, rows, seed, *stream) -> Mapping[str, Tensor]:
        size = (2, 1, budget.patch, budget.patch)
        images = [generator(seed, "tiny", *stream, row).random(size, dtype="f4") * self.scale for row in rows]
        a, b = (torch.stack([torch.from_numpy(image[k]) for image in images]) for k in (0, 1))
        return {"a": a, "b": b}


def build(scale: str) -> nn.Module:
    return Tiny()


def to_max(network: nn.Module) -> FusionStep:
    return FusionStep(network, lambda f, a, b: {"max": (f - torch.maximum(a, b)).pow(2).mean()})


def to_mean(network: nn.Module) -> FusionStep:
    return FusionStep(network, lambda f, a, b: {"mean": (f - (a + b) / 2).pow(2).mean()})


def diverge(network: nn.Module) -> FusionStep:
    return FusionStep(network, lambda f, a, b: {"max": f.mean() / 0})


class Players(Step):
    """Two updates: the first layer against the last, to see that both are trained and in order."""

    def __init__(self, network: nn.Module) -> None:
        first, last = network.mix[0], network.mix[3]
        self.seen: list[str] = []

        def loss(name, sign):
            def of(batch):
                self.seen.append(name)
                return {name: sign * network(batch["a"], batch["b"]).mean()}

            return of

        self.updates = (
            Update("low", list(first.parameters()), loss("low", 1)),
            Update("high", list(last.parameters()), loss("high", -1)),
        )


def recipe(**changes) -> Recipe:
    """Two phases, averaged weights."""
    values = {
        "slug": "tiny",
        "network": build,
        "data": Noise(),
        "phases": (Phase("mean", to_mean, 0.5, 1e-2), Phase("max", to_max, 0.5, 1e-2)),
        "budgets": {"smoke": Budget(steps=24, batch=4, patch=12, check_every=5), "lesson": Budget(steps=60, patch=12)},
        "average": 0.9,
    }
    return Recipe(**(values | changes))
