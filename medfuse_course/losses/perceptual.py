"""Perceptual terms: alike in what a feature extractor sees, not pixel by pixel."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

Features = Callable[[Tensor], Sequence[Tensor]]


def perceptual(f: Tensor, target: Tensor, features: Features, weights: Sequence[float] | None = None) -> Tensor:
    """``sum_k w_k mean (phi_k(F) - phi_k(T))^2`` over the feature maps of any extractor.

    Parameters
    ----------
    f, target
        ``(N, C, H, W)``; gradients reach `f` only.
    features
        Gives one feature map for each layer that counts; its own weights should be frozen.
    weights
        One for each map; equal ones that sum to 1 by default.

    Returns
    -------
    The distance, a scalar, 0 for equal images.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import perceptual
    >>> f, target = torch.tensor([0.5, 0.0]), torch.tensor([0.0, 0.0])
    >>> perceptual(f, target, lambda x: [x, 2 * x], weights=[1, 0.5]).item()  # 0.25 / 2 + 0.5 * 1 / 2
    0.375
    """
    of_f = features(f)
    with torch.no_grad():
        of_target = [one.detach() for one in features(target)]
    weights = weights or [1 / len(of_f)] * len(of_f)
    if len(weights) != len(of_f):
        raise ValueError(f"weights: expected {len(of_f)}, one for each feature map, got {len(weights)}")
    terms = [weight * mse_loss(x, y) for weight, x, y in zip(weights, of_f, of_target, strict=True)]
    return torch.stack(terms).sum()
