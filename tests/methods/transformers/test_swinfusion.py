"""SwinFusion: the known size, its three terms by hand, and that sources ask each other in both directions."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.losses import ssim  # noqa: E402
from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.transformers.swinfusion import SCALES, Cross, build, edges, terms  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402


def test_sizes_are_the_known_ones():
    """The authors' file has two convolutions for source B that nothing calls, 1 -> 30 and 30 -> 30: 973,681 in all."""
    assert count_parameters(build("paper")) + (9 * 1 + 1) * 30 + (9 * 30 + 1) * 30 == 973_681


def test_the_terms_by_hand():
    """Sobel by SciPy; the border is that of the course, the weights those of the authors."""
    f, a, b = (torch.from_numpy(x) for x in np.random.default_rng(0).random((3, 1, 1, 20, 24), dtype=np.float32))

    def slopes(image):
        return sum(abs(ndimage.sobel(image[0, 0].numpy(), axis=axis, mode="mirror")) for axis in (0, 1))

    np.testing.assert_allclose(edges(a)[0, 0].numpy(), slopes(a), atol=1e-5)
    found = {name: value.item() for name, value in terms(f, a, b).items()}
    assert found["intensity"] == pytest.approx(20 * (f - torch.maximum(a, b)).abs().mean().item())
    assert found["gradient"] == pytest.approx(
        100 * np.abs(slopes(f) - np.maximum(slopes(a), slopes(b))).mean(), rel=1e-5
    )
    assert found["structure"] == pytest.approx(50 - 25 * (ssim(f, a) + ssim(f, b)).item(), rel=1e-5)
    assert sum(terms(a, a, a).values()).item() == pytest.approx(0, abs=1e-4)


@torch.no_grad()
def test_each_source_asks_the_other_in_both_directions():
    torch.manual_seed(0)
    block, (a, b) = Cross(SCALES["course"], 2), torch.randn(2, 1, 32, 8, 8)
    out_a, out_b = block(a, b)
    seen_a, seen_b = block(a, b + torch.randn_like(b))
    assert not torch.allclose(out_a, seen_a, atol=1e-3)
    assert not torch.allclose(block(a + torch.randn_like(a), b)[1], out_b, atol=1e-3)
    of_a, of_b, mask = block.a.tokens(a), block.b.tokens(b), block.a.mask(8, 8)
    weights = block.a.attention.weights(of_a, of_b, mask)
    values = (weights @ block.a.attention.values(of_b)).transpose(1, 2).flatten(2)
    torch.testing.assert_close(block.a.told(a, block.a.attention.project(values)), out_a, atol=1e-5, rtol=0)
    assert block(a, a)[0].shape == seen_b.shape


@torch.no_grad()
def test_with_equal_weights_asking_oneself_is_a_block_of_ones_own():
    block, a = Cross(SCALES["course"], 0), torch.randn(1, 32, 12, 8)
    block.b.load_state_dict(block.a.state_dict())
    for out in block(a, a):
        torch.testing.assert_close(out, block.a(a), atol=1e-6, rtol=0)


@torch.no_grad()
def test_what_was_learned_looks_at_something():
    """Attention of the shipped weights, from each source to the other: neither all ones nor all equal."""
    network = load_network(get_method("swinfusion")).cpu()
    a, b = torch.rand(2, 1, 1, 64, 64)
    fine = [torch.nn.functional.leaky_relu(network.stem(x), 0.2) for x in (a, b)]
    maps = network.before_exchange(*fine)
    block = network.across[0][0]
    weights = block.a.attention.weights(block.a.tokens(maps[0]), block.b.tokens(maps[1]))
    assert weights.max() < 1 and weights.std() > 1e-4
