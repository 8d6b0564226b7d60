"""Soft normalized mutual information: hand cases, the hard histogram where both are one, and its gradient."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.losses import information_lost, soft_mi, soft_nmi  # noqa: E402
from medfuse_course.losses.information import soft_bins  # noqa: E402
from medfuse_course.metrics import evaluate  # noqa: E402


def pixels(*values):
    return torch.tensor(values, dtype=torch.float64).reshape(1, 1, 1, -1)


def test_shares_by_hand():
    """Of three bins at 0, 1/2 and 1: 0.3 lies 0.6 of the way from the first to the second."""
    shares = soft_bins(pixels(0.3, 1.0, 1.7), 3)[0]
    np.testing.assert_allclose(shares, [[0.4, 0, 0], [0.6, 0, 0], [0, 1, 1]], atol=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 1, 1), (0, 0, 1, 1), 1.0),
        ((0, 0, 1, 1), (1, 1, 0, 0), 1.0),
        ((0, 0, 1, 1), (0, 1, 0, 1), 0.0),
        ((0, 0, 0, 0), (1, 1, 1, 1), 0.0),
        # H(a) = H(b) = 1 bit; joint 3/8, 1/8, 1/8, 3/8
        ((0, 0, 0, 0, 1, 1, 1, 1), (0, 0, 0, 1, 0, 1, 1, 1), 2 - (0.75 * math.log2(8 / 3) + 0.25 * 3)),
        # one pixel half-way: joint 1/2 at (0, 0), 1/4 at (1, 0), 1/4 at (1, 1); H = 1, h(1/4), 3/2 bits
        ((0, 1), (0, 0.5), None),
    ],
)  # fmt: skip
def test_by_hand(a, b, expected):
    if expected is None:
        of_b = 0.75 * math.log2(4 / 3) + 0.5
        expected = 2 * (1 + of_b - 1.5) / (1 + of_b)
    assert soft_nmi(pixels(*a), pixels(*b), bins=2).item() == pytest.approx(expected, abs=1e-12)


def test_between_the_levels_of_the_hard_histogram_it_is_the_metric():
    """NMI of 8-bit levels, as the metric has it in NumPy; the metric adds the two sources."""
    rng = np.random.default_rng(2)
    a = rng.integers(0, 256, (40, 41))
    b = (a // 3 + rng.integers(0, 30, a.shape)).clip(0, 255)
    x, y = (image.astype(np.float32) / 255 for image in (a, b))
    hard = evaluate(x, y, y, "nmi")["nmi"] / 2
    tensors = (torch.from_numpy(image)[None, None].double() for image in (a / 255, b / 255))
    tensors = tuple(tensors)
    assert soft_nmi(*tensors, bins=256).item() == pytest.approx(hard, abs=1e-6)
    bits = evaluate(x, y, y, "mi")["mi"] / 2
    assert soft_mi(*tensors, bins=256).item() == pytest.approx(bits * math.log(2), abs=1e-6)


def test_more_bins_than_levels_change_nothing_and_a_batch_is_the_mean():
    torch.manual_seed(0)
    a = torch.randint(0, 4, (3, 1, 20, 20)).double() / 3
    b = (a + torch.randint(0, 2, a.shape) / 3).clamp(0, 1)
    torch.testing.assert_close(soft_nmi(a, b, bins=4), soft_nmi(a, b, bins=16))
    expected = 1 - torch.stack([soft_nmi(a[k : k + 1], b[k : k + 1], bins=4) for k in range(3)]).mean()
    torch.testing.assert_close(information_lost(a, b, bins=4), expected)


def test_the_gradient_is_right():
    torch.manual_seed(0)
    a, b = (torch.rand(1, 1, 5, 6, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(lambda x, y: information_lost(x, y, bins=5), (a, b))


def test_a_shifted_image_finds_back():
    """What it is for: an image of other gray values loses most information where it lies off, least in place."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, 48), torch.linspace(-1, 1, 48), indexing="ij")
    disk = torch.sigmoid(20 * (0.6 - torch.hypot(y, x)))[None, None]
    lost = [information_lost(1 - disk.roll(k, dims=3) / 2, disk).item() for k in range(0, 8, 2)]
    assert lost == sorted(lost) and lost[1] - lost[0] > 0.05


def test_what_does_not_fit_is_answered():
    with pytest.raises(ValueError, match=r"b: expected the shape of a, \(1, 1, 1, 2\), got \(1, 1, 1, 3\)"):
        soft_nmi(pixels(0, 1), pixels(0, 1, 0))
    with pytest.raises(ValueError, match="bins: expected at least 2, got 1"):
        soft_nmi(pixels(0, 1), pixels(0, 1), bins=1)
