"""Deep features of a residual network, whitened, as weights of the sources (Li, Wu and Durrani).

Reference: H. Li, X. J. Wu and T. S. Durrani, "Infrared and visible image fusion with ResNet and zero-phase component
analysis", Infrared Physics & Technology 102, 103039, 2019; arXiv 1806.07119. Verified against the MATLAB code of its
authors: gray images in [0, 1] go three times into ResNet-50, without the mean of ImageNet; the output of its stage
Conv4 (1024 channels, one place for 16 x 16 pixels) or Conv5 (2048, for 32 x 32), here stage 3 and 4; each channel is
whitened by `networks.whitening.zca`; the activity is the l1 norm over the channels, its mean over 5 x 5 places with
zeros beyond the border; enlarged by a bicubic interpolation; the weight is the ratio, and weighs the sources as they
are. Nothing is decomposed and nothing is learned for the task.

Ours are:

- the network: ResNet-50 of narrow stages, trained on phantoms, unless ``weights`` names another trunk;
- PyTorch's bicubic kernel (a = -0.75; MATLAB's is -0.5), and no activity below 0;
- the nuclear norm, of which the paper has a table: here the sum of the singular values of the 25 feature vectors in a
  window of 5 x 5 places, zeros beyond the border. At stage 1 that is one small eigenvalue problem for each 4 x 4
  pixels, too slow for daily use;
- where neither source has any activity both weigh 1/2.

The whitening looks at the whole image, so tiles are refused. It keeps some copies of one stage of features in float64:
of a 256 x 256 image at stage 1 of the published ResNet-50 about 50 MB, of the narrow one 5 MB.
"""

from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, unfold

from medfuse_course.core.registry import check_name
from medfuse_course.methods.extractors.feature_weights import activity, ratio, window_mean
from medfuse_course.methods.extractors.layers import level_of
from medfuse_course.networks import FeatureExtractor, bare_extractor
from medfuse_course.networks.whitening import zca

Norm = Literal["l1", "l2", "nuclear"]

WINDOW = 5
"""Places a side of the window of the activity."""


class ResNetZCA(nn.Module):
    """``F = W A + (1 - W) B`` with W by whitened features.

    Parameters
    ----------
    extractor
        What gives features: of a ResNet, or of any other trunk.
    """

    def __init__(self, extractor: FeatureExtractor) -> None:
        super().__init__()
        self.extractor = extractor

    @property
    def multiple(self) -> int:
        """Of which both sides must be."""
        return self.extractor.multiple

    def forward(self, a: Tensor, b: Tensor, *, stage: int = 3, norm: Norm = "l1", whiten: bool = True) -> Tensor:
        """Weigh two images; ``(N, 1, H, W)`` each gives the same.

        Parameters
        ----------
        a, b
            Gray images on one grid.
        stage
            Which features: 1 to 4 of a ResNet, one place for 4, 8, 16 or 32 pixels a side.
        norm
            What makes one number of many channels: ``"l1"``, ``"l2"`` or ``"nuclear"``.
        whiten
            False: the features as they are.

        Returns
        -------
        The fused images, between the sources pixel by pixel.
        """
        weight = self.weight(a, b, stage=stage, norm=norm, whiten=whiten)
        return b + weight * (a - b)

    def weight(self, a: Tensor, b: Tensor, *, stage: int = 3, norm: Norm = "l1", whiten: bool = True) -> Tensor:
        """The weight of `a` for each pixel, ``(N, 1, H, W)`` in [0, 1]; that of `b` is the rest. As in `forward`."""
        check_name("norm", norm, get_args(Norm))
        of_each = []
        for x in (a, b):
            features = level_of(self.extractor, x, stage)
            seen = strength(zca(features) if whiten else features, norm)
            of_each.append(interpolate(seen, size=a.shape[-2:], mode="bicubic", align_corners=False).clamp_min(0))
        return ratio(*of_each)


def strength(features: Tensor, norm: Norm = "l1") -> Tensor:
    """The activity of ``(N, C, h, w)`` features in windows of 5 x 5 places, ``(N, 1, h, w)``, 0 or more.

    ``"l1"`` and ``"l2"``: the mean of that norm over the channels. ``"nuclear"``: the sum of the singular values of the
    25 x C matrix of the window.
    """
    if norm == "l1":
        return window_mean(activity(features), WINDOW)
    if norm == "l2":
        return window_mean(features.square().sum(dim=1, keepdim=True).sqrt(), WINDOW)
    count, channels, height, width = features.shape
    windows = unfold(features.double(), WINDOW, padding=WINDOW // 2).mT  # (N, h w, C 25)
    windows = windows.reshape(count, height * width, channels, -1)
    squares = torch.linalg.eigvalsh(windows.mT @ windows).clamp_min(0)  # of 25 x 25, whatever the channels
    return squares.sqrt().sum(dim=-1).reshape(count, 1, height, width).to(features.dtype)


def build(scale: str) -> ResNetZCA:
    """``"paper"``: ResNet-50; ``"course"``: one of narrow stages."""
    return ResNetZCA(bare_extractor("resnet50", scale, normalize=False))
