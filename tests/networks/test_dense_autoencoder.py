"""The parts that autoencoder systems share."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.networks.blocks import count_parameters  # noqa: E402
from medfuse_course.networks.dense_autoencoder import DenseAutoencoder, DenseEncoder, PlainDecoder  # noqa: E402


def test_channels_grow_layer_by_layer():
    """By hand: 1 -> 16, then 16, 32 and 48 channels in and 16 out, 3 x 3 each with a bias."""
    encoder = DenseEncoder(16, 3)
    assert encoder(torch.rand(2, 1, 9, 11)).shape == (2, 64, 9, 11)
    assert encoder.outputs == 64
    assert count_parameters(encoder) == sum(16 * (9 * n + 1) for n in (1, 16, 32, 48))


def test_the_first_channels_are_the_first_convolution():
    encoder, x = DenseEncoder(4, 2), torch.rand(1, 1, 8, 8)
    assert torch.equal(encoder(x)[:, :4], encoder[0](x))


def test_the_decoder_goes_from_width_to_width():
    decoder = PlainDecoder((8, 6, 1))
    assert [(m.in_channels, m.out_channels) for m in decoder.modules() if isinstance(m, nn.Conv2d)] == [(8, 6), (6, 1)]
    assert decoder(torch.rand(1, 8, 5, 5)).min() >= 0


@pytest.mark.parametrize("seed", range(8))
def test_every_start_has_a_gradient(seed):
    """With signs mixed in the last layer about half of the seeds start, and stay, at 0."""
    torch.manual_seed(seed)
    made = DenseAutoencoder(4).reconstruct(torch.rand(1, 1, 16, 16))
    assert (made > 0).float().mean() > 0.9
