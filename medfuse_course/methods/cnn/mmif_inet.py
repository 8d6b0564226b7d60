"""MMIF-INet: wavelets and invertible coupling mix a gray and a color image in three scales, gates weigh what each had.

Reference: D. He, W. Li, G. Wang, Y. Huang and S. Liu, "MMIF-INet: Multimodal medical image fusion by invertible
network", Information Fusion 114, 102666, 2025. It takes RGB and gives RGB; its authors mean it for a gray MRI beside a
pseudo-colored PET or SPECT. At each of three scales a Haar transform halves both images, and their low-pass bands go
through coupling blocks that exchange what they hold without losing any of it. Up to here everything can be undone
exactly (`InvertibleNetwork.decompose`, `InvertibleNetwork.recompose`). Then sigmoid gates weigh the bands of both
sources, and that cannot be undone: two images became one. (Those that ship stay near 1/2 in every detail band.)

Verified in the authors' code: Haar, coupling, dense blocks, gates, the way up, every term of the loss and its factors.

Our reading:

- Course scale: the dense blocks grow by 8 channels instead of 32.
- Initialization: He within the dense blocks, and a normalization that starts in the range of gray values. Published is
  a normal distribution of standard deviation 0.01 for all, the normalization's factor too, so that training begins from
  an almost black image; the last layer of a dense block is 0 here as there, so that coupling starts as the identity.
- Adam with 0.001, a cosine schedule, and few steps; published is 0.00003 for 1000 epochs. The loss rewards any edge
  without bound: trained twice as long at twice the rate it fell further, while the likeness to both sources got worse.
- In the second half of training the normalization uses its running statistics as it does afterwards. With those of the
  batch, every batch is shifted to the same mean brightness.
- SSIM windows lie inside the image, and dense blocks repeat its border. Published are zeros around it, which leave dots
  along the border of the fused image.
- Whichever source is colored goes in second. Two gray images are repeated to three channels and the channels of the
  result averaged; two color images go in as they come.

Known defects of the authors' code, not copied: the reversed pass never defines its result; the schedule is bound to an
optimizer that is replaced, so the rate never decays; nothing uses a layer (``up_conv3``); sides must divide by 8.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, mse_loss, pixel_shuffle

from medfuse_course.color.gray import LUMA_WEIGHTS
from medfuse_course.core.registry import lookup
from medfuse_course.losses import sobel, structure_to_stronger
from medfuse_course.networks import DenseBlock
from medfuse_course.training import Batch, Budget, ColorPatches, Losses, LossStep, Phase, Recipe

COLORS = 3
BLOCKS = (2, 1, 1)
"""Coupling blocks at each scale, finest first."""

CLAMP = 2.0
"""A coupling block scales by at least ``exp(-CLAMP)`` and at most ``exp(CLAMP)``."""

STRUCTURE_FACTOR, OTHER_LUMINANCE_FACTOR = 3.0, 0.01
"""Beside 1 for sharpness, chroma and the squared error to the luminance of a; the second is of that to b."""

SCALES = {"paper": 32, "course": 8}
"""Channels that each layer of a dense block adds."""

Bands = tuple[Tensor, Tensor, Tensor, Tensor]
"""Low-pass band, differences along rows, along columns, along both; each half the size of the image."""


def haar(image: Tensor) -> Bands:
    """One level of the orthonormal Haar transform of ``(N, C, H, W)``, H and W even."""
    x00, x01 = image[..., ::2, ::2] / 2, image[..., ::2, 1::2] / 2
    x10, x11 = image[..., 1::2, ::2] / 2, image[..., 1::2, 1::2] / 2
    return x00 + x01 + x10 + x11, x01 + x11 - x00 - x10, x10 + x11 - x00 - x01, x00 + x11 - x01 - x10


def inverse_haar(bands: Bands) -> Tensor:
    """The image whose `haar` bands these are."""
    low, across, down, both = (band / 2 for band in bands)
    top = [low - across - down + both, low + across - down - both]
    bottom = [low - across + down - both, low + across + down + both]
    return pixel_shuffle(torch.stack(top + bottom, dim=2).flatten(1, 2), 2)  # (N, C, 4, h, w) to (N, C, 2 h, 2 w)


class Dense(nn.Sequential):
    """Four dense layers and one that goes back to three channels; the last starts at 0."""

    def __init__(self, growth: int) -> None:
        last = nn.Conv2d(COLORS + 4 * growth, COLORS, 3, padding=1, padding_mode="replicate")
        super().__init__(DenseBlock(COLORS, growth, 4, padding_mode="replicate", activation=nn.LeakyReLU), last)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, a=0.01)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        nn.init.zeros_(last.weight)


class Coupling(nn.Module):
    """``y_1 = x_1 + phi(x_2)``, ``y_2 = x_2 exp(c(rho(y_1))) + eta(y_1)``, with ``c(s) = 4 (sigmoid(s) - 1/2)``.

    Whatever phi, rho and eta are, it can be undone, since each step changes one half by means of the other one.
    """

    def __init__(self, growth: int) -> None:
        super().__init__()
        self.phi, self.rho, self.eta = Dense(growth), Dense(growth), Dense(growth)

    def forward(self, x1: Tensor, x2: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, 3, h, w)`` each, in and out."""
        y1 = x1 + self.phi(x2)
        return y1, x2 * self._scale(y1) + self.eta(y1)

    def inverse(self, y1: Tensor, y2: Tensor) -> tuple[Tensor, Tensor]:
        """What went in."""
        x2 = (y2 - self.eta(y1)) / self._scale(y1)
        return y1 - self.phi(x2), x2

    def _scale(self, y1: Tensor) -> Tensor:
        return torch.exp(2 * CLAMP * (torch.sigmoid(self.rho(y1)) - 0.5))


class Couplings(nn.ModuleList):
    """The `Coupling` blocks of one scale, one after the other."""

    def forward(self, x1: Tensor, x2: Tensor) -> tuple[Tensor, Tensor]:
        """Through all of them."""
        for block in self:
            x1, x2 = block(x1, x2)
        return x1, x2

    def inverse(self, y1: Tensor, y2: Tensor) -> tuple[Tensor, Tensor]:
        """Back through all of them."""
        for block in reversed(self):
            y1, y2 = block.inverse(y1, y2)  # type: ignore[operator]
        return y1, y2


class Gates(nn.ModuleList):
    """``W A + (1 - W) B`` with ``W = sigmoid(gate(A, B))`` for each band of one scale."""

    def forward(self, of_a: Bands, of_b: Bands) -> Bands:
        """The bands of one image."""
        weights = [torch.sigmoid(gate(torch.cat(pair, 1))) for gate, *pair in zip(self, of_a, of_b, strict=True)]
        low, across, down, both = (torch.lerp(b, a, w.to(a.dtype)) for a, b, w in zip(of_a, of_b, weights, strict=True))
        return low, across, down, both


class InvertibleNetwork(nn.Module):
    """Three scales of Haar transform and coupling; gates; the way up.

    Attributes
    ----------
    multiple
        Of which both sides must be.
    color_native
        It takes RGB as it comes.
    reach
        Each coupling looks ten pixels far, of its own scale.
    """

    multiple = 2 ** len(BLOCKS)
    color_native = True
    reach = sum(10 * count * 2**level for level, count in enumerate(BLOCKS, 1)) + multiple

    def __init__(self, growth: int) -> None:
        super().__init__()
        self.couplings = nn.ModuleList(Couplings(Coupling(growth) for _ in range(count)) for count in BLOCKS)
        self.gates = nn.ModuleList(Gates(nn.Conv2d(2 * COLORS, COLORS, 1) for _ in range(4)) for _ in BLOCKS)
        self.up = nn.ModuleList(nn.Conv2d(COLORS, COLORS, 1) for _ in BLOCKS[1:])
        self.normalize = nn.BatchNorm2d(COLORS)
        for layer in (*self.gates.modules(), *self.up.modules()):
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        nn.init.constant_(self.normalize.weight, 0.25)
        nn.init.constant_(self.normalize.bias, 0.25)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a sixth faster on a CPU

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1 or 3, H, W)`` each gives ``(N, 3, H, W)``, or the mean of its channels where both are gray.

        Parameters
        ----------
        a, b
            The network learned a gray MRI first and a colored PET or SPECT second; a color image beside a gray one goes
            in second whichever way they come. Two gray images, such as MRI and CT, it never saw: they keep their order.

        Returns
        -------
        The fused images: gray if both sources are, else in three channels.
        """
        gray_first, colored = (b, a) if a.shape[1] > b.shape[1] else (a, b)
        fused = self.in_color(gray_first, colored)
        return fused.mean(dim=1, keepdim=True) if a.shape[1] == b.shape[1] == 1 else fused

    def in_color(self, a: Tensor, b: Tensor) -> Tensor:
        """The fused image in three channels, not clipped: what training judges."""
        levels = zip(self.gates, self.decompose(a, b), strict=True)
        merged = [inverse_haar(gates(*bands)) for gates, bands in levels]
        image = merged.pop()
        for up in reversed(self.up):
            image = up(interpolate(image, scale_factor=2.0, mode="nearest")) + merged.pop()
        fused: Tensor = self.normalize(image)
        return fused

    def decompose(self, a: Tensor, b: Tensor) -> list[tuple[Bands, Bands]]:
        """Bands of both sources at each scale, finest first, the low-pass ones coupled; nothing is lost."""
        low_a, low_b = (x.expand(-1, COLORS, -1, -1) for x in (a, b))
        levels: list[tuple[Bands, Bands]] = []
        for couplings in self.couplings:
            bands_a, bands_b = haar(low_a), haar(low_b)
            low_a, low_b = couplings(bands_a[0], bands_b[0])
            levels.append(((low_a, *bands_a[1:]), (low_b, *bands_b[1:])))
        return levels

    def recompose(self, levels: Sequence[tuple[Bands, Bands]]) -> tuple[Tensor, Tensor]:
        """Both sources from what `decompose` gave: its exact inverse, up to rounding.

        The low-pass bands of the finer scales are not read; they follow from the coarser scales.
        """
        (low_a, *_), (low_b, *_) = levels[-1]
        for couplings, (bands_a, bands_b) in zip(reversed(self.couplings), reversed(levels), strict=True):
            low_a, low_b = couplings.inverse(low_a, low_b)  # type: ignore[operator]
            low_a, low_b = inverse_haar((low_a, *bands_a[1:])), inverse_haar((low_b, *bands_b[1:]))
        return low_a, low_b


def build(scale: str) -> InvertibleNetwork:
    """``"paper"``: 749,322 parameters; ``"course"``: 63,882."""
    return InvertibleNetwork(lookup("scale", scale, SCALES))


def color_terms(fused: Tensor, a: Tensor, b: Tensor) -> Losses:
    """The published loss, for a gray `a` ``(N, 1, H, W)`` and RGB `fused` and `b`.

    ``structure`` is ``3 (1 - S)`` with `losses.structure_to_stronger`; ``sharpness`` is ``1 - mean s / (s + 1)`` with s
    the mean of ``|dF/dx| + |dF/dy|`` (Sobel, not normalized) of an image: any edge pays, noise too; ``luminance`` keeps
    F near a, and a hundredth as much near b; ``chroma`` keeps Cb and Cr those of b.
    """
    (luminance, *chroma), (other, *wanted) = _ycbcr(fused), _ycbcr(b)
    across, down = sobel(luminance)
    steepness = 8 * (across.abs() + down.abs()).mean(dim=(1, 2, 3))
    return {
        "structure": STRUCTURE_FACTOR * (1 - structure_to_stronger(luminance, a, other)),
        "sharpness": 1 - (steepness / (steepness + 1)).mean(),
        "luminance": mse_loss(luminance, a) + OTHER_LUMINANCE_FACTOR * mse_loss(luminance, other),
        "chroma": mse_loss(chroma[0], wanted[0]) + mse_loss(chroma[1], wanted[1]),
    }


def _ycbcr(rgb: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Y, Cb and Cr about 0, ``(N, 1, H, W)`` each (ITU-R BT.601, full range)."""
    red, green, blue = (rgb[:, k : k + 1] for k in range(3))
    y = LUMA_WEIGHTS[0] * red + LUMA_WEIGHTS[1] * green + LUMA_WEIGHTS[2] * blue
    return y, (blue - y) / (2 * (1 - LUMA_WEIGHTS[2])), (red - y) / (2 * (1 - LUMA_WEIGHTS[0]))


class ColorStep(LossStep[InvertibleNetwork]):
    """The terms of `color_terms` on batches of `ColorPatches`."""

    def losses(self, batch: Batch) -> Losses:
        """All terms of a batch."""
        return color_terms(self.network.in_color(batch["a"], batch["b"]), batch["a"], batch["b"])


class SettledStep(ColorStep):
    """The same, with the running statistics of the normalization instead of those of the batch."""

    def train_mode(self, network: nn.Module, training: bool) -> None:
        """The normalization never trains."""
        super().train_mode(network, training)
        self.network.normalize.eval()


RECIPE = Recipe(
    slug="mmif_inet",
    network=build,
    data=ColorPatches(),
    phases=(
        Phase("mix", ColorStep, 0.5, 1e-3),
        Phase("settle", SettledStep, 0.5, 1e-3),
    ),
    budgets={
        "smoke": Budget(steps=30, batch=2, patch=32, check_every=6, pool=2),
        "lesson": Budget(steps=100, batch=2, patch=40, check_every=10, pool=3),
        "ship": Budget(steps=400, batch=8, patch=48, check_every=50),
        "full": Budget(steps=4000, batch=32, patch=128, check_every=200, pool=48),
    },
    average=0.98,
)
