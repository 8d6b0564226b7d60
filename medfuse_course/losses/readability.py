"""Correlations as differentiable terms: the two readabilities, and the sum of the correlations of differences."""

import torch
from torch import Tensor

from medfuse_course.losses.windows import smoothed

SHOWN, BRIGHT = 0.1, 0.3
"""Gray values above which b shows something, and above which it is bright, as for the metrics."""
COARSE, FINE = 4, 2
"""Standard deviations in pixels: of the smoothing of activity, and of what anatomy is freed of."""
TINY = 1e-8
"""Added to a product of variances, so that a flat image correlates with nothing, and has a slope."""


def activity_read(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The metric of this name, to within 0.001, of each image: does F rise and fall with b, both smoothed?

    Parameters
    ----------
    f, a, b
        ``(N, C, H, W)`` in [0, 1], H and W at least 16.

    Returns
    -------
    ``(N,)`` in [-1, 1]; 0 where b shows nothing.
    """
    return correlation(smoothed(f, COARSE), smoothed(b, COARSE), b > SHOWN)


def anatomy_read(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The metric of this name, to within 0.001, of each image: has F the fine structure of a where b is bright?

    Parameters and value as of `activity_read`.
    """
    return correlation(f - smoothed(f, FINE), a - smoothed(a, FINE), b > BRIGHT)


def scd(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The metric ``scd``, ``r(F - B, A) + r(F - A, B)``, of each image: ``(N,)`` in [-2, 2]."""
    everywhere = torch.ones_like(f, dtype=torch.bool)
    return correlation(f - b, a, everywhere) + correlation(f - a, b, everywhere)


def correlation(x: Tensor, y: Tensor, where: Tensor) -> Tensor:
    """Pearson's correlation over a part of the pixels of each image.

    Parameters
    ----------
    x, y
        ``(N, C, H, W)``.
    where
        True at the pixels that count.

    Returns
    -------
    ``(N,)``; 0 where there are none.
    """
    counts = where.to(x.dtype).flatten(1)
    share = counts / counts.sum(dim=1, keepdim=True).clamp_min(1)
    x, y = x.flatten(1), y.flatten(1)
    x, y = (z - (share * z).sum(dim=1, keepdim=True) for z in (x, y))
    variances = (share * x**2).sum(dim=1) * (share * y**2).sum(dim=1)
    return (share * x * y).sum(dim=1) / (variances + TINY**2).sqrt()
