"""Xia and others: fixed filters split the image, stacked small units carry both halves, the last layer joins them.

Reference: K. J. Xia, H. S. Yin and J. Q. Wang, "A novel improved deep convolutional neural network model for medical
image fusion", Cluster Computing 22(S1), 1515-1527, 2019. There is no code, and the full text could not be read.

Verified in the abstract: the first layer decomposes with Gauss-Laplace and Gaussian filters; the other kernels start
from He's initialization; a basic unit is trained by backpropagation, units are stacked as in a stacked autoencoder; the
network gives a high- and a low-frequency image, which a fusion rule joins; the last layer reconstructs.

Our reading, since the abstract says no more:

- The filters are 7 x 7 with a standard deviation of 1. LoG has its sign turned: bright is positive.
- A unit is two 3 x 3 convolutions, 2 channels to C with ReLU and back to 2. It learns to reproduce its own input (mean
  squared error) while those before it stay as they are. There are three, then all are tuned together with a last 3 x 3
  convolution that reconstructs the image. The first layer never learns.
- C is 64 at ``scale="paper"``, which no source confirms, and 16 at ``scale="course"``.
- Rule: of the high-frequency images the one of larger energy in a 3 x 3 window; the mean of the low-frequency ones,
  each weighted with its own energy.
- Data: phantoms. Adam from 0.003.

To be compared: `build_naive` starts from N(0, 0.01) instead, and `NAIVE` trains it by the same recipe.
"""

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, mse_loss, pad

from medfuse_course.core.registry import lookup
from medfuse_course.training import Batch, Budget, FusionPatches, Losses, LossStep, Phase, Recipe, ReconstructionStep

SIDE, SIGMA = 7, 1.0
UNITS = 3
NAIVE_DEVIATION = 0.01


def split_filters(side: int = SIDE, sigma: float = SIGMA) -> Tensor:
    """The first layer, ``(2, 1, side, side)``: the negative Laplacian of a Gaussian, which sums to 0, and the Gaussian,
    which sums to 1.

    ``-LoG = (2 s^2 - r^2) / s^4 G``.
    """
    offsets = torch.arange(side, dtype=torch.float64) - side // 2
    squared = offsets[:, None] ** 2 + offsets**2
    gaussian = torch.exp(-squared / (2 * sigma**2))
    gaussian = gaussian / gaussian.sum()
    laplacian = (2 * sigma**2 - squared) / sigma**4 * gaussian
    laplacian = laplacian - laplacian.mean()  # cut off at the sides, it would see a constant
    return torch.stack([laplacian, gaussian])[:, None].float()


class Unit(nn.Sequential):
    """``(N, 2, H, W)`` to the same: a small autoencoder, wide in the middle."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            nn.Conv2d(2, channels, 3, padding=1, padding_mode="reflect"),
            nn.ReLU(),
            nn.Conv2d(channels, 2, 3, padding=1, padding_mode="reflect"),
        )


class StackedUnits(nn.Module):
    """Fixed split, three units, a last layer.

    Parameters
    ----------
    channels
        Of each unit's middle.
    deviation
        Standard deviation of the initial kernels; None: He's ``sqrt(2 / (9 C_in))``.
    """

    filters: Tensor
    reach = SIDE // 2 + 2 * UNITS + 2  # the fixed filters, two convolutions a unit, the energies and the last layer

    def __init__(self, channels: int, deviation: float | None = None) -> None:
        super().__init__()
        self.register_buffer("filters", split_filters())
        self.units = nn.ModuleList(Unit(channels) for _ in range(UNITS))
        self.last = nn.Conv2d(2, 1, 3, padding=1, padding_mode="reflect")
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d) and layer.bias is not None:
                spread = (2 / (9 * layer.in_channels)) ** 0.5 if deviation is None else deviation
                nn.init.normal_(layer.weight, std=spread)
                nn.init.zeros_(layer.bias)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Split both, fuse the halves, reconstruct with the last layer; ``(N, 1, H, W)``."""
        fused: Tensor = self.last(fuse_bands(self.bands(a), self.bands(b)))
        return fused

    def split(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` gives ``(N, 2, H, W)``: high and low frequencies."""
        return conv2d(pad(x, (SIDE // 2,) * 4, mode="reflect"), self.filters)

    def bands(self, x: Tensor, units: int = UNITS) -> Tensor:
        """``(N, 2, H, W)``: the split image behind so many units."""
        x = self.split(x)
        for unit in self.units[:units]:
            x = unit(x)
        return x

    def reconstruct(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` through all layers."""
        image: Tensor = self.last(self.bands(x))
        return image


SCALES = {"paper": 64, "course": 16}
"""Channels in the middle of a unit."""


def build(scale: str, deviation: float | None = None) -> StackedUnits:
    """``"paper"``: 7,129 parameters; ``"course"``: 1,801."""
    return StackedUnits(lookup("scale", scale, SCALES), deviation)


def build_naive(scale: str) -> StackedUnits:
    """The same network, with kernels that start from N(0, 0.01)."""
    return build(scale, NAIVE_DEVIATION)


def fuse_bands(a: Tensor, b: Tensor) -> Tensor:
    """``(N, 2, H, W)`` each: the high band of larger energy, and the mean of the low bands, weighted with their energy.

    Energy is the sum of squares over 3 x 3 pixels; the mean where two tie.
    """
    energy_a, energy_b = _sum_3x3(a * a), _sum_3x3(b * b)
    total = energy_a + energy_b
    share = torch.where(total > 0, energy_a / total.clamp_min(torch.finfo(total.dtype).tiny), 0.5)
    lead = torch.sign(energy_a - energy_b) / 2 + 0.5
    weight = torch.cat([lead[:, :1], share[:, 1:]], dim=1)
    return weight * a + (1 - weight) * b


def _sum_3x3(x: Tensor) -> Tensor:
    """Sum over the 3 x 3 window, border mirrored: rows, then columns."""
    x = pad(x, (1, 1, 1, 1), mode="reflect")
    x = x[..., 1:-1] + x[..., :-2] + x[..., 2:]
    return x[..., 1:-1, :] + x[..., :-2, :] + x[..., 2:, :]


class UnitStep(LossStep[StackedUnits]):
    """One unit learns to reproduce what reaches it; those before it stay as they are.

    Parameters
    ----------
    network
        All of them.
    number
        Which unit, from 0.
    """

    def __init__(self, network: StackedUnits, number: int) -> None:
        super().__init__(network, network.units[number].parameters(), name=f"unit {number + 1}")
        self.number = number

    def losses(self, batch: Batch) -> Losses:
        """Mean squared error in the two channels, both sources as single images."""
        with torch.no_grad():
            reached = self.network.bands(torch.cat([batch["a"], batch["b"]]), self.number)
        return {"mse": mse_loss(self.network.units[self.number](reached), reached)}


first_unit, second_unit, third_unit = (partial(UnitStep, number=k) for k in range(UNITS))


def tuning(network: StackedUnits) -> ReconstructionStep:
    """All units and the last layer learn to reconstruct the image."""
    return ReconstructionStep(network, lambda made, image: {"mse": mse_loss(made, image)})


RECIPE = Recipe(
    slug="xia_cnn",
    network=build,
    data=FusionPatches(),
    phases=(
        Phase("unit 1", first_unit, 0.15, 3e-3),
        Phase("unit 2", second_unit, 0.15, 3e-3),
        Phase("unit 3", third_unit, 0.15, 3e-3),
        Phase("tuning", tuning, 0.55, 3e-3),
    ),
    budgets={
        "smoke": Budget(steps=200, batch=2, patch=32, check_every=5, pool=3),
        "lesson": Budget(steps=800, batch=4, patch=48, check_every=40, pool=6),
        "ship": Budget(steps=2000, batch=4, patch=64, check_every=100),
        "full": Budget(steps=20_000, batch=32, patch=128, check_every=250, pool=48),
    },
)

NAIVE = replace(RECIPE, slug="xia_cnn_naive", network=build_naive)
"""The same work from kernels of N(0, 0.01)."""
