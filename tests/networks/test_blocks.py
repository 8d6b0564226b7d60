import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks import ConvBlock, DenseBlock, ResidualBlock, count_parameters  # noqa: E402


def test_a_convolution_by_hand_with_its_border_reflected():
    block = ConvBlock(1, 1, activation=None, bias=False)
    block[0].weight.data = torch.tensor([[[[0.0, 1, 0], [0, 0, 0], [0, 0, 0]]]])  # takes the pixel above
    image = torch.arange(9.0).view(1, 1, 3, 3)
    assert torch.equal(block(image)[0, 0, 0], image[0, 0, 1])
    assert torch.equal(block(image)[0, 0, 1:], image[0, 0, :2])


def test_parameters_by_hand():
    assert count_parameters(ConvBlock(2, 5, 3)) == 2 * 5 * 9 + 5
    assert count_parameters(ConvBlock(2, 5, 7, bias=False, norm=True)) == 2 * 5 * 49 + 2 * 5
    assert count_parameters(ResidualBlock(4)) == 2 * (4 * 4 * 9 + 4)
    assert count_parameters(DenseBlock(3, 2, 3)) == sum((3 + 2 * k) * 2 * 9 + 2 for k in range(3))
    frozen = ConvBlock(2, 5).requires_grad_(False)
    assert (count_parameters(frozen), count_parameters(frozen, trained_only=False)) == (0, 95)


def test_a_residual_block_that_finds_nothing_passes_on_what_came():
    block = ResidualBlock(2)
    for parameter in block.parameters():
        parameter.data.zero_()
    x = torch.rand(1, 2, 6, 5)
    assert torch.equal(block(x), x)


def test_a_dense_block_keeps_its_input_in_front():
    block = DenseBlock(3, 2, 2)
    x = torch.rand(1, 3, 6, 5)
    y = block(x)
    assert y.shape == (1, 7, 6, 5)
    assert torch.equal(y[:, :3], x)
    assert torch.allclose(y[:, 3:5], block.layers[0](x))
    assert torch.allclose(y[:, 5:], block.layers[1](y[:, :5]))
