"""ResNet-18, ResNet-50 and ResNet-101, head included.

Reference: K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition", CVPR 2016. Names of
parameters are torchvision's (``layer1.0.conv1.weight``), and so is one difference from the paper: in a bottleneck it is
the 3 x 3 convolution that halves the grid, not the first 1 x 1.
"""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from medfuse_course.networks.backbones.features import as_rgb, collect, imagenet_input


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions: ``relu(bn(conv(relu(bn(conv(x))))) + shortcut(x))``."""

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.downsample = _shortcut(inputs, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Add what the convolutions found."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y)) + (x if self.downsample is None else self.downsample(x))
        return self.relu(y)


class Bottleneck(nn.Module):
    """1 x 1 down to ``width`` channels, 3 x 3, and 1 x 1 up to four times as many, added to the shortcut."""

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU()
        self.downsample = _shortcut(inputs, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Add what the convolutions found."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x))
        return self.relu(y)


class ResNet(nn.Module):
    """A residual network that gives features: ``network.features(x, ("layer1", "layer4"))``.

    Parameters
    ----------
    block
        `BasicBlock` or `Bottleneck`.
    depths
        Blocks of each of the four stages: ``(2, 2, 2, 2)`` is ResNet-18 of basic blocks, ``(3, 4, 6, 3)`` ResNet-50 and
        ``(3, 4, 23, 3)`` ResNet-101 of bottlenecks.
    width
        Channels of the first stage; each stage doubles them.
    classes
        Of the head.
    """

    def __init__(
        self, block: type[BasicBlock] | type[Bottleneck], depths: Sequence[int], width: int = 64, classes: int = 1000
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        inputs = width
        for stage, depth in enumerate(depths):
            blocks = []
            for k in range(depth):
                blocks.append(block(inputs, width * 2**stage, 2 if stage and not k else 1))
                inputs = width * 2**stage * block.expansion
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(inputs, classes)
        self.names = ("conv1", "bn1", "relu", "maxpool", *(f"layer{stage + 1}" for stage in range(len(depths))))
        self.levels = {f"layer{stage + 1}": 4 * 2**stage for stage in range(len(depths))}

    def steps(self) -> dict[str, nn.Module]:
        """The layers by name, in order, without the head."""
        return {name: self.get_submodule(name) for name in self.names}

    def features(self, x: Tensor, layers: Sequence[str], *, normalize: bool = True) -> dict[str, Tensor]:
        """Features by name.

        Parameters
        ----------
        x
            ``(N, 3, H, W)`` RGB or ``(N, 1, H, W)`` gray, in [0, 1].
        layers
            ``"conv1"``, ``"bn1"``, ``"relu"`` (half the grid), ``"maxpool"``, ``"layer1"`` (a quarter), ``"layer2"``,
            ``"layer3"``, ``"layer4"`` (half of it each).
        normalize
            As ImageNet was; False: `x` is normalized, or is to have no normalization.

        Returns
        -------
        What these layers give, by name. Nothing after the last one is computed.
        """
        steps: dict[str, Callable[[Tensor], Tensor]] = dict(self.steps())
        return collect(steps, imagenet_input(x) if normalize else as_rgb(x), layers)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, classes)`` logits of images in [0, 1]."""
        last = self.names[-1]
        logits: Tensor = self.fc(self.avgpool(self.features(x, (last,))[last]).flatten(1))
        return logits


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
