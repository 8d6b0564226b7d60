"""Whitened features as weights: by hand, against loops in NumPy, and what whitening forgets."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.extractors.resnet_zca import ResNetZCA, strength  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.networks import load_extractor  # noqa: E402
from tests.networks.test_whitening import by_loops  # noqa: E402


class Given(torch.nn.Module):
    """In place of an extractor: features that a function makes of the image, on a grid of 8 x 8 pixels."""

    strides, multiple = (4, 8), 8

    def __init__(self, make):
        super().__init__()
        self.make = make

    def levels(self, x, count=None):
        return [self.make(torch.nn.functional.avg_pool2d(x, side)) for side in self.strides[:count]]


def images(seed=0, height=48, width=64):
    rng = np.random.default_rng(seed)
    return (torch.from_numpy(rng.random((1, 1, height, width))) for _ in range(2))


def cubic(t, a=-0.75):
    t = abs(t)
    if t < 1:
        return ((a + 2) * t - (a + 3)) * t * t + 1
    return (((t - 5) * t + 8) * t - 4) * a if t < 2 else 0.0


def enlarge(line, length):
    """Cubic interpolation of one line; beyond its ends the last value counts again."""
    out = []
    for k in range(length):
        x = (k + 0.5) * len(line) / length - 0.5
        near = range(int(np.floor(x)) - 1, int(np.floor(x)) + 3)
        out.append(sum(cubic(x - i) * line[min(max(i, 0), len(line) - 1)] for i in near))
    return np.array(out)


def in_numpy(features, height, width):
    """From features ``(C, h, w)`` to the activity of each pixel, with loops."""
    summed = np.pad(np.abs(by_loops(features, 1e-5)).sum(axis=0), 2)
    h, w = features.shape[1:]
    means = np.array([[summed[i : i + 5, j : j + 5].sum() / 25 for j in range(w)] for i in range(h)])
    rows = np.array([enlarge(column, height) for column in means.T]).T
    return np.maximum([enlarge(row, width) for row in rows], 0)


def test_the_rule_is_what_loops_in_numpy_give():
    a, b = images()
    network = ResNetZCA(load_extractor("resnet50", "none", normalize=False)).double()
    with torch.no_grad():
        seen = [network.extractor.levels(x, 2)[1][0].numpy() for x in (a, b)]
        fused = network(a, b, stage=2)[0, 0].numpy()
    of_a, of_b = (in_numpy(x, 48, 64) for x in seen)
    weight = of_a / (of_a + of_b)
    np.testing.assert_allclose(fused, weight * a[0, 0].numpy() + (1 - weight) * b[0, 0].numpy(), atol=1e-6)


@pytest.mark.parametrize("norm", ["l1", "l2", "nuclear"])
def test_features_three_times_as_strong_weigh_three_quarters_and_whitened_ones_a_half(norm):
    """The same picture in both, in one of them three times: 3 / (3 + 1), everywhere, whatever the border does."""
    (a, _), network = images(), ResNetZCA(Given(lambda x: 100 * torch.cat([x, x.flip(-1)], dim=1)))
    by_strength = network(3 * a, a, stage=2, norm=norm, whiten=False)
    torch.testing.assert_close(by_strength, 0.75 * 3 * a + 0.25 * a)
    torch.testing.assert_close(network(3 * a, a, stage=2, norm=norm), 2 * a, atol=1e-4, rtol=0)


def test_norms_of_one_window_by_hand():
    """One place, two channels, 3 and 4: 7 and 5 over 25 places; its 25 x 2 matrix has one singular value, 5."""
    features = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)
    assert strength(features).item() == pytest.approx(7 / 25)
    assert strength(features, "l2").item() == pytest.approx(5 / 25)
    assert strength(features, "nuclear").item() == pytest.approx(5)
    pair = torch.tensor([[3.0, 0.0], [0.0, 4.0]]).reshape(1, 2, 1, 2)  # orthogonal: the singular values are 3 and 4
    np.testing.assert_allclose(strength(pair, "nuclear").flatten(), [7, 7], rtol=1e-6)


def test_weights_are_shares_and_black_images_weigh_alike():
    a, b = images(3)
    network = ResNetZCA(load_extractor("resnet50", "none", normalize=False)).double()
    with torch.no_grad():
        for whiten in (True, False):
            weight, other = network.weight(a, b, whiten=whiten), network.weight(b, a, whiten=whiten)
            assert weight.min() >= 0 and weight.max() <= 1
            torch.testing.assert_close(weight + other, torch.ones_like(weight))
        assert torch.isfinite(network(0 * a, 0 * b)).all()
    nothing = ResNetZCA(Given(torch.zeros_like))
    assert (nothing.weight(a, b, stage=1) == 0.5).all()


def test_bad_choices_and_tiles_are_answered():
    network, a = ResNetZCA(load_extractor("resnet50", "none", normalize=False)), np.zeros((32, 32), np.float32)
    with pytest.raises(ValueError, match="stage: expected a whole number from 1 to 4, got 5"):
        run_network(network, a, a, stage=5)
    with pytest.raises(ValueError, match="unknown norm 'l3'"):
        run_network(network, a, a, norm="l3")
    with pytest.raises(ValueError, match="tile: expected None: ResNetZCA looks at the whole image, got 16"):
        run_network(network, a, a, tile=16)
