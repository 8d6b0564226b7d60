"""The networks of `physical_loss`: one small U-Net, and the weights of the terms of its loss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

import torch
from torch import Tensor, nn

from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.thorax.counted import lines
from medfuse_course.losses import projection_consistency, uptake_outside
from medfuse_course.networks.unet import UNet
from medfuse_course.training import Batch, Budget, CountedScans, Losses, LossStep, Phase, Recipe, train

_SUV = 4.0  # what the network sees as 1


class SmallDenoiser(nn.Module):
    """PET in SUV, ``(N, 1, H, W)``, plus what a U-Net draws: never below 0. H and W are multiples of 4."""

    def __init__(self) -> None:
        super().__init__()
        self.unet = UNet(1, 1, 8, 2, residual=True)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape, in SUV."""
        drawn: Tensor = self.unet(x / _SUV)
        return (x + _SUV * drawn).clamp_min(0)


@dataclass(frozen=True)
class Terms:
    """Weights of the terms.

    Attributes
    ----------
    image
        Of the mean absolute difference to the full dose, in SUV.
    projection
        Of `losses.projection_consistency`.
    support
        Of `losses.uptake_outside`.
    halves
        Whether the counts are those of the other half of the low dose (`training.CountedScans`).
    """

    image: float = 1.0
    projection: float = 0.0
    support: float = 0.0
    halves: bool = False


TERMS: Mapping[str, Terms] = {
    "l1": Terms(),
    "joint": Terms(projection=10.0, support=1.0),
    "counts_only": Terms(image=0.0, projection=10.0, halves=True),
}
"""By arm; the weight of the counts was set after a look at seed 100, of which no row is shipped."""


class PhysicalStep(LossStep[nn.Module]):
    """The terms that have a weight."""

    def __init__(self, network: nn.Module, terms: Terms = TERMS["joint"]) -> None:
        super().__init__(network)
        self.terms = terms

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch of `CountedScans`."""
        made, found = self.network(batch["low"]), {}
        if self.terms.image:
            found["image"] = self.terms.image * (made - batch["full"]).abs().mean()
        if self.terms.projection:
            explained = projection_consistency(made, batch["counts"], batch["efficiency"], lines())
            found["projection"] = self.terms.projection * explained
        if self.terms.support:
            found["support"] = self.terms.support * uptake_outside(made, batch["air"])
        return found


BUDGETS: Mapping[Profile, Budget] = {
    "smoke": Budget(steps=3, batch=2, check_every=3, pool=2),
    "lesson": Budget(steps=240, batch=4, check_every=60, pool=20, refresh=100_000),
    "ship": Budget(steps=1000, batch=6, check_every=100, pool=48, refresh=100_000),
    "full": Budget(steps=20_000, batch=16, check_every=500, pool=400, refresh=100_000),
}


def recipe(terms: Terms, *, other_breath: bool = False) -> Recipe:
    """How a network is trained with these terms, where the CT that is believed is the right one or not."""
    return Recipe(
        slug="physical_loss",
        network=SmallDenoiser,
        data=CountedScans(other_breath=other_breath, halves=terms.halves),
        phases=(Phase("denoise", partial(PhysicalStep, terms=terms), 1.0, 4e-3),),
        budgets=BUDGETS,
        average=0.98,
    )


@lru_cache(maxsize=32)
def trained(
    arm: str, seed: int, other_breath: bool, profile: Profile | None = None
) -> Callable[[FloatArray], FloatArray]:
    """A network of an arm as a function of an image in SUV.

    Parameters
    ----------
    arm
        Of `TERMS`.
    seed
        Of weights, batches and patients.
    other_breath
        Whether the CT of the training is that of the deeper breath.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    A function of ``(H, W)`` in SUV, which returns the same.
    """
    check_name("arm", arm, TERMS)
    network = train(recipe(TERMS[arm], other_breath=other_breath), seed=seed, profile=profile).network.eval()

    def enhance(image: FloatArray) -> FloatArray:
        with torch.inference_mode():
            made: FloatArray = network(torch.from_numpy(image)[None, None])[0, 0].numpy()
        return made

    return enhance
