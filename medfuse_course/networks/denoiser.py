"""A small U-Net that is told how much noise there is: what a diffusion model learns.

The parts are those of Ho and others (NeurIPS 2020): residual blocks with group normalization and SiLU, a code of the
time added in each. Ours begins on squares of 2 x 2 pixels and has no attention.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle, pixel_unshuffle

from medfuse_course.networks.diffusion import clean_of, linear_schedule, walk_down

GROUPS = 8
"""Of channels that are normalized together."""
TIME_CODE, TIME_WIDTH = 64, 128
"""Numbers of the code of a time, and of what a perceptron makes of it."""


class TimedBlock(nn.Module):
    """``skip(x) + conv(act(norm(conv(act(norm(x))) + time)))``, both convolutions of 3 x 3."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(GROUPS, inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, 3, padding=1))
        self.time = nn.Linear(TIME_WIDTH, outputs)
        last = nn.Conv2d(outputs, outputs, 3, padding=1)
        nn.init.zeros_(last.weight)
        self.second = nn.Sequential(nn.GroupNorm(GROUPS, outputs), nn.SiLU(), last)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Features ``(N, inputs, H, W)`` and the code ``(N, TIME_WIDTH)`` to ``(N, outputs, H, W)``."""
        result: Tensor = self.skip(x) + self.second(self.first(x) + self.time(time)[..., None, None])
        return result


class Denoiser(nn.Module):
    """The noise in noised images ``(N, 1, H, W)``, of the same shape; H and W are multiples of `multiple`.

    Parameters
    ----------
    widths
        Channels on each level, from the finest, which has half the sides of the image.
    middle
        Blocks on the coarsest.
    """

    def __init__(self, widths: Sequence[int] = (40, 80, 112), middle: int = 2) -> None:
        super().__init__()
        self.multiple = 2 ** len(widths)
        self.told = nn.Sequential(nn.Linear(TIME_CODE, TIME_WIDTH), nn.SiLU(), nn.Linear(TIME_WIDTH, TIME_WIDTH))
        self.enter = nn.Conv2d(4, widths[0], 3, padding=1)
        *upper, lowest = widths
        self.down = nn.ModuleList(TimedBlock(n, n) for n in upper)
        self.halve = nn.ModuleList(nn.Conv2d(n, m, 3, stride=2, padding=1) for n, m in pairwise(widths))
        self.middle = nn.ModuleList(TimedBlock(lowest, lowest) for _ in range(middle))
        self.lift = nn.ModuleList(nn.Conv2d(m, n, 1) for n, m in zip(upper[::-1], widths[:0:-1], strict=True))
        self.up = nn.ModuleList(TimedBlock(2 * n, n) for n in upper[::-1])
        self.leave = nn.Sequential(nn.GroupNorm(GROUPS, widths[0]), nn.SiLU(), nn.Conv2d(widths[0], 4, 3, padding=1))
        nn.init.zeros_(self.leave[-1].weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Images with noise, and for each its time as a share of the schedule, ``(N,)`` in [0, 1)."""
        code = self.told(time_code(time))
        x = self.enter(pixel_unshuffle(x, 2))
        seen = []
        for block, halve in zip(self.down, self.halve, strict=True):
            x = block(x, code)
            seen.append(x)
            x = halve(x)
        for block in self.middle:
            x = block(x, code)
        for lift, block in zip(self.lift, self.up, strict=True):
            x = interpolate(lift(x), scale_factor=2.0, mode="nearest")
            x = block(torch.cat([x, seen.pop()], dim=1), code)
        return pixel_shuffle(self.leave(x), 2)


def time_code(time: Tensor) -> Tensor:
    """Sines and cosines of a time in [0, 1), ``(N,)`` to ``(N, 64)``: wavelengths down to a thousandth."""
    rates = torch.exp(-math.log(1000) * torch.arange(TIME_CODE // 2, device=time.device) / (TIME_CODE // 2 - 1))
    angles = 1000 * time[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class PointDenoiser(nn.Module):
    """The noise in points of the plane ``(N, 2)``: a perceptron that sees the point, its time and its square."""

    def __init__(self, width: int = 128, layers: int = 3) -> None:
        super().__init__()
        sides = [4, *[width] * layers]
        hidden = [layer for n, m in pairwise(sides) for layer in (nn.Linear(n, m), nn.ReLU())]
        self.layers = nn.Sequential(*hidden, nn.Linear(width, 2))

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Points and their times in [0, 1), ``(N, 2)`` and ``(N,)``."""
        even = 2 * time[:, None] - 1
        seen: Tensor = self.layers(torch.cat([x, even, even**2], dim=1))
        return seen


class PointDiffusion(nn.Module):
    """Points from noise, both ``(N, 2)``: the whole walk, which begins with the noise and adds none.

    Parameters
    ----------
    width, layers
        Of the perceptron.
    steps
        Of the walk down.
    """

    def __init__(self, width: int = 128, layers: int = 3, steps: int = 50) -> None:
        super().__init__()
        self.denoiser, self.steps, self.schedule = PointDenoiser(width, layers), steps, linear_schedule()

    def forward(self, noise: Tensor) -> Tensor:
        """Walk down."""
        return walk_down(noise, self.guess, self.schedule, self.steps)

    def guess(self, x: Tensor, time: int) -> Tensor:
        """The points behind noised ones."""
        share = torch.full((len(x),), time / len(self.schedule), device=x.device)
        return clean_of(x, self.denoiser(x, share), float(self.schedule[time]))
