"""The networks of `anatomical_consistency`: two that mark organs in a CT, and a fuser with the terms of its loss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from medfuse_course.benchmark.experiments.anatomical_consistency import ORGANS, SUV_SCALE, organ_case
from medfuse_course.core.profile import Profile
from medfuse_course.core.random import generator
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import BoolArray, Image
from medfuse_course.losses import gradient_to_stronger, l1_to_max, organ_means_kept, organs_alike
from medfuse_course.networks.unet import UNet
from medfuse_course.training import Batch, Budget, Losses, LossStep, Phase, Recipe, train
from medfuse_course.training.data.patches import TRAIN_SEEDS, VAL_SEEDS

_OURS, _JUDGES = 0, 40_000  # training patients, after the first: those of S and of the fusers, and the judge's


@dataclass(frozen=True)
class OrganSlices:
    """Whole slices ``a``, ``b``, ``(N, 1, 64, 64)`` in [0, 1], and ``organs``, ``(N, 4, 64, 64)``.

    Attributes
    ----------
    first
        Number of the first training patient: different ones for different networks.
    """

    first: int = 0

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch, half of them mirrored."""
        first = TRAIN_SEEDS + self.first + (seed * 100 + number // budget.refresh) * budget.pool
        streams = [generator(seed, "organs", self.first, number, row) for row in range(budget.batch)[rows]]
        return _stack([(first + int(rng.integers(budget.pool)), bool(rng.integers(2))) for rng in streams])

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Six patients whom no training sees."""
        return _stack([(VAL_SEEDS + k, False) for k in range(min(6, budget.pool))])


class Fuser(nn.Module):
    """CT and PET ``(N, 1, H, W)`` in [0, 1] to one image: the mean, plus what four convolutions draw."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs in (2, width, width):
            layers += [nn.Conv2d(inputs, width, 3, padding=1, padding_mode="replicate"), nn.ReLU()]
        self.draw = nn.Sequential(*layers, nn.Conv2d(width, 1, 3, padding=1, padding_mode="replicate"))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """In [0, 1]; a value beyond still has a gradient in training."""
        made: Tensor = (a + b) / 2 + self.draw(torch.cat([a, b], dim=1))
        return made if self.training else made.clamp(0, 1)


class MarkStep(LossStep[nn.Module]):
    """Cross-entropy and Dice of the organs in the CT."""

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch."""
        said, organs = self.network(batch["a"]), batch["organs"]
        return {
            "entropy": binary_cross_entropy_with_logits(said, organs),
            "overlap": organs_alike(torch.sigmoid(said), organs),
        }


@dataclass(frozen=True)
class Weights:
    """Of the terms that are added to intensity and gradient: organs that S sees, means of organs."""

    organs: float = 0.0
    means: float = 0.0


WEIGHTS: Mapping[str, Weights] = {
    "plain": Weights(),
    "organs": Weights(organs=0.3),
    "means": Weights(means=0.1),
}
"""By arm."""


class FuseStep(LossStep[nn.Module]):
    """Like the stronger source, pixel by pixel and gradient by gradient; with the organs of the CT, where asked."""

    def __init__(self, network: nn.Module, marks: nn.Module, weights: Weights) -> None:
        super().__init__(network)
        self.marks, self.weights = marks, weights

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch."""
        a, b = batch["a"], batch["b"]
        f = self.network(a, b)
        found = {"intensity": l1_to_max(f, a, b), "gradient": gradient_to_stronger(f, a, b)}
        with torch.no_grad():
            seen = (torch.sigmoid(self.marks(a)) > 0.5).float()
        if self.weights.organs:
            found["organs"] = self.weights.organs * organs_alike(torch.sigmoid(self.marks(f)), seen)
        if self.weights.means:
            found["means"] = self.weights.means * organ_means_kept(SUV_SCALE * f, SUV_SCALE * b, seen)
        return found


BUDGETS: Mapping[Profile, Budget] = {
    "smoke": Budget(steps=3, batch=2, check_every=3, pool=2),
    "lesson": Budget(steps=140, batch=4, check_every=35, pool=16, refresh=100_000),
    "ship": Budget(steps=800, batch=6, check_every=100, pool=48, refresh=100_000),
    "full": Budget(steps=10_000, batch=16, check_every=500, pool=400, refresh=100_000),
}


@lru_cache(maxsize=16)
def marking_network(seed: int, second: bool, profile: Profile | None = None) -> nn.Module:
    """S, or the judge: trained on CTs of patients of its own, and frozen."""
    recipe = Recipe(
        slug="organ_marker",
        network=partial(UNet, 1, len(ORGANS), 8 if second else 10, 2),
        data=OrganSlices(_JUDGES if second else _OURS),
        phases=(Phase("mark", MarkStep, 1.0, 8e-3),),
        budgets={name: replace(budget, steps=3 * budget.steps // 2) for name, budget in BUDGETS.items()},
        average=0.95,
    )
    return train(recipe, seed=seed, profile=profile).network.eval().requires_grad_(False)


def marker(seed: int, second: bool, profile: Profile | None = None) -> Callable[[Image], BoolArray]:
    """The same as a function of an image in [0, 1] that gives ``(4, H, W)`` masks."""
    network = marking_network(seed, second, profile)

    def mark(image: Image) -> BoolArray:
        with torch.inference_mode():
            return np.asarray(network(torch.from_numpy(image)[None, None])[0].numpy() > 0)

    return mark


@lru_cache(maxsize=16)
def fuser(arm: str, seed: int, profile: Profile | None = None) -> Callable[[Image, Image], Image]:
    """A fuser of an arm of `WEIGHTS`, as a function of two images."""
    check_name("arm", arm, WEIGHTS)
    marks = marking_network(seed, False, profile)
    recipe = Recipe(
        slug="organ_fuser",
        network=Fuser,
        data=OrganSlices(_OURS),
        phases=(Phase("fuse", partial(FuseStep, marks=marks, weights=WEIGHTS[arm]), 1.0, 4e-3),),
        budgets=BUDGETS,
        average=0.95,
    )
    network = train(recipe, seed=seed, profile=profile).network.eval()

    def fuse(a: Image, b: Image) -> Image:
        with torch.inference_mode():
            made: Image = network(torch.from_numpy(a)[None, None], torch.from_numpy(b)[None, None])[0, 0].numpy()
        return made

    return fuse


def _stack(drawn: list[tuple[int, bool]]) -> Mapping[str, Tensor]:
    cases = [(organ_case(patient), -1 if mirrored else 1) for patient, mirrored in drawn]
    stacks = {
        "a": [case.a[None, :, ::turn] for case, turn in cases],
        "b": [case.b[None, :, ::turn] for case, turn in cases],
        "organs": [case.organs[..., ::turn].astype(np.float32) for case, turn in cases],
    }
    return {name: torch.from_numpy(np.stack(images)) for name, images in stacks.items()}
