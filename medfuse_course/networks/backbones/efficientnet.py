"""EfficientNet-Lite0, head included: the trunk whose ImageNet weights install as a package.

Reference: M. Tan and Q. V. Le, "EfficientNet: Rethinking model scaling for convolutional neural networks", ICML 2019;
the lite variant, without squeeze-excitation and with ReLU6, is that of their public code. Names of parameters are those
of the installed file (``_blocks.3._depthwise_conv.weight``), and so are its TensorFlow habits: padding that is one
pixel wider below and to the right, and batch normalization with 0.001 under the root.
"""

from collections.abc import Callable, Sequence

from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

from medfuse_course.networks.backbones.features import as_rgb, collect

STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320))  # fmt: skip
"""Blocks, side of the kernel, stride of the first block, expansion, channels: stage by stage."""

_HEAD, _EPSILON = 1280, 1e-3


class SameConv(nn.Conv2d):
    """A convolution without bias whose output has ``ceil(H / stride)`` rows: what TensorFlow calls "same" padding."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)``; an odd margin is wider below and to the right."""
        margins = []
        for side, kernel, stride in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            whole = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            margins += [whole // 2, whole - whole // 2]
        return conv2d(pad(x, margins), self.weight, None, self.stride, groups=self.groups)


class InvertedResidual(nn.Module):
    """1 x 1 up to ``expansion`` times as many channels, a filter for each, and 1 x 1 down again, without a ReLU.

    The input is added where shapes allow.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        self.relu = nn.ReLU6()
        self._expand_conv = SameConv(inputs, width, 1) if expansion > 1 else None
        self._bn0 = _norm(width) if expansion > 1 else None
        self._depthwise_conv = SameConv(width, width, kernel, stride, groups=width)
        self._bn1 = _norm(width)
        self._project_conv = SameConv(width, outputs, 1)
        self._bn2 = _norm(outputs)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H / stride, W / stride)``, of both signs."""
        y = x
        if self._expand_conv is not None and self._bn0 is not None:
            y = self.relu(self._bn0(self._expand_conv(y)))
        y = self.relu(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class EfficientNetLite0(nn.Module):
    """A network of inverted residuals that gives features: ``network.features(x, ("stage1", "stage5"))``."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = SameConv(3, 32, 3, 2), _norm(32)
        blocks, inputs = [], 32
        for repeats, kernel, stride, expansion, outputs in STAGES:
            for k in range(repeats):
                blocks.append(InvertedResidual(inputs, outputs, kernel, 1 if k else stride, expansion))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = SameConv(inputs, _HEAD, 1), _norm(_HEAD)
        self._fc = nn.Linear(_HEAD, classes)
        self.relu = nn.ReLU6()
        self.levels = {"stage1": 2, "stage2": 4, "stage3": 8, "stage5": 16, "stage7": 32}

    def steps(self) -> dict[str, nn.Module]:
        """The stem, the stages and the head by name, in order."""
        found: dict[str, nn.Module] = {"stem": nn.Sequential(self._conv_stem, self._bn0, self.relu)}
        first = 0
        for number, (repeats, *_) in enumerate(STAGES, 1):
            found[f"stage{number}"] = nn.Sequential(*self._blocks[first : first + repeats])
            first += repeats
        return found | {"head": nn.Sequential(self._conv_head, self._bn1, self.relu)}

    def features(self, x: Tensor, layers: Sequence[str], *, normalize: bool = True) -> dict[str, Tensor]:
        """Features by name.

        Parameters
        ----------
        x
            ``(N, 3, H, W)`` RGB or ``(N, 1, H, W)`` gray, in [0, 1].
        layers
            ``"stem"`` (half the grid), ``"stage1"`` to ``"stage7"`` (a half, a 4th, 8th, 16th, 16th, 32nd, 32nd; of
            both signs), ``"head"``.
        normalize
            As this network was trained, ``(255 x - 127) / 128``; False: `x` is normalized, or is to have none.

        Returns
        -------
        What these layers give, by name. Nothing after the last one is computed.
        """
        steps: dict[str, Callable[[Tensor], Tensor]] = dict(self.steps())
        x = as_rgb(x)
        return collect(steps, (255 * x - 127) / 128 if normalize else x, layers)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, classes)`` logits of images in [0, 1]."""
        logits: Tensor = self._fc(self.features(x, ("head",))["head"].mean(dim=(2, 3)))
        return logits


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON)
