"""Reading the log of a game, and an open lab: keep a generator from collapsing.

The lab's answer makes the training step of two networks that the check brings. The check trains them twice on eight
Gaussians whose ring is turned by an angle that no page shows, and counts: the worse of both runs is what is reached.
"""

from functools import partial
from math import cos, pi, sin
from typing import Any

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt, Refused, refusing
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.game_rules import (
    BETAS,
    LAYERS,
    RATE,
    WIDTH,
    is_a_game,
    only_told,
    same_losses,
    same_persuasion,
    same_walk,
    step_of,
)
from medfuse_course.exercises.open_lab import Goal, Lab, Values
from medfuse_course.metrics.modes import mode_coverage

RUNS = {0: 0.2, 1: 0.5}
"""Seed of a run, and by how much the ring is turned."""
MODES, RADIUS, SIGMA = 8, 2**0.5, 0.07
STEPS, BATCH = 500, 64
SAMPLES = 5000

FOUND, GOOD, IMBALANCE = 8, 0.2, 0.1
"""The goals: modes, share of good samples, nats.

With a penalty on the slope at the data four seeds find all modes, 28 to 47 % good samples, at most 0.008 nats; two of
the plain game find 2 and 3 modes, 11 and 9 % good samples, 1.0 and 0.8 nats. No `penalty` or `clip` alone gets there.
Without momentum five seeds of the plain game do, with 53 % and more good samples: so the optimizer is given."""


def plain_game(players: Any) -> Any:
    """What the lab starts from: the non-saturating game of the page."""
    from torch.optim import Adam

    from medfuse_course.losses.adversarial import NON_SATURATING
    from medfuse_course.training import AdversarialStep

    return AdversarialStep(players, NON_SATURATING, optimizer=partial(Adam, betas=BETAS))


RECORDED = {"found": 2.0, "good": 0.09, "imbalance": 1.001}
"""What `plain_game` reaches."""


def flat_at_the_data(players: Any) -> Any:
    """The non-saturating game, little momentum, and a tenth of the squared slope of the discriminator at the data.

    Reference: L. Mescheder, A. Geiger and S. Nowozin, "Which training methods for GANs do actually converge?", 2018.
    """
    import torch
    from torch.optim import Adam

    from medfuse_course.losses.adversarial import NON_SATURATING
    from medfuse_course.training import AdversarialStep

    class Flat(AdversarialStep):
        def discriminator_losses(self, batch: Any) -> dict[str, Any]:
            real = batch["real"].clone().requires_grad_()
            (slope,) = torch.autograd.grad(self.judge(real, batch).sum(), real, create_graph=True)
            return {**super().discriminator_losses(batch), "slope": 0.1 * (slope**2).sum(dim=1).mean()}

    return Flat(players, NON_SATURATING, optimizer=partial(Adam, betas=BETAS))


def data_of(seed: int) -> Any:
    """The ring of one run."""
    from medfuse_course.training import GaussianModes

    angles = [RUNS[seed] + 2 * pi * k / MODES for k in range(MODES)]
    return GaussianModes(tuple((RADIUS * cos(t), RADIUS * sin(t)) for t in angles), SIGMA)


def play(answer: Attempt, seed: int) -> FloatArray:
    """Samples of the generator after a game of `STEPS` steps of the discriminator."""
    import torch

    from medfuse_course.networks.players import point_players
    from medfuse_course.training import Budget, Phase, Recipe, constant, train

    data = data_of(seed)
    recipe = Recipe(
        slug="keep_apart",
        network=partial(point_players, data.noise, WIDTH, LAYERS),
        data=data,
        phases=(Phase("game", lambda players: step_of(answer, players), learning_rate=RATE),),
        budgets=Budget(steps=STEPS, batch=BATCH, check_every=STEPS),
        seed=seed,
        clip=None,
        ships="generator",
        keep="last",
        schedule=constant,
        precision="no",
    )
    with refusing("training"):  # nor is every step that a learner writes one that trains
        network = train(recipe).network
    with torch.no_grad():
        samples: FloatArray = network(data.draw(SAMPLES, seed)["noise"]).numpy()
    return samples


def _run(answer: Attempt) -> dict[int, FloatArray] | None:
    import warnings

    if answer.function is plain_game:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a collapsed game says so; the lab counts it
        return {seed: play(answer, seed) for seed in RUNS}


def measure(samples: dict[int, FloatArray] | None) -> Values:
    """The worse run by each of the three numbers."""
    if samples is None:
        return RECORDED
    if not all(np.isfinite(points).all() for points in samples.values()):
        raise Refused("the generator makes points that are infinite or NaN; lower a learning rate")
    counted = [mode_coverage(points, data_of(seed).centers, SIGMA) for seed, points in samples.items()]
    return {
        "found": float(min(one.found for one in counted)),
        "good": min(one.good for one in counted),
        "imbalance": max(one.imbalance for one in counted),
    }


LAB = Lab(_run, measure, {"plain game": plain_game})


def _finds_all(answer: Attempt) -> str | None:
    found = LAB.reached(answer)["found"]
    known = LAB.known["plain game"]["found"]
    return (
        None if found >= FOUND else f"it finds {found:.0f} of {FOUND} modes in one of the runs (plain game {known:.0f})"
    )


def _goals() -> tuple[Goal, ...]:
    return (
        Goal(
            "good",
            "good samples",
            "Points between the modes: the discriminator does not tell them from the data. Is it held back too much?",
            lambda x: x["good"],
            lambda _: GOOD,
            "plain game",
            form=".1%",
            detail=lambda x: f" on {x['found']:.0f} modes",
        ),
        Goal(
            "imbalance",
            "imbalance",
            "Some modes get far more than their share. A discriminator that is steep pushes all samples at once.",
            lambda x: x["imbalance"],
            lambda _: IMBALANCE,
            "plain game",
            most=True,
            form=".3f",
        ),
    )


EXERCISES = (
    Exercise(
        name="training.adversaries.collapsed_run",
        kind="choice",
        reference="b",
        wrong=(
            WrongAnswer("a", "a", "choice", "Its samples differ nearly as much as the data: a game in balance."),
            WrongAnswer("c", "c", "choice", "Here the discriminator won. The samples are recognized, but they differ."),
            WrongAnswer("d", "d", "choice", "Its samples are too dark. They still differ from each other."),
        ),
    ),
    LAB.exercise(
        name="training.adversaries.keep_apart",
        reference="medfuse_course.exercises.training.adversaries:flat_at_the_data",
        before=(
            Property("game", is_a_game, "Give AdversarialStep the players that came in; both learn, turns=1."),
            Property("losses", same_losses, "Keep the two losses of the plain game; you may add to those of D."),
            Property("walk", same_walk, "Keep the optimizer of the plain game; change what the discriminator learns."),
            Property("told", only_told, "The rule of the game: the generator sees no data, only the discriminator."),
            Property("persuasion", same_persuasion, "The generator's loss stays as it is. Add to that of D."),
            Property(
                "found", _finds_all, "All samples run to where the belief is high, together. What keeps a game calm?"
            ),
        ),
        goals=_goals(),
    ),
)
