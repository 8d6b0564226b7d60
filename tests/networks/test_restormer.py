"""Attention between channels, against loops in NumPy; what is global in it and what is not."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks.restormer import (  # noqa: E402
    ChannelAttention,
    ChannelNorm,
    GatedFeedForward,
    RestormerBlock,
    channel_attention,
)


def test_channel_attention_is_that_of_loops():
    """Two heads of three channels; each channel a row of all its pixels."""
    rng = np.random.default_rng(0)
    q, k, v = rng.standard_normal((3, 6, 4, 5))
    temperature, mixed = np.array([0.5, 3.0]), np.zeros((6, 20))
    for head in range(2):
        rows = [x.reshape(6, 20)[3 * head : 3 * head + 3] for x in (q, k, v)]
        for i in range(3):
            scores = [
                temperature[head] * rows[0][i] @ other / np.linalg.norm(rows[0][i]) / np.linalg.norm(other)
                for other in rows[1]
            ]
            share = np.exp(scores) / np.exp(scores).sum()
            mixed[3 * head + i] = share @ rows[2]
    ours = channel_attention(*(torch.tensor(x)[None] for x in (q, k, v)), torch.tensor(temperature).reshape(2, 1, 1))
    np.testing.assert_allclose(ours.reshape(6, 20).numpy(), mixed, atol=1e-12)


def test_norm_and_gate_by_hand():
    """Features (1, 3): mean 2, deviation 1. A gate of 0 lets nothing pass."""
    x = torch.tensor([1.0, 3.0]).reshape(1, 2, 1, 1)
    assert ChannelNorm(2)(x).flatten().tolist() == pytest.approx([-1, 1], abs=1e-4)
    feed = GatedFeedForward(2)
    feed.near.weight.data[:4] = 0
    assert torch.equal(feed(x), torch.zeros_like(x))


def test_one_pixel_counts_everywhere_and_black_queries_are_no_error():
    torch.manual_seed(0)
    block, x = RestormerBlock(8, 2), torch.rand(1, 8, 24, 24)
    other = x.clone()
    other[..., 0, 0] = 5
    with torch.no_grad():
        assert (block(other) - block(x))[..., 20:, 20:].abs().max() > 1e-5
        assert torch.isfinite(block(torch.zeros_like(x))).all()
        assert torch.equal(block.feed(other)[..., 20:, 20:], block.feed(x)[..., 20:, 20:])


def test_heads_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="heads: expected a divisor of 10 channels, got 4"):
        ChannelAttention(10, 4)
