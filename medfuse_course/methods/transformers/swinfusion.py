"""SwinFusion: attention in shifted windows, within each source and from each source to the other (Ma and others, 2022).

Verified, in the authors' code (Linfeng-Tang/SwinFusion, ``network_swinfusion1``, whose test script loads it):

- Two convolutions of 3 x 3, 1 -> 30 -> 60, leaky rectifiers of slope 0.2; branch B uses those of branch A (it has
  its own in the file, 8,430 numbers, which nothing calls: with them the count is the known 973,681).
- Every pixel is a token of 60 channels, 6 heads, windows of 8 x 8, every other block moved by 4, hidden units twice
  as many.
- Four blocks for each source; then twice: two blocks for each source, two in which each source asks the other
  (questions from its own tokens, keys and values from the other's); both stacked, a convolution 120 -> 60; four
  blocks; convolutions 60 -> 30 -> 15 -> 1. There is no shortcut around a group of blocks, though the paper's drawing
  has one.
- Loss of its medical networks: ``20 |F - max(A, B)| + 100 ||grad F| - max(|grad A|, |grad B|)| + 50 (1 - SSIM)``,
  SSIM the mean of both; gradients are sums of absolute Sobel derivatives. Adam 2e-4, an average of the weights
  (0.999).

Ours, at ``"course"`` scale, because a pixel as a token is too slow for a CPU: a token is a patch of 4 x 4 pixels, a
window 4 x 4 patches, there are half as many blocks, and the full-size features of both sources go around the
attention to the last convolutions. Trained here on phantoms, for minutes; its faults are not the paper's.

Reference: J. Ma, L. Tang, F. Fan, J. Huang, X. Mei and Y. Ma, "SwinFusion: Cross-domain long-range learning for
general image fusion via Swin Transformer", IEEE/CAA Journal of Automatica Sinica 9(7), 1200-1217, 2022."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, l1_loss, leaky_relu

from medfuse_course.core.registry import lookup
from medfuse_course.losses import l1_to_max, sobel, ssim_to_sources
from medfuse_course.networks.attention import WindowBlock
from medfuse_course.training import Budget, FusionStep, Losses, LumaPatches, Phase, Recipe

SLOPE = 0.2
"""Of the leaky rectifier."""


@dataclass(frozen=True)
class Size:
    """Channels, heads, side of a patch in pixels and of a window in patches; blocks of each source at the start, rounds
    of both kinds, blocks at the end."""

    channels: int
    heads: int
    patch: int
    window: int
    own: int
    rounds: int
    last: int


SCALES = {"paper": Size(60, 6, 1, 8, 4, 2, 4), "course": Size(32, 4, 4, 4, 2, 1, 2)}


class Cross(nn.Module):
    """A block for each source in which its tokens ask those of the other."""

    def __init__(self, size: Size, shift: int) -> None:
        super().__init__()
        self.a, self.b = (WindowBlock(size.channels, size.heads, size.window, shift) for _ in range(2))

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Maps ``(N, C, h, w)`` of both sources; each norm belongs to a source, whether it asks or answers."""
        of_a, of_b = self.a.tokens(a), self.b.tokens(b)
        mask = self.a.mask(a.shape[-2], a.shape[-1], a.device)
        to_a, to_b = self.a.attention(of_a, of_b, mask), self.b.attention(of_b, of_a, mask)
        return self.a.told(a, to_a), self.b.told(b, to_b)


class SwinFusion(nn.Module):
    """Features of each source, then of each by the other, then an image.

    Parameters
    ----------
    size
        One of `SCALES`.
    """

    multiple = 16
    reach = 120

    def __init__(self, size: Size) -> None:
        super().__init__()
        c, self.patch = size.channels, size.patch
        self.stem = nn.Sequential(_conv(1, c // 2), nn.LeakyReLU(SLOPE), _conv(c // 2, c // self._narrower()))
        fine = c // self._narrower()
        self.to_tokens = nn.Conv2d(fine, c, self.patch, stride=self.patch) if self.patch > 1 else nn.Identity()
        self.enter = _Norm(c)
        self.own_a, self.own_b = (_blocks(size.own, size) for _ in range(2))
        self.leave_a, self.leave_b = _Norm(c), _Norm(c)
        self.within_a, self.within_b = (nn.ModuleList(_blocks(2, size) for _ in range(size.rounds)) for _ in "ab")
        self.across = nn.ModuleList(
            nn.ModuleList(Cross(size, shift) for shift in (0, size.window // 2)) for _ in range(size.rounds)
        )
        self.fused_a, self.fused_b = _Norm(c), _Norm(c)
        self.join = _conv(2 * c, c)
        self.last = _blocks(size.last, size)
        self.end = _Norm(c)
        self.draw = nn.ModuleList(
            (_conv(c + (2 * fine if self.patch > 1 else 0), c // 2), _conv(c // 2, c // 4), _conv(c // 4, 1))
        )

    def _narrower(self) -> int:
        """Full-size features are a quarter as wide where tokens are patches."""
        return 4 if self.patch > 1 else 1

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each, H and W multiples of the patch, gives the same."""
        fine = [leaky_relu(self.stem(x), SLOPE) for x in (a, b)]
        of_a, of_b = self.exchange(*fine)
        x = leaky_relu(self.join(torch.cat([of_a, of_b], dim=1)), SLOPE)
        x = self.end(self.last(self.enter(x)))
        if self.patch > 1:
            grown = interpolate(x, scale_factor=self.patch, mode="bilinear", align_corners=False)
            x = torch.cat([grown, *fine], dim=1)
        first, second, third = self.draw
        drawn: Tensor = third(leaky_relu(second(leaky_relu(first(x), SLOPE)), SLOPE))
        return drawn

    def exchange(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Full-size features of both sources give the maps of tokens after all rounds."""
        a, b = self.before_exchange(a, b)
        for within_a, within_b, across in zip(self.within_a, self.within_b, self.across, strict=True):
            a, b = within_a(a), within_b(b)
            for cross in cast(nn.ModuleList, across):
                a, b = cross(a, b)
        return self.fused_a(a), self.fused_b(b)

    def before_exchange(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """The maps of tokens before a source asks the other."""
        a = self.leave_a(self.own_a(self.enter(self.to_tokens(a))))
        b = self.leave_b(self.own_b(self.enter(self.to_tokens(b))))
        return self.enter(a), self.enter(b)


class _Norm(nn.LayerNorm):
    """Layer normalization of each token of a map ``(N, C, h, w)``."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def _blocks(count: int, size: Size) -> nn.Sequential:
    """Windowed blocks, every other one moved by half a window."""
    shifts = [(k % 2) * size.window // 2 for k in range(count)]
    return nn.Sequential(*(WindowBlock(size.channels, size.heads, size.window, shift) for shift in shifts))


def build(scale: str) -> SwinFusion:
    """The network. ``"paper"``: 965,251 parameters, and 8,430 in its authors' file that nothing calls."""
    network = SwinFusion(lookup("scale", scale, SCALES))
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            nn.init.trunc_normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
    return network


def edges(image: Tensor) -> Tensor:
    """``|dx| + |dy|`` by Sobel kernels that are not divided by 8."""
    across, down = sobel(image)
    return 8 * (across.abs() + down.abs())


def terms(f: Tensor, a: Tensor, b: Tensor) -> Losses:
    """The published terms with their weights for medical images."""
    return {
        "intensity": 20 * l1_to_max(f, a, b),
        "gradient": 100 * l1_loss(edges(f), torch.maximum(edges(a), edges(b))),
        "structure": 50 * (1 - ssim_to_sources(f, a, b)),
    }


class FuseStep(FusionStep):
    """`terms` of one batch."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network, terms)


RECIPE = Recipe(
    slug="swinfusion",
    network=build,
    data=LumaPatches(clinical=0.5),
    phases=(Phase("fuse", FuseStep, 1.0, 1e-3),),
    budgets={
        "smoke": Budget(steps=9, batch=2, patch=32, check_every=3, pool=2),
        "lesson": Budget(steps=150, batch=4, patch=64, check_every=50),
        "ship": Budget(steps=1000, batch=6, patch=64, check_every=100),
        "full": Budget(steps=10_000, batch=16, patch=64, check_every=500, pool=48),
    },
    average=0.99,
)
