"""A small U-Net with batch normalization, its step, and its recipe."""

from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from medfuse_course.core.profile import Profile
from medfuse_course.losses import soft_dice
from medfuse_course.training.recipe import Budget, Data, Phase, Recipe
from medfuse_course.training.schedules import warmup_cosine
from medfuse_course.training.steps import Batch, Losses, LossStep

WIDTH = 8


class Segmenter(nn.Module):
    """CT and PET ``(N, 2, H, W)``, sides a multiple of 4, to logits ``(N, 1, H, W)``."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        one, two, four = width, 2 * width, 4 * width
        self.down = nn.ModuleList([_layers(2, one), _layers(one, two, two), _layers(two, four, four)])
        self.narrow = nn.ModuleList([nn.Conv2d(four, two, 1), nn.Conv2d(two, one, 1)])
        self.join = nn.ModuleList([_layers(two, two), _layers(one, one)])
        self.last = nn.Conv2d(one, 1, 1)
        self.last.bias = nn.Parameter(torch.full((1,), -3.0))  # lesions are rare

    def forward(self, images: Tensor) -> Tensor:
        """Down, and up again with what was seen on the way."""
        seen: list[Tensor] = []
        x = images
        for level, layer in enumerate(self.down):
            x = layer(nn.functional.max_pool2d(x, 2) if level else x)
            seen.append(x)
        for narrow, join, across in zip(self.narrow, self.join, seen[-2::-1], strict=True):
            x = join(across + nn.functional.interpolate(narrow(x), scale_factor=2.0))
        logits: Tensor = self.last(x)
        return logits


class SegmentStep(LossStep[nn.Module]):
    """Soft Dice and cross-entropy of patches; nothing is chosen."""

    def losses(self, batch: Batch) -> Losses:
        """Both terms."""
        logits = self.network(batch["images"])
        dice = soft_dice(logits.sigmoid(), batch["mask"])
        return {"dice": dice, "cross_entropy": binary_cross_entropy_with_logits(logits, batch["mask"])}

    def validate(self, batch: Batch) -> Losses:
        """Nothing: the last weights are kept."""
        return {}


def recipe_for(data: Data, optimizer: type[torch.optim.Optimizer] = torch.optim.Adam) -> Recipe:
    """One center's part of one round."""
    budgets: dict[Profile, Budget] = {
        "smoke": Budget(1, batch=2, patch=32),
        "lesson": Budget(20, batch=8, patch=32),
        "full": Budget(50, batch=16, patch=48),
    }
    return Recipe(
        slug="federated_learning", network=Segmenter, data=data,
        phases=(Phase("segment", partial(SegmentStep, optimizer=optimizer), learning_rate=4e-3),),
        budgets=budgets, keep="last", schedule=partial(warmup_cosine, warm_up=0.25), precision="no",
    )  # fmt: skip


def _layers(*channels: int) -> nn.Sequential:
    """Convolutions of 3 x 3, each with its normalization and a rectifier."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)
