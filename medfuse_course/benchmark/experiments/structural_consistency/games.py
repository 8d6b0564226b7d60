"""The trainings of the experiment: a small FusionGAN whose generator is also asked for the edges of the anatomy.

Losses, discriminator, labels and turns are FusionGAN's. Its generator does not come near what its loss asks for within
a few hundred steps, so that of the experiment is smaller and starts from the mean of the sources: the same kernels with
16 channels or 8, no normalization of any kind, and what they give is added to the mean.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from itertools import pairwise
from typing import Literal

from torch import Tensor, cat, nn
from torch.nn.functional import pad

from medfuse_course.core.profile import Profile
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.losses import gradient_correlation, gradient_ssim
from medfuse_course.methods.gan import fusiongan
from medfuse_course.networks.players import Players
from medfuse_course.training import Batch, Budget, CallablePairs, Losses, Phase, Recipe

Term = Literal["ssim", "full", "ncc"]

SIMILARITY: dict[Term, Callable[[Tensor, Tensor], Tensor]] = {
    "ssim": gradient_ssim,
    "full": partial(gradient_ssim, luminance=True),
    "ncc": gradient_correlation,
}

BUDGETS: dict[Profile, Budget] = {
    "smoke": Budget(steps=4, batch=2, patch=68, check_every=4, pool=2),
    "lesson": Budget(steps=120, batch=4, patch=68, check_every=60, pool=12, refresh=1000),
    "ship": Budget(steps=1500, batch=6, patch=68, check_every=100, pool=12, refresh=1000),
    "full": Budget(steps=20_000, batch=32, patch=132, check_every=1000, pool=12, refresh=1000),
}
"""Patients do not change with the seed of a training, so that only the training does."""

PATIENTS, FIRST_PATIENT = 6, 300
"""Of each source, for training; as many again are what a training is watched on."""


WIDTHS = (16, 16, 8, 8)
"""Channels of the generator's layers."""


class SmallFuser(nn.Module):
    """The mean of the sources, and what five convolutions add to it."""

    reach = fusiongan.EDGE

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for (inputs, outputs), size in zip(pairwise((2, *WIDTHS)), fusiongan.SIZES, strict=True):
            layers += [nn.Conv2d(inputs, outputs, size), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(WIDTHS[-1], 1, 1))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Whole images: two sources ``(N, 1, H, W)`` in [0, 1] give one, in [0, 1]."""
        edge = fusiongan.EDGE
        return self.inside(*(pad(x, (edge,) * 4, mode="replicate") for x in (a, b))).clamp(0, 1)

    def inside(self, a: Tensor, b: Tensor) -> Tensor:
        """Patches without their margin, not limited to [0, 1] so that what leaves it still learns."""
        edge = fusiongan.EDGE
        added: Tensor = self.layers(2 * cat([b, a], dim=1) - 1)
        return (a + b)[..., edge:-edge, edge:-edge] / 2 + added / 2


def small_players() -> Players:
    """The generator, with 8,985 parameters, and FusionGAN's discriminator at course scale."""
    _, width, side = fusiongan.SCALES["course"]
    return Players(SmallFuser(), fusiongan.Discriminator(width, side))


class StructuredGame(fusiongan.FusionGame):
    """FusionGAN's game with one more wish: edges as in the source of edges.

    Parameters
    ----------
    players
        The networks.
    weight
        Of ``1 - similarity`` beside the published terms; 0 leaves it out.
    term
        How similarity is measured: a name of `SIMILARITY`.
    judged
        Whether the generator hears the discriminator. It is trained in any case.
    """

    def __init__(self, players: Players, weight: float = 0.0, term: Term = "ssim", *, judged: bool = True) -> None:
        super().__init__(players, air=fusiongan.AIR)
        self.weight, self.similarity, self.judged = weight, SIMILARITY[term], judged

    def persuade(self, samples: Tensor, batch: Batch) -> Losses:
        """What the discriminator asks for, if it is heard."""
        return super().persuade(samples, batch) if self.judged else {}

    def content(self, samples: Tensor, batch: Batch) -> Losses:
        """As published, with black air, and the structure."""
        terms = dict(super().content(samples, batch))
        if self.weight:
            terms["structure"] = self.weight * (1 - self.similarity(samples, self.real(batch)))
        return terms


@cache
def _patient(source: str, number: int) -> Pair:
    planes = range(20, 44, 4)
    return load_pair(source, seed=FIRST_PATIENT + number, slice=planes[number % 6], lesions=2)


def school(number: int) -> Pair:
    """A patient to learn from: heads and chests in turn."""
    number %= 2 * PATIENTS
    return _patient(("head/mri-pet", "thorax/ct-pet")[number % 2], number // 2)


def watched(number: int) -> Pair:
    """A patient to watch a training on."""
    number %= 2 * PATIENTS
    return _patient(("head/mri-pet", "thorax/ct-pet")[number % 2], PATIENTS + number // 2)


def game_recipe(weight: float, term: Term = "ssim", *, judged: bool = True) -> Recipe:
    """A training of the experiment.

    Parameters
    ----------
    weight, term, judged
        As `StructuredGame` takes them.

    Returns
    -------
    The recipe: FusionGAN's with less work and a higher rate, on heads and chests.
    """
    step = partial(StructuredGame, weight=weight, term=term, judged=judged)
    return replace(
        fusiongan.RECIPE,
        slug="structured_game",
        network=small_players,
        data=CallablePairs(school, watched, swap=False),
        phases=(Phase("game", step, learning_rate=3e-3),),
        budgets=BUDGETS,
    )
