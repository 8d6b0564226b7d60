"""MedFusion-TransNet: what goes in, what may be missing, where modalities meet, its loss by hand, what it knows."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.datasets import load_case  # noqa: E402
from medfuse_course.methods import segment  # noqa: E402
from medfuse_course.methods.running import _whole  # noqa: E402
from medfuse_course.methods.transformers.medfusion_transnet import (  # noqa: E402
    RegionStep,
    Segmenter,
    build,
    ct_channel,
    pet_channel,
    presence,
)
from medfuse_course.methods.transformers.meetings import MEETINGS, build_meeting  # noqa: E402
from medfuse_course.metrics import score  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402


@pytest.fixture(scope="module")
def case():
    return load_case("thorax/pet-ct-lesions", seed=5, benign=1, clots=1)


def test_units_are_scaled_by_fixed_numbers_and_what_is_missing_is_nothing():
    ct = torch.tensor([-1000.0, -300.0, 400.0, 900.0]).view(1, 1, 2, 2)
    assert ct_channel(ct).flatten().tolist() == pytest.approx([0, 0.5, 1, 1])
    assert pet_channel(torch.tensor([0.0, 2.5, 10.0, 99.0]).view(1, 1, 2, 2)).flatten().tolist() == [0, 0.25, 1, 2]
    gone = torch.full_like(ct, torch.nan)
    assert not ct_channel(gone).any() and presence(torch.cat([ct, gone])).flatten().tolist() == [1, 0]


@pytest.mark.parametrize("name", MEETINGS)
def test_meetings_are_of_one_size_and_see_what_they_say(name):
    """A network of one modality does not move with the other; the rest do."""
    network = build_meeting(name).eval()
    assert count_parameters(network) == pytest.approx(count_parameters(build("course")), rel=0.05)
    ct, pet = torch.rand(1, 1, 64, 64) * 1400 - 1000, torch.rand(1, 1, 64, 64) * 10
    with torch.inference_mode():
        p = network(ct, pet)
        moved = [not torch.equal(p, network(*images)) for images in ((ct.flip(-1), pet), (ct, pet.flip(-1)))]
        assert moved == [name != "pet", name != "ct"]
        assert torch.isfinite(network(ct, torch.full_like(pet, torch.nan))).all()


def test_late_fusion_is_the_mean_of_two_and_of_one_where_one_is_missing():
    network, ct, pet = (
        build_meeting("late").eval(),
        torch.rand(1, 1, 16, 16) * 1400 - 1000,
        torch.rand(1, 1, 16, 16) * 9,
    )
    of_ct, of_pet = network.ct.logits(ct, pet), network.pet.logits(ct, pet)
    torch.testing.assert_close(network.logits(ct, pet), (of_ct + of_pet) / 2)
    torch.testing.assert_close(network.logits(ct, torch.full_like(pet, torch.nan)), of_ct)


def test_a_missing_modality_hands_nothing_across_and_a_token_stands_for_it():
    network, (ct, pet) = build("course").eval(), torch.rand(2, 1, 1, 64, 64)
    gone = torch.full_like(pet, torch.nan)
    with torch.no_grad():
        before = network.logits(1000 * ct, gone)
        network.casnet.down[1][0][0].weight.add_(1.0)  # the way down of the PET
        torch.testing.assert_close(network.logits(1000 * ct, gone), before)
        network.casnet.meeting.absent[0].add_(1.0)  # the CT is there
        torch.testing.assert_close(network.logits(1000 * ct, gone), before)
        network.casnet.meeting.absent[1].add_(1.0)
        assert not torch.allclose(network.logits(1000 * ct, gone), before)


def test_the_loss_by_hand():
    """Two pixels of four are lesions; the network says 1/2 everywhere: entropy 1, and all pixels are border."""

    class Half(Segmenter):
        def __init__(self):
            super().__init__()
            self.gain = torch.nn.Parameter(torch.zeros(()))

        def logits(self, ct, pet):
            return self.gain * pet

    pixels = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 1, 1, 4)
    batch = {"ct": pixels, "pet": pixels, "mask": pixels}
    step = RegionStep(Half(), alpha=2.0, beta=1.0)
    # border: the two in the middle. w = 1 + 2 + (0, 1, 1, 0). sum w p y = 3.5, sum w p = 7, sum w y = 7
    losses = step.losses(batch)
    assert losses["dice"].item() == pytest.approx(1 - (2 * 3.5 + 1) / (7 + 7 + 1))
    assert losses["cross_entropy"].item() == pytest.approx(np.log(2))
    plain = step.validate(batch)
    assert plain["dice"].item() == pytest.approx(1 - (2 * 1 + 1) / (2 + 2 + 1))


def test_nothing_is_found_in_nothing_and_in_what_is_even():
    for a, b in ((0.0, None), (3.0, None), (-1000.0, 0.0), (40.0, 9.0)):
        images = [np.full((20, 30), value) for value in (a, b) if value is not None]
        assert not segment(*images, method="medfusion_transnet").any()


def test_one_alone_is_the_pet_and_use_leaves_one_out(case):
    ct, pet = case.inputs.values()
    alone = segment(pet, method="medfusion_transnet")
    np.testing.assert_array_equal(alone, segment(ct, pet, "medfusion_transnet", use="pet"))
    assert (alone != segment(ct, pet, "medfusion_transnet", use="ct")).any()
    assert alone.dtype == bool
    with pytest.raises(ValueError, match="unknown use 'cta'; did you mean 'ct'"):
        segment(ct, pet, "medfusion_transnet", use="cta")


def test_a_network_that_needs_both_says_so():
    with pytest.raises(ValueError, match="b: expected a second image, which tiny needs"):
        _whole((None, np.zeros((16, 16), np.float32)), "tiny", allowed=False)


def test_it_marks_lesions_of_patients_that_no_training_saw(case):
    ct, pet = case.inputs.values()
    of_network = score(segment(ct, pet, "medfusion_transnet"), case, ["dice", "lesion_sensitivity"])
    assert of_network["dice"] > 0.6 and of_network["lesion_sensitivity"] > 0.6


def test_a_windowed_ct_and_the_two_the_wrong_way_round_are_refused(case):
    ct, pet = case.inputs.values()
    with pytest.raises(ValueError, match="a: expected a CT in HU, .* got values from 0 to 1; undo the window"):
        segment(np.clip((ct + 1000) / 1400, 0, 1), pet, "medfusion_transnet")
    with pytest.raises(ValueError, match="b: expected a PET in SUV, got values from -1.*; a is the CT and b the PET"):
        segment(np.where(ct < 0, ct, -1.0), ct, "medfusion_transnet")
    assert segment(pet, method="medfusion_transnet").any()
    assert not segment(np.zeros((20, 30)), np.zeros((20, 30)), "medfusion_transnet").any()
