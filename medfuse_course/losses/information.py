"""How much one image says of another, as a loss: normalized mutual information from soft histograms.

A histogram has no slope. A soft one has: each pixel gives to the two bins on either side of its gray level, more to the
nearer, so that the counts change as the level does. Where every level lies in the middle of a bin, soft and hard
histograms are the same.

Reference: F. Maes and others, "Multimodality image registration by maximization of mutual information", IEEE
Transactions on Medical Imaging 16(2), 187-198, 1997, which shares pixels out among bins in the same way.
"""

import torch
from torch import Tensor


def soft_bins(image: Tensor, bins: int) -> Tensor:
    """The share of each pixel in each bin: ``max(0, 1 - |x (bins - 1) - k|)``, which sum to 1.

    Parameters
    ----------
    image
        ``(N, ...)`` in [0, 1]; what lies outside counts as 0 or 1.
    bins
        How many; their middles lie at ``k / (bins - 1)``.

    Returns
    -------
    ``(N, bins, pixels)``.
    """
    place = image.flatten(1).clamp(0, 1) * (bins - 1)
    middles = torch.arange(bins, device=image.device, dtype=image.dtype)
    return (1 - (place[:, None] - middles[:, None]).abs()).clamp_min(0)


def soft_nmi(a: Tensor, b: Tensor, *, bins: int = 32) -> Tensor:
    """``2 I(a; b) / (H(a) + H(b))`` of each pair of images, from their soft joint histogram.

    In [0, 1]: 0 where gray levels say nothing of each other, 1 where each follows from the other, however they are
    paired: the one may be the negative of the other.

    Parameters
    ----------
    a, b
        ``(N, C, H, W)`` in [0, 1].
    bins
        Of each histogram, at least 2.

    Returns
    -------
    ``(N,)``; 0 where both images are constant.

    Raises
    ------
    ValueError
        The shapes differ, or there are too few bins.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import soft_nmi
    >>> a = torch.tensor([0.0, 0.0, 1.0, 1.0]).view(1, 1, 2, 2)
    >>> b = torch.tensor([0.0, 1.0, 0.0, 1.0]).view(1, 1, 2, 2)
    >>> [soft_nmi(a, x, bins=2).item() for x in (1 - a, b)]  # the negative says all, b says nothing
    [1.0, 0.0]
    """
    of_a, of_b, together = _entropies(a, b, bins)
    single = of_a + of_b
    return torch.where(single > 0, 2 * (single - together) / single.clamp_min(torch.finfo(single.dtype).tiny), 0.0)


def soft_mi(a: Tensor, b: Tensor, *, bins: int = 32) -> Tensor:
    """``I(a; b)`` in nats of each pair of images, from their soft joint histogram.

    Parameters
    ----------
    a, b, bins
        As `soft_nmi` takes them.

    Returns
    -------
    ``(N,)``, 0 or more. Fewer bins than gray levels find less information: compare only what was found with as many.

    Examples
    --------
    >>> import math
    >>> import torch
    >>> from medfuse_course.losses import soft_mi
    >>> a = torch.tensor([0.0, 0.0, 1.0, 1.0]).view(1, 1, 2, 2)
    >>> round(soft_mi(a, 1 - a, bins=2).item() / math.log(2), 4)  # one bit: which half is bright
    1.0
    """
    of_a, of_b, together = _entropies(a, b, bins)
    return of_a + of_b - together


def information_lost(a: Tensor, b: Tensor, *, bins: int = 32) -> Tensor:
    """``1 - NMI``, the mean over the batch: 0 where each image follows from the other, 1 where they are independent.

    Parameters
    ----------
    a, b, bins
        As `soft_nmi` takes them.

    Returns
    -------
    The loss.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import information_lost
    >>> a = torch.tensor([0.0, 0.0, 1.0, 1.0]).view(1, 1, 2, 2)
    >>> b = torch.tensor([0.0, 1.0, 0.0, 1.0]).view(1, 1, 2, 2)
    >>> [information_lost(a, x, bins=2).item() for x in (a, 1 - a, b)]  # itself, its negative, independent
    [0.0, 0.0, 1.0]
    """
    return 1 - soft_nmi(a, b, bins=bins).mean()


def _entropies(a: Tensor, b: Tensor, bins: int) -> tuple[Tensor, Tensor, Tensor]:
    """Of a, of b and of both together, each ``(N,)``."""
    if a.shape != b.shape:
        raise ValueError(f"b: expected the shape of a, {tuple(a.shape)}, got {tuple(b.shape)}")
    if bins < 2:
        raise ValueError(f"bins: expected at least 2, got {bins}")
    joint = soft_bins(a, bins) @ soft_bins(b, bins).transpose(1, 2) / a[0].numel()
    return _entropy(joint.sum(dim=2)), _entropy(joint.sum(dim=1)), _entropy(joint.flatten(1))


def _entropy(p: Tensor) -> Tensor:
    """In nats; an empty bin counts nothing, and has no slope (its logarithm would be infinite)."""
    filled = p > 0
    return -torch.where(filled, p * torch.where(filled, p, 1.0).log(), 0.0).sum(dim=1)
