"""The U-Net: halve an image several times, double it as often, and hand each size across.

References: O. Ronneberger, P. Fischer and T. Brox, "U-Net: convolutional networks for biomedical image segmentation",
MICCAI 2015, 234-241: two convolutions of 3 x 3 on each level, the maximum of 2 x 2 pixels on the way down, a transposed
convolution of 2 x 2 on the way up, twice the channels on each level down. In three dimensions: O. Cicek and others,
"3D U-Net", MICCAI 2016, 424-432. Here borders are repeated, so that the image keeps its size; the authors' shrinks. A
U-Net of strided convolutions stands in `networks.pix2pix`.
"""

from typing import Any

import torch
from torch import Tensor, nn

_LAYERS: dict[int, tuple[Any, Any, Any]] = {
    2: (nn.Conv2d, nn.ConvTranspose2d, nn.MaxPool2d),
    3: (nn.Conv3d, nn.ConvTranspose3d, nn.MaxPool3d),
}


class UNet(nn.Module):
    """Images ``(N, inputs, H, W)`` to ``(N, outputs, H, W)``; volumes ``(N, inputs, D, H, W)`` likewise.

    The output is linear. Neighboring slices as channels make it a network of two and a half dimensions.

    Parameters
    ----------
    inputs, outputs
        Channels.
    width
        Channels at the full size; doubled on each level down.
    depth
        How often a side is halved, 1 or more: all sides are multiples of ``2**depth``.
    dims
        2 for images, 3 for volumes.
    skips
        Whether each level hands what it saw across to its way up. Without, all must pass through the coarsest level.
    residual
        Whether the output is there to be added to an image: the last layer begins at 0, and so does what is added.

    Raises
    ------
    ValueError
        There is no level to go down, or the dimensions are neither 2 nor 3.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 64,
        depth: int = 4,
        *,
        dims: int = 2,
        skips: bool = True,
        residual: bool = False,
    ) -> None:
        super().__init__()
        if depth < 1:
            raise ValueError(f"depth: expected 1 or more, got {depth}")
        if dims not in _LAYERS:
            raise ValueError(f"dims: expected 2 for images or 3 for volumes, got {dims!r}")
        conv, transposed, pool = _LAYERS[dims]
        widths = [width * 2**level for level in range(depth + 1)]
        self.skips, self.multiple = skips, 2**depth
        self.down = nn.ModuleList(_twice(n, m, dims) for n, m in zip([inputs, *widths], widths, strict=False))
        self.pool = pool(2)
        self.up = nn.ModuleList(transposed(2 * n, n, 2, 2) for n in widths[-2::-1])
        self.join = nn.ModuleList(_twice((1 + skips) * n, n, dims) for n in widths[-2::-1])
        self.last = conv(width, outputs, 1)
        for layer in self.modules():
            if isinstance(layer, conv | transposed):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        if residual:
            nn.init.zeros_(self.last.weight)

    @property
    def reach(self) -> int:
        """How far in pixels an output looks: two pixels of each level's size, down and up, and what pooling adds."""
        depth = len(self.up)
        return sum(4 * 2**level for level in range(depth)) + 2 * 2**depth + 2**depth - 1

    def forward(self, x: Tensor) -> Tensor:
        """Down, and up again with what was seen on the way."""
        seen: list[Tensor] = []
        for level, layer in enumerate(self.down):
            x = layer(self.pool(x) if level else x)
            seen.append(x)
        seen.pop()
        for up, join in zip(self.up, self.join, strict=True):
            across = seen.pop()
            x = join(torch.cat([across, up(x)], dim=1) if self.skips else up(x))
        result: Tensor = self.last(x)
        return result


def _twice(inputs: int, outputs: int, dims: int) -> nn.Sequential:
    """Two convolutions of 3 pixels a side, each with a rectifier."""
    conv, *_ = _LAYERS[dims]
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [conv(channels, outputs, 3, padding=1, padding_mode="replicate"), nn.ReLU()]
    return nn.Sequential(*layers)
