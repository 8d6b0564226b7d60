"""The balance of two players on points of the plane: turns and rates, with as many updates in all.

All play the non-saturating game with the networks and the optimizer of `training.playground`. What an update of either
player costs is about the same, so a game of five turns has fewer updates of its generator.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from statistics import mean
from typing import Any

from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.metrics.modes import mode_coverage

UPDATES = 1600
"""Of both players together, in the lesson's budget."""

RATE, SLOW = 1e-3, 2.5e-4

ARMS: Mapping[str, tuple[int, float, float]] = {
    "one_to_one": (1, RATE, RATE),
    "five_to_one": (5, RATE, RATE),
    "two_rates": (1, RATE, SLOW),
    "slow": (1, SLOW, SLOW),
}
"""Turns of the discriminator for one of the generator, and both rates, the discriminator's first."""

SAMPLES, CHECKS = 20_000, 10


@dataclass(frozen=True)
class BalanceRow:
    """The outcome of one game.

    Attributes
    ----------
    arm, seed, data
        Which.
    found, good, imbalance
        As `metrics.ModeCoverage` has them.
    balance
        In how many pairs of a real and a made point the discriminator prefers the real one; mean over the later half.
    gradient
        Norm of the generator's gradient, as `balance`.
    """

    arm: str
    seed: int
    data: str
    found: float
    good: float
    imbalance: float
    balance: float
    gradient: float


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[BalanceRow]:
    """Play a game on the grid of 25.

    Parameters
    ----------
    arm
        Of `ARMS`.
    seed
        Of weights, batches and samples.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    One row.
    """
    from medfuse_course.training.playground import POINT_DATA

    check_name("arm", arm, ARMS)
    return (_row(arm, seed, where, POINT_DATA[where], profile) for where in ("grid",))


def _row(arm: str, seed: int, where: str, data: Any, profile: Profile | None) -> BalanceRow:
    import torch

    from medfuse_course.training import train

    run = train(_recipe(arm, data), seed=seed, profile=profile)
    with torch.no_grad():
        samples = run.network(data.draw(SAMPLES, seed)["noise"]).numpy()
    coverage = mode_coverage(samples, data.centers, data.sigma)
    later = run.history[len(run.history) // 2 :]
    return BalanceRow(
        arm, seed, where, coverage.found, coverage.good, coverage.imbalance,
        balance=mean((record.watched or {})["balance"] for record in later),
        gradient=mean(record.gradients["generator"] for record in later),
    )  # fmt: skip


def _recipe(arm: str, data: Any) -> Any:
    """The non-saturating game with other turns and rates."""
    from torch.optim import Adam

    from medfuse_course.losses.adversarial import NON_SATURATING
    from medfuse_course.training import AdversarialStep, Budget, Phase
    from medfuse_course.training.playground import BATCH, point_recipe

    turns, *rates = ARMS[arm]

    def step(players: Any) -> AdversarialStep:
        game = AdversarialStep(players, NON_SATURATING, turns=turns)
        game.updates = tuple(
            replace(update, optimizer=partial(Adam, lr=rate, betas=(0.5, 0.9), fused=True))
            for update, rate in zip(game.updates, rates, strict=True)
        )
        return game

    steps = UPDATES * turns // (turns + 1)
    budgets: dict[Profile, Budget] = {
        "smoke": Budget(steps=10, batch=16, check_every=5),
        "lesson": Budget(steps=steps, batch=BATCH, check_every=steps // CHECKS),
        "full": Budget(steps=20 * steps, batch=BATCH, check_every=2 * steps),
    }
    return replace(point_recipe("non_saturating", data), phases=(Phase("game", step),), budgets=budgets)
