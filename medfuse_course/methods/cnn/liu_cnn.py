"""A siamese network's decision map, with pyramids (Liu, Chen, Cheng and Peng).

Reference: Y. Liu, X. Chen, J. Cheng and H. Peng, "A medical image fusion method based on convolutional neural
networks", FUSION 2017. Two branches with the same weights look at a 16 x 16 patch of each source, and a last layer says
which one is in focus. Trained on sharp and blurred photographs, it is asked about medical images, which are never out
of focus; what it answers is where there is more fine structure.

Verified in the authors' code and weights, and reproduced on every pixel of their published result: the layers, the
missing bias at the end, the dense evaluation, the pyramids of `transforms.mertens_pyramid`, the similarity switch.

Our reading:

- Course scale has 16, 32 and 64 channels instead of 64, 128 and 256, and no bias at the end in training either.
- Training: patches of phantoms, Gaussian blur of 0.8 to 4 pixels, noise after the blur, Adam. Reported, not verified:
  two million pairs of patches of photographs, Gaussian blur of several strengths, SGD with momentum 0.9.
- Pairs are learned in random order. That makes ``W(a, b)`` near ``1 - W(b, a)``, not equal to it.
- Where two energies tie the mean is taken.

A patch of its own is framed by zeros, a patch within an image by its neighbors: the dense evaluation is the patch
classifier only inside. It is so in the original too.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, cross_entropy, pad

from medfuse_course.core.filters import sum_3x3
from medfuse_course.core.registry import lookup
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods import activity
from medfuse_course.methods.learned import TILE, TILED_ABOVE, as_images, as_tensor, in_tiles, inference, outside_torch
from medfuse_course.methods.rules import pick
from medfuse_course.networks.tensor_files import CheckpointError
from medfuse_course.training import Batch, Budget, FocusPatches, Losses, LossStep, Phase, Recipe
from medfuse_course.transforms import mertens_pyramid

PATCH = 16
"""Side of what one score looks at, in pixels."""

REACH = PATCH + 8
"""How far a weight looks, in pixels: to the end of a patch, and what the convolutions see around it."""

THRESHOLD = 0.6
"""Above this similarity two bands are mixed by the weight map, below it the stronger one is taken."""

SCALES = {"paper": (64, 128, 256), "course": (16, 32, 64)}
"""Channels of the three convolutions."""


class SiameseNetwork(nn.Module):
    """Two scores for each place: that b, and that a, is the one in focus. A subclass fuses by them.

    Parameters
    ----------
    widths
        Channels of the three convolutions that both sources go through.
    step
        Of the first convolution in pixels: 1, or 2 to save three quarters of the work.

    Attributes
    ----------
    stride
        How far the scores of a whole image lie apart, in pixels.
    """

    exportable = False

    def __init__(self, widths: tuple[int, int, int], step: int = 1) -> None:
        super().__init__()
        first, second, third = widths
        self.stride = 2 * step
        self.features = nn.Sequential(
            nn.Conv2d(1, first, 3, padding=1, stride=step),
            nn.ReLU(),
            nn.Conv2d(first, second, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2, ceil_mode=True),
            nn.Conv2d(second, third, 3, padding=1),
            nn.ReLU(),
        )
        self.compare = nn.Conv2d(2 * third, 2, PATCH // self.stride, bias=False)

    def scores(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each gives ``(N, 2, h, w)``: for 16 x 16 patches one pair of scores.

        ``h = ceil(H / stride) - 16 / stride + 1``, and w alike.
        """
        both = torch.cat([a, b]).contiguous(memory_format=torch.channels_last)  # twice as fast on a CPU
        of_a, of_b = self.features(both).chunk(2)
        compared: Tensor = self.compare(torch.cat([of_a, of_b], dim=1))
        return compared

    def weights(self, a: Tensor, b: Tensor) -> Tensor:
        """The weight of `a` at each pixel, ``(N, 1, H, W)`` in [0, 1]: the mean of the scores of all patches around it.

        Sides under 16 pixels are grown by their edge. A large image goes through in tiles, as in `methods.learned`.
        """
        return spread_scores(self.scores, a, b, self.stride)


class LiuCnn(SiameseNetwork):
    """Mixes Laplacian pyramids; these are NumPy."""

    def forward(self, a: Tensor, b: Tensor, *, threshold: float = THRESHOLD) -> Tensor:
        """Mix the Laplacian pyramids of two images by the Gaussian pyramid of a weight map; ``(N, 1, H, W)``.

        Parameters
        ----------
        a, b
            Gray images on one grid.
        threshold
            Of the similarity switch: with -1 the map alone decides, with 1 the energies alone.

        Returns
        -------
        The fused images, ``(N, 1, H, W)``.
        """
        check_threshold(threshold)
        return outside_torch(partial(mix_pyramids, threshold=threshold), a, b, self.weights(a, b))


def build(scale: str) -> LiuCnn:
    """``"paper"``: 435,200 parameters; ``"course"``: 39,680."""
    return LiuCnn(lookup("scale", scale, SCALES))


def read_published(path: Path) -> dict[str, Tensor]:
    """The authors' ``cnnmodel.mat`` as tensors of the network at ``scale="paper"``.

    MATLAB counts the pixels of a kernel down the columns. The bias of the last layer is in the file, but the published
    fusion does without it.
    """
    try:
        return _published(path)
    except FileNotFoundError:
        raise
    except Exception as error:  # a damaged file, or another one, makes scipy raise almost anything
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise CheckpointError(f"{path}: not the published weights (cnnmodel.mat): {reason}; get it again") from error


def _published(path: Path) -> dict[str, Tensor]:
    from scipy.io import loadmat

    content = loadmat(path)
    weights = {name: content[f"weights_{name}"] for name in ("b1_1", "b1_2", "b1_3", "output")}
    biases = {name: content[f"biases_{name}"] for name in ("b1_1", "b1_2", "b1_3")}
    tensors = {}
    for layer, name in (("features.0", "b1_1"), ("features.2", "b1_2"), ("features.5", "b1_3")):
        tensors[f"{layer}.weight"] = _kernels(weights[name], 3)
        tensors[f"{layer}.bias"] = torch.from_numpy(biases[name].astype(np.float32).ravel())
    return tensors | {"compare.weight": _kernels(weights["output"], PATCH // 2)}


def _kernels(weights: FloatArray, side: int) -> Tensor:
    """``(inputs, side * side, outputs)``, columns first, as ``(outputs, inputs, side, side)``."""
    kernels = weights.reshape(-1, side, side, weights.shape[-1]).transpose(3, 0, 2, 1)
    return torch.from_numpy(np.ascontiguousarray(kernels, np.float32))


class ClassifyStep(LossStep[SiameseNetwork]):
    """Which patch is the sharp one: cross-entropy of the scores."""

    def losses(self, batch: Batch) -> Losses:
        """The term of one batch with ``a``, ``b`` and ``target``."""
        return {"cross_entropy": cross_entropy(self.network.scores(batch["a"], batch["b"]), batch["target"])}


def classify(network: SiameseNetwork) -> ClassifyStep:
    """The only thing it learns."""
    return ClassifyStep(network)


RECIPE = Recipe(
    slug="liu_cnn",
    network=build,
    data=FocusPatches(),
    phases=(Phase("classify", classify),),
    budgets={
        "smoke": Budget(steps=40, batch=16, patch=PATCH, check_every=20, pool=2),
        "lesson": Budget(steps=300, batch=64, patch=PATCH, check_every=50, pool=6),
        "ship": Budget(steps=2400, batch=64, patch=PATCH, check_every=100),
        "full": Budget(steps=20_000, batch=256, patch=PATCH, check_every=500, pool=48),
    },
    average=0.99,
)


def mix_pyramids(a: Image, b: Image, weight: FloatArray, *, threshold: float = THRESHOLD) -> FloatArray:
    """The Laplacian pyramids of two images, mixed by the Gaussian pyramid of a weight map, the base too."""
    of_a, of_b = mertens_pyramid.analyse(a), mertens_pyramid.analyse(b)
    weights = mertens_pyramid.gaussian_pyramid(weight, of_a.levels)
    levels = zip((*of_a.details, of_a.base), (*of_b.details, of_b.base), weights, strict=True)
    *details, base = (similarity_switch(x, y, weight, threshold) for x, y, weight in levels)
    return mertens_pyramid.synthesise(mertens_pyramid.MertensPyramid(tuple(details), base))


def spread_scores(scores: Callable[[Tensor, Tensor], Tensor], a: Tensor, b: Tensor, stride: int) -> Tensor:
    """The share of `a`, spread over the patch of each pair of scores, averaged where patches overlap; ``(N, 1, H, W)``.

    Parameters
    ----------
    scores
        Gives ``(N, 2, h, w)``, one pair for each patch of 16 x 16 pixels; patches start every `stride` pixels.
    a, b
        ``(N, 1, H, W)``.
    stride
        In pixels.

    Returns
    -------
    ``(N, 1, H, W)`` in [0, 1].
    """

    def spread(x: Tensor, y: Tensor) -> Tensor:
        share = torch.softmax(scores(x, y), dim=1)[:, 1:]
        patch = torch.ones(1, 1, PATCH, PATCH, device=share.device)
        total = conv_transpose2d(share, patch, stride=stride)
        count = conv_transpose2d(torch.ones_like(share[:1]), patch, stride=stride)
        return (total / count).clamp(0, 1)[..., : x.shape[-2], : x.shape[-1]]

    height, width = a.shape[-2:]
    edge = (0, max(0, PATCH - width), 0, max(0, PATCH - height))
    first, second = (pad(x, edge, mode="replicate") for x in (a, b))
    side = TILE if height * width > TILED_ABOVE else max(first.shape[-2:])
    return in_tiles(spread, first, second, side=side, reach=REACH, multiple=stride)[..., :height, :width]


def weight_map(network: nn.Module, a: FloatArray, b: FloatArray) -> FloatArray:
    """The weight of `a` at each pixel, in [0, 1]: the mean of the scores of all patches that hold the pixel.

    Takes images ``(H, W)`` or stacks ``(N, H, W)`` and returns the same shape.

    Parameters
    ----------
    network
        A `SiameseNetwork`, or any module with a ``stride`` whose ``forward(a, b)`` gives scores like its own.
    a, b
        Images of any scale.

    Returns
    -------
    The weights, in the shape of the images.
    """
    device = next(network.parameters()).device
    scores: Callable[[Tensor, Tensor], Tensor] = getattr(network, "scores", network)
    with inference():
        weight = spread_scores(scores, as_tensor(a).to(device), as_tensor(b).to(device), int(network.stride))  # type: ignore[arg-type]
    return as_images(weight, stack=a.ndim == 3)


def similarity_switch(a: FloatArray, b: FloatArray, weight: FloatArray, threshold: float = THRESHOLD) -> FloatArray:
    """Bands that look alike are mixed by the weight map; of bands that do not, the stronger one is taken.

    With energies ``S_X = sum X^2`` over 3 x 3 pixels and ``M = 2 sum A B / (S_A + S_B)``: where ``M > threshold``,
    ``W A + (1 - W) B``; elsewhere the band of larger energy, the mean where they tie.
    """
    energy_a, energy_b = activity.local_energy(a), activity.local_energy(b)
    total = energy_a + energy_b
    match = np.zeros_like(total)
    np.divide(2 * sum_3x3(a * b), total, out=match, where=total > 0)
    return np.where(match > threshold, weight * a + (1 - weight) * b, pick(energy_a - energy_b, a, b))


def check_threshold(threshold: float) -> None:
    """Say what is wrong with a threshold of similarity."""
    if not -1 <= threshold <= 1:
        raise ValueError(f"threshold: expected a similarity from -1 to 1, got {threshold!r}")
