"""Align, then fuse: a small network says how far b lies from its place, b is moved, and a Laplacian pyramid fuses.

The course's own. It stands for what the review calls a feature-alignment network, in the geometric sense, and rests on
the learned registration of G. Balakrishnan and others, "VoxelMorph: A learning framework for deformable medical image
registration", IEEE Transactions on Medical Imaging 38(8), 1788-1800, 2019. Fusion networks that align inside, such as
BSAFusion (H. Li and others, AAAI 2025), do both in one network.

Verified in VoxelMorph's paper: two images go in, a displacement for each pixel comes out, and a spatial transformer
(linear sampling) moves the second image; a smoothness term keeps the displacement from folding.

Our reading:

- VoxelMorph compares the moved image with the fixed one, which needs a similarity of two modalities. Here this
  similarity is what is learned, from pairs that lie right or are off by a few pixels.
- Two modalities meet in features, not in gray values: an encoder for each, and the cosine of each feature of a with
  those of b around it (a cost volume, as networks for optical flow have it). A contrastive loss makes the features of
  one place alike; nothing else is learned.
- From the cosines each cell has a mean displacement, and how sure it is. The first looks take the shift and turn that
  come nearest to what all cells say, the later ones a Gaussian mean over neighbors. b is moved, and looked at again.
- What follows is the pyramid of Burt and Adelson with its plain rules, so that only the alignment is new. In color, the
  luminance is fused, and the chroma of both sources, b's where it was moved to, is added.
"""

import math
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, normalize, pad

from medfuse_course.core.registry import lookup
from medfuse_course.networks import luma
from medfuse_course.networks.flow import enlarge, warp
from medfuse_course.networks.laplacian import fuse_pyramids
from medfuse_course.training import Batch, Budget, FusionPatches, Losses, LossStep, Phase, Recipe
from medfuse_course.training.data.patches import PHANTOMS

SCALES = {"paper": 64, "course": 32}
"""Numbers of a feature."""

CELL, REACH = 8, 2
"""Pixels from one feature to the next, and how many features away a look goes."""

TRUST = 10.0
"""What a cosine is multiplied with: the temperature of the contrastive loss is its inverse."""

OFF = ((-6, 2), (6, -2), (2, 6), (-2, -6))
"""Pixels by which b is off in training, in turn: between cells, too, features shall say where."""

FAINT_A, FAINT_B = 0.05, 0.02
"""Standard deviations in a cell below which there is little to see in a, or in b."""

STIFF, WIDE, DOUBT = 8, 3.0, 0.3
"""Looks that may only shift and turn, before the others may bend; the deviation, in cells, over which a bend is
averaged; and how sure the cells around must be that it is more than half of what they say."""


class Look(nn.Module):
    """Features of both images on cells of `CELL` pixels, and what they say: where in b does each cell of a lie?

    Parameters
    ----------
    width
        Numbers of a feature.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.of_a, self.of_b = (_encoder(width) for _ in range(2))
        line = CELL * torch.arange(-REACH, REACH + 1.0)
        self.register_buffer("shifts", torch.cartesian_prod(line, line).T, persistent=False)

    def features(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, width, H / 8, W / 8)`` of each; an encoder sees 31 pixels around a cell."""
        return self.of_a(2 * a - 0.6), self.of_b(2 * b - 0.6)

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """The mean displacement of each cell in pixels, ``(N, 2, h, w)``, and how sure it is."""
        share = (TRUST * likeness(*self.features(a, b))).softmax(dim=1)
        said = torch.einsum("nkhw,dk->ndhw", share, cast(Tensor, self.shifts))
        unsure = -(share * (share + 1e-9).log()).sum(dim=1, keepdim=True) / math.log(share.shape[1])
        return said, (1 - unsure) ** 2 * shown(a, b)


def shown(a: Tensor, b: Tensor) -> Tensor:
    """How much there is to see in each cell, of both images: ``(N, 1, h, w)`` from 0 to 1."""
    weight = torch.ones_like(avg_pool2d(a, CELL))
    for image, faint in ((a, FAINT_A), (b, FAINT_B)):
        spread = avg_pool2d(avg_pool2d(image**2, CELL) - avg_pool2d(image, CELL) ** 2, 3, stride=1, padding=1)
        weight = weight * spread.clamp_min(0) / (spread.clamp_min(0) + faint**2)
    return weight


def stiff(said: Tensor, sure: Tensor) -> Tensor:
    """The shift and the small turn that come nearest to what all cells say: a displacement of each cell.

    Parameters
    ----------
    said
        Displacements ``(N, 2, h, w)`` in pixels.
    sure
        Their weights ``(N, 1, h, w)``.

    Returns
    -------
    ``(N, 2, h, w)`` in pixels.
    """
    height, width = said.shape[-2:]
    sure = sure / (sure.sum(dim=(-2, -1), keepdim=True) + 1e-9)
    down = CELL * torch.arange(height, dtype=said.dtype, device=said.device)[:, None].expand(height, width)
    right = CELL * torch.arange(width, dtype=said.dtype, device=said.device).expand(height, width)
    place = torch.stack([down, right])
    arm = place - (sure * place).sum(dim=(-2, -1), keepdim=True)
    shift = (sure * said).sum(dim=(-2, -1), keepdim=True)
    across = torch.stack([arm[:, 1], -arm[:, 0]], dim=1)  # where a turn takes each place
    turn = (sure * across * (said - shift)).sum(dim=(1, 2, 3), keepdim=True)
    size = (sure * arm**2).sum(dim=(1, 2, 3), keepdim=True)
    return shift + turn / (size + 1.0) * across


def bent(said: Tensor, sure: Tensor) -> Tensor:
    """What the neighborhood of each cell says, under a Gaussian of `WIDE` cells; little where nobody is sure."""
    half = round(3 * WIDE)
    taps = torch.exp(-((torch.arange(-float(half), half + 1.0, device=said.device) / WIDE) ** 2) / 2)
    taps = (taps / taps.sum()).to(said.dtype)
    both = torch.cat([sure * said, sure], dim=1).flatten(0, 1)[:, None]
    both = conv2d(conv2d(both, taps.view(1, 1, -1, 1), padding=(half, 0)), taps.view(1, 1, 1, -1), padding=(0, half))
    both = both.view(len(said), 3, *said.shape[-2:])
    return both[:, :2] / (both[:, 2:] + DOUBT)


def likeness(a: Tensor, b: Tensor) -> Tensor:
    """The cosine of each feature of a with those of b up to `REACH` steps away: ``(N, (2 REACH + 1)^2, h, w)``.

    Parameters
    ----------
    a, b
        Features ``(N, C, h, w)``.

    Returns
    -------
    For each displacement, row by row, a map; 0 where it leads out of the image.
    """
    height, width = a.shape[-2:]
    a, b = normalize(a, dim=1), pad(normalize(b, dim=1), (REACH,) * 4)
    across = torch.arange(width, device=a.device)[:, None] + torch.arange(2 * REACH + 1, device=a.device)
    across = across.expand(len(a), height, -1, -1)
    rows = [
        torch.einsum("nchw,nchv->nhwv", a, b[..., y : y + height, :]).gather(3, across) for y in range(2 * REACH + 1)
    ]
    return torch.cat(rows, dim=3).permute(0, 3, 1, 2)


class AlignThenFuse(nn.Module):
    """Estimate a displacement, move b, fuse.

    Parameters
    ----------
    width
        Channels of the first layer.
    """

    multiple = 32

    def __init__(self, width: int) -> None:
        super().__init__()
        self.look = Look(width)

    def forward(self, a: Tensor, b: Tensor, *, passes: int = 10) -> Tensor:
        """Fuse.

        Parameters
        ----------
        a, b
            ``(N, 1, H, W)`` or ``(N, 3, H, W)`` in [0, 1], H and W multiples of 8, at least 32; b is moved.
        passes
            How often the network looks; 0 fuses b as it lies.

        Returns
        -------
        The fused images; with three channels if a source has.
        """
        if isinstance(passes, bool) or not isinstance(passes, int) or passes < 0:
            raise ValueError(f"passes: expected a number of looks from 0, got {passes!r}")
        moved = warp(b, self.flow(a, b, passes)) if passes else b
        fused = fuse_pyramids(luma(a), luma(moved))
        if a.shape[1] == b.shape[1] == 1:
            return fused
        return fused + (a - luma(a)) + (moved - luma(moved))

    def flow(self, a: Tensor, b: Tensor, passes: int = 10) -> Tensor:
        """How far each pixel of a looks down and right in b to see its own place: ``(N, 2, H, W)`` in pixels."""
        still, moved = luma(a), luma(b)
        found, seen = torch.zeros_like(avg_pool2d(still, CELL)).expand(-1, 2, -1, -1), moved
        for number in range(passes):
            step = stiff if number < STIFF else bent
            found = found + step(*self.look(still, seen))
            seen = warp(moved, enlarge(found, CELL))
        return enlarge(found, CELL)


def _encoder(width: int) -> nn.Sequential:
    """Three halvings, and a look at the neighbors."""
    leaky = partial(nn.LeakyReLU, 0.1)
    halvings = [
        layer
        for inputs, outputs in ((1, 12), (12, 24), (24, width))
        for layer in (nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, padding_mode="replicate"), leaky())
    ]
    return nn.Sequential(*halvings, nn.Conv2d(width, width, 3, padding=1, padding_mode="replicate"))


def build(scale: str) -> AlignThenFuse:
    """The network. No paper gives its size: ``"paper"`` is ours, too."""
    return AlignThenFuse(lookup("scale", scale, SCALES))


def surprise(a: Tensor, b: Tensor, weight: Tensor, shift: tuple[int, int] = (0, 0)) -> Tensor:
    """InfoNCE among the cells of a patch: how hard it is to find the place of each cell in the other image.

    Parameters
    ----------
    a, b
        Features ``(N, C, h, w)``.
    weight
        ``(N, 1, h, w)``: how much each cell of a counts.
    shift
        How far down and right, in pixels, b was moved: the four cells around a place share what is right.

    Returns
    -------
    The weighted mean of both directions, with the temperature ``1 / TRUST``.
    """
    unit_a, unit_b = (normalize(x, dim=1).flatten(2) for x in (a, b))
    alike = TRUST * unit_a.transpose(1, 2) @ unit_b
    sides = (torch.arange(n, dtype=a.dtype, device=a.device) for n in a.shape[-2:])
    near = [
        (1 - (side - side[:, None] - pixels / CELL).abs()).clamp_min(0)
        for side, pixels in zip(sides, shift, strict=True)
    ]
    right = torch.kron(*near)
    said = (right * (alike.log_softmax(dim=2) + alike.log_softmax(dim=1))).sum(dim=2) / 2
    return -(weight.flatten(1) * said).mean() / weight.mean().clamp_min(1e-3)


class FeatureStep(LossStep[AlignThenFuse]):
    """Only features learn: to be alike where both images show the same place, on pairs that lie right."""

    def losses(self, batch: Batch) -> Losses:
        """`surprise`, where there is something to see; b by a few pixels off, in each of `OFF`."""
        a, rim = batch["a"][..., CELL:-CELL, CELL:-CELL], CELL
        rows, columns = a.shape[-2:]
        terms = []
        for number, (down, right) in enumerate(OFF):
            still = a[number :: len(OFF)]
            if len(still):
                moved = batch["b"][number :: len(OFF), :, rim - down :, rim - right :][..., :rows, :columns]
                terms.append(surprise(*self.network.look.features(still, moved), shown(still, moved), (down, right)))
        return {"features": torch.stack(terms).mean()}


RECIPE = Recipe(
    slug="align_then_fuse",
    network=build,
    data=FusionPatches((*PHANTOMS, "thorax/ct-pet"), swap=False, clinical=0.4),
    phases=(Phase("align", FeatureStep, learning_rate=3e-3),),
    budgets={
        "smoke": Budget(steps=6, batch=2, patch=64, check_every=3, pool=2),
        "lesson": Budget(steps=400, batch=4, patch=128, check_every=400, pool=24, refresh=10_000),
        "ship": Budget(steps=800, batch=4, patch=128, check_every=400, pool=40, refresh=10_000),
        "full": Budget(steps=40_000, batch=16, patch=128, check_every=2000, pool=60),
    },
    average=0.98,
    keep="last",
)
