r"""From several layers to one image: a weight map of each layer, a candidate of each map, one result.

With the weights :math:`W_i` of layer i (`layer_weights`) there is one candidate for each layer,

.. math:: F_i = W_i A + (1 - W_i) B,

and a rule that makes one of them (`combine`). Every published rule here takes the largest. Each candidate is linear in
its weight, so whichever the layers are, only the largest and the smallest weight of a pixel count:

.. math:: \max_i F_i = \max(\overline W A + (1 - \overline W) B, \; \underline W A + (1 - \underline W) B)
   = \tfrac{1}{L} \sum_i F_i + \text{something that is never negative}.

So the maximum is never darker than the mean of the candidates: it follows that layer which is most in favor of the
brighter source. ``"strongest"`` compares magnitudes instead, for bands that have a sign or a phase; the magnitude of a
mixture is convex in the weight, so the same two weights are enough.
"""

from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from medfuse_course.core.registry import check_name
from medfuse_course.methods.extractors.feature_weights import TEMPERATURE, Upsampling, Weighting, to_grid, weight_of_a
from medfuse_course.methods.learned import grow
from medfuse_course.networks import FeatureExtractor

Combination = Literal["maximum", "mean", "strongest"]

WINDOW = 3
"""Side of the window over which activities are averaged, on the grid of the features."""


def layer_weights(
    extractor: FeatureExtractor,
    a: Tensor,
    b: Tensor,
    *,
    count: int | None = None,
    weighting: Weighting = "ratio",
    temperature: float = TEMPERATURE,
    upsampling: Upsampling = "nearest",
) -> Tensor:
    """The weight of a by each layer, on the grid of the images.

    Parameters
    ----------
    extractor
        What gives the features.
    a, b
        ``(N, 1, H, W)``, of any size: what the extractor cannot halve is grown by reflection and cropped again.
    count
        Only the first layers; None: all there are.
    weighting, temperature, upsampling
        As in `feature_weights.weight_of_a` and `feature_weights.to_grid`.

    Returns
    -------
    ``(layers, N, 1, H, W)`` in [0, 1], in the precision of the images.
    """
    count = None if count is None else min(count, len(extractor.strides))
    height, width = a.shape[-2:]
    grown = [grow(x, stride_of(extractor, count)) for x in (a, b)]
    size = (grown[0].shape[-2], grown[0].shape[-1])
    weights = [
        to_grid(weight_of_a(x, y, window=WINDOW, weighting=weighting, temperature=temperature), size, upsampling)
        for x, y in zip(*(extractor.levels(image, count) for image in grown), strict=True)
    ]
    return torch.stack(weights)[..., :height, :width].to(a.dtype)


def stride_of(extractor: FeatureExtractor, count: int | None) -> int:
    """Pixels between neighbors of the last of so many layers: what the sides of an image must be a multiple of."""
    return extractor.strides[:count][-1]


def level_of(extractor: FeatureExtractor, x: Tensor, stage: int) -> Tensor:
    """The features of one stage, the first of which has the number 1; nothing behind it is computed."""
    count = len(extractor.strides)
    if isinstance(stage, bool) or not isinstance(stage, int | np.integer) or not 1 <= stage <= count:
        raise ValueError(f"stage: expected a whole number from 1 to {count}, got {stage!r}")
    return extractor.levels(x, int(stage))[-1]


def combine(a: Tensor, b: Tensor, weights: Tensor, how: Combination = "maximum") -> Tensor:
    """One image of the candidates ``W_i a + (1 - W_i) b``.

    Parameters
    ----------
    a, b
        Images or bands, ``(N, C, H, W)``, real or, for ``"strongest"`` and ``"mean"``, complex.
    weights
        ``(layers, N, 1 or C, H, W)`` in [0, 1].
    how
        ``"maximum"``: the largest candidate; ``"mean"``: their mean; ``"strongest"``: that of the largest magnitude,
        and the mean of two that are equally strong.

    Returns
    -------
    ``(N, C, H, W)``, between a and b.
    """
    check_name("combination", how, get_args(Combination))
    difference = a - b
    if how == "mean":
        return b + weights.mean(dim=0) * difference
    first, second = (b + w * difference for w in (weights.amax(dim=0), weights.amin(dim=0)))
    if how == "maximum":
        return torch.maximum(first, second)
    more = first.abs() - second.abs()
    return torch.where(more == 0, (first + second) / 2, torch.where(more > 0, first, second))
