"""A CT beside the low-dose PET: its channel, its scale, what it is good for, and what is answered."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.gan import lowdose_gan, lowdose_l1  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.training import Budget, train  # noqa: E402

RECIPES = {
    "gan": replace(lowdose_gan.RECIPE, network=partial(lowdose_gan.players, ct=True)),
    "l1": replace(lowdose_l1.RECIPE, network=partial(lowdose_l1.build, ct=True)),
}
BUDGET = Budget(steps=60, batch=4, patch=32, check_every=30)


@dataclass(frozen=True)
class SeenInCtAlone:
    """PET of 2 SUV and noise, whose full dose is 4 SUV where the CT shows tissue and 1 in air: no PET can tell."""

    def batch(self, seed, number, budget, rows):
        return {name: x[rows] for name, x in self.draw(number, budget).items()}

    def validation(self, budget):
        return self.draw(10_000, budget)

    def draw(self, number, budget):
        rng = torch.Generator().manual_seed(number)
        size = (budget.batch, 1, budget.patch, budget.patch)
        tissue = (torch.rand(budget.batch, 1, 4, 4, generator=rng) < 0.5).float()
        tissue = tissue.repeat_interleave(budget.patch // 4, 2).repeat_interleave(budget.patch // 4, 3)
        low = (2 + torch.randn(size, generator=rng)).clamp_min(0).expand(-1, 3, -1, -1).clone()
        return {"low": low, "ct": 1000 * (tissue - 1), "full": 1 + 3 * tissue}


@pytest.fixture
def network():
    torch.manual_seed(0)
    return lowdose_l1.build("course", ct=True).eval()


@pytest.fixture
def pet():
    return np.random.default_rng(0).uniform(0, 8, (3, 48, 40)).astype(np.float32)


@pytest.fixture
def ct():
    return np.random.default_rng(1).uniform(-1000, 500, (48, 40)).astype(np.float32)


def test_one_channel_more_goes_into_the_first_convolution_and_nothing_else_grows():
    """4 x 4 weights for each of its 12 features, of 16 in the judge; at paper scale 64 in both."""
    for scale, wide, judge in (("course", 12, 16), ("paper", 64, 64)):
        with torch.device("meta"):
            without, both = (lowdose_gan.players(scale, ct=ct) for ct in (False, True))
        assert count_parameters(both.generator) == count_parameters(without.generator) + 16 * wide
        assert count_parameters(both.discriminator) == count_parameters(without.discriminator) + 16 * judge
    assert count_parameters(lowdose_l1.build("course", ct=True)) == 217_993
    assert count_parameters(lowdose_gan.build("course", ct=False)) == 217_801


def test_the_middle_slice_of_the_ct_goes_in_on_a_fixed_scale_by_hand(network):
    """-1000 HU is 0, 0 HU a half, 1000 HU is 1; a pad of -3000 is air, metal counts as 1. PET over 20, as ever."""
    seen = []
    network.unet.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    hu = torch.tensor([-3000.0, -1000.0, 0.0, 500.0, 1000.0, 8000.0]).repeat_interleave(8)
    ct = torch.stack([torch.full((16, 48), 77.0), hu.expand(16, 48), torch.full((16, 48), 99.0)])[None]
    network(torch.full((1, 3, 16, 48), 5.0), ct)
    assert seen[0].shape == (1, 4, 16, 48)
    assert seen[0][0, 3, 0, ::8].tolist() == [0, 0, 0.5, 0.75, 1, 1] and (seen[0][0, :3] == 0.25).all()


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.filterwarnings("ignore::medfuse_course.training.TrainingWarning")
def test_what_the_ct_alone_tells_is_learned(name):
    recipe = replace(RECIPES[name], data=SeenInCtAlone(), budgets=BUDGET, average=0.0)
    trained = train(recipe).network.eval()
    batch = SeenInCtAlone().validation(BUDGET)
    with torch.no_grad():
        right, wrong = (
            (trained(batch["low"], ct) - batch["full"]).abs().mean().item() for ct in (batch["ct"], batch["ct"].flip(0))
        )
    assert right < 0.6 * wrong


def test_the_judge_sees_the_ct_beside_the_scan_and_the_image():
    seen = []
    players = lowdose_gan.players("course", ct=True)
    players.discriminator.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    batch = {"low": torch.full((1, 3, 32, 32), 2.0), "full": torch.full((1, 1, 32, 32), 5.0)}
    batch["ct"] = torch.full((1, 1, 32, 32), 500.0)
    lowdose_gan.play(players).discriminator_losses(batch)
    torch.testing.assert_close(seen[0][0, :, 0, 0], torch.tensor([0.1, 0.1, 0.1, 0.25, 0.75]))
    assert seen[1].shape == (1, 5, 32, 32)


def test_the_one_adapter_runs_it(network, pet, ct):
    """Sides that are no multiple of 16, a CT of three slices, tiles; and where no uptake is, a CT draws none."""
    made = run_network(network, pet, ct)
    assert made.shape == (48, 40) and np.abs(made - run_network(network, pet, ct[::-1].copy())).max() > 1e-6
    np.testing.assert_array_equal(made, run_network(network, pet, np.stack([0 * ct - 1, ct, 0 * ct - 1])))
    np.testing.assert_allclose(made, run_network(network, pet, ct, tile=16), atol=1e-5)
    np.testing.assert_array_equal(run_network(network, 0 * pet, ct), 0 * ct)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda ct: ct[:32], r"ct: expected the grid of x, \(3, 48, 40\), got \(1, 32, 40\); resample the CT"),
        (lambda ct: (ct + 1000) / 2000, "ct: expected HU, where air is near -1000 .*; undo the window"),
        (lambda ct: ct + 1024, "apply the slope and the intercept of the file"),
        (lambda ct: np.where(ct > 400, np.nan, ct), "ct: expected finite values"),
        (lambda ct: None, "ct: expected the CT of the middle slice in HU, which this network takes, got none"),
    ],
)
def test_what_is_no_ct_is_answered(change, said, network, pet, ct):
    with pytest.raises(ValueError, match=said):
        network.examine(pet, change(ct))
    if change(ct) is not None:
        with pytest.raises(ValueError, match=said):
            run_network(network, pet, change(ct))


def test_networks_and_data_that_do_not_fit_are_answered(pet, ct):
    batch = SeenInCtAlone().validation(BUDGET)
    with pytest.raises(ValueError, match="ct: expected none, this network was built without; build it with ct=True"):
        lowdose_l1.AbsoluteErrorStep(lowdose_l1.build("course")).losses(batch)
    with pytest.raises(ValueError, match="ct: expected none"):
        run_network(lowdose_gan.build("course"), pet, ct)
    without = {name: x for name, x in batch.items() if name != "ct"}
    with pytest.raises(ValueError, match="which this network takes, got none"):
        lowdose_l1.AbsoluteErrorStep(lowdose_l1.build("course", ct=True)).losses(without)
    with pytest.raises(ValueError, match="ct: expected the grid of x"):
        lowdose_l1.build("course", ct=True)(batch["low"], batch["ct"][..., :16])
