"""Two scales, rare gray values and the first layer of a VGG: nothing is learned for fusion (Lahoud and Süsstrunk).

Reference: F. Lahoud and S. Süsstrunk, "Fast and efficient zero-learning image fusion", arXiv 1905.03590, 2019. The
abstract has two scales, visual saliency for the bases and features of a pretrained network for the details. The rest is
verified against the authors' public code (IVRL/Fast-Zero-Learning-Fusion: its demonstration, for two gray images; their
IVRL/Zero-Learning-Medical-Fusion is another, which weighs whole images):

- base: the mean of 45 x 45 pixels, mirrored at the border; detail: the rest;
- how rare a gray value is: ``S(i) = sum_j h(j) |i - j|`` with the histogram h of the 8-bit image; the bases are weighed
  by the share of S, which a guided filter with the image as its guide (radius 45, eps 0.01) has smoothed;
- details go, as they are, three times into VGG-19 up to its first rectifier; the l1 norm over the channels is stretched
  to [0, 1] for each image; the details are weighed by its exponential share;
- the result is the sum, clipped.

So no detail gets a weight above ``e / (1 + e)``, 0.73, and none below 0.27. The demonstration divides the details by
255 twice, so that the biases of the first layer outweigh them; we divide once.

Ours are: the narrow VGG-19 that the course trained on phantoms, unless ``weights`` names another trunk; a guided filter
whose windows are cut off at the border (OpenCV mirrors); the weights of the bases kept in [0, 1]; and 1/2 wherever
neither source says anything.
"""

from functools import partial
from typing import get_args

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn

from medfuse_course.core.guided_filter import guided_filter
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.extractors.feature_weights import Weighting, activity, ratio, to_grid
from medfuse_course.methods.extractors.layers import level_of
from medfuse_course.methods.learned import grow, outside_torch
from medfuse_course.networks import FeatureExtractor, bare_extractor

BASE_SIDE = 45
"""Pixels a side of the mean that is the base."""

RADIUS, EPS = 45, 0.01
"""Of the guided filter that smooths the weights of the bases."""


class ZeroLearning(nn.Module):
    """Bases by the rarity of gray values, details by features.

    Parameters
    ----------
    extractor
        What gives features: of a VGG, or of any other trunk.
    """

    exportable = False

    def __init__(self, extractor: FeatureExtractor) -> None:
        super().__init__()
        self.extractor = extractor

    def forward(self, a: Tensor, b: Tensor, *, stage: int = 1, weighting: Weighting = "exp") -> Tensor:
        """``S base_a + (1 - S) base_b + W detail_a + (1 - W) detail_b``, ``(N, 1, H, W)``, not clipped.

        Parameters
        ----------
        a, b
            Gray images on one grid.
        stage
            Which features weigh the details: 1 is the first.
        weighting
            ``"exp"``: the share of ``exp`` of the stretched activity; ``"ratio"``: of the activity itself, 0 to 1.

        Returns
        -------
        The fused images.
        """
        base_a, base_b = split(a), split(b)
        share = outside_torch(base_share, a, b)
        detail_a, detail_b = a - base_a, b - base_b
        weight = self.detail_weight(detail_a, detail_b, stage=stage, weighting=weighting)
        return mix(share, base_a, base_b) + mix(weight, detail_a, detail_b)

    def detail_weight(self, a: Tensor, b: Tensor, *, stage: int = 1, weighting: Weighting = "exp") -> Tensor:
        """The weight of the details `a`, ``(N, 1, H, W)`` in [0, 1]; that of the details `b` is the rest."""
        check_name("weighting", weighting, get_args(Weighting))
        height, width = a.shape[-2:]
        stride = dict(enumerate(self.extractor.strides, 1)).get(stage, 1)
        grown = [grow(x, stride) for x in (a, b)]
        of_a, of_b = (stretched(activity(level_of(self.extractor, x, stage))) for x in grown)
        weight = torch.sigmoid(of_a - of_b) if weighting == "exp" else ratio(of_a, of_b)
        return to_grid(weight, (grown[0].shape[-2], grown[0].shape[-1]))[..., :height, :width]


def split(x: Tensor) -> Tensor:
    """The base of ``(N, 1, H, W)``: its mean over `BASE_SIDE` pixels a side; the detail is the rest."""
    return outside_torch(partial(ndimage.uniform_filter, size=BASE_SIDE, mode="mirror"), x)


def mix(weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``weight a + (1 - weight) b``."""
    return b + weight * (a - b)


def stretched(x: Tensor) -> Tensor:
    """``(N, 1, h, w)`` stretched so that each image runs from 0 to 1; 0 where it is flat."""
    low, high = x.amin(dim=(1, 2, 3), keepdim=True), x.amax(dim=(1, 2, 3), keepdim=True)
    return (x - low) / torch.where(high > low, high - low, 1)


def base_share(a: Image, b: Image) -> FloatArray:
    """The weight of the base of `a`, ``(H, W)`` in [0, 1]: the share of its rarity, smoothed along edges."""
    share = share_of(rarity(a), rarity(b))
    first, second = (
        np.clip(guided_filter(x.astype(np.float64), weight, RADIUS, EPS), 0, 1)
        for x, weight in ((a, share), (b, 1 - share))
    )
    return share_of(first, second)


def share_of(a: FloatArray, b: FloatArray) -> FloatArray:
    """``a / (a + b)``, and 1/2 where both are 0, as `feature_weights.ratio` of tensors."""
    total = a + b
    return np.divide(a, total, out=np.full_like(total, 0.5), where=total > 0)


def rarity(image: Image) -> FloatArray:
    """``S(p) = mean over all pixels q of |I(p) - I(q)|`` in 8-bit steps: a gray value that few pixels share is rare."""
    levels = (255 * np.clip(image, 0, 1) + 0.5).astype(np.uint8)
    histogram = np.bincount(levels.ravel(), minlength=256) / levels.size
    steps = np.abs(np.subtract.outer(np.arange(256.0), np.arange(256.0)))
    found: FloatArray = (steps @ histogram)[levels]
    return found


def build(scale: str) -> ZeroLearning:
    """``"paper"``: VGG-19; ``"course"``: a narrow one."""
    return ZeroLearning(bare_extractor("vgg19", scale, normalize=False))
