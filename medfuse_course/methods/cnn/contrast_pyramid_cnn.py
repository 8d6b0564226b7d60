"""A siamese network's decision map, with contrast pyramids (Wang, Zheng, Wei, Qi and Li).

Reference: K. Wang, M. Zheng, H. Wei, G. Qi and Y. Li, "Multi-modality medical image fusion using convolutional neural
network and contrast pyramid", Sensors 20(8), 2169, 2020. Known from the abstract: a trained siamese network makes a
weight map from the activity of pixels, the sources go through a contrast pyramid, and its bands are mixed by a weighted
operator; from the review: a local similarity decides how.

Our reading: all of `methods.cnn.liu_cnn`, the network and its weights included, with the Laplacian pyramid replaced by
the contrast pyramid of `transforms.contrast_pyramid`.

- The similarity switch compares contrasts ``C = R - 1``, with the same threshold of 0.6. The base, which is no contrast
  but light, is mixed by the weight map alone.
- Four levels, as in `methods.classical.contrast_pyramid`. As deep as `liu_cnn` goes, it keeps far fewer of the edges.

Contrasts are multiplied together: where a strong contrast of one source meets the light of the other, the result leaves
[0, 1] and is clipped. Where one source is black beside light its contrast of -1 wins, and the product is black:
the other source is erased there.
"""

from functools import partial

from torch import Tensor

from medfuse_course.core.registry import lookup
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.cnn.liu_cnn import SCALES, THRESHOLD, SiameseNetwork, check_threshold, similarity_switch
from medfuse_course.methods.learned import outside_torch
from medfuse_course.transforms.contrast_pyramid import ContrastPyramid, analyse, synthesise
from medfuse_course.transforms.pyramid import gaussian_pyramid


class ContrastPyramidCnn(SiameseNetwork):
    """Mixes contrast pyramids; these are NumPy."""

    def forward(self, a: Tensor, b: Tensor, *, levels: int = 4, threshold: float = THRESHOLD) -> Tensor:
        """Mix the contrast pyramids of two images by the Gaussian pyramid of a weight map; ``(N, 1, H, W)``.

        Parameters
        ----------
        a, b
            Gray images on one grid.
        levels
            Number of contrast bands; at most the number of halvings that the shorter side allows.
        threshold
            Of the similarity switch: with -1 the map alone decides, with 1 the energies alone.

        Returns
        -------
        The fused images, ``(N, 1, H, W)``.
        """
        check_threshold(threshold)
        return outside_torch(partial(mix_contrasts, levels=levels, threshold=threshold), a, b, self.weights(a, b))


def build(scale: str) -> ContrastPyramidCnn:
    """The network of `liu_cnn`, whose weights it takes."""
    return ContrastPyramidCnn(lookup("scale", scale, SCALES))


def mix_contrasts(a: Image, b: Image, weight: FloatArray, *, levels: int, threshold: float) -> FloatArray:
    """The contrast pyramids of two images, mixed by the Gaussian pyramid of a weight map; the base by the map alone."""
    of_a, of_b = analyse(a, levels), analyse(b, levels)
    *weights, top = gaussian_pyramid(weight, levels)
    bands = zip(of_a.details, of_b.details, weights, strict=True)
    details = tuple(similarity_switch(x, y, w, threshold) for x, y, w in bands)
    return synthesise(ContrastPyramid(details, top * of_a.base + (1 - top) * of_b.base, of_a.guard))
