"""MFIF-GAN: one branch for all planes, its players' published sizes, its cleaning by hand, and what it has learned."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.exercises.training.focus_masks import sharp_here  # noqa: E402
from medfuse_course.losses import WASSERSTEIN  # noqa: E402
from medfuse_course.methods import fuse, get_method  # noqa: E402
from medfuse_course.methods.gan.focus_game import drawn  # noqa: E402
from medfuse_course.methods.gan.mfif_gan import (  # noqa: E402
    RECIPE,
    WEIGHT,
    Excitation,
    ReleasedStep,
    build,
    critic,
    decide,
    players,
)
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from tests.methods.gan.focus import a_scene, overlap  # noqa: E402


@pytest.fixture
def network():
    """Random, also in what batch normalization has seen."""
    torch.manual_seed(0)
    network = build("course").train()
    network.focus_map(*torch.rand(2, 4, 1, 32, 32))
    return network.eval()


@pytest.mark.parametrize("released", [True, False])
def test_the_critic_has_the_published_size(released):
    """Counted in the authors' code; that of the generator is held by the suite of all networks."""
    judge = critic("paper", released=released)
    assert count_parameters(judge) == 3_815_105
    assert isinstance(judge[-1], torch.nn.Sigmoid) == released
    assert judge(torch.rand(2, 7, 256, 256)).shape == (2, 1, 2, 2)


def test_six_planes_go_one_by_one_through_one_branch_of_one_channel(network):
    """So the order of R, G and B is nothing, and neither is which color it is: only a mean over planes arrives."""
    a, b = torch.rand(2, 1, 3, 32, 32)
    with torch.no_grad():
        by_hand = [torch.stack([network.branch(x[:, k : k + 1]) for k in range(3)]).mean(0) for x in (a, b)]
        expected = network.draw(torch.cat(by_hand, dim=1))
        assert expected.std() > 1e-4
        torch.testing.assert_close(network.focus_map(a, b), expected)
        torch.testing.assert_close(network.focus_map(a[:, [2, 0, 1]], b), expected, atol=1e-5, rtol=1e-5)
        gray = a[:, :1]
        torch.testing.assert_close(network.features(gray.expand(-1, 3, -1, -1)), network.features(gray))


def test_excitation_by_hand():
    """Two channels with means 1 and 3; a hidden layer that adds them, and ``sigmoid(4 w)`` of that."""
    excite = Excitation(2, reduction=2)
    with torch.no_grad():
        excite.weigh[0].weight.fill_(1)
        excite.weigh[2].weight.copy_(torch.tensor([[0.25], [-0.5]]))
        image = torch.tensor([0.0, 2.0, 3.0, 3.0]).reshape(1, 2, 1, 2)
        expected = image[0, :, 0].numpy() / (1 + np.exp([[-1.0], [2.0]]))
        np.testing.assert_allclose(excite(image)[0, :, 0], expected, rtol=1e-6)


def test_small_regions_are_turned_over_by_hand():
    """0.05 of 100 pixels: four are too few, five stay; pixels that touch at a corner are two regions."""
    drawn_map = np.full((10, 10), 0.4)
    drawn_map[:, 5:] = 0.6
    drawn_map[1, 0:4] = 0.9
    drawn_map[3, 0:5] = 0.9
    drawn_map[3, 5] = 0.1  # or the row would join the right half
    drawn_map[8, 8] = 0.1
    drawn_map[6, 2] = drawn_map[7, 3] = drawn_map[8, 2] = drawn_map[9, 3] = drawn_map[5, 1] = 0.9
    expected = np.zeros((10, 10))
    expected[:, 5:] = 1
    expected[3, 0:5] = 1
    np.testing.assert_array_equal(decide(drawn_map, small=0.05), expected)
    np.testing.assert_array_equal(decide(drawn_map, small=0.0), drawn_map > 0.5)


def test_each_pixel_is_one_source_s_and_color_comes_whole(network):
    gray, rgb = torch.rand(1, 1, 32, 32), torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        fused = network(gray, rgb)
    of_a, of_b = ((fused == x).all(dim=1) for x in (gray, rgb))
    assert (of_a | of_b).all() and of_a.any() | of_b.any()
    with pytest.raises(ValueError, match="small: expected a part of the image, at least 0 and less than 1, got 5"):
        network(gray, rgb, small=5)


def test_as_released_a_perfect_map_costs_a_lot():
    """True maps from -1 to 1, drawn ones in [0, 1]: where the truth is 0 the best there is, 0, is 1 away."""
    mask = torch.zeros(1, 1, 48, 48)
    mask[..., :12] = 1
    batch = {"a": torch.rand(1, 1, 48, 48), "b": torch.rand(1, 1, 48, 48), "mask": mask}
    step = ReleasedStep(players("course", released=True), WASSERSTEIN, weight=WEIGHT, planes=3)
    assert step.content(mask, batch)["map"].item() == pytest.approx(10 * 0.75)
    corrected = RECIPE.phases[-1].step(players("course"))
    assert corrected.content(mask, batch)["map"].item() == 0


def test_the_corrected_critic_judges_each_image_by_itself():
    images = torch.rand(3, 7, 48, 48)
    for released in (False, True):
        torch.manual_seed(0)
        judge = critic("course", released=released).train()
        alone, together = judge(images[:1]), judge(images)[:1]
        assert torch.allclose(alone, together, atol=1e-5) != released


def test_the_shipped_network_finds_the_mask_where_the_object_leaks():
    network = load_network(get_method("mfif_gan")).cpu()
    sharp, mask, a, b, seen = a_scene("spread")
    batch = {name: torch.from_numpy(x)[None, None] for name, x in (("a", a), ("b", b))}
    with torch.no_grad():
        assert overlap(drawn(network, batch)[0, 0].numpy() > 0.5, mask, seen) > 0.85
    errors = [np.abs(x - sharp).mean() for x in (fuse(a, b, "mfif_gan"), a, b)]
    assert 2 * errors[0] < min(errors[1:])


def test_a_filter_that_learns_nothing_does_about_as_well():
    """What the method's file says of the course's weights: as good on masks, worse on the image in flat places."""
    network, rows = load_network(get_method("mfif_gan")).cpu(), []
    for seed in (3, 4):
        sharp, mask, a, b, seen = a_scene("spread", seed=seed)
        batch = {name: torch.from_numpy(x)[None, None] for name, x in (("a", a), ("b", b))}
        with torch.no_grad():
            learned = decide(drawn(network, batch)[0, 0].numpy()) > 0
        found = (learned, sharp_here(a, b, 2.0) > 0.5)
        rows.append([(overlap(m, mask, seen), np.abs(np.where(m, a, b) - sharp).mean()) for m in found])
    (learned, error), (filtered, least) = np.mean(rows, axis=0)
    assert abs(learned - filtered) < 0.03 and error > least
