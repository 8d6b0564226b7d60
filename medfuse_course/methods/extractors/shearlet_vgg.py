"""Complex shearlets weighed by features of VGG-19 (Wang, Wang, Guo and Cheng).

Reference: Y. W. Wang, L. Wang, X. P. Guo and T. Q. Cheng, "The medical image fusion method based on the complex
shearlet transform and the VGG19 model", Journal of Shandong University of Technology (Natural Science Edition) 38(4),
53-60, 2024 (in Chinese). Known is the abstract: a complex shearlet transform; low bands by weighted local energy and
modified Laplacian; high bands by features of several layers of a pre-trained VGG-19, which stays as it is, and a
weighted rule; the inverse transform.

Our reading:

- The transform is `transforms.complex_shearlet`: three scales of eight directions, the border mirrored by 16 pixels.
- Low band: the source of the larger energy times Laplacian, as in `rules.energy_laplacian`.
- High bands: VGG sees magnitudes, for it knows no phase. Those of a scale are added over the directions and go through
  at once; the weights of four layers then hold for all its directions (``per_direction``: each by itself, at eight
  times the cost). Both sources are divided by their common largest value first, so that the network sees [0, 1].
- The candidates are complex, and the one of the largest magnitude counts: magnitude decides, the complex value moves.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from medfuse_course.core.types import FloatArray
from medfuse_course.methods.classical.nsst import MARGIN
from medfuse_course.methods.extractors.layers import combine, layer_weights
from medfuse_course.methods.extractors.vgg_multilayer import LAYERS
from medfuse_course.methods.learned import outside_torch
from medfuse_course.methods.multiscale import fuse_mirrored
from medfuse_course.methods.rules import RULES, Band
from medfuse_course.networks import FeatureExtractor, bare_extractor
from medfuse_course.transforms import complex_shearlet
from medfuse_course.transforms.complex_shearlet import ComplexShearletBands

LEVELS = 3
DIRECTIONS = (8, 8, 8)


class ShearletVGG(nn.Module):
    """Complex bands weighed by features of their magnitudes.

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
        levels: int = LEVELS,
        directions: Sequence[int] = DIRECTIONS,
        per_direction: bool = False,
        base_rule: str = "energy_laplacian",
    ) -> Tensor:
        """Fuse two batches of images.

        Parameters
        ----------
        a, b
            ``(N, 1, H, W)``, gray.
        levels, directions
            As in `medfuse_course.transforms.complex_shearlet.analyse`.
        per_direction
            VGG sees each band by itself, instead of all directions of a scale at once.
        base_rule
            For the low band: a name in `medfuse_course.methods.rules.RULES`.

        Returns
        -------
        ``(N, 1, H, W)``.
        """
        fuse = partial(self.fuse_bands, per_direction=per_direction, base_rule=base_rule)
        transform = partial(fuse_mirrored, complex_shearlet, fuse=fuse, levels=levels, directions=directions)
        return outside_torch(partial(transform, margin=MARGIN), a, b)

    def fuse_bands(
        self, a: ComplexShearletBands, b: ComplexShearletBands, *, per_direction: bool, base_rule: str
    ) -> ComplexShearletBands:
        """What is done with the bands of two images."""
        scales = zip(a.details, b.details, strict=True)
        details = tuple(self.fuse_scale(x, y, per_direction=per_direction) for x, y in scales)
        return ComplexShearletBands(details, RULES[base_rule](a.base, b.base))

    def fuse_scale(self, a: Band, b: Band, *, per_direction: bool = False) -> Band:
        """The directions of one scale, ``(K, H, W)`` complex: of the candidates of four layers the strongest."""
        seen = [np.abs(x) if per_direction else np.abs(x).sum(axis=0, keepdims=True) for x in (a, b)]
        weights = self.weights(*seen).movedim(1, 2)  # (layers, K or 1, 1, H, W) to (layers, 1, K or 1, H, W)
        x, y = (torch.from_numpy(band)[None] for band in (a, b))
        fused: Band = combine(x, y, weights, "strongest")[0].numpy()
        return fused

    def weights(self, a: FloatArray, b: FloatArray) -> Tensor:
        """Of the magnitudes ``(K, H, W)`` of a by four layers, ``(layers, K, 1, H, W)``, on the CPU."""
        device = next(self.extractor.parameters()).device
        largest = max(float(a.max()), float(b.max())) or 1.0
        x, y = (torch.from_numpy(band / band.dtype.type(largest))[:, None].to(device) for band in (a, b))
        return layer_weights(self.extractor, x, y, count=LAYERS).cpu()


def build(scale: str) -> ShearletVGG:
    """On VGG-19: ``"paper"``, of the published width; ``"course"``, a narrow one whose weights ship."""
    return ShearletVGG(bare_extractor("vgg19", scale, normalize=False))
