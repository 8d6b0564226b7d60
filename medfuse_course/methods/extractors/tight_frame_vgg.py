"""Details in a learned tight frame, weighed by features of VGG-19 (Lu, Qiu, Gao and others).

Reference: Y. Lu, Y. Qiu, Q. Gao and others, "Infrared and visible image fusion based on tight frame learning via VGG19
network", Digital Signal Processing 131, 103745, 2022. Known are the title and a sentence of a review: a fine-tuned VGG
takes deep features, and more of the sources' detail is kept.

Our reading, which is nearly everything:

- A tight frame is learned from both sources, as in `methods.classical.tight_frame`: filters of 8 x 8, the first one the
  average.
- Its low band: the mean of both.
- The detail image of a source is what its other bands add up to. Both go through VGG-19, four layers of which give
  weights as in `methods.extractors.vgg_multilayer`.
- The weights of a layer mix the *bands*; of the candidates for a coefficient the one of the largest magnitude counts.
  With ``domain="image"`` they mix the detail images, and the largest candidate counts, as in the sibling. Then the
  learned filters do nothing: what all detail bands add up to is the image without its low band, whatever the filters.
- VGG is not tuned further: how they did it is not known.
"""

from dataclasses import replace
from typing import Literal, get_args

import torch
from scipy import ndimage
from torch import Tensor, nn

from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray
from medfuse_course.methods.extractors.layers import combine, layer_weights
from medfuse_course.methods.extractors.vgg_multilayer import LAYERS
from medfuse_course.methods.learned import as_tensor, outside_torch
from medfuse_course.methods.rules import RULES
from medfuse_course.networks import FeatureExtractor, bare_extractor
from medfuse_course.transforms.tight_frame import TightFrameBands, analyse, learn, synthesise

Domain = Literal["bands", "image"]

ITERATIONS = 4
"""Of learning the frame: what more of them change cannot be seen, and they cost half of the time."""


class TightFrameVGG(nn.Module):
    """Bands of a learned frame weighed by features of the detail image.

    Parameters
    ----------
    extractor
        Its first four layers are used.
    """

    exportable = False

    def __init__(self, extractor: FeatureExtractor) -> None:
        super().__init__()
        self.extractor = extractor

    def forward(
        self,
        a: Tensor,
        b: Tensor,
        *,
        size: int = 8,
        threshold: float = 0.1,
        iterations: int = ITERATIONS,
        domain: Domain = "bands",
        base_rule: str = "average",
    ) -> Tensor:
        """Fuse two batches of images.

        Parameters
        ----------
        a, b
            ``(N, 1, H, W)``, gray.
        size, threshold, iterations
            As in `medfuse_course.transforms.tight_frame.learn`.
        domain
            What the weights mix: ``"bands"``, or the detail ``"image"``.
        base_rule
            For the low band: a name in `medfuse_course.methods.rules.RULES`.

        Returns
        -------
        ``(N, 1, H, W)``.
        """
        check_name("domain", domain, get_args(Domain))

        def step(x: FloatArray, y: FloatArray) -> FloatArray:
            filters = learn((x, y), size=size, threshold=threshold, iterations=iterations)
            of_x, of_y = analyse(x, filters), analyse(y, filters)
            base = RULES[base_rule](of_x.base, of_y.base)
            detail_x, detail_y = (image - low_image(of.base, size) for image, of in ((x, of_x), (y, of_y)))
            weights = self.weights(detail_x, detail_y)
            if domain == "image":
                return low_image(base, size) + fuse_images(detail_x, detail_y, weights)
            return synthesise(replace(of_x, details=(fuse_bands(of_x, of_y, weights),), base=base))

        return outside_torch(step, a, b)

    def weights(self, a: FloatArray, b: FloatArray) -> Tensor:
        """Of detail image a by four layers, ``(layers, 1, 1, H, W)``, on the CPU."""
        device = next(self.extractor.parameters()).device
        return layer_weights(self.extractor, as_tensor(a).to(device), as_tensor(b).to(device), count=LAYERS).cpu()


def build(scale: str) -> TightFrameVGG:
    """On VGG-19: ``"paper"``, of the published width; ``"course"``, a narrow one whose weights ship."""
    return TightFrameVGG(bare_extractor("vgg19", scale, before_relu=True, normalize=False))


def fuse_bands(a: TightFrameBands, b: TightFrameBands, weights: Tensor) -> FloatArray:
    """The detail bands ``(size^2 - 1, H, W)``: of the candidates of all layers the strongest, band by band."""
    x, y = (torch.from_numpy(bands.details[0])[None] for bands in (a, b))
    fused: FloatArray = combine(x, y, weights, "strongest")[0].numpy()
    return fused


def fuse_images(a: FloatArray, b: FloatArray, weights: Tensor) -> FloatArray:
    """The detail image ``(H, W)``: of the candidates of all layers the largest."""
    fused: FloatArray = combine(as_tensor(a), as_tensor(b), weights)[0, 0].numpy()
    return fused


def low_image(base: FloatArray, size: int) -> FloatArray:
    """What the low band adds to the image, ``(H, W)``: the mean over size x size pixels once more, the other way round.

    The same as `synthesise` of bands whose details are 0, and cheaper. The image less this is its detail image.
    """
    return ndimage.uniform_filter(base, size, mode="wrap", origin=0 if size % 2 else -1)
