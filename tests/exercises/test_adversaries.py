"""The lab on adversaries: it takes a game, and nothing else."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch.optim import Adam, RMSprop  # noqa: E402

from medfuse_course.exercises import check  # noqa: E402
from medfuse_course.exercises.attempt import Attempt, Refused  # noqa: E402
from medfuse_course.exercises.game_rules import only_told, same_persuasion  # noqa: E402
from medfuse_course.exercises.training import adversaries  # noqa: E402
from medfuse_course.exercises.training.adversaries import (  # noqa: E402
    LAB,
    RECORDED,
    RUNS,
    data_of,
    flat_at_the_data,
    measure,
    plain_game,
)
from medfuse_course.losses import LEAST_SQUARES, NON_SATURATING  # noqa: E402
from medfuse_course.networks import point_players  # noqa: E402
from medfuse_course.training import AdversarialStep, SupervisedStep, Update  # noqa: E402

LAB_NAME = "training.adversaries.keep_apart"
STILL, FAST = partial(Adam, betas=(0.0, 0.9)), partial(Adam, betas=(0.5, 0.9), lr=0.01)


class Told(AdversarialStep):
    """The generator is also shown the data."""

    def generator_losses(self, batch):
        shown = ((self.samples(batch) - batch["real"]) ** 2).mean()
        return {**super().generator_losses(batch), "shown": shown}


class OnePlayer(AdversarialStep):
    """The generator rests."""

    def __init__(self, players):
        super().__init__(players, NON_SATURATING)
        self.updates = self.updates[:1]


class Twice(AdversarialStep):
    """Another ratio under the same name."""

    def __init__(self, players):
        super().__init__(players, NON_SATURATING)
        self.updates = (self.updates[0], *self.updates)


class Endless(AdversarialStep):
    """The discriminator's loss has no end."""

    def discriminator_losses(self, batch):
        return {name: 1e38 * 10 * value for name, value in super().discriminator_losses(batch).items()}


class NoDiscriminator(AdversarialStep):
    """The generator learns from the data, and the discriminator from nothing that matters."""

    def generator_losses(self, batch):
        return {"sorted": (self.samples(batch).sort(dim=0)[0] - batch["real"].sort(dim=0)[0]).abs().mean()}


class InSecret(AdversarialStep):
    """The generator is moved while the discriminator's losses are computed."""

    def discriminator_losses(self, batch):
        with torch.no_grad():
            list(self.players.generator.parameters())[-1].add_(batch["real"].mean(dim=0))
        return super().discriminator_losses(batch)


class OtherLosses(AdversarialStep):
    """Least squares under another name."""

    def persuade(self, samples, batch):
        return {"generator": LEAST_SQUARES.generator(self.judge(samples, batch) + 1)}


class NoLoss(AdversarialStep):
    """The generator is asked nothing."""

    def generator_losses(self, batch):
        return {}


def other_networks(_):
    return AdversarialStep(point_players(), NON_SATURATING)


@pytest.mark.parametrize(
    ("answer", "failed", "words"),
    [
        (lambda players: None, "game", "it returned nothing"),
        (lambda players: players, "game", "Players"),
        (lambda players: SupervisedStep(players, print), "game", "SupervisedStep"),
        (lambda players: AdversarialStep(players), "game", "TypeError"),
        (lambda: 0, "game", "TypeError"),
        (other_networks, "game", "no update changes the discriminator"),
        (partial(AdversarialStep, objective=LEAST_SQUARES), "losses", "another one than NON_SATURATING"),
        (partial(AdversarialStep, objective=NON_SATURATING, turns=3), "game", "both learn in every step"),
        (OnePlayer, "game", "no update changes the generator"),
        (Twice, "game", "learns more than once in a step"),
        (partial(AdversarialStep, objective=NON_SATURATING, optimizer=STILL), "walk", "the discriminator has another"),
        (partial(AdversarialStep, objective=NON_SATURATING, optimizer=FAST), "walk", "and the rate of the game"),
        (partial(AdversarialStep, objective=NON_SATURATING, optimizer=RMSprop), "walk", "Adam with betas (0.5, 0.9)"),
        (partial(AdversarialStep, objective=NON_SATURATING, optimizer=partial(Adam, betas=2)), "walk", "TypeError"),
        (partial(Told, objective=NON_SATURATING), "told", "says the same of every point"),
        (partial(InSecret, objective=NON_SATURATING), "told", "outside its own update"),
        (partial(OtherLosses, objective=NON_SATURATING), "persuasion", "that of NON_SATURATING"),
        (partial(NoLoss, objective=NON_SATURATING), "persuasion", "generator's loss is 0.0000"),
        (partial(NoDiscriminator, objective=NON_SATURATING), "told", "says the same of every point"),
    ],
)
def test_what_is_no_game_is_refused_before_it_is_played(answer, failed, words):
    result = check(LAB_NAME, answer)
    assert (result.status, result.failed) == ("refused", failed), result.text
    assert words in result.text and "\n" not in result.text


def test_a_game_that_cannot_be_played_gets_one_line(monkeypatch):
    monkeypatch.setattr(adversaries, "STEPS", 3)
    result = check(LAB_NAME, partial(Endless, objective=NON_SATURATING))
    assert result.status == "refused" and "training raised FloatingPointError" in result.text
    assert "\n" not in result.text


def test_a_game_too_short_misses_the_goals_and_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(adversaries, "STEPS", 5)
    result = check(LAB_NAME, flat_at_the_data)
    assert result.failed == "found" and "of 8 modes in one of the runs" in result.text


def test_a_discriminator_that_sees_noise_keeps_the_objective():
    class Noisy(AdversarialStep):
        def judge(self, samples, batch):
            return super().judge(samples + 0.1 * torch.randn_like(samples), batch)

    assert same_persuasion(Attempt(partial(Noisy, objective=NON_SATURATING))) is None
    assert only_told(Attempt(partial(Noisy, objective=NON_SATURATING))) is None


def test_the_true_points_reach_every_goal_and_one_point_none():
    best = measure({seed: data_of(seed).draw(2000, 0)["real"].numpy() for seed in RUNS})
    assert best["found"] == 8 and best["good"] > 0.97 and best["imbalance"] < 0.01
    still = measure({seed: torch.zeros(100, 2).numpy() for seed in RUNS})
    assert still["found"] == 0 and still["good"] == 0 and still["imbalance"] > 2
    with pytest.raises(Refused, match="infinite"):
        measure({0: torch.full((3, 2), torch.nan).numpy()})


def test_the_rings_of_the_runs_share_no_center():
    first, second = (torch.tensor(data_of(seed).centers) for seed in RUNS)
    assert torch.cdist(first, second).min() > 4 * adversaries.SIGMA


@pytest.mark.slow
def test_the_baseline_collapses_as_recorded():
    played = measure({seed: adversaries.play(Attempt(partial(plain_game)), seed) for seed in RUNS})
    assert LAB.known["plain game"] == RECORDED
    assert played["found"] <= 4 and played["imbalance"] > 0.5


@pytest.mark.slow
def test_without_momentum_the_plain_game_needs_nothing_else(monkeypatch):
    """Why the lab gives the optimizer, and what the page says of it."""
    monkeypatch.setattr(adversaries, "RUNS", {0: 0.2, 1: 0.5, 2: 0.35, 3: 0.05, 4: 0.65})
    still = Attempt(partial(AdversarialStep, objective=NON_SATURATING, optimizer=STILL))
    reached = measure({seed: adversaries.play(still, seed) for seed in adversaries.RUNS})
    assert reached["found"] == 8 and reached["good"] > 0.4 and reached["imbalance"] < 0.05


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of games that collapse
@pytest.mark.parametrize(
    "option", [{"penalty": 0.03}, {"penalty": 0.1}, {"penalty": 0.3}, {"clip": 0.05}, {"clip": 0.1}]
)
def test_no_option_of_the_library_alone_reaches_the_goals(option):
    answer = Attempt(partial(AdversarialStep, objective=NON_SATURATING, **option))
    reached = measure({seed: adversaries.play(answer, seed) for seed in RUNS})
    assert reached["found"] < adversaries.FOUND or reached["good"] < 0.9 * adversaries.GOOD


def test_every_update_is_made_for_the_networks_that_are_trained():
    players = point_players()
    assert all(isinstance(update, Update) for update in flat_at_the_data(players).updates)
