"""The convolutions of VGG-16 and VGG-19, without the three layers of a classifier behind them.

Reference: K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR
2015. Names of parameters are torchvision's: ``features.0.weight`` and so on.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from medfuse_course.networks.backbones.features import as_rgb, collect, imagenet_input

VGG16 = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
VGG19 = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4)
"""Channels of each convolution, block by block."""

NARROW_VGG19 = tuple(tuple(width * 7 // 64 for width in block) for block in VGG19)
"""VGG-19 with 7 channels for each 64: 0.24 million weights instead of 20."""


class VGGFeatures(nn.Sequential):
    """Blocks of 3 x 3 convolutions with ReLU, each block halved by a maximum of 2 x 2.

    Parameters
    ----------
    blocks
        Channels of each convolution, block by block.

    Attributes
    ----------
    names
        Of the layers, in order: ``"conv1_1"``, ``"relu1_1"``, ..., ``"pool1"``, ``"conv2_1"``, ...
    """

    def __init__(self, blocks: Sequence[Sequence[int]]) -> None:
        widths = pairwise([3, *(width for block in blocks for width in block)])
        layers: dict[str, nn.Module] = {}
        for b, block in enumerate(blocks, 1):
            for k in range(1, len(block) + 1):
                layers[f"conv{b}_{k}"] = nn.Conv2d(*next(widths), 3, padding=1)
                layers[f"relu{b}_{k}"] = nn.ReLU()
            layers[f"pool{b}"] = nn.MaxPool2d(2)
        super().__init__(*layers.values())
        self.names = tuple(layers)
        for layer in self:
            if isinstance(layer, nn.Conv2d):  # or sixteen layers without a normalization let nothing through
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, layers: Sequence[str], *, normalize: bool = True) -> dict[str, Tensor]:  # type: ignore[override]
        """Features by name; see `VGG`."""
        x = imagenet_input(x) if normalize else as_rgb(x)
        return collect(dict(zip(self.names, self, strict=True)), x, layers)


class VGG(nn.Module):
    """A VGG network that gives features: ``network.features(x, ("relu1_1", "relu3_1"))``.

    It takes ``(N, 3, H, W)`` RGB or ``(N, 1, H, W)`` gray in [0, 1] and normalizes it as ImageNet was
    (``normalize=False``: it is, or the method wants none), and returns a dictionary: ``relu<b>_<k>`` has the channels
    of block b on a grid of ``H / 2^(b - 1)``. Nothing after the last layer wanted is computed.

    Parameters
    ----------
    blocks
        Channels of each convolution, block by block: `VGG16`, `VGG19`.
    classes
        Of a linear classifier on the mean of every ``pool<b>``, which trains a narrow network; 0: there is none.
    """

    def __init__(self, blocks: Sequence[Sequence[int]], classes: int = 0) -> None:
        super().__init__()
        self.features = VGGFeatures(blocks)
        self.levels = {f"relu{b}_1": 2 ** (b - 1) for b in range(1, len(blocks) + 1)}
        self.pools = tuple(f"pool{b}" for b in range(1, len(blocks) + 1))
        if classes:
            self.classifier = nn.Linear(sum(block[-1] for block in blocks), classes)

    def steps(self) -> dict[str, nn.Module]:
        """The layers by name, in order."""
        return dict(zip(self.features.names, self.features, strict=True))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, classes)`` logits of images in [0, 1]."""
        pooled = self.features(x, self.pools)
        logits: Tensor = self.classifier(torch.cat([pooled[name].mean(dim=(2, 3)) for name in self.pools], dim=1))
        return logits
