"""The cycle's step by hand, on generators that add and judges that take the mean; and a run that was killed."""

from dataclasses import dataclass, replace

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.methods.gan import cyclegan, dicyc  # noqa: E402
from medfuse_course.networks.cycle import PatchDiscriminator, ResnetGenerator, Translator  # noqa: E402
from medfuse_course.training import Budget  # noqa: E402
from medfuse_course.training.cycles import CyclePlayers, CycleStep  # noqa: E402
from medfuse_course.training.schedules import half_then_linear  # noqa: E402
from tests.training.killed import ends_where_it_would_have_ended  # noqa: E402
from tests.training.tiny import Noise  # noqa: E402


class Adds(nn.Module):
    def __init__(self, what):
        super().__init__()
        self.what = nn.Parameter(torch.tensor(what))

    def forward(self, x, *, deform=False):
        return x + self.what + (0.05 if deform else 0.0)


class Mean(nn.Module):
    def __init__(self, plus):
        super().__init__()
        self.plus = nn.Parameter(torch.tensor(plus))

    def forward(self, x):
        return x.mean(dim=(1, 2, 3), keepdim=True) + self.plus


@pytest.fixture
def players():
    torch.manual_seed(0)
    return CyclePlayers(Translator(Adds(0.3)), Translator(Adds(-0.1)), Mean(0.1), Mean(0.2), side=4, pool=2)


BATCH = {"a": torch.full((1, 1, 4, 4), 0.4), "b": torch.full((1, 1, 4, 4), 0.7)}
"""-0.2 and 0.4 in [-1, 1]."""


def said(losses):
    return {name: term.item() for name, term in losses.items()}


def test_cyclegan_by_hand(players):
    """G(a) = 0.1 and F(b) = 0.3; there and back adds 0.2; the judges say 0.3 of G(a) and 0.4 of F(b)."""
    step = CycleStep(players)
    assert said(step.generator_losses(BATCH)) == pytest.approx({
        "fool b": 0.7**2, "cycle b": 10 * 0.2, "identity b": 5 * 0.1,
        "fool a": 0.6**2, "cycle a": 10 * 0.2, "identity a": 5 * 0.3,
    }, abs=1e-5)  # fmt: skip
    # Of the real a the judge says -0.1, of the real b 0.6.
    assert said(step.discriminator_losses(BATCH)) == pytest.approx({
        "judge a": (1.1**2 + 0.4**2) / 2, "judge b": (0.4**2 + 0.3**2) / 2,
    }, abs=1e-5)  # fmt: skip
    assert int(players.pool_a.filled) == int(players.pool_b.filled) == 1


def test_dicyc_by_hand(players):
    """Deformed images are 0.05 higher: the judges see those; both cycles count; what is constant has no information."""
    step = dicyc.DicycStep(players, align=3.0, identity=0.0)
    assert said(step.generator_losses(BATCH)) == pytest.approx({
        "fool b": 0.65**2, "cycle b": 2.0, "deformed cycle b": 3.0, "align b": 3.0,
        "fool a": 0.55**2, "cycle a": 2.0, "deformed cycle a": 3.0, "align a": 3.0,
    }, abs=1e-5)  # fmt: skip
    assert said(step.discriminator_losses(BATCH))["judge b"] == pytest.approx((0.4**2 + 0.35**2) / 2, abs=1e-5)


def test_generators_and_judges_learn_from_their_own_losses_alone(players):
    step = CycleStep(players)
    generators, judges = (update.parameters for update in step.updates)
    sum(step.generator_losses(BATCH).values()).backward()
    assert all(p.grad is not None for p in generators) and all(p.grad is None for p in judges)
    players.zero_grad()
    sum(step.discriminator_losses(BATCH).values()).backward()
    assert all(p.grad is not None for p in judges) and all(p.grad is None for p in generators)


def test_what_is_handed_out_is_validated_and_a_dark_translation_is_said(players):
    step = CycleStep(players)
    batch = {name: torch.rand(4, 1, 4, 4) for name in "ab"}
    batch["target"] = batch["a"] + 0.05
    assert said(step.validate(batch))["error"] == pytest.approx(0.1, abs=1e-5)
    assert said(dicyc.DicycStep(players).validate(batch))["error"] == pytest.approx(0.1, abs=1e-5)
    assert torch.equal(step.game.real(batch), 2 * batch["b"] - 1)
    torch.testing.assert_close(step.game.samples(batch), 2 * batch["a"] - 1 + 0.3)  # G of a, never of b
    fine = {"balance": 1.0, "spread": 1.0, "level": 0.0}
    assert step.faults(fine) == []
    assert "too dark" in step.faults(fine | {"level": -2.0})[0]


@dataclass(frozen=True)
class Targeted(Noise):
    def validation(self, budget):
        batch = super().validation(budget)
        return {**batch, "target": batch["b"]}


def tiny(scale):
    translators = (Translator(ResnetGenerator(2, 1)) for _ in range(2))
    return CyclePlayers(*translators, PatchDiscriminator(2, 1), PatchDiscriminator(2, 1), side=8, pool=3)


@pytest.mark.filterwarnings("ignore:cyclegan: ")  # what so short a game ends with
@pytest.mark.parametrize("stop", [5, 8])
def test_a_run_that_was_killed_goes_on_with_the_same_pool(stop, tmp_path):
    budget = Budget(10, batch=2, patch=8, check_every=2)
    recipe = replace(cyclegan.RECIPE, network=tiny, data=Targeted(), budgets=budget)
    whole = ends_where_it_would_have_ended(recipe, tmp_path, stop)
    assert int(whole.whole.pool_b.filled) == 3


def test_half_at_one_rate_then_down_a_line():
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule, rates = half_then_linear(optimizer, 8), []
    for _ in range(8):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert rates == [1, 1, 1, 1, 1, 0.75, 0.5, 0.25]
