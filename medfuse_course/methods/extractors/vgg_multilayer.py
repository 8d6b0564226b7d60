r"""A base and a detail layer; features of VGG-19 weigh the details (Li, Wu and Kittler).

Reference: H. Li, X.-J. Wu and J. Kittler, "Infrared and visible image fusion using a deep learning framework", ICPR
2018, 2705-2710, arXiv 1804.06992; verified against the authors' code (hli1221/imagefusion_deeplearning).

1. A low pass parts each source: the base minimizes ``|I - B|^2 + 5 (|dx B|^2 + |dy B|^2)``, solved by an FFT of the
   image whose border is mirrored, by 16 pixels; the detail is what is left.
2. Bases: the mean.
3. Details go through VGG-19, one plane as three channels. Layers ``conv1_1``, ``conv2_1``, ``conv3_1``, ``conv4_1``:
   the l1 norm over the channels, the mean over 3 x 3, the ratio of both, each value a square of the image.
4. Each layer gives a candidate; the largest counts, pixel by pixel, sign included.
5. The fused image is base plus detail.

What the code says and the paper does not: the details go in as they are, about -1 to 1, without the mean that VGG was
trained to see taken off; and the layers are the convolutions *before* ReLU, though the paper writes relu. A port to
PyTorch that is often used copies the layer numbers 2, 7, 12, 21 of a count that starts at 1 with the image into one
that starts at 0, so that it reads other layers, and averages 2 x 2 values but divides by 9.

Ours: a wider mirrored border, a hundredth of a gray level of difference which tiles need; 1/2 where neither source has
any activity, of which the code makes not-a-number; which candidate counts can be chosen; any trunk does, with as many
of its layers as it has, four at most.
"""

import torch
from torch import Tensor, nn
from torch.fft import irfft2, rfft2

from medfuse_course.methods.extractors.feature_weights import Upsampling
from medfuse_course.methods.extractors.layers import WINDOW, Combination, combine, layer_weights, stride_of
from medfuse_course.networks import FeatureExtractor, bare_extractor

LAYERS = 4
STRENGTH = 5.0
"""Of the low pass: how much a gradient counts against a difference from the image."""

MARGIN = 48
"""Pixels of mirrored border of the low pass. With the authors' 16 one border reaches the other by some 1e-5."""

LOW_PASS_REACH = 64
"""Pixels after which the low pass has forgotten to 12 digits: it falls by 0.64 with each."""


class VGGMultilayer(nn.Module):
    """Details weighed by features.

    Parameters
    ----------
    extractor
        Its first four layers are used.
    """

    def __init__(self, extractor: FeatureExtractor) -> None:
        super().__init__()
        self.extractor = extractor

    @property
    def multiple(self) -> int:
        """The stride of the last layer that is used."""
        return stride_of(self.extractor, LAYERS)

    @property
    def reach(self) -> int:
        """Of the low pass, the layers and the window."""
        return LOW_PASS_REACH + self.extractor.reach + WINDOW // 2 * self.multiple

    def forward(
        self, a: Tensor, b: Tensor, *, combination: Combination = "maximum", upsampling: Upsampling = "nearest"
    ) -> Tensor:
        """Fuse two batches of images.

        Parameters
        ----------
        a, b
            ``(N, 1, H, W)``, gray.
        combination
            ``"maximum"``: the largest candidate, as published; ``"mean"`` of them; ``"strongest"``: the one that
            differs most from 0.
        upsampling
            Of the weights: ``"nearest"``, as published; ``"bilinear"``; ``"bicubic"``.

        Returns
        -------
        ``(N, 1, H, W)``.
        """
        base_a, base_b = low_pass(a), low_pass(b)
        detail_a, detail_b = a - base_a, b - base_b
        weights = layer_weights(self.extractor, detail_a, detail_b, count=LAYERS, upsampling=upsampling)
        return (base_a + base_b) / 2 + combine(detail_a, detail_b, weights, combination)


def build(scale: str) -> VGGMultilayer:
    """On VGG-19: ``"paper"``, of the published width; ``"course"``, a narrow one whose weights ship."""
    return VGGMultilayer(bare_extractor("vgg19", scale, before_relu=True, normalize=False))


def low_pass(image: Tensor, strength: float = STRENGTH, margin: int = MARGIN) -> Tensor:
    r"""The base layer: :math:`\hat B = \hat I / (1 + \lambda (|\hat g_x|^2 + |\hat g_y|^2))`, ``|g|^2 = 2 - 2 cos w``.

    Parameters
    ----------
    image
        ``(N, C, H, W)``.
    strength
        :math:`\lambda`.
    margin
        By so many pixels the image is mirrored beyond its border (the edge pixel twice), for an FFT wraps around.

    Returns
    -------
    ``(N, C, H, W)``. Constants stay.
    """
    height, width = image.shape[-2:]
    wide = image
    for axis, side in ((-2, height), (-1, width)):
        at = torch.arange(-margin, side + margin, device=image.device)
        at = torch.remainder(at, torch.full_like(at, 2 * side))  # there and back; with a number ONNX has no open side
        wide = wide.index_select(axis, torch.minimum(at, 2 * side - 1 - at))
    high, broad = wide.shape[-2:]
    rows = torch.arange(high, dtype=image.dtype, device=image.device) / high
    columns = torch.arange(broad // 2 + 1, dtype=image.dtype, device=image.device) / broad  # all that rfft2 keeps
    penalty = 4 - 2 * torch.cos(2 * torch.pi * rows)[:, None] - 2 * torch.cos(2 * torch.pi * columns)
    spectrum = rfft2(wide) / (1 + strength * penalty)
    return irfft2(spectrum, s=(high, broad))[..., margin : margin + height, margin : margin + width]
