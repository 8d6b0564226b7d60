"""CDDFuse: features split into a base that both sources share and details that each has alone, told so by the loss.

Reference: Z. Zhao, H. Bai, J. Zhang and others, "CDDFuse: Correlation-driven dual-branch feature decomposition for
multi-modality image fusion", CVPR 2023, 5906-5916. One encoder for both sources ends in two branches. The base branch
is a Transformer that attends between channels, and so over the whole image; the detail branch is a chain of invertible
coupling nodes, which lose nothing. Phase I learns to give each source back from its two parts, and a term wants bases
of the two sources to correlate and details not to. Phase II adds a layer for each part that fuses sums of features.

Verified in the authors' code: all layers (1,188,272 weights), the coupling, the loss and its factors, both phases.

Our reading:

- Course scale: 10 channels instead of 64, 1 block instead of 4, 2 heads instead of 8, 2 coupling nodes instead of 3:
  what takes a quarter of a second for 256 x 256 pixels.
- Phantoms; published is a training on pairs of infrared and visible images, and one on medical ones whose code is not
  there. The sources come in any order, so the gradient of either must come back in phase I; published is that of the
  visible image alone.
- Adam with 0.004 and a cosine instead of 0.0001, halved every 20 epochs; gradients are cut at a norm of 1 instead of
  0.01.
- Phase I starts as everything else does; the layers that fuse start at phase II, where the whole network learns on.
- Convolutions of 3 x 3 pad with zeros, as published; only the coupling reflects the border.

Not copied: the unused "Lite Transformer" and losses of the authors' files.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss, mse_loss

from medfuse_course.core.registry import lookup
from medfuse_course.losses import l1_to_max, sobel, ssim
from medfuse_course.networks.restormer import RestormerBlock
from medfuse_course.training import Batch, Budget, Losses, LossStep, LumaPatches, Phase, Recipe

SCALES = {"paper": (64, 4, 8, 3), "course": (10, 1, 2, 2)}
"""Channels, Restormer blocks on each side, heads, coupling nodes."""

STRUCTURE, EDGES, DECOMPOSITION, GRADIENT = 5.0, 5.0, 2.0, 10.0
"""Published factors: of ``(1 - SSIM) / 2`` and the gradient beside the squared error; of the decomposition in both
phases; of the gradient in phase II."""

SHIFT = 1.01
"""Keeps the denominator of the decomposition above 0: a correlation may be -1."""


class Residual(nn.Sequential):
    """An inverted residual without its residual: widen twice, look around channel by channel, narrow.

    Parameters
    ----------
    channels
        In and out.
    """

    def __init__(self, channels: int) -> None:
        wide = 2 * channels
        super().__init__(
            nn.Conv2d(channels, wide, 1, bias=False),
            nn.ReLU6(),
            nn.Conv2d(wide, wide, 3, padding=1, padding_mode="reflect", groups=wide, bias=False),
            nn.ReLU6(),
            nn.Conv2d(wide, channels, 1, bias=False),
        )


class DetailNode(nn.Module):
    """A mixture of all channels, then ``y_2 = z_2 + phi(z_1)``, ``y_1 = z_1 exp(rho(y_2)) + eta(y_2)`` of its halves.

    Parameters
    ----------
    channels
        Even.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.shuffle = nn.Conv2d(channels, channels, 1)
        self.phi, self.rho, self.eta = (Residual(channels // 2) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in and out."""
        z1, z2 = self.shuffle(x).chunk(2, dim=1)
        y2 = z2 + self.phi(z1)
        return torch.cat([z1 * torch.exp(self.rho(y2)) + self.eta(y2), y2], dim=1)

    def inverse(self, y: Tensor) -> Tensor:
        """What went in. The mixture is undone by the inverse of its matrix, which must have one."""
        y1, y2 = y.chunk(2, dim=1)
        z1 = (y1 - self.eta(y2)) * torch.exp(-self.rho(y2))
        z = torch.cat([z1, y2 - self.phi(z1)], dim=1) - self.shuffle.bias[:, None, None]  # type: ignore[index]
        return torch.einsum("oc,nchw->nohw", torch.linalg.inv(self.shuffle.weight[:, :, 0, 0]), z)


class DetailBranch(nn.Sequential):
    """`DetailNode` after `DetailNode`."""

    def __init__(self, channels: int, nodes: int) -> None:
        super().__init__(*(DetailNode(channels) for _ in range(nodes)))

    def inverse(self, y: Tensor) -> Tensor:
        """What went in."""
        for node in reversed(self):
            y = node.inverse(y)  # type: ignore[operator]
        return y


class Encoder(nn.Module):
    """Shared by both sources.

    Parameters
    ----------
    channels, blocks, heads, nodes
        As in `SCALES`.
    """

    def __init__(self, channels: int, blocks: int, heads: int, nodes: int) -> None:
        super().__init__()
        self.shared = nn.Sequential(
            nn.Conv2d(1, channels, 3, padding=1, bias=False),
            *(RestormerBlock(channels, heads) for _ in range(blocks)),
        )
        self.base = RestormerBlock(channels, heads, 1.0, full=True)
        self.detail = DetailBranch(channels, nodes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, 1, H, W)`` gives base and detail, ``(N, C, H, W)`` each."""
        features = self.shared(x)
        return self.base(features), self.detail(features)


class Decoder(nn.Module):
    """An image from a base and a detail.

    Parameters
    ----------
    channels, blocks, heads
        As in `SCALES`.
    """

    def __init__(self, channels: int, blocks: int, heads: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(2 * channels, channels, 1, bias=False)
        self.blocks = nn.Sequential(*(RestormerBlock(channels, heads) for _ in range(blocks)))
        self.draw = nn.Sequential(
            nn.Conv2d(channels, channels // 2, 3, padding=1, bias=False),
            nn.LeakyReLU(),
            nn.Conv2d(channels // 2, 1, 3, padding=1, bias=False),
        )

    def forward(self, base: Tensor, detail: Tensor) -> Tensor:
        """``(N, C, H, W)`` each give ``(N, 1, H, W)`` in (0, 1)."""
        return torch.sigmoid(self.draw(self.blocks(self.narrow(torch.cat([base, detail], dim=1)))))


class CDDFuse(nn.Module):
    """Encoder, a layer that fuses bases, one that fuses details, decoder.

    Attention runs over the whole image, so every pixel counts for every other one.

    Parameters
    ----------
    channels, blocks, heads, nodes
        As in `SCALES`.
    """

    def __init__(self, channels: int, blocks: int, heads: int, nodes: int) -> None:
        super().__init__()
        self.encoder = Encoder(channels, blocks, heads, nodes)
        self.fuse_base = RestormerBlock(channels, heads, 1.0, full=True)
        self.fuse_detail = DetailBranch(channels, 1)
        self.decoder = Decoder(channels, blocks, heads)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a third faster on a CPU

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each, in any order, give the same."""
        return self.fuse(self.encoder(a), self.encoder(b))

    def fuse(self, of_a: tuple[Tensor, Tensor], of_b: tuple[Tensor, Tensor]) -> Tensor:
        """The fused image of two pairs of base and detail."""
        base, detail = (x + y for x, y in zip(of_a, of_b, strict=True))
        fused: Tensor = self.decoder(self.fuse_base(base), self.fuse_detail(detail))
        return fused

    def reconstruct(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` through encoder and decoder: phase I."""
        image: Tensor = self.decoder(*self.encoder(x))
        return image


def build(scale: str) -> CDDFuse:
    """``"paper"``: 1,188,272 parameters; ``"course"``: 24,573."""
    return CDDFuse(*lookup("scale", scale, SCALES))


def correlation(x: Tensor, y: Tensor) -> Tensor:
    """Pearson's over the pixels, the mean over images and channels; ``(N, C, H, W)`` each give a number in [-1, 1]."""
    x, y = (f.flatten(2) - f.flatten(2).mean(dim=-1, keepdim=True) for f in (x, y))
    lengths = x.norm(dim=-1) * y.norm(dim=-1)
    return ((x * y).sum(dim=-1) / (lengths + 1e-6)).mean()


def decomposition(of_a: tuple[Tensor, Tensor], of_b: tuple[Tensor, Tensor]) -> Tensor:
    """``CC(details)^2 / (1.01 + CC(bases))``: 0 where details have nothing in common, half as large for equal bases."""
    bases, details = (correlation(x, y) for x, y in zip(of_a, of_b, strict=True))
    return details.square() / (SHIFT + bases)


def steepness(image: Tensor) -> Tensor:
    """``|S_x| + |S_y|`` with Sobel kernels of 1 and 2, as published; `losses.sobel` divides them by 8."""
    across, down = sobel(image, border="replicate")
    return 8 * (across.abs() + down.abs())


class DecomposeStep(LossStep[CDDFuse]):
    """Phase I: give each source back, and split it as the decomposition wants.

    Parameters
    ----------
    network
        Its encoder and decoder learn; the layers that fuse stay as they are.
    split
        Factor of the decomposition; 0: nothing says what is base and what is detail.
    """

    def __init__(self, network: CDDFuse, split: float = DECOMPOSITION) -> None:
        parts = (network.encoder, network.decoder)
        super().__init__(network, [p for part in parts for p in part.parameters()])
        self.split = split

    def losses(self, batch: Batch) -> Losses:
        """The terms of a batch with ``a`` and ``b``."""
        sources = batch["a"], batch["b"]
        parts = [self.network.encoder(x) for x in sources]
        made = [self.network.decoder(*part) for part in parts]
        pairs = list(zip(made, sources, strict=True))
        return {
            "mse": torch.stack([mse_loss(f, x) for f, x in pairs]).sum(),
            "structure": STRUCTURE * torch.stack([(1 - ssim(f, x)) / 2 for f, x in pairs]).sum(),
            "edges": EDGES * torch.stack([_slopes_apart(f, x) for f, x in pairs]).mean(),
            "split": self.split * decomposition(*parts),
        }


class FuseStep(LossStep[CDDFuse]):
    """Phase II: the fused image is as bright as the brighter source and as steep as the steeper one.

    Parameters
    ----------
    network
        All of it learns.
    split
        Factor of the decomposition.
    """

    def __init__(self, network: CDDFuse, split: float = DECOMPOSITION) -> None:
        super().__init__(network)
        self.split = split

    def losses(self, batch: Batch) -> Losses:
        """The terms of a batch with ``a`` and ``b``."""
        a, b = batch["a"], batch["b"]
        parts = self.network.encoder(a), self.network.encoder(b)
        f = self.network.fuse(*parts)
        steeper = torch.maximum(steepness(a), steepness(b))
        return {
            "brightness": l1_to_max(f, a, b),
            "gradient": GRADIENT * l1_loss(steepness(f), steeper),
            "split": self.split * decomposition(*parts),
        }


def _slopes_apart(f: Tensor, x: Tensor) -> Tensor:
    """Mean distance of the derivatives of two images, both directions together."""
    return torch.stack([l1_loss(of_f, of_x) for of_f, of_x in zip(sobel(f), sobel(x), strict=True)]).mean()


RECIPE = Recipe(
    slug="cddfuse",
    network=build,
    data=LumaPatches(),
    phases=(Phase("decompose", DecomposeStep, 0.4, 4e-3), Phase("fuse", FuseStep, 0.6, 4e-3)),
    budgets={
        "smoke": Budget(steps=30, batch=2, patch=24, check_every=6, pool=3),
        "lesson": Budget(steps=120, batch=4, patch=32, check_every=40, pool=6),
        "ship": Budget(steps=280, batch=3, patch=40, check_every=28, pool=9, refresh=1000),
        "full": Budget(steps=20_000, batch=8, patch=128, check_every=500, pool=48),
    },
    average=0.95,
)
