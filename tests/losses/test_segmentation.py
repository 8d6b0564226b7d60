"""Terms for masks, by hand."""

import math

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.losses import boundary, region_weights, soft_dice, weighted_cross_entropy  # noqa: E402


def row(*values):
    return torch.tensor(values).view(1, 1, 1, -1)


def test_dice_by_hand():
    """Half of one pixel of two is found, and one is marked beside: 1 - (2 * 0.5 + 1) / (1.5 + 2 + 1)."""
    p, y = row(0.5, 0.0, 1.0), row(1.0, 1.0, 0.0)
    assert soft_dice(p, y).item() == pytest.approx(1 - 2 / 4.5)
    assert soft_dice(p, y, row(2.0, 1.0, 0.0)).item() == pytest.approx(1 - 3 / 5)


def test_two_empty_masks_agree_and_each_image_counts_alike():
    empty = torch.zeros(1, 1, 4, 4)
    assert soft_dice(empty, empty).item() == 0
    full = torch.ones(1, 1, 4, 4)
    assert soft_dice(torch.cat([full, empty]), torch.cat([full, full])).item() == pytest.approx((1 - 1 / 17) / 2)


def test_cross_entropy_is_shared_out_by_its_weights():
    """ln 2 where p = 1/2, ln(1 + e) where a pixel is wrong by 1."""
    logits, y = row(0.0, 1.0), row(1.0, 0.0)
    expected = (3 * math.log(2) + math.log(1 + math.e)) / 4
    for scale in (1.0, 7.0):
        assert weighted_cross_entropy(logits, y, scale * row(3.0, 1.0)).item() == pytest.approx(expected)


def test_a_border_has_two_sides_and_the_rim_of_the_image_is_none():
    y = row(1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    assert boundary(y).flatten().tolist() == [0, 0, 1, 1, 0, 0]
    assert boundary(y, 2).flatten().tolist() == [0, 1, 1, 1, 1, 0]
    assert not boundary(torch.ones(1, 1, 5, 5)).any() and not boundary(torch.zeros(1, 1, 5, 5)).any()


def test_weights_by_hand():
    """Entropy in bits: 1 at one half, 0 at 0 and 1, H(1/4) = 2 - 3/4 log2 3."""
    p, y = row(0.5, 0.25, 0.0, 1.0).requires_grad_(), row(1.0, 0.0, 0.0, 0.0)
    w = region_weights(p, y, alpha=2.0, beta=5.0)
    quarter = 2 - 0.75 * math.log2(3)
    assert w.flatten().tolist() == pytest.approx([8, 6 + 2 * quarter, 1, 1], abs=1e-4)
    assert not w.requires_grad
