"""Contourlet bands chosen by a siamese network (Wang, Li, Duan and others).

Reference: Z. Wang, X. Li, H. Duan and others, "Medical image fusion based on convolutional neural networks and
non-subsampled contourlet transform", Expert Systems with Applications 171, 114574, 2021. Known are the title and a
sentence of a review: the nonsubsampled contourlet transform splits the sources, low and high bands are treated each in
its own way, with a convolutional network; better fusion, high cost.

Our reading, which is nearly everything:

- Three scales of 4, 8 and 8 directions, the finest first.
- High bands: the siamese network of `methods.cnn.liu_cnn`, trained on bands of sharp and of blurred phantoms. Its
  answer is the weight of a in each band. Twenty bands go through it, so at course scale it has 8, 8 and 16 channels and
  its first convolution steps by two pixels.
- A band of level j is thinned out by ``2^j`` before the network sees it, and its weight map grown again. A patch of 16
  pixels then covers the same number of oscillations at every level, and one network serves all of them.
- Two bands are divided by their common root mean square: the network knows no gray values.
- Low band: two maps, one by local energy and one by modified Laplacian, each choose a source. Where they agree it is
  taken, elsewhere the mean.
"""

from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from medfuse_course.core.registry import lookup
from medfuse_course.core.types import FloatArray
from medfuse_course.methods import activity
from medfuse_course.methods.classical.nsst import MARGIN
from medfuse_course.methods.cnn.liu_cnn import PATCH, ClassifyStep, SiameseNetwork, weight_map
from medfuse_course.methods.learned import outside_torch
from medfuse_course.methods.multiscale import fuse_mirrored
from medfuse_course.methods.rules import pick
from medfuse_course.training import BandPatches, Budget, Phase, Recipe
from medfuse_course.training.data.band_patches import DIRECTIONS, LEVELS, normalized, thin
from medfuse_course.transforms import nsct
from medfuse_course.transforms.nsct import NsctBands

SCALES = {"paper": ((64, 128, 256), 1), "course": ((8, 8, 16), 2)}
"""Channels of the three convolutions and step of the first; those of the paper are unknown, these are of `liu_cnn`."""


class NsctCnn(SiameseNetwork):
    """Weighs contourlet bands; the transform is NumPy."""

    def forward(self, a: Tensor, b: Tensor, *, hard: bool = False) -> Tensor:
        """Weigh the directional bands of two images, and choose the low band by two maps; ``(N, 1, H, W)``.

        ``X_jk = W_jk A_jk + (1 - W_jk) B_jk`` for direction k of level j.

        Parameters
        ----------
        a, b
            Gray images on one grid. Their border is mirrored by `MARGIN` pixels before and cropped after, as in `nsct`.
        hard
            Take the band of larger weight instead of mixing; the mean where they tie.

        Returns
        -------
        The fused images, ``(N, 1, H, W)``.
        """
        fuse = partial(fuse_contourlets, self, hard=hard)
        step = partial(fuse_mirrored, nsct, fuse=fuse, levels=LEVELS, directions=DIRECTIONS, margin=MARGIN)
        return outside_torch(step, a, b)


def build(scale: str) -> NsctCnn:
    """``"paper"``: 435,200 parameters, a guess; ``"course"``: 2,856."""
    return NsctCnn(*lookup("scale", scale, SCALES))


def classify(network: NsctCnn) -> ClassifyStep:
    """Which patch of a band comes from the sharp image."""
    return ClassifyStep(network)


RECIPE = Recipe(
    slug="nsct_cnn",
    network=build,
    data=BandPatches(),
    phases=(Phase("classify", classify, learning_rate=2e-3),),
    budgets={
        "smoke": Budget(steps=40, batch=2, patch=PATCH, check_every=20, pool=2),
        "lesson": Budget(steps=200, batch=8, patch=PATCH, check_every=50, pool=6),
        "ship": Budget(steps=2400, batch=8, patch=PATCH, check_every=100),
        "full": Budget(steps=10_000, batch=32, patch=PATCH, check_every=500, pool=48),
    },
    average=0.99,
)


def fuse_contourlets(network: nn.Module, a: NsctBands, b: NsctBands, *, hard: bool = False) -> NsctBands:
    """What `NsctCnn` does with the bands of two images."""
    details = []
    for level, (x, y) in enumerate(zip(a.details, b.details, strict=True)):
        weight = band_weights(network, x, y, level)
        details.append(pick(weight - 0.5, x, y) if hard else y + weight * (x - y))
    return NsctBands(tuple(details), fuse_base(a.base, b.base))


def band_weights(network: nn.Module, a: FloatArray, b: FloatArray, level: int) -> FloatArray:
    """The weight of `a` for each direction of a level, ``(directions, H, W)`` in [0, 1]."""
    small = weight_map(network, *normalized(thin(a, level), thin(b, level)))
    grown = interpolate(torch.from_numpy(small)[None], size=a.shape[-2:], mode="bilinear", align_corners=False)
    weights: FloatArray = grown[0].numpy()
    return weights


def fuse_base(a: FloatArray, b: FloatArray) -> FloatArray:
    """The low band of the source that both local energy and modified Laplacian prefer; the mean where they differ."""
    by_energy = np.sign(activity.weighted_local_energy(a) - activity.weighted_local_energy(b))
    by_edges = np.sign(activity.weighted_modified_laplacian(a) - activity.weighted_modified_laplacian(b))
    return pick(np.where(by_energy == by_edges, by_energy, 0), a, b)
