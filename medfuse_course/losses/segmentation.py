"""Terms for masks: overlap, cross-entropy, and weights that say which pixels count.

`soft_dice`: F. Milletari, N. Navab and S.-A. Ahmadi, "V-Net", 3DV 2016, with plain sums in the denominator. The weights
are our reading of *dynamic region-guided optimization* in J. Sun, "MedFusion-TransNet", Front. Med. 12 (2025) 1557449,
of which the abstract was read: pixels count more where the network is unsure, and at the border of what is sought.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, max_pool2d

SMOOTH = 1.0
"""Pixels added to both sides of the fraction: so that two empty masks agree, and one wrong pixel costs something."""


def soft_dice(p: Tensor, y: Tensor, w: Tensor | None = None, *, smooth: float = SMOOTH) -> Tensor:
    """``1 - (2 sum w p y + s) / (sum w p + sum w y + s)`` of each image, the mean over the batch.

    Parameters
    ----------
    p, y
        ``(N, 1, H, W)`` in [0, 1]: probabilities, and the true mask.
    w
        Weights of the pixels, the same shape; None: all alike.
    smooth
        The s above, in pixels.

    Returns
    -------
    A scalar in [0, 1]; 0 where all is right, two empty masks included.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import soft_dice
    >>> y = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 1, 2, 2)
    >>> p = torch.tensor([1.0, 0.0, 0.0, 0.0]).view(1, 1, 2, 2)
    >>> soft_dice(p, y).item()  # one of two pixels found: 1 - (2 + 1) / (1 + 2 + 1)
    0.25
    """
    w = torch.ones_like(p) if w is None else w
    both, of_p, of_y = ((w * x).sum(dim=(1, 2, 3)) for x in (p * y, p, y))
    return (1 - (2 * both + smooth) / (of_p + of_y + smooth)).mean()


def weighted_cross_entropy(logits: Tensor, y: Tensor, w: Tensor) -> Tensor:
    """``sum w ce / sum w`` of each image, the mean over the batch, in nats.

    Parameters
    ----------
    logits, y, w
        ``(N, 1, H, W)``: before the sigmoid; the true mask; weights of the pixels, > 0.

    Returns
    -------
    A scalar >= 0. To double all weights changes nothing: they only share out what counts.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import weighted_cross_entropy
    >>> y = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    >>> logits = torch.tensor([0.0, -20.0]).view(1, 1, 1, 2)  # unsure of the first, right about the second
    >>> weights = torch.tensor([3.0, 1.0]).view(1, 1, 1, 2)
    >>> round(weighted_cross_entropy(logits, y, weights).item(), 3)  # 3/4 of log 2
    0.52
    """
    each = binary_cross_entropy_with_logits(logits, y, reduction="none")
    return ((w * each).sum(dim=(1, 2, 3)) / w.sum(dim=(1, 2, 3))).mean()


def boundary(y: Tensor, width: int = 1) -> Tensor:
    """Pixels within `width` of the border of a mask, on both sides of it.

    Parameters
    ----------
    y
        ``(N, 1, H, W)``, 0 and 1.
    width
        In pixels, along sides and corners.

    Returns
    -------
    The same shape, 0 and 1. The rim of the image is no border.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import boundary
    >>> y = torch.zeros(1, 1, 3, 8)
    >>> y[..., 4:] = 1
    >>> boundary(y)[0, 0, 1].tolist()  # a pixel on each side
    [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    """
    side = 2 * width + 1
    return max_pool2d(y, side, 1, width) + max_pool2d(-y, side, 1, width)


def region_weights(p: Tensor, y: Tensor, *, alpha: float, beta: float) -> Tensor:
    """``1 + alpha H(p) + beta boundary(y)``, H the entropy of the prediction in bits; nothing is learned through it.

    Parameters
    ----------
    p, y
        ``(N, 1, H, W)``: probabilities, and the true mask.
    alpha, beta
        What a pixel counts more that the network knows nothing of (p = 1/2), and one at the border.

    Returns
    -------
    The same shape, from 1 to ``1 + alpha + beta``.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import region_weights
    >>> y = torch.zeros(1, 1, 1, 6)
    >>> y[..., 4:] = 1
    >>> p = torch.tensor([0.5, 0.0, 0.0, 0.0, 1.0, 1.0]).view(1, 1, 1, 6)
    >>> region_weights(p, y, alpha=2, beta=1).round(decimals=2).flatten().tolist()  # unsure; sure; the border
    [3.0, 1.0, 1.0, 2.0, 2.0, 1.0]
    """
    p = p.detach().clamp(1e-6, 1 - 1e-6)
    entropy = -(p * p.log() + (1 - p) * (1 - p).log()) / math.log(2)
    return 1 + alpha * entropy + beta * boundary(y)
