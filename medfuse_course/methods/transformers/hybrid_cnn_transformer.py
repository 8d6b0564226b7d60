"""Hybrid CNN and Transformer: learns to restore what was destroyed, and fuses by how much each source varies.

Reference: Y. Liu, Y. Zang, D. Zhou and others, "An improved hybrid network with a Transformer module for medical image
fusion", IEEE Journal of Biomedical and Health Informatics 27(7), 3489-3500, 2023. Verified, in the abstract: an encoder
and a decoder, trained by two self-reconstruction tasks, one on the distribution of gray values and one on texture;
convolution and Transformer together, for what is near and what is far; weights of fusion that adapt themselves, by a
measure of saliency. No code is known.

Our reading:

- Squares of an image are destroyed, in gray value (a random rising curve) or in texture (shuffled, or blurred); the
  network must give the image back: ``1 - SSIM + 20 MSE + 20`` times the squared error of the gradient, factors as in
  TransMEF (L. Qu and others, AAAI 2022), which was read in its authors' code.
- Three convolutions beside patches of 8 x 8 as tokens; their features are joined by the decoder.
- Saliency is how much the convolution's features vary around a pixel: a source that is even there has none, and no
  weight. (Tokens know their place, so theirs vary even over black.)
- Course scale: half the widths, tokens of 32 channels instead of 64.
"""

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, mse_loss, pad

from medfuse_course.core.registry import check_name, lookup
from medfuse_course.losses import ssim
from medfuse_course.networks import ConvBlock
from medfuse_course.networks.patch_transformer import PatchTransformer
from medfuse_course.training import Batch, Budget, DestroyedPatches, Losses, LossStep, Phase, Recipe

Branches = Literal["both", "cnn", "transformer"]

SCALES = {"paper": (16, 64), "course": (8, 32)}
"""Channels of the first convolution, and of a token."""

FACTOR = 20.0
"""Of the squared error, and of that of the gradient, beside ``1 - SSIM``."""

RADIUS = 3
"""Saliency is a mean over so many pixels on each side."""


class Encoder(nn.Module):
    """Features of both branches, one above the other.

    Parameters
    ----------
    width, tokens
        As in `SCALES`.
    branches
        ``"both"``, or one of them alone.
    """

    def __init__(self, width: int, tokens: int, branches: Branches = "both") -> None:
        super().__init__()
        check_name("branches", branches, ("both", "cnn", "transformer"))
        self.outputs = (2 if branches == "both" else 1) * 2 * width
        self.branches = nn.ModuleList()
        if branches != "transformer":
            widths = (1, width, 2 * width, 2 * width)
            self.branches.append(nn.Sequential(*(ConvBlock(n, m) for n, m in pairwise(widths))))
        if branches != "cnn":
            self.branches.append(PatchTransformer(1, 2 * width, tokens))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)``, sides multiples of 8, gives ``(N, outputs, H, W)``."""
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class HybridCNNTransformer(nn.Module):
    """Encoder, adaptive weights, decoder.

    Parameters
    ----------
    width, tokens, branches
        As `Encoder` takes them.
    """

    multiple = 8

    def __init__(self, width: int, tokens: int, branches: Branches = "both") -> None:
        super().__init__()
        self.encoder = Encoder(width, tokens, branches)
        self.near = 2 * width
        widths = (self.encoder.outputs, 3 * width, 2 * width, width)
        self.decoder = nn.Sequential(
            *(ConvBlock(n, m) for n, m in pairwise(widths)), ConvBlock(width, 1, activation=nn.Sigmoid)
        )

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each, sides multiples of 8, give one of the same size, in (0, 1)."""
        of_a, of_b = self.encoder(a), self.encoder(b)
        share = adaptive_weight(*(saliency(x[:, : self.near]) for x in (of_a, of_b)))
        fused: Tensor = self.decoder(share * of_a + (1 - share) * of_b)
        return fused

    def reconstruct(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` through encoder and decoder."""
        image: Tensor = self.decoder(self.encoder(x))
        return image


def saliency(features: Tensor) -> Tensor:
    """How much features vary around each pixel: squared differences to the next pixel across and down.

    The sum over both directions and all channels, averaged over 7 x 7 pixels; the border repeats. 0 where the features
    are even.

    Parameters
    ----------
    features
        ``(N, C, H, W)``.

    Returns
    -------
    ``(N, 1, H, W)``, never negative.
    """
    framed = pad(features, (0, 1, 0, 1), mode="replicate")
    across = (framed[..., :-1, 1:] - features).square()
    down = (framed[..., 1:, :-1] - features).square()
    energy = (across + down).sum(dim=1, keepdim=True)
    return avg_pool2d(pad(energy, (RADIUS,) * 4, mode="replicate"), 2 * RADIUS + 1, stride=1)


def adaptive_weight(of_a: Tensor, of_b: Tensor) -> Tensor:
    """The weight of a, ``s_a / (s_a + s_b)``; that of b is the rest. Half where neither has any saliency."""
    total = of_a + of_b
    share: Tensor = torch.where(total > 0, of_a / total.clamp_min(torch.finfo(total.dtype).tiny), 0.5)
    return share


def build(scale: str) -> HybridCNNTransformer:
    """``"paper"`` is our reading, too."""
    return HybridCNNTransformer(*lookup("scale", scale, SCALES))


def unlike(made: Tensor, image: Tensor) -> Tensor:
    """``1 - SSIM + 20 MSE + 20`` times the squared error of the differences to the next pixel."""
    error = made - image
    slopes = torch.diff(error, dim=-1).square().mean() + torch.diff(error, dim=-2).square().mean()
    return 1 - ssim(made, image) + FACTOR * (mse_loss(made, image) + slopes)


class RestoreStep(LossStep[HybridCNNTransformer]):
    """Give back the image from one whose gray values, and from one whose texture was destroyed in some squares."""

    def losses(self, batch: Batch) -> Losses:
        """One term for each task, of a batch of `DestroyedPatches`."""
        return {
            task: unlike(self.network.reconstruct(batch[task]), batch["image"]) for task in ("intensity", "texture")
        }


RECIPE = Recipe(
    slug="hybrid_cnn_transformer",
    network=build,
    data=DestroyedPatches(),
    phases=(Phase("restore", RestoreStep, learning_rate=3e-3),),
    budgets={
        "smoke": Budget(steps=30, batch=2, patch=32, check_every=5, pool=3),
        "lesson": Budget(steps=150, batch=4, patch=48, check_every=50, pool=6),
        "ship": Budget(steps=240, batch=2, patch=96, check_every=40, pool=9, refresh=1000),
        "full": Budget(steps=20_000, batch=24, patch=256, check_every=500, pool=48),
    },
    average=0.95,
)
