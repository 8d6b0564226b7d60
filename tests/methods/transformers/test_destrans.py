"""DesTrans: dense concatenation is real, one branch sees far and the other does not, fusion by hand."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.methods.transformers import destrans  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402


def network(branches="both"):
    torch.manual_seed(0)
    return destrans.DesTrans(8, 32, branches).eval()


def test_sizes_by_hand():
    """Growth 8, tokens of 32: convolutions, gate and transition; embedding, two blocks, spreading; joining; decoder."""
    dense = sum((9 * n + 1) * 8 for n in (1, 8, 16, 24)) + 2 * (32 + 1) * 32
    block = 2 * 2 * 32 + 4 * (32 + 1) * 32 + (32 + 1) * 64 + (64 + 1) * 32  # two norms
    tokens = (64 + 1) * 32 + 2 * block + (32 + 1) * 32 * 64
    decoder = (9 * 32 + 1) * 32 + (9 * 32 + 1) * 16 + (9 * 16 + 1) * 8 + 9 * 8 + 1
    assert count_parameters(network()) == dense + tokens + (64 + 1) * 32 + decoder
    assert count_parameters(network("dense")) == dense + (32 + 1) * 32 + decoder


def test_each_dense_layer_sees_all_before_it():
    """Input channels of the three layers: the sum of growths; and what the first one found is among the outputs."""
    block = network().encoder.branches[0].block
    assert [layer[0].in_channels for layer in block[1].layers] == [8, 16, 24]
    x = torch.rand(1, 1, 16, 16)
    with torch.no_grad():
        assert torch.equal(block(x)[:, :8], block[0](x))


def test_the_transformer_changes_a_far_pixels_features_and_convolution_does_not():
    x = torch.rand(1, 1, 64, 64)
    other = x.clone()
    other[..., :8, :8] = 1 - other[..., :8, :8]
    change = {}
    for branches in ("both", "dense", "transformer"):
        encoder = network(branches).encoder
        with torch.no_grad():
            change[branches] = (encoder(other) - encoder(x)).abs().amax(dim=1)[0]
    assert change["both"][48:, 48:].max() > 1e-5 and change["transformer"][48:, 48:].max() > 1e-5
    assert change["dense"][12:].max() == 0 and change["dense"][:, 12:].max() == 0 and change["dense"][11, 3] > 0


def test_equal_sources_give_their_reconstruction_and_l1_is_that_of_numpy():
    net = network()
    a, b = np.random.default_rng(0).random((2, 16, 24), dtype=np.float32)
    with torch.no_grad():
        of_a, of_b = (net.encoder(torch.from_numpy(x)[None, None]) for x in (a, b))
        same = net.reconstruct(torch.from_numpy(a)[None, None])[0, 0].numpy()
        active = [x.abs().sum(dim=1)[0].numpy() for x in (of_a, of_b)]
        share = active[0] / (active[0] + active[1])
        mixed = torch.from_numpy(share) * of_a + torch.from_numpy(1 - share) * of_b
        expected = net.decoder(mixed)[0, 0].numpy()
    np.testing.assert_allclose(run_network(net, a, a), same, atol=1e-6)
    np.testing.assert_allclose(run_network(net, a, b, fusion="l1_pixel"), expected, atol=1e-5)


def test_a_branch_that_is_not_there():
    with pytest.raises(ValueError, match="unknown branches 'transformers'; did you mean 'transformer'"):
        network("transformers")
