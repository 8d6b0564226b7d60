"""Edges carried over, as a differentiable term.

Reference: C. S. Xydeas and V. Petrovic, "Objective image fusion performance measure", Electronics Letters 36(4),
308-309, 2000.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from medfuse_course.losses.gradient import sobel

Polar = tuple[Tensor, Tensor, Tensor]

TINY = 1e-5
"""Added to the strength of every edge: in flat places neither the angle nor the root has a derivative."""

EMPTY = 0.01
"""Added to the strength of all edges of a pair, so that a pair without edges gives 0 and not 0 / 0."""


def qabf(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """How much of the edges of both sources F has, in [0, 1): the metric ``qabf``, up to 0.001 for images with edges.

    A source edge of strength g and an edge of F of strength g', at the same pixel and at an angle t in ``[0, pi / 2]``,
    count ``0.9873 / ((1 + exp(-15 (r - 0.5))) (1 + exp(-22 (u - 0.8))))`` with ``r = min(g, g') / max(g, g')`` and
    ``u = 1 - 2 t / pi``. The mean over the pixels of both sources is weighted by g.

    Parameters
    ----------
    f, a, b
        ``(N, C, H, W)`` in [0, 1]. As a loss: ``1 - qabf(f, a, b)``; it is flat where F has lost an edge altogether, so
        begin from an image that has most of them.

    Returns
    -------
    The mean over the batch, a scalar; gradients flow to `f`.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import qabf
    >>> a = torch.zeros(1, 1, 16, 16)
    >>> a[..., 8:] = 1
    >>> b = torch.zeros(1, 1, 16, 16)  # no edges: nothing to keep
    >>> [round(qabf(f, a, b).item(), 2) for f in (a, (a + b) / 2, b)]  # the mean halves the edge
    [0.97, 0.49, 0.0]
    """
    with torch.autocast(f.device.type, enabled=False):  # half precision is too coarse for weak edges
        of_f, *of_sources = (_polar(x.float() if x.dtype.itemsize < 4 else x) for x in (f, a, b))
        return (0.9994 * 0.9879) * _kept(of_f, of_sources).mean()


def _kept(of_f: Polar, of_sources: Sequence[Polar]) -> Tensor:
    """The share of the sources' edge strength that F keeps, ``(N,)``."""
    across, down, strength = of_f
    kept = there = strength.new_zeros(len(strength))
    for across_x, down_x, strength_x in of_sources:
        ratio = torch.minimum(strength_x, strength) / torch.maximum(strength_x, strength)
        parallel = (across_x * across + down_x * down).abs()
        turned = (across_x * down - down_x * across).abs()
        angle = torch.atan2(turned, parallel + TINY**2)
        score = torch.sigmoid(15 * (ratio - 0.5)) * torch.sigmoid(22 * (0.2 - 2 / math.pi * angle))
        weight = strength_x - TINY
        kept = kept + (weight * score).sum(dim=(1, 2, 3))
        there = there + weight.sum(dim=(1, 2, 3))
    return kept / (there + EMPTY)


def _polar(image: Tensor) -> Polar:
    """Both derivatives and their root sum of squares."""
    across, down = sobel(image, border="replicate")
    return across, down, torch.sqrt(across**2 + down**2 + TINY**2)
