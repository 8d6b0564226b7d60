"""A bank of 7 x 7 filters from formulas, not trained: they look like the first layer of a trained network.

It replaces the first layer of a ResNet where its weights are not available.
"""

import math

import torch
from torch import Tensor

SIDE = 7
WAVELENGTHS = (3.0, 6.0)
"""Of the Gabor filters, in pixels."""


def fixed_bank(filters: int, inputs: int = 1) -> Tensor:
    """``(filters, inputs, 7, 7)``: differences of Gaussians, then pairs of Gabor filters, all with L2 norm 1.

    An eighth of the filters (at least one) are centers against surrounds of growing size; the rest are even and odd
    Gabor filters ``exp(-r^2 / 2 s^2) cos(2 pi u / w - phase)`` with ``s = 0.4 w``, in evenly spaced directions. All but
    the first sum to 0; the first is a Gaussian, so that flat gray is seen. The input channels share the filter evenly.

    Parameters
    ----------
    filters
        How many, from 4 up.
    inputs
        Channels of the image.

    Returns
    -------
    ``(filters, inputs, 7, 7)`` float32.
    """
    if filters < 4:
        raise ValueError(f"filters: expected at least 4, got {filters}")
    blobs = max(1, filters // 8)
    bank = [_gaussian(1.0)] + [_gaussian(0.5 + 0.25 * k) - _gaussian(1.0 + 0.5 * k) for k in range(blobs - 1)]
    waves = filters - blobs
    directions = math.ceil(waves / (2 * len(WAVELENGTHS)))
    for k in range(waves):
        wavelength, direction = divmod(k // 2, directions)
        bank.append(_gabor(WAVELENGTHS[wavelength], math.pi * direction / directions, math.pi / 2 * (k % 2)))
    stacked = torch.stack(bank)
    stacked[1:] -= stacked[1:].mean(dim=(1, 2), keepdim=True)
    stacked = stacked / stacked.flatten(1).norm(dim=1)[:, None, None]
    kernels: Tensor = (stacked[:, None] / inputs).expand(-1, inputs, -1, -1).float().contiguous()
    return kernels


def _grid() -> tuple[Tensor, Tensor]:
    offsets = torch.arange(SIDE, dtype=torch.float64) - SIDE // 2
    return offsets[None, :], offsets[:, None]


def _gaussian(sigma: float) -> Tensor:
    x, y = _grid()
    blob = torch.exp(-(x**2 + y**2) / (2 * sigma**2))
    return blob / blob.sum()


def _gabor(wavelength: float, direction: float, phase: float) -> Tensor:
    x, y = _grid()
    along = x * math.cos(direction) + y * math.sin(direction)
    envelope = torch.exp(-(x**2 + y**2) / (2 * (0.4 * wavelength) ** 2))
    return envelope * torch.cos(2 * math.pi * along / wavelength - phase)
