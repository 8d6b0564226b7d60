"""The Laplacian pyramid of `transforms.pyramid` in torch, and the plainest fusion of two.

Reference: P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Transactions on
Communications 31(4), 532-540, 1983.
"""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from medfuse_course.core.filters import BINOMIAL_5


def fuse_pyramids(a: Tensor, b: Tensor, levels: int = 4) -> Tensor:
    """The fusion of `laplacian_pyramid` in torch: of each detail the stronger, of the bases the mean.

    Parameters
    ----------
    a, b
        ``(N, 1, H, W)``, sides of more than ``2^levels`` pixels.
    levels
        Detail bands.

    Returns
    -------
    ``(N, 1, H, W)``.
    """
    details = []
    for _ in range(levels):
        coarse = reduce(a), reduce(b)
        of_a, of_b = (x - expand(y, x.shape[-2], x.shape[-1]) for x, y in zip((a, b), coarse, strict=True))
        details.append(torch.where(of_b.abs() > of_a.abs(), of_b, of_a))
        a, b = coarse
    fused = (a + b) / 2
    for detail in reversed(details):
        fused = detail + expand(fused, detail.shape[-2], detail.shape[-1])
    return fused


def reduce(image: Tensor) -> Tensor:
    """`transforms.pyramid.reduce`: blur with [1 4 6 4 1] / 16, keep every second row and column."""
    taps = torch.tensor(BINOMIAL_5, dtype=image.dtype, device=image.device)
    return conv2d(pad(image, (2, 2, 2, 2), mode="reflect"), torch.outer(taps, taps)[None, None], stride=2)


def expand(image: Tensor, height: int, width: int) -> Tensor:
    """`transforms.pyramid.expand` to twice the size, or one less."""
    return _double(_double(image, height).transpose(-1, -2), width).transpose(-1, -2)


def _double(x: Tensor, length: int) -> Tensor:
    """Rows: ``(x[k-1] + 6 x[k] + x[k+1]) / 8`` at even places, ``(x[k] + x[k+1]) / 2`` at odd ones."""
    after = x[..., -1:, :] if length % 2 == 0 else x[..., -2:-1, :]
    framed = torch.cat([x[..., 1:2, :], x, after], dim=-2)
    even = (framed[..., :-2, :] + framed[..., 2:, :] + 6 * x) / 8
    odd = (framed[..., 1:-1, :] + framed[..., 2:, :]) / 2
    return torch.stack([even, odd], dim=-2).flatten(-3, -2)[..., :length, :]
