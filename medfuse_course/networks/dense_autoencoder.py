"""A densely connected encoder and a plain decoder: features of the size of the image, and the image from them.

Reference: H. Li and X.-J. Wu, "DenseFuse: A fusion approach to infrared and visible images", IEEE Transactions on Image
Processing 28(5), 2614-2623, 2019. Later systems keep this frame and change what is inside.
"""

from itertools import pairwise

from torch import Tensor, nn

from medfuse_course.networks.blocks import ConvBlock, DenseBlock


class DenseEncoder(nn.Sequential):
    """``(N, inputs, H, W)`` gives ``(N, outputs, H, W)``: a convolution, then a dense block of equal steps.

    Parameters
    ----------
    growth
        Channels of the first convolution, and of what each dense layer adds.
    layers
        Dense layers.
    inputs
        Channels of the image.

    Attributes
    ----------
    outputs
        ``(layers + 1) * growth``.
    """

    def __init__(self, growth: int = 16, layers: int = 3, inputs: int = 1) -> None:
        super().__init__(ConvBlock(inputs, growth), DenseBlock(growth, growth, layers))
        self.outputs = (layers + 1) * growth


class PlainDecoder(nn.Sequential):
    """``(N, widths[0], H, W)`` gives ``(N, widths[-1], H, W)``: one convolution from each width to the next.

    Parameters
    ----------
    widths
        Channels before the first convolution, and after each.
    """

    def __init__(self, widths: tuple[int, ...] = (64, 64, 32, 16, 1)) -> None:
        super().__init__(*(ConvBlock(n, m) for n, m in pairwise(widths)))


class DenseAutoencoder(nn.Module):
    """Encoder and decoder, and what training calls: ``reconstruct(x) = decoder(encoder(x))``.

    Kernels start from He's initialization.

    Parameters
    ----------
    growth
        As in `DenseEncoder`; the decoder has widths of ``4, 4, 2, 1`` times it, and 1.
    """

    def __init__(self, growth: int = 16) -> None:
        super().__init__()
        self.encoder = DenseEncoder(growth)
        self.decoder = PlainDecoder((4 * growth, 4 * growth, 2 * growth, growth, 1))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d) and layer.bias is not None:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        last = next(self.decoder[-1].parameters())  # a mean of its inputs: a ReLU that starts at 0 would stay there
        nn.init.constant_(last, 1 / last[0].numel())

    def reconstruct(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` gives the same; ReLU at the end, so never negative."""
        image: Tensor = self.decoder(self.encoder(x))
        return image
