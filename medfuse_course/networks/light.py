"""Light blocks: the same role as a plain 3x3 convolution with fewer numbers. ``(N, C, H, W)`` in and out, one size.

A. G. Howard et al., "MobileNets", arXiv:1704.04861, 2017 (`DepthwiseSeparable`); M. Sandler et al., "MobileNetV2", CVPR
2018 (`InvertedResidual`); X. Zhang et al., "ShuffleNet", CVPR 2018 (`channel_shuffle`, `ShuffleUnit`).
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from medfuse_course.core.registry import lookup


def convolution(
    inputs: int, outputs: int, kernel: int = 3, *, groups: int = 1, activation: Callable[[], nn.Module] | None = nn.ReLU
) -> nn.Sequential:
    """Convolution without a bias, batch normalization, activation; zeros around the image, whose border is air.

    Parameters
    ----------
    inputs, outputs
        Channels; `groups` divides both.
    kernel
        Side of the kernel, odd.
    groups
        Each output channel sees ``inputs / groups`` channels; with as many groups as channels it is depthwise.
    activation
        Makes the activation; None leaves the output linear.

    Returns
    -------
    The layers.
    """
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([activation()] if activation else []))


class DepthwiseSeparable(nn.Sequential):
    """A 3x3 convolution of each channel for itself, then a 1x1 convolution over all: ``9 C + C C'`` weights."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(convolution(inputs, inputs, groups=inputs), convolution(inputs, outputs, 1))


class InvertedResidual(nn.Module):
    """1x1 to ``expand`` times the channels, depthwise 3x3, 1x1 back without an activation, added to what came in.

    Parameters
    ----------
    channels
        That are carried.
    expand
        How many times wider the inside is; MobileNetV2 has 6.
    """

    def __init__(self, channels: int, expand: int = 6) -> None:
        super().__init__()
        inside = expand * channels
        self.body = nn.Sequential(
            convolution(channels, inside, 1, activation=nn.ReLU6),
            convolution(inside, inside, groups=inside, activation=nn.ReLU6),
            convolution(inside, channels, 1, activation=None),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Add what the body found."""
        found: Tensor = x + self.body(x)
        return found


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """Deal channels out: ``(N, g C/g, H, W)`` is read as g rows, and written column by column.

    Parameters
    ----------
    x
        ``(N, C, H, W)``.
    groups
        g, which divides C. The channels 0 to 7 with g = 2 become 0, 4, 1, 5, 2, 6, 3, 7; a shuffle with C / g groups
        undoes it.

    Returns
    -------
    The same channels in another order.

    Raises
    ------
    ValueError
        g does not divide C.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import channel_shuffle
    >>> x = torch.arange(8).view(1, 8, 1, 1)
    >>> channel_shuffle(x, 2).flatten().tolist()
    [0, 4, 1, 5, 2, 6, 3, 7]
    >>> channel_shuffle(channel_shuffle(x, 2), 4).flatten().tolist()  # 8 / 2 groups undo it
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    n, channels, height, width = x.shape
    if groups < 1 or channels % groups:
        raise ValueError(f"groups: expected a divisor of the {channels} channels, got {groups}")
    rows = x.reshape(n, groups, channels // groups, height, width)  # (N, g, C/g, H, W)
    return rows.transpose(1, 2).reshape(n, channels, height, width)


class ShuffleUnit(nn.Module):
    """Grouped 1x1, channel shuffle, depthwise 3x3, grouped 1x1, added to what came in; not narrower inside.

    Parameters
    ----------
    channels
        In and out.
    groups
        Of both 1x1 convolutions; without the shuffle their groups would never meet.
    """

    def __init__(self, channels: int, groups: int = 4) -> None:
        super().__init__()
        self.groups = groups
        self.first = convolution(channels, channels, 1, groups=groups)
        self.depthwise = convolution(channels, channels, groups=channels, activation=None)
        self.last = convolution(channels, channels, 1, groups=groups, activation=None)

    def forward(self, x: Tensor) -> Tensor:
        """Add what was found, then rectify."""
        found: Tensor = self.last(self.depthwise(channel_shuffle(self.first(x), self.groups)))
        return torch.relu(x + found)


BLOCKS: Mapping[str, Callable[[int], nn.Module]] = {
    "plain": lambda width: convolution(width, width),
    "separable": lambda width: DepthwiseSeparable(width, width),
    "inverted": InvertedResidual,
    "shuffle": ShuffleUnit,
}


class LightFuser(nn.Module):
    """The pixelwise maximum, and what a row of equal blocks adds: it begins as the maximum.

    `depth` blocks of one kind stand between a 3x3 and a 1x1 convolution, whose numbers are 0 at first.

    Parameters
    ----------
    block
        Of `BLOCKS`.
    width
        Channels that blocks take and give. With 64 and four blocks: plain 149,313 parameters, separable 21,057, shuffle
        13,377.
    depth
        How many blocks.
    """

    def __init__(self, block: str = "plain", width: int = 64, depth: int = 4) -> None:
        super().__init__()
        make = lookup("block", block, BLOCKS)
        self.reach = depth + 1
        self.body = nn.Sequential(convolution(2, width), *(make(width) for _ in range(depth)))
        self.head = nn.Conv2d(width, 1, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each, in [0, 1], gives the same, not limited to [0, 1]."""
        return self.draw(self.features(a, b), a, b)

    def features(self, a: Tensor, b: Tensor) -> Tensor:
        """What the last block says, ``(N, C, H, W)``."""
        seen: Tensor = self.body(torch.cat([a, b], dim=1))
        return seen

    def draw(self, features: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """The fused image from the features of its sources."""
        return torch.maximum(a, b) + self.head(features)


class PlainFuser(nn.Module):
    """3x3 convolutions with ReLU between them, and a hyperbolic tangent: nothing else.

    With one hidden layer of four channels it has 113 parameters, and is the student of X. Deng et al., "MMDRFuse", ACM
    Multimedia 2024.

    Parameters
    ----------
    widths
        Channels of the hidden layers.
    on_maximum
        Whether what it draws is added to the pixelwise maximum.
    """

    def __init__(self, widths: Sequence[int] = (4,), *, on_maximum: bool = False) -> None:
        super().__init__()
        self.widths, self.on_maximum, self.reach = tuple(widths), on_maximum, len(widths) + 1
        steps = pairwise((2, *self.widths, 1))
        self.layers = nn.ModuleList(nn.Conv2d(inputs, outputs, 3, padding=1) for inputs, outputs in steps)

    @property
    def convolutions(self) -> list[nn.Conv2d]:
        """All layers, in order."""
        return [layer for layer in self.layers if isinstance(layer, nn.Conv2d)]

    def features(self, a: Tensor, b: Tensor) -> Tensor:
        """What the last hidden layer says, ``(N, C, H, W)``, of two images ``(N, 1, H, W)``."""
        x = torch.cat([a, b], dim=1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return x

    def draw(self, features: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """The fused image from the features of its sources."""
        drawn = torch.tanh(self.layers[-1](features))
        return torch.maximum(a, b) + drawn if self.on_maximum else drawn

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each, in [0, 1], gives the same, not limited to [0, 1]."""
        return self.draw(self.features(a, b), a, b)
