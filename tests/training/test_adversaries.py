"""Two players: each with its own optimizer, its own turn, and what follows it."""

from dataclasses import replace
from functools import partial

import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:tiny: ")]  # what so short a game ends with

from torch import nn  # noqa: E402

from medfuse_course.losses import LEAST_SQUARES, WASSERSTEIN  # noqa: E402
from medfuse_course.networks import Players  # noqa: E402
from medfuse_course.training import AdversarialStep, Phase, Update, constant, train  # noqa: E402
from tests.training.killed import ends_where_it_would_have_ended  # noqa: E402
from tests.training.tiny import Tiny, recipe  # noqa: E402

LIMIT = 0.01


def game():
    """A fuser and its critic."""
    return Players(Tiny(), nn.Sequential(nn.Conv2d(1, 4, 3), nn.LeakyReLU(), nn.Conv2d(4, 1, 3)))


class Fusion(AdversarialStep):
    """A game of images instead of noise: what is fused should look like the maximum of the sources."""

    def real(self, batch):
        return torch.maximum(batch["a"], batch["b"])

    def samples(self, batch):
        return self.players.generator(batch["a"], batch["b"])


def wasserstein(players, kind=Fusion):
    """WGAN: RMSprop, five critic steps for one of the generator, the critic's weights clipped after each of them."""
    return kind(players, WASSERSTEIN, turns=5, clip=LIMIT, optimizer=partial(torch.optim.RMSprop, lr=5e-3))


WGAN = recipe(
    network=game, phases=(Phase("duel", wasserstein),), keep="last", schedule=constant, clip=None, ships="generator"
)


def test_a_wgan_with_clipping_is_a_recipe():
    seen = []

    class Watched(Fusion):
        def limit(self, most):
            before = self.largest()
            super().limit(most)
            seen.append((before, self.largest()))

        def largest(self):
            return max(weight.abs().max().item() for weight in self.players.discriminator.parameters())

    told = []
    duel = Phase("duel", partial(wasserstein, kind=Watched))
    trained = train(replace(WGAN, phases=(duel,)), profile="smoke", callbacks=[told.append])
    assert len(seen) == 24 and all(after <= LIMIT < before for before, after in seen)
    assert [r.number for r in told if "generator" in r.losses] == [5, 10, 15, 20]
    assert all("discriminator" in r.losses for r in told)
    assert trained.network is trained.whole.generator and trained.history[-1].validation == {}


def test_the_generator_learns_to_please_the_critic():
    """Outputs move towards the maximum of the sources, which the critic calls real."""
    longer = replace(WGAN, budgets=replace(WGAN.budget("smoke"), steps=300, check_every=300), average=0.0)
    torch.manual_seed(0)
    fresh, trained = longer.build().generator.eval(), train(longer, profile="smoke").network
    batch = longer.data.validation(longer.budget("smoke"))
    wanted = torch.maximum(batch["a"], batch["b"]).mean()
    before, after = ((network(batch["a"], batch["b"]).mean() - wanted).abs() for network in (fresh, trained))
    assert after < 0.5 * before


@pytest.mark.parametrize("stop", [7, 12])
def test_a_game_that_was_killed_ends_bit_for_bit_where_it_would_have_ended(stop, tmp_path):
    ends_where_it_would_have_ended(WGAN, tmp_path, stop, "smoke")


def test_the_penalty_is_a_term_of_the_discriminator_with_its_weight():
    def terms(penalty):
        torch.manual_seed(0)
        step = Fusion(game().eval(), LEAST_SQUARES, penalty=penalty)
        torch.manual_seed(1)
        return step.discriminator_losses(WGAN.data.validation(WGAN.budget("smoke")))

    assert terms(0.0).keys() == {"discriminator"} and terms(2.0).keys() == {"discriminator", "penalty"}
    assert terms(2.0)["penalty"].item() == pytest.approx(2 * terms(1.0)["penalty"].item()) != 0


def test_each_player_learns_from_its_own_loss_alone():
    step = Fusion(game(), LEAST_SQUARES)
    batch = WGAN.data.validation(WGAN.budget("smoke"))
    generator, discriminator = step.players.generator, step.players.discriminator
    for losses, learns, rests in (
        (step.discriminator_losses, discriminator, generator),
        (step.generator_losses, generator, discriminator),
    ):
        step.players.zero_grad()
        sum(losses(batch).values()).backward()
        assert all(weight.grad is not None for weight in learns.parameters())
        assert all(weight.grad is None and weight.requires_grad for weight in rests.parameters())


class ToMean(Fusion):
    """A game whose generator has a task beside it, and whose brightness is that of one source."""

    def content(self, samples, batch):
        return {"mean": 10 * (samples - (batch["a"] + batch["b"]) / 2).pow(2).mean()}

    def likened(self, batch):
        return batch["a"]


def test_what_the_generator_has_to_do_beside_the_game_is_its_loss_and_is_validated():
    step, batch = ToMean(game().eval(), LEAST_SQUARES), WGAN.data.validation(WGAN.budget("smoke"))
    fused = step.samples(batch)
    expected = 10 * ((fused - (batch["a"] + batch["b"]) / 2) ** 2).mean().item()
    losses = step.generator_losses(batch)
    assert list(losses) == ["generator", "mean"] and losses["mean"].item() == pytest.approx(expected)
    assert step.validate(batch)["mean"].item() == pytest.approx(expected)
    assert Fusion(game(), LEAST_SQUARES).validate(batch) == {}


def test_level_and_spread_are_watched_against_what_a_game_says():
    step, batch = ToMean(game().eval(), LEAST_SQUARES), WGAN.data.validation(WGAN.budget("smoke"))
    fused, a = step.samples(batch), batch["a"]
    watched = step.watch(batch)
    assert watched["level"].item() == pytest.approx(((fused.mean() - a.mean()) / a.std()).item())
    expected = torch.pdist(fused.flatten(1)).mean() / torch.pdist(a.flatten(1)).mean()
    assert watched["spread"].item() == pytest.approx(expected.item())


def test_a_turn_that_fails_leaves_the_discriminator_able_to_learn():
    players = game()
    step = wasserstein(players)
    with pytest.raises(KeyError):
        step.generator_losses({})
    assert all(weight.requires_grad for weight in players.discriminator.parameters())


@pytest.mark.parametrize(("wrong", "words"), [({"clip": 0}, "clip: expected a positive"), ({"penalty": -1}, "penalty")])
def test_what_no_game_is_played_with_is_said(wrong, words):
    with pytest.raises(ValueError, match=words):
        AdversarialStep(game(), WASSERSTEIN, **wrong)


def test_optimizers_have_the_rate_of_the_phase_or_their_own():
    weights = [nn.Parameter(torch.zeros(1))]

    def rate(optimizer):
        return Update("x", weights, dict, optimizer).make_optimizer(0.5).param_groups[0]["lr"]

    assert rate(torch.optim.SGD) == rate(partial(torch.optim.AdamW, betas=(0.5, 0.9))) == 0.5
    assert rate(partial(torch.optim.SGD, lr=0.1)) == rate(lambda parameters: torch.optim.SGD(parameters, 0.1)) == 0.1


def test_what_is_no_update_is_said():
    weights = [nn.Parameter(torch.zeros(1))]
    with pytest.raises(TypeError, match="partial of one, got Adam"):
        Update("x", weights, dict, torch.optim.Adam(weights))
    with pytest.raises(ValueError, match="every: expected a positive number"):
        Update("x", weights, dict, every=0)
    with pytest.raises(ValueError, match="'x' has nothing to learn"):
        Update("x", [], dict)
    never = replace(WGAN, budgets=replace(WGAN.budget("smoke"), steps=4))
    with pytest.raises(ValueError, match="'generator' would never run in 4 steps"):
        train(never, profile="smoke")
