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

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, cross_entropy, pad

from medfuse_course.core.filters import sum_3x3
from medfuse_course.core.registry import lookup
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods import activity
from medfuse_course.methods.learned import as_tensor, inference
from medfuse_course.methods.rules import pick
from medfuse_course.networks.tensor_files import CheckpointError
from medfuse_course.training import Budget, Phase, Recipe, SupervisedStep
from medfuse_course.training.focus_patches import FocusPatches
from medfuse_course.transforms import mertens_pyramid

PATCH = 16
"""Side of what one score looks at, in pixels."""

THRESHOLD = 0.6
"""Above this similarity two bands are mixed by the weight map, below it the stronger one is taken."""

SCALES = {"paper": (64, 128, 256), "course": (16, 32, 64)}
"""Channels of the three convolutions."""


class SiameseNetwork(nn.Module):
    """Two scores for each place: that b, and that a, is the one in focus.

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

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each gives ``(N, 2, h, w)``: for 16 x 16 patches one pair of scores.

        ``h = ceil(H / stride) - 16 / stride + 1``, and w alike.
        """
        both = torch.cat([a, b]).contiguous(memory_format=torch.channels_last)  # twice as fast on a CPU
        of_a, of_b = self.features(both).chunk(2)
        scores: Tensor = self.compare(torch.cat([of_a, of_b], dim=1))
        return scores


def build(scale: str) -> nn.Module:
    """``"paper"``: 435,200 parameters; ``"course"``: 39,680."""
    return SiameseNetwork(lookup("scale", scale, SCALES))


def read_published(path: Path) -> dict[str, Tensor]:
    """The authors' ``cnnmodel.mat`` as tensors of the network at ``scale="paper"``.

    MATLAB counts the pixels of a kernel down the columns. The bias of the last layer is in the file, but the published
    fusion does without it.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(path)
        weights = {name: content[f"weights_{name}"] for name in ("b1_1", "b1_2", "b1_3", "output")}
        biases = {name: content[f"biases_{name}"] for name in ("b1_1", "b1_2", "b1_3")}
    except (ValueError, KeyError, TypeError, NotImplementedError, MatReadError) as error:
        raise CheckpointError(f"{path}: not the published weights (cnnmodel.mat): {error}") from error
    tensors = {}
    for layer, name in (("features.0", "b1_1"), ("features.2", "b1_2"), ("features.5", "b1_3")):
        tensors[f"{layer}.weight"] = _kernels(weights[name], 3)
        tensors[f"{layer}.bias"] = torch.from_numpy(biases[name].astype(np.float32).ravel())
    return tensors | {"compare.weight": _kernels(weights["output"], PATCH // 2)}


def _kernels(weights: FloatArray, side: int) -> Tensor:
    """``(inputs, side * side, outputs)``, columns first, as ``(outputs, inputs, side, side)``."""
    kernels = weights.reshape(-1, side, side, weights.shape[-1]).transpose(3, 0, 2, 1)
    return torch.from_numpy(np.ascontiguousarray(kernels, np.float32))


def classify(network: nn.Module) -> SupervisedStep:
    """Which patch is the sharp one: cross-entropy of the scores."""
    return SupervisedStep(network, lambda scores, target: {"cross_entropy": cross_entropy(scores, target)})


RECIPE = Recipe(
    slug="liu_cnn",
    network=f"{__name__}:build",
    data=FocusPatches(),
    phases=(Phase("classify", f"{__name__}:classify"),),
    budgets={
        "smoke": Budget(steps=40, batch=16, patch=PATCH, check_every=20, pool=2),
        "lesson": Budget(steps=300, batch=64, patch=PATCH, check_every=50, pool=6),
        "ship": Budget(steps=2400, batch=64, patch=PATCH, check_every=100),
        "full": Budget(steps=20_000, batch=256, patch=PATCH, check_every=500, pool=48),
    },
    average=0.99,
)


def liu_cnn(network: nn.Module, a: Image, b: Image, *, threshold: float = THRESHOLD) -> FloatArray:
    """Mix the Laplacian pyramids of two images by the Gaussian pyramid of a weight map.

    Parameters
    ----------
    network
        Compares patches.
    a, b
        Gray images on one grid.
    threshold
        Of the similarity switch: with -1 the map alone decides, with 1 the energies alone.
    """
    check_threshold(threshold)
    of_a, of_b = mertens_pyramid.analyse(a), mertens_pyramid.analyse(b)
    weights = mertens_pyramid.gaussian_pyramid(weight_map(network, a, b), of_a.levels)
    levels = zip((*of_a.details, of_a.base), (*of_b.details, of_b.base), weights, strict=True)
    *details, base = (similarity_switch(x, y, weight, threshold) for x, y, weight in levels)
    return mertens_pyramid.synthesise(mertens_pyramid.MertensPyramid(tuple(details), base))


def weight_map(network: nn.Module, a: FloatArray, b: FloatArray) -> FloatArray:
    """The weight of `a` at each pixel, in [0, 1]: the mean of the scores of all patches that hold the pixel.

    Takes ``(H, W)`` or ``(N, H, W)`` and returns the same shape; sides under 16 pixels are grown by their edge.
    """
    height, width = a.shape[-2:]
    grow = (0, max(0, PATCH - width), 0, max(0, PATCH - height))
    device = next(network.parameters()).device
    first, second = (pad(as_tensor(x).to(device), grow, mode="replicate") for x in (a, b))
    stride = int(network.stride)  # type: ignore[arg-type]
    with inference():
        score = torch.softmax(network(first, second), dim=1)[:, 1:]
        patch = torch.ones(1, 1, PATCH, PATCH, device=device)
        total = conv_transpose2d(score, patch, stride=stride)
        count = conv_transpose2d(torch.ones_like(score[:1]), patch, stride=stride)
    weight: FloatArray = (total / count)[:, 0, :height, :width].clamp(0, 1).cpu().numpy().reshape(a.shape)
    return weight


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
