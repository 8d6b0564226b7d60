"""Align, then fuse: its pyramid is the classical one, its cost volume by hand, and what the network is worth."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import fuse, load_pair  # noqa: E402
from medfuse_course.benchmark.experiments.registration import aligned, judge, move  # noqa: E402
from medfuse_course.datasets import misregister  # noqa: E402
from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.remedies import align_then_fuse as method  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402


@pytest.fixture(scope="module")
def network():
    return load_network(get_method("align_then_fuse")).cpu().eval()


@pytest.fixture(scope="module")
def pair():
    return load_pair("head/mri-pet", seed=5, slice=28)


def test_without_a_look_it_is_the_classical_pyramid(pair):
    moved = misregister(pair.b, shift_mm=(3, 4))
    np.testing.assert_allclose(
        fuse(pair.a, moved, "align_then_fuse", passes=0), fuse(pair.a, moved, "laplacian_pyramid"), atol=1e-5
    )


def test_cosines_with_what_lies_around_by_hand():
    """b is a moved by two cells down and one to the left: there every cosine is 1."""
    torch.manual_seed(0)
    a = torch.randn(1, 6, 9, 8)
    b = torch.roll(a, (2, -1), dims=(2, 3)) * 3
    alike = method.likeness(a, b).view(1, 5, 5, 9, 8)
    torch.testing.assert_close(alike[:, 4, 1, :7, 1:], torch.ones(1, 7, 7))
    assert (alike[:, :4] < 0.999).all()
    assert alike[:, :2, :, 0].abs().max() == 0  # above the first row there is nothing


def places(side=12):
    line = 8.0 * torch.arange(side)
    return torch.stack(torch.meshgrid(line, line, indexing="ij"))


def test_shift_and_small_turn_are_found_exactly_whoever_is_sure():
    """d = (3, -5) + 0.05 (x, -y) about any middle: nothing else is in it."""
    down, right = places()
    said = torch.stack([3 + 0.05 * (right - 40), -5 - 0.05 * (down - 40)])[None]
    sure = torch.rand(1, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(method.stiff(said, sure), said, atol=0.005, rtol=0)
    wild = said.clone()
    wild[..., 5, 5] = 500.0
    sure[..., 5, 5] = 0
    torch.testing.assert_close(method.stiff(wild, sure), method.stiff(said, sure))


def test_a_stretch_is_no_turn():
    said = 0.05 * (places() - 44)[None]
    torch.testing.assert_close(method.stiff(said, torch.ones(1, 1, 12, 12)), torch.zeros_like(said), atol=1e-4, rtol=0)


def test_a_bend_is_a_mean_of_the_sure_and_nothing_where_nobody_is():
    said = torch.full((1, 2, 40, 40), 4.0)
    sure = torch.zeros(1, 1, 40, 40)
    sure[..., :20] = 1
    said[..., 10, 30] = 1000.0
    found = method.bent(said, sure)
    torch.testing.assert_close(found[..., 10, 12], torch.full((1, 2), 4 / 1.3), atol=0.05, rtol=0)
    assert found[..., 39].abs().max() < 1e-3


def test_surprise_is_infonce_among_the_cells_that_count():
    from medfuse_course.losses import info_nce

    torch.manual_seed(0)
    a, b = torch.randn(2, 6, 3, 4), torch.randn(2, 6, 3, 4)
    even = method.surprise(a, b, torch.ones(2, 1, 3, 4))
    rows = [[x[n].flatten(1).T for x in (a, b)] for n in (0, 1)]
    torch.testing.assert_close(even, (info_nce(*rows[0]) + info_nce(*rows[1])) / 2)
    first = torch.ones(2, 1, 3, 4)
    first[1] = 0
    torch.testing.assert_close(method.surprise(a, b, first), info_nce(*rows[0]))


def test_flat_cells_show_nothing():
    flat, noisy = torch.full((1, 1, 64, 64), 0.5), torch.rand(1, 1, 64, 64)
    assert method.shown(flat, noisy).max() == 0 and method.shown(noisy, flat).max() == 0
    assert method.shown(noisy, noisy).min() > 0.8


@pytest.mark.parametrize("kind", ["shift", "turn"])
def test_the_shipped_network_brings_a_moved_pet_nearer(network, pair, kind):
    moved = move(pair, 0, kind, 6)
    before, after = (judge(arm, 0, moved, aligned(arm, moved, network)) for arm in ("none", "network"))
    assert after.landmark_mm < before.landmark_mm and after.folded == 0


def test_color_moves_with_its_image(network, pair):
    """A colored PET: the luminance is fused, and its chroma lies where the image was moved to."""
    rgb = np.stack([pair.b, pair.b**2, pair.b / 2], axis=-1).astype(np.float32)
    fused = fuse(pair.a, rgb, "align_then_fuse", passes=0)
    gray = fused @ np.array([0.299, 0.587, 0.114])
    chroma, wanted = (x - (x @ np.array([0.299, 0.587, 0.114]))[..., None] for x in (fused, rgb))
    inside = (fused > 0.01).all(axis=-1) & (fused < 0.99).all(axis=-1)
    np.testing.assert_allclose(chroma[inside], wanted[inside], atol=1e-4)
    assert gray[inside].std() > 0.05


def test_looks_are_counted(network):
    with pytest.raises(ValueError, match="passes: expected a number of looks from 0, got -1"):
        network(torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 32, 32), passes=-1)
