"""Low-dose PET: sizes, the laws of enhancement, the loss by hand, what is warned of, and whom it helps."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import enhance  # noqa: E402
from medfuse_course.core.checks import RangeWarning  # noqa: E402
from medfuse_course.datasets import load_case  # noqa: E402
from medfuse_course.methods import get_method, solve  # noqa: E402
from medfuse_course.methods.gan import lowdose_gan, lowdose_l1  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.metrics import score  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.networks.tensor_files import CheckpointError  # noqa: E402
from tests.house import ROOT  # noqa: E402

SLUGS = ("lowdose_gan", "lowdose_l1")
each = pytest.mark.parametrize("slug", SLUGS)


@pytest.fixture(scope="module")
def case():
    return load_case("thorax/low-dose-pet", simulate="image_space", neighbors=1)


@pytest.fixture(scope="module")
def pet(case):
    (stack,) = case.inputs.values()
    return stack


def test_the_published_sizes_with_three_slices_in_and_one_out():
    """Of pix2pix (54,413,955 and 2,768,705: tests/networks/test_pix2pix.py) two channels less come out, or go in."""
    players = lowdose_gan.players("paper")
    assert count_parameters(players.generator) == 54_413_955 - 2 * (128 * 16 + 1)
    assert count_parameters(players.discriminator) == 2_768_705 - 2 * 64 * 16
    assert count_parameters(lowdose_l1.build("course")) == count_parameters(lowdose_gan.build("course")) == 217_801


@each
def test_nothing_stays_nothing_and_what_is_even_stays_what_it_is(slug):
    """Whatever the weights are: these are random."""
    for level in (0.0, 3.0):
        even = np.full((3, 24, 40), level, np.float32)
        np.testing.assert_array_equal(enhance(even, slug, weights="none"), even[1])
        np.testing.assert_array_equal(enhance(even, slug), even[1])


@each
def test_the_unit_does_not_matter_once_it_is_said(slug, pet):
    once = enhance(pet, slug)
    for factor in (1e-4, 1000.0):  # MBq/ml, Bq/ml
        np.testing.assert_allclose(
            enhance(factor * pet, slug, suv=factor), factor * once, rtol=1e-4, atol=factor * 1e-4
        )
    assert np.abs(enhance(0.1 * pet, slug) - 0.1 * once).max() > 1e-3  # unsaid it does: the scale is fixed


@each
def test_activity_is_roughly_conserved(slug, pet):
    assert enhance(pet, slug).mean() == pytest.approx(pet[1].mean(), rel=0.05)


@each
def test_a_slice_alone_and_five_are_enhanced_too(slug, pet):
    alone = enhance(pet[1], slug)
    np.testing.assert_allclose(alone, enhance(np.stack([pet[1]] * 3), slug), atol=1e-5)
    five = np.stack([pet[0], *pet, pet[2]])
    np.testing.assert_allclose(enhance(five, slug), enhance(pet, slug), atol=1e-5)
    assert np.abs(alone - enhance(pet, slug)).max() > 0.01


@each
def test_values_above_the_fixed_scale_are_counted_and_clipped(slug, pet):
    hot = pet.copy()
    hot[1, 100, 100:103] = (25.0, 31.0, 20.0)
    with pytest.warns(RangeWarning, match=r"x: 2 of 196608 values lie above 20 SUV, up to 31, and count as 20") as said:
        result = enhance(hot, slug)
    assert len(said) == 1
    np.testing.assert_array_equal(result, enhance(np.minimum(hot, 20), slug))
    with pytest.warns(RangeWarning, match=r"what one SUV is in its unit"):
        enhance(1000 * pet, slug)


@each
def test_a_bright_spot_far_away_changes_no_scale(slug, pet):
    """Divided by its own maximum, the image would change everywhere."""
    spot = pet.copy()
    spot[:, 250, 250] = 19.0
    np.testing.assert_allclose(enhance(spot, slug)[:180, :180], enhance(pet, slug)[:180, :180], atol=1e-5)


@pytest.mark.parametrize("suv", [0, -1.0, np.nan, np.inf])
def test_what_is_no_unit_is_answered(suv, pet):
    with pytest.raises(ValueError, match="suv: expected a number (> 0, what one SUV is|from 0 to 1e.12)"):
        enhance(pet, "lowdose_gan", suv=suv)


def test_weights_of_another_system_are_refused(pet):
    with pytest.raises(CheckpointError, match="another network"):
        enhance(pet, "lowdose_gan", weights=ROOT / "data/weights/densefuse.safetensors")


def test_what_is_drawn_is_added_to_the_middle_slice_by_hand():
    """A U-Net that says 0.1 everywhere adds 20 tanh(0.1) SUV, times r / (r + 0.05); nothing falls below 0."""
    network = lowdose_gan.build("course")
    with torch.no_grad():
        for weight in network.parameters():
            weight.zero_()
        network.unet.last[-1].bias.fill_(0.1)
    x = np.zeros((3, 32, 32), np.float32)
    x[0, 4, 4], x[1, 20, 20], x[2, 20, 25] = 1.0, 2.0, 5.0
    drawn = 20 * np.tanh(0.1)
    made = run_network(network, x)
    assert made[4, 8] == pytest.approx(drawn / 1.05, rel=1e-5)  # four pixels off, in another slice
    assert made[4, 9] == 0  # five pixels off: nothing varies
    assert made[20, 20] == pytest.approx(2 + drawn * 2 / 2.05, rel=1e-5)
    assert made[20, 22] == pytest.approx(drawn * 5 / 5.05, rel=1e-5)
    with torch.no_grad():
        network.unet.last[-1].bias.fill_(-0.1)
    assert run_network(network, x).min() == 0


class Always(torch.nn.Module):
    """Says one number of every image, or makes the same image of every stack."""

    def __init__(self, value):
        super().__init__()
        self.value = torch.nn.Parameter(torch.tensor(float(value)))

    def forward(self, x):
        return self.value + 0 * x[:, :1]


def test_the_generator_minimizes_the_published_sum_by_hand():
    """d = 0: log 2 from the adversary. Images of 2 where 5 is right: 100 times 3 / 20. The judge: 2 log 2."""
    batch = {"low": torch.ones(2, 3, 8, 8), "full": torch.full((2, 1, 8, 8), 5.0)}
    step = lowdose_gan.play(lowdose_gan.Players(Always(2.0), Always(0.0)))
    losses = step.generator_losses(batch)
    assert losses["generator"].item() == pytest.approx(np.log(2))
    assert losses["l1"].item() == pytest.approx(15)
    assert step.discriminator_losses(batch)["discriminator"].item() == pytest.approx(2 * np.log(2))
    control = lowdose_l1.AbsoluteErrorStep(Always(2.0))
    assert {name: term.item() for name, term in control.losses(batch).items()} == {"l1": pytest.approx(15)}


def test_the_judge_sees_the_low_dose_beside_the_image():
    seen = []

    class Watching(Always):
        def forward(self, x):
            seen.append(x)
            return super().forward(x)

    batch = {"low": torch.arange(3.0).view(1, 3, 1, 1).expand(1, 3, 8, 8), "full": torch.full((1, 1, 8, 8), 5.0)}
    lowdose_gan.play(lowdose_gan.Players(Always(2.0), Watching(0.0))).discriminator_losses(batch)
    of_real, of_made = (20 * x[0, :, 0, 0] for x in seen)
    torch.testing.assert_close(of_real, torch.tensor([0.0, 1.0, 2.0, 5.0]))
    torch.testing.assert_close(of_made, torch.tensor([0.0, 1.0, 2.0, 2.0]))


@each
def test_half_of_the_error_is_gone_on_a_patient_of_a_table(slug, case, pet):
    """The scan alone is the control; the noise here is not what it learned from (no reconstruction)."""
    before, after = (score(x, case, "nrmse")["nrmse"] for x in (pet[1], solve(case, slug)))
    assert after < 0.7 * before


def test_the_declaration_says_what_is_known():
    gan, control = (get_method(slug) for slug in SLUGS)
    assert (gan.reference, gan.evidence, gan.task.slug) == (12, "title", "enhancement")
    assert (control.reference, control.evidence) == (None, "course")
    assert gan.options["suv"] == 1.0
