"""The two players of pix2pix: a U-Net of strided convolutions, and a discriminator that judges patch by patch.

Reference: P. Isola, J.-Y. Zhu, T. Zhou and A. A. Efros, "Image-to-image translation with conditional adversarial
networks", CVPR 2017, 5967-5976. Layers and sizes are those of the authors' PyTorch code: of three channels to three the
U-Net for 256 pixels has 54,413,955 weights, the discriminator of 70 x 70 pixels (six channels in) 2,768,705.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

_WIDEST = 8
"""Times the first width that a deeper layer has at most."""


class StridedUNet(nn.Module):
    """Halve an image `depth` times, double it as often, and hand each size across: C channels in, C' out.

    ``(N, C, H, W)`` to ``(N, C', H, W)``. Each way is one convolution of 4 x 4 pixels. The output is linear.

    Parameters
    ----------
    inputs, outputs
        Channels.
    width
        Channels of the first convolution; doubled in each further one up to eight times.
    depth
        How often a side is halved, 2 or more: H and W are multiples of ``2**depth``.
    norm
        Whether to normalize over the batch, everywhere but at both ends and at the bottom.
    dropout
        Share of the features that is dropped in training where the widest ones come up, as the authors do.
    """

    def __init__(
        self, inputs: int, outputs: int, width: int = 64, depth: int = 8, *, norm: bool = True, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if depth < 2:
            raise ValueError(f"depth: expected 2 or more, got {depth}")
        self.multiple = 2**depth
        widths = [width * min(2**level, _WIDEST) for level in range(depth)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, (before, after) in enumerate(pairwise((inputs, *widths))):
            layers: list[nn.Module] = [nn.LeakyReLU(0.2)] if level else []
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=not norm)]
            layers += [nn.BatchNorm2d(after)] if norm and 0 < level < depth - 1 else []
            self.down.append(nn.Sequential(*layers))
        for level in range(depth - 1, 0, -1):
            joined = 1 if level == depth - 1 else 2
            layers = [nn.ReLU(), nn.ConvTranspose2d(joined * widths[level], widths[level - 1], 4, 2, 1, bias=not norm)]
            layers += [nn.BatchNorm2d(widths[level - 1])] if norm else []
            wide = joined == 2 and widths[level] == widths[level - 1]
            self.up.append(nn.Sequential(*layers, *([nn.Dropout(dropout)] if wide and dropout else [])))
        self.last = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(2 * width, outputs, 4, 2, 1))
        self.apply(initialize)

    @property
    def reach(self) -> int:
        """How far in pixels an output looks, once trained: each convolution adds 1.5 pixels of the size it reads."""
        return int(3 * (2 ** len(self.down) - 1))

    def forward(self, x: Tensor) -> Tensor:
        """Down, and up again with what was seen on the way."""
        seen: list[Tensor] = []
        for layer in self.down:
            x = layer(x)
            seen.append(x)
        for layer in self.up:
            seen.pop()
            x = torch.cat([seen[-1], layer(x)], dim=1)
        result: Tensor = self.last(x)
        return result


class PatchJudge(nn.Sequential):
    """A number for each patch, of 70 x 70 pixels with 3 layers and 34 x 34 with 2.

    ``(N, C, H, W)`` to ``(N, 1, h, w)``.

    Parameters
    ----------
    inputs
        Channels: of a conditional judge those of the condition and of the image together.
    width
        Channels of the first convolution; doubled in each further one up to eight times.
    layers
        Convolutions of stride 2.
    norm
        Whether to normalize over the batch.
    """

    def __init__(self, inputs: int, width: int = 64, layers: int = 3, *, norm: bool = True) -> None:
        parts: list[nn.Module] = [nn.Conv2d(inputs, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        widths = [width * min(2**level, _WIDEST) for level in range(layers + 1)]
        for level, (before, after) in enumerate(pairwise(widths), 1):
            parts += [nn.Conv2d(before, after, 4, 2 if level < layers else 1, 1, bias=not norm)]
            parts += [nn.BatchNorm2d(after), nn.LeakyReLU(0.2)] if norm else [nn.LeakyReLU(0.2)]
        super().__init__(*parts, nn.Conv2d(widths[-1], 1, 4, 1, 1))
        self.apply(initialize)


def initialize(layer: nn.Module) -> None:
    """Weights of convolutions from N(0, 0.02), gains of normalizations from N(1, 0.02), biases 0."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1, 0.02)
        nn.init.zeros_(layer.bias)
