"""Intensity terms: which gray value the fused image should have."""

import torch
from torch import Tensor
from torch.nn.functional import l1_loss

DARK = 0.05
"""Gray value below which a pixel is air, as for the metric ``background_lift``; the air of an MR image holds noise."""


def l1_to_max(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``mean |F - max(A, B)|``: keeps what is bright in either source; dark structures do not count."""
    return l1_loss(f, torch.maximum(a, b))


def l1_to_mean(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``mean |F - (A + B) / 2|``: its minimum is the average of the sources, which halves their contrast."""
    return l1_loss(f, (a + b) / 2)


def l1_to_weighted(f: Tensor, a: Tensor, b: Tensor, weight: Tensor | float) -> Tensor:
    """``mean |F - (w A + (1 - w) B)|`` with a weight in [0, 1]: a number, or a map that broadcasts to the images."""
    return l1_loss(f, weight * a + (1 - weight) * b)


def lifted_air(f: Tensor, a: Tensor, b: Tensor, dark: float = DARK) -> Tensor:
    """What F has more than the brighter source where both are dark: ``mean [max(A, B) < dark] max(0, F - max(A, B))``.

    The mean is that of all pixels, so that an image with little air counts little.
    """
    brighter = torch.maximum(a, b)
    return ((f - brighter).clamp_min(0) * (brighter < dark)).mean()
