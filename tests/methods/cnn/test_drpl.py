"""DRPL on what it is made for, and on what it is not."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.cnn.drpl import (  # noqa: E402
    MaskNetwork,
    PairStep,
    RectifiedSwish,
    build,
    focus_map,
    masks,
    sharpened,
)
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.training.data.focus_masks import random_mask, split_focus  # noqa: E402
from medfuse_course.training.data.focus_patches import defocus  # noqa: E402


class _Fixed(MaskNetwork):
    """Draws the same two masks whatever it sees."""

    def __init__(self, of_a, of_b):
        super().__init__(1, 0, 1)
        self.drawn = torch.nn.Parameter(torch.stack([torch.as_tensor(of_a), torch.as_tensor(of_b)])[None].float())

    def masks(self, a, b):
        return self.drawn.expand(len(a), -1, *a.shape[-2:])


def test_any_size_gives_two_masks():
    drawn = build("course").eval().masks(*torch.rand(2, 3, 1, 17, 30))
    assert drawn.shape == (3, 2, 17, 30)
    assert 0 < drawn.min() < drawn.max() < 1
    assert build("paper").eval().masks(*torch.rand(2, 1, 1, 16, 16)).shape == (1, 2, 16, 16)


def test_activation_and_sharpening_by_hand():
    values = RectifiedSwish()(torch.tensor([-2.0, 0.0, 1.0]))
    np.testing.assert_allclose(values, [0, 0, 1 / (1 + np.exp(-1))], atol=1e-6)
    point = torch.zeros(1, 1, 5, 5)
    point[0, 0, 2, 2] = 1
    np.testing.assert_array_equal(sharpened(point)[0, 0, 1:4, 1:4], [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    np.testing.assert_allclose(sharpened(torch.full((1, 1, 4, 4), 0.3)), 0.3, atol=1e-6)


def test_fusion_takes_the_mean_of_one_mask_and_the_complement_of_the_other():
    """``m = (0.8 + 1 - 0.4) / 2 = 0.7``."""
    network = _Fixed([[0.8]], [[0.4]])
    a, b = np.full((2, 16, 16), [[[0.5]], [[1.0]]], np.float32)
    np.testing.assert_allclose(focus_map(network, a, b), 0.7, atol=1e-6)
    np.testing.assert_allclose(run_network(network, a, b), 0.7 * 0.5 + 0.3 * 1.0, atol=1e-6)


def test_the_loss_by_hand():
    """True masks cost nothing; masks exchanged cost 0.8 and what the blurred image then lacks."""
    rng = np.random.default_rng(0)
    sharp = rng.random((16, 16), dtype=np.float32)
    mask = np.zeros((16, 16), bool)
    mask[:, :8] = True
    a, b = split_focus(sharp, np.full_like(sharp, 0.5), mask)
    batch = {k: torch.tensor(v[None, None]).float() for k, v in {"a": a, "b": b, "mask": mask, "sharp": sharp}.items()}
    right = PairStep(_Fixed(mask, ~mask)).losses(batch)
    assert sum(right.values()).item() == pytest.approx(0, abs=1e-5)
    wrong = PairStep(_Fixed(~mask, mask)).losses(batch)
    assert wrong["mask"].item() == pytest.approx(0.8)
    framed = np.pad(sharp - 0.5, 1, "edge")
    lacking = 5 * framed[1:-1, 1:-1] - framed[:-2, 1:-1] - framed[2:, 1:-1] - framed[1:-1, :-2] - framed[1:-1, 2:]
    assert wrong["gradient"].item() == pytest.approx(0.1 * np.abs(lacking).mean(), rel=1e-4)
    assert wrong["structure"].item() > 0.08


@pytest.fixture(scope="module")
def synthetic():
    """A phantom that no training has seen, in focus here and there by a known mask."""
    sharp = load_pair("head/mri-ct", seed=3).a
    mask = random_mask(np.random.default_rng(5), sharp.shape)
    return sharp, mask, *split_focus(sharp, defocus(sharp, 2.0), mask)


def test_the_shipped_network_finds_the_mask(synthetic):
    """Within the body, and where the two images differ: in air nothing says which is in focus."""
    sharp, mask, a, b = synthetic
    network = load_network(get_method("drpl"))
    found = focus_map(network, a, b) > 0.5
    decidable = (np.abs(a - b) > 1 / 255) & (sharp > 0.1)
    both, either = (found & mask & decidable).sum(), ((found | mask) & decidable).sum()
    assert both / either > 0.95
    of_a, of_b = masks(network, a, b)
    assert np.abs(of_a + of_b - 1).mean() < 0.05
    errors = [np.square(x - sharp).mean() for x in (run_network(network, a, b), a, b)]
    assert 4 * errors[0] < min(errors[1:])  # 6 dB


def test_on_two_modalities_the_map_does_not_follow_focus():
    """Blur the left half of one source: within one modality the map turns away from it, across two it stays."""
    network = load_network(get_method("drpl"))
    pair = load_pair("head/mri-ct", seed=3)
    half = pair.a.shape[1] // 2
    left_soft, right_soft = pair.a.copy(), pair.a.copy()
    left_soft[:, :half], right_soft[:, half:] = defocus(pair.a, 2.0)[:, :half], defocus(pair.a, 2.0)[:, half:]
    left = (pair.a > 0.1) & (np.arange(pair.a.shape[1]) < half)

    def share(a, b):
        return focus_map(network, a, b)[left].mean()

    assert share(left_soft, right_soft) < 0.05 < 0.95 < share(right_soft, left_soft)
    assert abs(share(left_soft, pair.b) - share(right_soft, pair.b)) < 0.2
