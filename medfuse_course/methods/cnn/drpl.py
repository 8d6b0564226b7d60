"""DRPL: a network that draws the mask of what is in focus, and its complement, for the whole image at once.

Reference: J. Li and others, "DRPL: Deep regression pair learning for multi-focus image fusion", IEEE Transactions on
Image Processing 29, 4816-4831, 2020. It is a method for photographs that are each sharp where the other one is not. A
CT and an MRI are both in focus everywhere: there is no mask to find, and what the network draws on them means nothing.
It does not say so: the two masks sum to 1 there as well as on the pairs it was made for. What tells: blur half
of one source. The mask of a multi-focus pair follows; that of two modalities hardly moves.

Verified in the authors' code: the layers, the loss and its weights, the mean of one mask and the other's complement.

Our reading:

- Gray images, one channel each. At ``scale="paper"`` they are repeated to the three channels that the network has.
- Course scale has 24 channels and 3 blocks instead of 64 and 12.
- Data: phantoms with random smooth masks and Gaussian blur of 0.8 to 4 pixels instead of photographs with binary
  templates. Published: 20,000 pairs of ILSVRC 2012.
- Adam with a learning rate of 0.001; published is 0.05, halved every 30 epochs, with gradients clipped at 0.5.

The code computes a term that ties the two masks together, ``(1 - M_1 - M_2)^2``, and leaves it out of the loss; so does
this one. Its validation never runs: it waits for epoch 50 of a count that ends at 49.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, l1_loss, pad, silu

from medfuse_course.core.registry import lookup
from medfuse_course.core.types import FloatArray
from medfuse_course.losses import ssim
from medfuse_course.methods.learned import as_tensor, inference
from medfuse_course.networks import ConvBlock, ResidualBlock
from medfuse_course.training import Batch, Budget, FocusMasks, Losses, LossStep, Phase, Recipe

WEIGHTS = {"mask": 0.8, "structure": 0.1, "gradient": 0.1}
"""Of the three terms of the loss."""

_LAPLACIAN = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))


class RectifiedSwish(nn.Module):
    """``r sigmoid(r)`` with ``r = max(x, 0)``."""

    def forward(self, x: Tensor) -> Tensor:
        """Rectify, then weigh."""
        return silu(torch.relu(x))


class MaskNetwork(nn.Module):
    """Draws two masks, where a, and where b, is in focus, and mixes the sources by them.

    Parameters
    ----------
    channels
        Of every layer between the first and the last.
    blocks
        Residual blocks in the middle.
    colors
        Channels of each source; a gray image is repeated.
    """

    def __init__(self, channels: int, blocks: int, colors: int) -> None:
        super().__init__()
        self.colors = colors
        self.blocks = blocks

        def block(inputs: int, kernel: int = 3) -> ConvBlock:
            return ConvBlock(inputs, channels, kernel, padding_mode="zeros", activation=RectifiedSwish, norm=True)

        self.layers = nn.Sequential(
            block(2 * colors, 9),
            *(block(channels) for _ in range(2)),
            *(ResidualBlock(channels, padding_mode="zeros", norm=True) for _ in range(blocks)),
            *(block(channels) for _ in range(2)),
            nn.Conv2d(channels, 2, 3, padding=1),
            nn.Sigmoid(),
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.xavier_normal_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    @property
    def reach(self) -> int:
        """A kernel of 9 pixels, and five of 3 beside those of the blocks."""
        return 9 + 2 * self.blocks

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``F = M A + (1 - M) B`` with ``M = (M_1 + 1 - M_2) / 2``, soft as in the authors' code; ``(N, 1, H, W)``."""
        of_a, of_b = self.masks(a, b).chunk(2, dim=1)
        return torch.lerp(b, a, ((of_a + 1 - of_b) / 2).to(a.dtype))

    def masks(self, a: Tensor, b: Tensor) -> Tensor:
        """Both masks in [0, 1], ``(N, 2, H, W)``. On pairs like those of the training they sum to 1; nothing makes them
        do so."""
        both = torch.cat([x.expand(-1, self.colors, -1, -1) for x in (a, b)], dim=1)
        drawn: Tensor = self.layers(both.contiguous(memory_format=torch.channels_last))
        return drawn


SCALES = {"paper": (64, 12, 3), "course": (24, 3, 1)}
"""Channels, blocks, colors."""


def build(scale: str) -> MaskNetwork:
    """``"paper"``: 1,070,018 parameters; ``"course"``: 56,954."""
    return MaskNetwork(*lookup("scale", scale, SCALES))


class PairStep(LossStep[MaskNetwork]):
    """Both masks at once, and the image they make: ``0.8 |M - M*| + 0.1 (1 - SSIM(F, S)) + 0.1 |Z(F) - Z(S)|``.

    ``F = M_1 A + M_2 B``, S is the sharp image, and Z sharpens: an image less its 4-neighbor Laplacian.
    """

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch of `FocusMasks`, each with its weight."""
        masks = self.network.masks(batch["a"], batch["b"])
        of_a, of_b = masks.chunk(2, dim=1)
        fused, sharp = of_a * batch["a"] + of_b * batch["b"], batch["sharp"]
        terms = {
            "mask": l1_loss(masks, torch.cat([batch["mask"], 1 - batch["mask"]], dim=1)),
            "structure": 1 - ssim(fused, sharp),
            "gradient": l1_loss(sharpened(fused), sharpened(sharp)),
        }
        return {name: WEIGHTS[name] * term for name, term in terms.items()}


def sharpened(image: Tensor) -> Tensor:
    """``Z(x) = x - laplacian(x)`` of ``(N, 1, H, W)``; the border is repeated."""
    kernel = torch.tensor(_LAPLACIAN, dtype=image.dtype, device=image.device)[None, None]
    return image - conv2d(pad(image, (1, 1, 1, 1), mode="replicate"), kernel)


RECIPE = Recipe(
    slug="drpl",
    network=build,
    data=FocusMasks(),
    phases=(Phase("pair", PairStep, learning_rate=1e-3),),
    budgets={
        "smoke": Budget(steps=30, batch=2, patch=32, check_every=15, pool=2),
        "lesson": Budget(steps=200, batch=8, patch=48, check_every=50, pool=6),
        "ship": Budget(steps=1500, batch=8, patch=48, check_every=100),
        "full": Budget(steps=20_000, batch=48, patch=128, check_every=500, pool=48),
    },
    clip=0.5,
)


def focus_map(network: MaskNetwork, a: FloatArray, b: FloatArray) -> FloatArray:
    """Where `a` is in focus, ``(H, W)`` in [0, 1]: ``(M_1 + 1 - M_2) / 2``."""
    of_a, of_b = masks(network, a, b)
    return (of_a + 1 - of_b) / 2


def masks(network: MaskNetwork, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both masks of two images, ``(H, W)`` each."""
    device = next(network.parameters()).device
    with inference():
        of_a, of_b = network.masks(as_tensor(a).to(device), as_tensor(b).to(device))[0].cpu().numpy()
    return of_a, of_b
