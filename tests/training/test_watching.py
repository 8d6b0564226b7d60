"""A game is watched: its record says how it stands, and a run that went wrong says so."""

from dataclasses import astuple, replace
from functools import partial

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.losses import LEAST_SQUARES, NON_SATURATING, WASSERSTEIN  # noqa: E402
from medfuse_course.methods import weights  # noqa: E402
from medfuse_course.networks import Players, point_players  # noqa: E402
from medfuse_course.training import (  # noqa: E402
    AdversarialStep,
    Budget,
    GaussianModes,
    Phase,
    Recipe,
    TrainingWarning,
    constant,
    train,
)

CLOUD = GaussianModes(((0.0, 0.0),), 1.0)
STEP = partial(AdversarialStep, objective=NON_SATURATING)
GAME = Recipe(
    slug="cloud",
    network=partial(point_players, width=16, layers=1),
    data=CLOUD,
    phases=(Phase("game", STEP, learning_rate=5e-3),),
    budgets=Budget(steps=20, batch=32, check_every=5),
    clip=None,
    keep="last",
    schedule=constant,
    ships="generator",
)


def changed(step, **budget):
    """The game with another step and budget."""
    phase = replace(GAME.phases[0], step=step)
    return replace(GAME, phases=(phase,), budgets=replace(GAME.budgets, **budget))


def seen(real, fake):
    """What is watched where the generator makes `fake` and the discriminator says the first coordinate."""
    first = nn.Linear(2, 1, bias=False)
    first.weight.data = torch.tensor([[1.0, 0.0]])
    step = STEP(Players(nn.Linear(2, 2), first))
    step.players.generator = nn.Identity()
    return {name: value.item() for name, value in step.watch({"real": real, "noise": fake}).items()}


def test_what_is_watched_by_hand():
    real = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    found = seen(real, torch.tensor([[0.0, 1.0], [1.0, 1.0]]))
    assert found["balance"] == pytest.approx((0.5 + 0 + 1 + 1) / 4)  # 0 against 0 and 1, 3 against 0 and 1
    assert found["spread"] == pytest.approx(1 / 5)
    assert found["level"] == pytest.approx((0.75 - 1.75) / real.std().item())


@pytest.mark.parametrize(
    ("fake", "words"),
    [
        (lambda real: real.mean(dim=0).expand(len(real), 2), ["collapsed: its samples differ 0.00 times"]),
        (lambda real: real - 1.1 * real.std(), ["too dark: its samples lie -1.10 standard deviations"]),
        (lambda real: real + 1.1 * real.std(), ["too bright: its samples lie +1.10 standard deviations"]),
        (lambda real: 0.9 * real - 9, ["too dark", "beaten: the discriminator tells 100.0% of its samples"]),
        (lambda real: real.flip(0), []),
    ],
)
def test_each_fault_is_called_by_its_name(fake, words):
    torch.manual_seed(0)
    real = torch.randn(50, 2)
    said = STEP(point_players()).faults(seen(real, fake(real)))
    assert len(said) == len(words) and all(word in text for word, text in zip(words, said, strict=True)), said


def test_a_game_that_goes_well_says_nothing_and_its_record_says_how_it_went():
    told = []
    step = partial(AdversarialStep, objective=WASSERSTEIN, penalty=1.0, turns=3)
    trained = train(changed(step, steps=900, batch=64, check_every=100), callbacks=[told.append])
    assert "faults" not in trained.provenance
    assert all(record.gradients.keys() == {"discriminator", "generator"} for record in told[2:])
    assert [record.watched is not None for record in told] == [record.number % 100 == 0 for record in told]
    first, last = trained.history[0].watched, trained.history[-1].watched
    assert first.keys() == {"balance", "spread", "level"}
    assert last["balance"] < 0.7 and 0.7 < last["spread"] < 1.3 and abs(last["level"]) < 0.3


class Dark(AdversarialStep):
    """A generator that is also told to be dark, harder than the discriminator tells it not to."""

    def generator_losses(self, batch):
        return {**super().generator_losses(batch), "dark": 10 * (self.samples(batch) + 2).abs().mean()}


@pytest.fixture(scope="module")
def dark():
    """A run that turns dark, and its warnings."""
    with pytest.warns(TrainingWarning) as caught:
        trained = train(changed(partial(Dark, objective=LEAST_SQUARES), steps=200, check_every=20))
    return trained, [str(one.message) for one in caught], caught[0].filename


def test_a_run_that_turns_dark_is_seen_in_its_record_and_said(dark):
    trained, warned, place = dark
    levels = [record.watched["level"] for record in trained.history]
    assert levels[0] > -1.5 > levels[-1]
    assert any(text.startswith("cloud: too dark: its samples lie -") for text in warned)
    assert place == __file__


def test_its_weights_say_it_too(dark, tmp_path):
    trained, warned, _ = dark
    made = weights.inspect(weights.save(trained, tmp_path / "dark.safetensors").path)
    assert [f"cloud: {fault}" for fault in made.provenance["faults"]] == warned


def test_gradients_are_those_before_they_are_clipped():
    told = []
    for clip in (None, 1e-4):
        with pytest.warns(TrainingWarning):
            train(replace(changed(STEP, steps=1), clip=clip), callbacks=[told.append])
    assert told[0].gradients["discriminator"] == told[1].gradients["discriminator"]
    assert min(told[0].gradients.values()) > 1e-3


@pytest.mark.filterwarnings("ignore:cloud")
def test_a_run_that_was_killed_has_the_record_of_one_that_was_not(tmp_path):
    game = changed(partial(STEP, turns=10), check_every=4)  # a check finds the generator's gradient of a step before

    def kill(record):
        if record.number == 14:
            raise KeyboardInterrupt

    whole = train(game)
    with pytest.raises(KeyboardInterrupt):
        train(game, folder=tmp_path, callbacks=[kill])
    again = train(game, folder=tmp_path)
    assert [_timeless(record) for record in again.history] == [_timeless(record) for record in whole.history]


def _timeless(record):
    return astuple(replace(record, seconds=0))
