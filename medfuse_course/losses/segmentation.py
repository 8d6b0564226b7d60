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
    """
    p = p.detach().clamp(1e-6, 1 - 1e-6)
    entropy = -(p * p.log() + (1 - p) * (1 - p).log()) / math.log(2)
    return 1 + alpha * entropy + beta * boundary(y)
