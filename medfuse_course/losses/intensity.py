"""Intensity terms: which gray value the fused image should have."""

import torch
from torch import Tensor
from torch.nn.functional import l1_loss

DARK = 0.05
"""Gray value below which a pixel is air, as for the metric ``background_lift``; the air of an MR image holds noise."""


def l1_to_max(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``mean |F - max(A, B)|``: keeps what is bright in either source; dark structures do not count.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import l1_to_max
    >>> f, a, b = torch.tensor([0.5, 0.5]), torch.tensor([0.2, 0.9]), torch.tensor([0.6, 0.1])
    >>> round(l1_to_max(f, a, b).item(), 4)  # (0.1 + 0.4) / 2
    0.25
    """
    return l1_loss(f, torch.maximum(a, b))


def l1_to_mean(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``mean |F - (A + B) / 2|``: its minimum is the average of the sources, which halves their contrast.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import l1_to_mean
    >>> f, a, b = torch.tensor([0.5, 0.5]), torch.tensor([0.2, 0.9]), torch.tensor([0.6, 0.1])
    >>> round(l1_to_mean(f, a, b).item(), 4)  # (0.1 + 0) / 2
    0.05
    """
    return l1_loss(f, (a + b) / 2)


def l1_to_weighted(f: Tensor, a: Tensor, b: Tensor, weight: Tensor | float) -> Tensor:
    """``mean |F - (w A + (1 - w) B)|`` with a weight in [0, 1]: a number, or a map that broadcasts to the images.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import l1_to_weighted
    >>> f, a, b = torch.tensor([0.5, 0.5]), torch.tensor([0.2, 0.9]), torch.tensor([0.6, 0.1])
    >>> round(l1_to_weighted(f, a, b, 0.25).item(), 4)  # the aims are 0.5 and 0.3: (0 + 0.2) / 2
    0.1
    """
    return l1_loss(f, weight * a + (1 - weight) * b)


def lifted_air(f: Tensor, a: Tensor, b: Tensor, dark: float = DARK) -> Tensor:
    """What F has more than the brighter source where both are dark: ``mean [max(A, B) < dark] max(0, F - max(A, B))``.

    The mean is that of all pixels, so that an image with little air counts little.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import lifted_air
    >>> a = torch.tensor([0.02, 0.03, 0.9])  # two pixels of air, one of bone
    >>> b = torch.zeros(3)
    >>> f = torch.tensor([0.05, 0.02, 1.0])
    >>> round(lifted_air(f, a, b).item(), 4)  # only the first is lifted, by 0.03: a third of it
    0.01
    """
    brighter = torch.maximum(a, b)
    return ((f - brighter).clamp_min(0) * (brighter < dark)).mean()
