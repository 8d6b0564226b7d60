"""FuseGAN: what its two branches promise, its game by hand, and what it has learned against a filter of eight lines."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.exercises.training.focus_masks import sharp_here  # noqa: E402
from medfuse_course.losses import LEAST_SQUARES  # noqa: E402
from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.gan.focus_game import MapLossStep, MapStep  # noqa: E402
from medfuse_course.methods.gan.fusegan import build, players  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.networks import Players, count_parameters  # noqa: E402
from tests.methods.gan.focus import a_scene, overlap  # noqa: E402


class _Fixed(torch.nn.Module):
    """Draws the same map whatever it sees."""

    def __init__(self, value):
        super().__init__()
        self.value = torch.nn.Parameter(torch.tensor(value))

    def focus_map(self, a, b):
        return self.value.expand_as(a)


class _Says(torch.nn.Module):
    """A critic that says the mean of the map, which comes last."""

    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.tensor(1.0))

    def forward(self, stacked):
        return self.gain * stacked[:, -1:].mean(dim=(1, 2, 3))


@pytest.fixture
def network():
    """Random, also in what batch normalization has seen."""
    torch.manual_seed(0)
    network = build("course").train()
    network.focus_map(*torch.rand(2, 4, 1, 32, 32))
    return network.eval()


def test_sizes_by_hand():
    """7 x 7, two halvings, ``8 w`` to ``4 w``, two blocks, two doublings of 4 x 4, 3 x 3; a norm has two numbers."""
    w = 8
    encoder = (49 + 1) * w + 2 * w + (9 * w + 1) * 2 * w + 4 * w + (18 * w + 1) * 4 * w + 8 * w
    blocks = (72 * w + 1) * 4 * w + 8 * w + 4 * ((36 * w + 1) * 4 * w + 8 * w)
    decoder = (64 * w * 2 * w + 2 * w + 4 * w) + (16 * 6 * w * w + w + 2 * w) + 9 * 3 * w
    assert count_parameters(build("course")) == encoder + blocks + decoder == 76_720


def test_exchanging_the_sources_turns_the_map_over_and_leaves_the_image(network):
    network, (a, b) = network.double(), torch.rand(2, 2, 1, 24, 32).double()
    with torch.no_grad():
        for draw in (network.focus_map, network.decision):
            assert draw(a, b).std() > 1e-3
            torch.testing.assert_close(draw(b, a), 1 - draw(a, b), atol=1e-9, rtol=0)
        torch.testing.assert_close(network(b, a), network(a, b), atol=1e-9, rtol=0)
        torch.testing.assert_close(network.focus_map(a, a), torch.full_like(a, 0.5))


def test_without_the_random_field_the_confidence_mixes(network):
    a, b = torch.rand(2, 1, 1, 16, 16)
    with torch.no_grad():
        confidence = network.focus_map(a, b)
        torch.testing.assert_close(network(a, b, refine=False), confidence * a + (1 - confidence) * b)
        assert not torch.allclose(network(a, b), network(a, b, refine=False), atol=1e-3)


def test_the_game_by_hand():
    """The critic hears 3/4 of a true map and 0.6 of a drawn one: ``((3/4 - 1)^2 + 0.6^2) / 2``, ``(0.6 - 1)^2 / 2``."""
    mask = torch.ones(1, 1, 4, 4)
    mask[..., 0] = 0
    batch = {"a": torch.rand(1, 1, 4, 4), "b": torch.rand(1, 1, 4, 4), "mask": mask}
    step = MapStep(Players(_Fixed(0.6), _Says()), LEAST_SQUARES, weight=100.0)
    assert step.discriminator_losses(batch)["discriminator"].item() == pytest.approx((0.0625 + 0.36) / 2)
    terms = step.generator_losses(batch)
    assert terms["generator"].item() == pytest.approx(0.08)
    assert terms["map"].item() == pytest.approx(100 * (0.75 * 0.4 + 0.25 * 0.6))
    assert MapLossStep(step.players).losses(batch)["map"].item() == pytest.approx(0.45)


def test_the_critic_sees_both_images_and_the_map():
    critic = players("course").discriminator.eval()
    seen = torch.rand(1, 3, 32, 32).requires_grad_()
    critic(seen).mean().backward()
    assert (seen.grad.abs().amax(dim=(0, 2, 3)) > 0).all()


@pytest.mark.parametrize(("error", "count"), [(0.1, 0), (0.4, 1)])
def test_wrong_maps_are_a_fault_and_a_critic_that_can_tell_is_none(error, count):
    step = MapStep(Players(_Fixed(0.6), _Says()), LEAST_SQUARES, weight=1.0)
    said = step.faults({"balance": 1.0, "spread": 1.0, "level": 0.0, "map_error": error})
    assert len(said) == count and all("its maps are wrong: 0.40" in one for one in said)


def test_the_shipped_network_finds_the_mask_where_something_is_to_see():
    """On a phantom that no training has seen; the random field mends more than it spoils."""
    network = load_network(get_method("fusegan")).cpu()
    sharp, mask, a, b, seen = a_scene("apart", lens="disk")
    with torch.no_grad():
        images = [torch.from_numpy(x)[None, None] for x in (a, b)]
        rough, refined = (draw(*images)[0, 0].numpy() > 0.5 for draw in (network.focus_map, network.decision))
    assert overlap(refined, mask, seen) > 0.9
    assert ndimage.label(refined)[1] <= ndimage.label(rough)[1]
    errors = [np.abs(x - sharp).mean() for x in (run_network(network, a, b), a, b)]
    assert 3 * errors[0] < min(errors[1:])


def test_a_filter_finds_it_too():
    """The baseline of a skeptic: who has more Laplacian energy nearby. It needs no training."""
    _, mask, a, b, seen = a_scene("apart", lens="disk")
    assert overlap(sharp_here(a, b, 3.0) > 0.5, mask, seen) > 0.8
