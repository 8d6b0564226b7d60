"""Whole images weighed by five layers of VGG-19 (Zhou, Ren, Wan and others).

Reference: J. Zhou, K. Ren, M. Wan, B. Cheng, G. Gu and Q. Chen, "An infrared and visible image fusion method based on
VGG-19 network", Optik 248, 168084, 2021. Known is the abstract: five convolution layers of VGG-19, kept from another
task; the images go in directly, without being parted into base and detail; the l1 norm and an averaging operator make
an activity, a softmax and upsampling make weights; five candidates; of these the maximum, pixel by pixel.

Our reading:

- The layers are ``relu1_1`` to ``relu5_1``; the average is over 3 x 3; each weight is a square of the image.
- "Softmax": the ratio ``C_A / (C_A + C_B)``, for so Li and others use the word, whose method this one follows. The
  exponential form is an option. Sums over hundreds of channels overflow in it, so they are divided by their maximum.
- Images go in as they are, [0, 1], without the mean of ImageNet taken off, as in the code of Li and others: with it
  black would be as active as white.
"""

from typing import Any

from torch import Tensor, nn

from medfuse_course.methods.extractors.feature_weights import TEMPERATURE, Upsampling, Weighting
from medfuse_course.methods.extractors.layers import WINDOW, Combination, combine, layer_weights
from medfuse_course.networks import FeatureExtractor, bare_extractor


class VGG19Softmax(nn.Module):
    """Images weighed by features of all layers.

    Parameters
    ----------
    extractor
        All its layers are used.
    """

    def __init__(self, extractor: FeatureExtractor) -> None:
        super().__init__()
        self.extractor = extractor

    @property
    def multiple(self) -> int:
        """The stride of the last layer."""
        return self.extractor.multiple

    def reach(self, *, weighting: Weighting = "ratio", **_: Any) -> int | None:
        """Of the layers and the window; the exponential form looks for the largest activity of the whole image."""
        return None if weighting == "exp" else self.extractor.reach + WINDOW // 2 * self.multiple

    def forward(
        self,
        a: Tensor,
        b: Tensor,
        *,
        weighting: Weighting = "ratio",
        temperature: float = TEMPERATURE,
        upsampling: Upsampling = "nearest",
        combination: Combination = "maximum",
    ) -> Tensor:
        """Fuse two batches of images.

        Parameters
        ----------
        a, b
            ``(N, 1, H, W)``, gray.
        weighting
            ``"ratio"`` of the activities, or ``"exp"``: the exponential form.
        temperature
            Of ``"exp"``.
        upsampling
            Of the weights: ``"nearest"``, ``"bilinear"`` or ``"bicubic"``.
        combination
            ``"maximum"``: the largest candidate, as published; ``"mean"`` of them; ``"strongest"``, which is the same
            as the maximum here, where nothing is negative.

        Returns
        -------
        ``(N, 1, H, W)``.
        """
        weights = layer_weights(
            self.extractor, a, b, weighting=weighting, temperature=temperature, upsampling=upsampling
        )
        return combine(a, b, weights, combination)


def build(scale: str) -> VGG19Softmax:
    """On VGG-19: ``"paper"``, of the published width; ``"course"``, a narrow one whose weights ship."""
    return VGG19Softmax(bare_extractor("vgg19", scale, normalize=False))
