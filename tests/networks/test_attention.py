"""Attention by hand and against its own matrix; windows and back; who may look at whom; near and far."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks.attention import (  # noqa: E402
    Attention,
    GlobalBlock,
    WindowBlock,
    merge,
    partition,
    position_code,
    shift_mask,
)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def by_loops(attention, query, context, allowed):
    """One token of one head after the other, in NumPy: the formula."""
    heads, width = attention.heads, query.shape[-1] // attention.heads
    told = np.zeros((len(query), query.shape[-1]))
    q, kv = attention.ask(query).numpy(), attention.tell(context).numpy()
    for h in range(heads):
        part = slice(h * width, (h + 1) * width)
        keys, values = kv[:, part], kv[:, query.shape[-1] :][:, part]
        for i in range(len(query)):
            score = np.array([q[i, part] @ key for key in keys]) / np.sqrt(width)
            if attention.bias is not None:
                score += [attention.bias[h, attention.offsets[i, j]].item() for j in range(len(keys))]
            share = np.exp(score) * allowed[i]
            told[i, part] = share / share.sum() @ values
    return attention.project(torch.from_numpy(told)).numpy()


@torch.no_grad()
@pytest.mark.parametrize("window", [None, 3])
def test_it_is_the_formula_and_the_mean_by_its_own_matrix(window):
    attention = Attention(8, 2, window).double()
    query, context = torch.randn(2, 9, 8).double(), torch.randn(2, 9, 8).double()
    mask = torch.rand(1, 9, 9) > 0.4
    mask |= torch.eye(9, dtype=bool)
    told = attention(query, context, mask)
    for one in range(2):
        by_hand = by_loops(attention, query[one], context[one], mask[0].numpy())
        np.testing.assert_allclose(told[one].numpy(), by_hand, atol=1e-12)
    weights = attention.weights(query, context, mask)
    assert weights.shape == (2, 2, 9, 9) and not weights[..., ~mask[0]].any()
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, 9).double())
    joined = (weights @ attention.values(context)).transpose(1, 2).flatten(2)
    torch.testing.assert_close(attention.project(joined), told)


@torch.no_grad()
def test_the_matrix_is_that_of_the_fused_kernel_in_single_precision_and_not_all_ones():
    attention, tokens = Attention(32, 4, 8), torch.randn(6, 64, 32)
    weights = attention.weights(tokens)
    joined = (weights @ attention.values(tokens)).transpose(1, 2).flatten(2)
    torch.testing.assert_close(attention.project(joined), attention(tokens), atol=1e-5, rtol=0)
    assert weights.max() < 0.5 and weights.std() > 1e-3
    assert (Attention(32, 4, 1).weights(tokens[:, :1]) == 1).all()  # one token has no choice


@torch.no_grad()
def test_asking_oneself_by_name_is_self_attention():
    tokens, other = torch.randn(2, 3, 16, 12)
    attention = Attention(12, 3, 4)
    assert torch.equal(attention(tokens, tokens), attention(tokens))
    assert not torch.allclose(attention(tokens, other), attention(tokens), atol=1e-3)
    maps = torch.randn(1, 12, 9, 10)
    for block in (WindowBlock(12, 3, 4, shift=2), GlobalBlock(12, 3)):
        assert torch.equal(block(maps, maps), block(maps))


def test_windows_by_hand_and_back():
    x = torch.arange(2 * 3 * 4 * 6.0).reshape(2, 3, 4, 6)
    tokens = partition(x, 2)
    assert tokens.shape == (12, 4, 3)
    assert tokens[1, :, 0].tolist() == [2, 3, 8, 9]  # second window of the first row of windows
    assert tokens[3, :, 0].tolist() == [12, 13, 18, 19] and tokens[6, 0].tolist() == [72, 96, 120]
    assert torch.equal(merge(tokens, 2, 4, 6), x)
    with pytest.raises(ValueError, match="x: expected sides that are multiples of the window 4, got 4 x 6"):
        partition(x, 4)


@pytest.mark.parametrize(
    ("height", "width", "window", "shift"), [(8, 12, 4, 2), (7, 10, 4, 1), (5, 3, 4, 3), (6, 6, 3, 0)]
)
def test_who_may_look_is_who_was_a_neighbor(height, width, window, shift):
    """Rolled with their coordinates: two pixels of a window see each other if both are image and near each other."""
    grown = [side + -side % window for side in (height, width)]
    where = torch.stack(torch.meshgrid(*map(torch.arange, grown), indexing="ij"))[None].double()
    tokens = partition(where.roll((-shift, -shift), dims=(-2, -1)), window)
    image = (tokens < torch.tensor([height, width])).all(-1)
    distance = (tokens[:, :, None] - tokens[:, None]).abs().amax(-1)
    mask = shift_mask(height, width, window, shift)
    both = image[:, :, None] & image[:, None]
    assert torch.equal(mask & both, (distance < window) & both)
    assert not (mask & (image[:, :, None] != image[:, None])).any()
    assert mask.any(-1).all()  # nobody is left without anyone to ask: no NaN
    with pytest.raises(ValueError, match=f"shift: expected 0 to {window - 1}, less than the window, got {window}"):
        shift_mask(height, width, window, window)


@torch.no_grad()
@pytest.mark.parametrize("shift", [0, 2])
def test_a_window_block_sees_its_window_and_what_lies_across_the_edge_is_far(shift):
    block = WindowBlock(8, 2, 4, shift)
    x = torch.randn(1, 8, 9, 11)
    other = x.clone()
    other[..., 0, 0] = torch.randn(8)
    changed = (block(other) - block(x)).abs().amax(dim=(0, 1)) > 1e-7
    side = 4 - shift
    assert changed[:side, :side].all() and changed.sum() == side * side
    both = torch.cat([x, other])  # the windows of the second image have the masks of the first
    torch.testing.assert_close(block(both), torch.cat([block(x), block(other)]), atol=1e-6, rtol=0)


@torch.no_grad()
def test_a_global_block_reaches_a_far_pixel_and_a_convolution_does_not():
    x = torch.randn(1, 8, 7, 30)
    far = x.clone()
    far[..., 29] = torch.randn(8, 7)  # not + 1: a norm over the channels does not see it
    convolution = torch.nn.Conv2d(8, 8, 3, padding=1)
    assert torch.equal(convolution(far)[..., :28], convolution(x)[..., :28])
    block = GlobalBlock(8, 2)
    assert (block(far) - block(x)).abs().amax(dim=1)[..., 0].min() > 1e-6
    assert not torch.allclose(block(x.flip(-1)), block(x).flip(-1), atol=1e-3)  # it knows where a token is


@torch.no_grad()
@pytest.mark.parametrize(("height", "width"), [(331, 585), (299, 511), (257, 129)])
def test_odd_sizes_come_back_and_two_calls_give_the_same_bytes(height, width):
    block, x = WindowBlock(4, 1, 8, shift=4).eval(), torch.randn(1, 4, height, width)
    result = block(x)
    assert result.shape == x.shape and result.isfinite().all() and torch.equal(result, block(x))
    inner = block(x[..., :64, :72])[..., :60, :68]  # what lies behind the cut is not seen from here
    torch.testing.assert_close(result[..., :60, :68], inner, atol=1e-5, rtol=0)


def test_a_position_has_one_code_at_any_size_and_as_large_a_neighbor():
    code = position_code(5, 7, 16).reshape(5, 7, 16)
    larger = position_code(9, 20, 16).reshape(9, 20, 16)
    assert torch.equal(code, larger[:5, :7])
    assert len(torch.unique(code.reshape(35, 16), dim=0)) == 35
    assert code[2, 3, [0, 2, 8, 10]].tolist() == pytest.approx([np.sin(2), np.sin(0.02), np.sin(3), np.sin(0.03)])
    with pytest.raises(ValueError, match="channels: expected a multiple of four .*, got 6"):
        position_code(2, 2, 6)


def test_a_bias_belongs_to_an_offset():
    attention = Attention(4, 1, 3)
    offsets = attention.offsets
    assert offsets[0, 4] == offsets[4, 8] and offsets[0, 4] != offsets[4, 0] and len(offsets.unique()) == 25
    with pytest.raises(ValueError, match="heads: expected a divisor of the 4 channels, got 3"):
        Attention(4, 3)
