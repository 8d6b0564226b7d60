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

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import activity_read
    >>> b = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    >>> a = torch.zeros_like(b)
    >>> [round(activity_read(f, a, b).item(), 3) for f in (b, 1 - b)]  # rises with b; falls where b rises
    [1.0, -1.0]
    """
    return correlation(smoothed(f, COARSE), smoothed(b, COARSE), b > SHOWN)


def anatomy_read(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The metric of this name, to within 0.001, of each image: has F the fine structure of a where b is bright?

    Parameters and value as of `activity_read`.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import anatomy_read
    >>> a = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    >>> b = torch.ones_like(a)  # bright everywhere
    >>> [round(anatomy_read(f, a, b).item(), 3) for f in (a / 2 + b / 2, 1 - a)]  # fainter; reversed
    [1.0, -1.0]
    """
    return correlation(f - smoothed(f, FINE), a - smoothed(a, FINE), b > BRIGHT)


def scd(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The metric ``scd``, ``r(F - B, A) + r(F - A, B)``, of each image: ``(N,)`` in [-2, 2].

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import scd
    >>> a = torch.tensor([0.0, 0.5, 0.0, 0.5]).view(1, 1, 2, 2)
    >>> b = torch.tensor([0.0, 0.0, 0.5, 0.5]).view(1, 1, 2, 2)
    >>> [round(scd(f, a, b).item(), 3) for f in (a + b, a)]  # F - B is A, F - A is B; without b 1 / sqrt(2)
    [2.0, 0.707]
    """
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

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import correlation
    >>> x = torch.tensor([1.0, 2.0, 3.0, 9.0]).view(1, 1, 2, 2)
    >>> y = torch.tensor([4.0, 3.0, 2.0, 9.0]).view(1, 1, 2, 2)
    >>> [round(correlation(x, y, where).item(), 3) for where in (x < 5, x > 0)]  # the outlier reverses the sign
    [-1.0, 0.88]
    """
    counts = where.to(x.dtype).flatten(1)
    share = counts / counts.sum(dim=1, keepdim=True).clamp_min(1)
    x, y = x.flatten(1), y.flatten(1)
    x, y = (z - (share * z).sum(dim=1, keepdim=True) for z in (x, y))
    variances = (share * x**2).sum(dim=1) * (share * y**2).sum(dim=1)
    return (share * x * y).sum(dim=1) / (variances + TINY**2).sqrt()
