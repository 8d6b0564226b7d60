"""What a fusion rule asks a trunk for: maps of features from fine to coarse, whatever the trunk is."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from medfuse_course.networks.backbones import Trunk, build_backbone, load_backbone
from medfuse_course.networks.weight_sources import WeightSource


class FeatureExtractor(nn.Module):
    """The levels of a trunk, each on its own grid: ``relu1_1`` to ``relu5_1`` of a VGG, the stages of the others.

    Parameters
    ----------
    trunk
        A backbone. The attribute may be set to another one: all that the extractor says of itself follows.
    before_relu
        Of a VGG the convolutions ``conv1_1`` to ``conv5_1``, of both signs, instead of what ReLU leaves of them. Other
        trunks have no such layers and give what they give.
    normalize
        The input as the trunk learned it; False: as it comes.
    """

    def __init__(self, trunk: Trunk, *, before_relu: bool = False, normalize: bool = True) -> None:
        super().__init__()
        self.trunk = trunk
        self.before_relu, self.normalize = before_relu, normalize

    @property
    def names(self) -> tuple[str, ...]:
        """Of the layers, from fine to coarse, as the trunk's ``features`` takes them."""
        layers: Mapping[str, int] = self.trunk.levels
        return tuple(name.replace("relu", "conv") if self.before_relu else name for name in layers)

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels of the image between neighbors of each level, from fine to coarse."""
        return tuple(self.trunk.levels.values())

    @property
    def multiple(self) -> int:
        """Of which both sides of an image must be, so that every level covers it: the last stride."""
        return self.strides[-1]

    @property
    def reach(self) -> int:
        """How far a value of the last level, spread over its pixels, looks: in pixels."""
        reach, stride = 0, 1
        for name, step in self.trunk.steps().items():
            for part, layer in step.named_modules():
                if isinstance(layer, nn.Conv2d | nn.MaxPool2d) and "downsample" not in part:
                    kernel, by = (n if isinstance(n, int) else n[0] for n in (layer.kernel_size, layer.stride))
                    reach += (kernel - by + 1) // 2 * stride  # what a layer sees beyond its own cell
                    stride *= by
            if name == self.names[-1]:
                break
        return reach + self.multiple - 1

    def levels(self, x: Tensor, count: int | None = None) -> list[Tensor]:
        """Maps of features, from fine to coarse.

        Parameters
        ----------
        x
            ``(N, 1, H, W)`` gray, which becomes three equal channels, or ``(N, 3, H, W)`` RGB; in [0, 1], or whatever
            is to go in where the extractor does not normalize.
        count
            Only so many levels, the first ones; nothing behind them is computed.

        Returns
        -------
        Of each level ``(N, C_i, H / strides[i], W / strides[i])``.
        """
        if count is not None and not 1 <= count <= len(self.names):
            raise ValueError(f"count: expected 1 to {len(self.names)} levels, got {count!r}")
        names = self.names[:count]
        found = self.trunk.features(x, names, normalize=self.normalize)
        return [found[name] for name in names]

    def forward(self, x: Tensor) -> list[Tensor]:
        """All `levels`."""
        return self.levels(x)


def bare_extractor(
    name: str, scale: str = "course", *, before_relu: bool = False, normalize: bool = True
) -> FeatureExtractor:
    """An extractor on a trunk without weights, to be filled: see `load_extractor` for the parameters.

    Examples
    --------
    >>> from medfuse_course.networks import bare_extractor
    >>> vgg = bare_extractor("vgg19")
    >>> dict(zip(vgg.names, vgg.strides))
    {'relu1_1': 1, 'relu2_1': 2, 'relu3_1': 4, 'relu4_1': 8, 'relu5_1': 16}
    """
    return FeatureExtractor(build_backbone(name, scale), before_relu=before_relu, normalize=normalize)


def load_extractor(
    name: str,
    weights: str | Path | WeightSource = "course",
    *,
    scale: str = "course",
    before_relu: bool = False,
    normalize: bool = True,
) -> FeatureExtractor:
    """An extractor on a trunk with its weights, frozen.

    Parameters
    ----------
    name
        Of the trunk.
    weights, scale
        As `load_backbone` takes them.
    before_relu, normalize
        As `FeatureExtractor` takes them.

    Returns
    -------
    An extractor; ``extractor.trunk.weight_source`` says where its weights come from.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import load_extractor
    >>> vgg = load_extractor("vgg19")  # the small one whose weights ship
    >>> [tuple(level.shape[1:]) for level in vgg.levels(torch.zeros(1, 1, 32, 32), 3)]  # channels, height, width
    [(7, 32, 32), (14, 16, 16), (28, 8, 8)]
    """
    trunk = load_backbone(name, weights, scale=scale)
    return FeatureExtractor(trunk, before_relu=before_relu, normalize=normalize).eval().requires_grad_(False)
