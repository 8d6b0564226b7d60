"""Games on points of the plane, whose outcome can be counted: the same players and data, another objective."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from torch.optim import Adam, RMSprop

from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.losses.adversarial import LEAST_SQUARES, NON_SATURATING, SATURATING, WASSERSTEIN
from medfuse_course.networks.denoiser import PointDiffusion
from medfuse_course.networks.players import Players, point_players
from medfuse_course.training.adversaries import AdversarialStep
from medfuse_course.training.data.points import GaussianModes, gaussian_grid, gaussian_ring
from medfuse_course.training.diffusion import point_step
from medfuse_course.training.recipe import Budget, Phase, Recipe
from medfuse_course.training.schedules import constant

POINT_DATA: Mapping[str, GaussianModes] = {
    "grid": gaussian_grid(spacing=2 / 8**0.5, sigma=0.05 / 8**0.5),
    "ring": gaussian_ring(radius=2 / 2**0.5, sigma=0.02 / 2**0.5),
}
"""The grid and the ring at a standard deviation of 1 along each axis, as Gulrajani and others play on them."""

BATCH, WIDTH, LAYERS = 128, 128, 3
_ADAM = partial(Adam, betas=(0.5, 0.9), fused=True)  # fused: fewer calls, which take time at this size


@dataclass(frozen=True)
class Game:
    """How an objective is played on points.

    Attributes
    ----------
    step
        Makes the step of the players.
    learning_rate
        Of both.
    steps
        Of the discriminator, in the lesson's budget. A game with several turns takes more of them, and of the
        generator fewer: about as much work.
    """

    step: Callable[[Players], AdversarialStep]
    learning_rate: float
    steps: int


GAMES: Mapping[str, Game] = {
    "saturating": Game(partial(AdversarialStep, objective=SATURATING, optimizer=_ADAM), 1e-3, 2500),
    "non_saturating": Game(partial(AdversarialStep, objective=NON_SATURATING, optimizer=_ADAM), 1e-3, 2500),
    "lsgan": Game(partial(AdversarialStep, objective=LEAST_SQUARES, optimizer=_ADAM), 1e-3, 2500),
    "wgan": Game(partial(AdversarialStep, objective=WASSERSTEIN, turns=5, clip=0.1, optimizer=RMSprop), 2e-4, 3000),
    "wgan_gp": Game(partial(AdversarialStep, objective=WASSERSTEIN, turns=5, penalty=0.1, optimizer=_ADAM), 5e-4, 2500),
}
"""By name. Rates, clipping and budgets are ours, for networks as small as these; they rank no method."""

DIFFUSION, DIFFUSION_STEPS = "ddpm", 6000
"""No game, but what is compared with them: one network that learns to take noise away, for about as many seconds."""


def point_recipe(game: str, data: GaussianModes, *, seed: int = 0) -> Recipe:
    """A game on points as a recipe, whose network is the generator: ``(N, 2)`` noise to ``(N, 2)`` points.

    Parameters
    ----------
    game
        A name of `GAMES`, or `DIFFUSION`.
    data
        Where the points come from: `gaussian_grid`, `gaussian_ring`, or other centers.
    seed
        Of weights and batches.

    Returns
    -------
    The recipe, with budgets for ``smoke`` and ``lesson``.

    Examples
    --------
    >>> from medfuse_course.training import gaussian_ring, point_recipe
    >>> recipe = point_recipe("wgan_gp", gaussian_ring())
    >>> recipe.phases[0].name, recipe.budget("smoke").steps, recipe.budget("lesson").steps
    ('game', 10, 2500)
    """
    check_name("game", game, (*GAMES, DIFFUSION))
    if game == DIFFUSION:
        return _diffusion(data, seed)
    played = GAMES[game]
    return Recipe(
        slug=game,
        network=partial(point_players, data.noise, WIDTH, LAYERS),
        data=data,
        phases=(Phase("game", played.step, learning_rate=played.learning_rate),),
        budgets=_budgets(played.steps),
        seed=seed,
        clip=None,
        ships="generator",
        keep="last",
        schedule=constant,
        precision="no",
    )


def _diffusion(data: GaussianModes, seed: int) -> Recipe:
    """As wide and deep as a player; rates fall, and the weights that are kept are a mean over the last steps."""
    return Recipe(
        slug=DIFFUSION,
        network=partial(PointDiffusion, WIDTH, LAYERS),
        data=data,
        phases=(Phase("denoise", point_step, learning_rate=1e-3),),
        budgets=_budgets(DIFFUSION_STEPS),
        seed=seed,
        average=0.99,
        keep="last",
        precision="no",
    )


def _budgets(steps: int) -> dict[Profile, Budget]:
    return {
        "smoke": Budget(steps=10, batch=16, check_every=5),
        "lesson": Budget(steps=steps, batch=BATCH, check_every=steps // 10),
    }
