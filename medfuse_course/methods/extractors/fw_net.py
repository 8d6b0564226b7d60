"""FW-Net: two U-Nets in series. The first draws one image of two sources, the second must get both back from it.

Reference: F. Fan, Y. Huang, L. Wang and others, "A semantic-based medical image fusion approach", arXiv:1906.00225,
2019. Verified, in the abstract: an index of *semantic loss*, and a network, FW-Net (Fusion W-Net), that lowers it. A
review adds that it rests on the U-Net and augments its few samples. No code is known.

Our reading: a gray value should not stand for two tissues. So the encoder draws an image F of one channel, the decoder
draws A and B from F alone, and both are trained by what comes back, ``2 |A' - A| + 2 |B' - B| + 1 - SSIM``. That alone
makes a code that only this decoder reads: a watermark, not a picture. So F is held to the brighter source as well, with
a weight of `LIKENESS`: bone as in the CT, brain as in the MRI. ``ChainStep(network, likeness=0)`` shows the code.

Both U-Nets draw what is added to what goes in: to the maximum of the sources, and to F. Patches are cropped, turned,
mirrored, and their gray values changed (`FusionPatches`). Only the encoder ships; `Trained.whole` of a run is the
`WNet`.
"""

import torch
from torch import Tensor, nn

from medfuse_course.core.registry import lookup
from medfuse_course.losses import l1_to_max, ssim
from medfuse_course.networks import UNet
from medfuse_course.training import Batch, Budget, FusionPatches, Losses, LossStep, Phase, Recipe

LIKENESS = 0.1
"""Weight of the mean distance to the maximum of the sources."""

SIZES = {"paper": (64, 4), "course": (8, 3)}
"""Channels at the full size, and halvings. The paper's are not known; these are those of the U-Net itself."""


class FusionUNet(nn.Module):
    """The image that a U-Net draws upon the maximum of two sources.

    Parameters
    ----------
    width, depth
        As `networks.UNet` takes them.
    """

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.unet = UNet(2, 1, width, depth, residual=True)
        self.multiple = self.unet.multiple

    @property
    def reach(self) -> int:
        """How far in pixels an output looks."""
        return self.unet.reach

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each, in the order that it learned, give the same, in [0, 1]."""
        return confined(torch.maximum(a, b) + self.unet(torch.cat([a, b], dim=1)))


class WNet(nn.Module):
    """The encoder, which fuses, and the decoder, which must get the sources back.

    Parameters
    ----------
    width, depth
        Of both.
    """

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.encoder, self.decoder = FusionUNet(width, depth), SourceDecoder(width, depth)

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """The fused image, and what comes back of both sources, ``(N, 2, H, W)``."""
        f = self.encoder(a, b)
        return f, self.decoder(f)


class SourceDecoder(nn.Module):
    """Both sources from a fused image, ``(N, 1, H, W)`` to ``(N, 2, H, W)``.

    Parameters
    ----------
    width, depth
        As `networks.UNet` takes them.
    """

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.unet = UNet(1, 2, width, depth, residual=True)

    def forward(self, f: Tensor) -> Tensor:
        """A, then B, in [0, 1]."""
        return confined(f + self.unet(f))


def confined(x: Tensor) -> Tensor:
    """`x` cut to [0, 1], with the slope of what is not cut: else a value beyond could not come back."""
    return x + (x.clamp(0, 1) - x).detach()


def recovery(found: Tensor, a: Tensor, b: Tensor) -> Losses:
    """How far off the sources are that a decoder found, ``(N, 2, H, W)``: ``l1`` and ``structure``."""
    both = torch.cat([a, b], dim=1)
    return {"l1": 4 * (found - both).abs().mean(), "structure": 1 - ssim(found, both)}


class ChainStep(LossStep[WNet]):
    """Recover both sources from an image that is like the brighter one.

    Parameters
    ----------
    network
        The whole chain.
    likeness
        Weight of the second demand; 0: there is none.
    """

    def __init__(self, network: WNet, likeness: float = LIKENESS) -> None:
        super().__init__(network)
        self.likeness = likeness

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch with ``a`` and ``b``."""
        a, b = batch["a"], batch["b"]
        f, found = self.network(a, b)
        return {**recovery(found, a, b), "likeness": self.likeness * l1_to_max(f, a, b)}


def build(scale: str) -> FusionUNet:
    """The encoder. ``"paper"``: 31,031,169 weights; ``"course"``: 120,753."""
    return FusionUNet(*lookup("scale", scale, SIZES))


def build_chain(scale: str) -> WNet:
    """Encoder and decoder."""
    return WNet(*lookup("scale", scale, SIZES))


RECIPE = Recipe(
    slug="fw_net",
    network=build_chain,
    data=FusionPatches(swap=False),
    phases=(Phase("chain", ChainStep, 1.0, 2e-3),),
    budgets={
        "smoke": Budget(steps=9, batch=2, patch=48, check_every=3, pool=1),
        "lesson": Budget(steps=150, batch=4, patch=48, check_every=50, pool=3),
        "ship": Budget(steps=900, batch=4, patch=64, check_every=100, pool=12, refresh=100_000),
        "full": Budget(steps=40_000, batch=16, patch=128, check_every=500, pool=48),
    },
    average=0.98,
    ships="encoder",
)
