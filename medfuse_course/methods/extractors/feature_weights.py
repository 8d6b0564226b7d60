r"""From the features of two images to the weight of each: what all rules of this family share.

Features ``(N, C, h, w)`` are first one activity for each place, then a weight between 0 and 1 for a; that of b is what
is left to 1:

.. math::

   C(p) = \sum_c |\phi_c(p)|, \qquad \hat C = \text{mean of } C \text{ over a window}, \qquad
   W_A = \frac{\hat C_A}{\hat C_A + \hat C_B}.

A ratio does not change when all features are multiplied by one number, so it does not matter how a network scales them.
Where neither image has any activity, in air that is exactly black and without a bias, the ratio would be 0 / 0: it is
1/2 there. Papers call both this ratio and the exponential form a softmax; both are here, under their own names.

Reference: H. Li, X.-J. Wu and J. Kittler, "Infrared and visible image fusion using a deep learning framework", ICPR
2018, 2705-2710, verified against the authors' code. The exponential form is our reading of Zhou and others (2021), who
write softmax and no formula.
"""

from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from medfuse_course.core.registry import check_name

Weighting = Literal["ratio", "exp"]
Upsampling = Literal["nearest", "bilinear", "bicubic"]

TEMPERATURE = 0.1
"""Of the exponential form, as a share of the largest activity: a difference so large gives a weight of 0.73."""


def activity(features: Tensor) -> Tensor:
    """The l1 norm over the channels: ``sum_c |phi_c|``.

    Parameters
    ----------
    features
        ``(N, C, h, w)``.

    Returns
    -------
    ``(N, 1, h, w)``, 0 or more.
    """
    return features.abs().sum(dim=1, keepdim=True)


def window_mean(image: Tensor, side: int) -> Tensor:
    """The mean over a window of ``side x side``, with zeros beyond the border.

    Parameters
    ----------
    image
        ``(N, C, h, w)``.
    side
        Odd number of pixels; 1 changes nothing.

    Returns
    -------
    ``(N, C, h, w)``.

    Raises
    ------
    ValueError
        The side is not odd and positive.
    """
    if side < 1 or side % 2 == 0:
        raise ValueError(f"side: expected an odd number of pixels, 1 or more, got {side!r}")
    return avg_pool2d(image, side, stride=1, padding=side // 2)


def ratio(a: Tensor, b: Tensor) -> Tensor:
    """The share of a: ``a / (a + b)``, and 1/2 where both are 0. For values of 0 or more; in [0, 1]."""
    total = a + b
    return torch.where(total == 0, 0.5, a / torch.where(total == 0, 1, total))


def exponential(a: Tensor, b: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """The share of a by ``exp(a / tm) / (exp(a / tm) + exp(b / tm))``, m the largest value of both.

    Raw sums over hundreds of channels would overflow, or make every weight 0 or 1; so each pair is divided by its own
    maximum, which also makes the weight independent of the scale of the features.

    Parameters
    ----------
    a, b
        ``(N, 1, h, w)``, 0 or more.
    temperature
        t, positive. Towards 0 the larger activity takes all; a large one gives 1/2 everywhere.

    Returns
    -------
    ``(N, 1, h, w)`` in [0, 1]; 1/2 where the two are equal.

    Raises
    ------
    ValueError
        The temperature is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"temperature: expected a positive number, got {temperature!r}")
    largest = torch.maximum(a, b).amax(dim=(1, 2, 3), keepdim=True)
    return torch.sigmoid((a - b) / torch.where(largest > 0, largest, 1) / temperature)


def weight_of_a(
    a: Tensor, b: Tensor, *, window: int = 3, weighting: Weighting = "ratio", temperature: float = TEMPERATURE
) -> Tensor:
    """The weight of a by the features of both, on the grid of the features; that of b is ``1 - W``.

    Parameters
    ----------
    a, b
        Features ``(N, C, h, w)`` of the two images from one layer.
    window
        Side of the window of the mean.
    weighting
        ``"ratio"`` or ``"exp"``.
    temperature
        Of ``"exp"``.

    Returns
    -------
    ``(N, 1, h, w)`` in [0, 1].
    """
    check_name("weighting", weighting, get_args(Weighting))
    of_a, of_b = (window_mean(activity(x), window) for x in (a, b))
    return ratio(of_a, of_b) if weighting == "ratio" else exponential(of_a, of_b, temperature)


def to_grid(weight: Tensor, size: tuple[int, int], how: Upsampling = "nearest") -> Tensor:
    """A weight map on the grid of the image.

    Parameters
    ----------
    weight
        ``(N, 1, h, w)`` in [0, 1].
    size
        ``(H, W)``.
    how
        ``"nearest"``: squares, as in Li and others; ``"bilinear"``; ``"bicubic"``, which swings beyond its values and
        is cut off at 0 and 1.

    Returns
    -------
    ``(N, 1, H, W)`` in [0, 1].
    """
    check_name("upsampling", how, get_args(Upsampling))
    if how == "nearest":
        return interpolate(weight, size=size, mode="nearest")
    return interpolate(weight, size=size, mode=how, align_corners=False).clamp(0, 1)
