"""IFCNN: features of any number of images meet by their maximum, and a network that learned on focus fuses everything.

Reference: Y. Zhang and others, "IFCNN: A general image fusion framework based on convolutional neural network",
Information Fusion 54, 99-118, 2020. Its claim is transfer: it is trained on multi-focus pairs, where the fused image is
known, and never sees a medical pair. So it is here.

Verified in the authors' code: the layers, repeated borders, the first layer of ResNet-101 frozen, with nothing behind
it; fusion between the second and the third; the normalization; the weights that come with it. Not a line of training
code was published.

Our reading:

- Loss: mean squared error to the image in focus, then with a perceptual term of weight 1. Published features are those
  of ResNet-101; here they are the rectified responses of the fixed bank below on the image, its half and its quarter.
- Data: phantoms behind a smooth random mask of one depth, with Gaussian blur of 0.8 to 4 pixels, instead of a million
  pairs made from NYU-D2 with blur that grows with depth. Both images of a phantom pair serve, each for itself.
- Adam from 0.002; a third-party script has stochastic gradient descent from 0.01.
- The shipped run is short. Three times the steps and averaged weights halved the loss on focus, and lowered Qabf, SSIM
  and VIF on the real PET of `val`, which is one head.
- Course scale has 24 channels instead of 64, gray instead of RGB, and as its first layer a stand-in for conv1: a fixed
  bank of Gabor filters and differences of Gaussians. At ``scale="paper"`` the bank stands where published weights go.
- The published results come from bytes, cut off, and cv2's luma; ours stay numbers.

Not copied: the code normalizes medical images with mean 0 and deviation 1, but the medical results that its authors
published are those of the ImageNet mean and deviation, which are used here throughout.
"""

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, mse_loss, pad

from medfuse_course.core.registry import lookup
from medfuse_course.losses import perceptual
from medfuse_course.networks import ConvBlock, luma
from medfuse_course.networks.filter_bank import fixed_bank
from medfuse_course.networks.tensor_files import read_tensors
from medfuse_course.training import Batch, Budget, FocusMasks, Losses, LossStep, Phase, Recipe

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, RGB in [0, 1]."""

Fusion = Literal["max", "sum", "mean"]


class IFCNN(nn.Module):
    """Fixed filters and a block for each image, fusion, a block and a 1 x 1 convolution.

    Parameters
    ----------
    channels
        Of all features.
    colors
        Of each image; a gray one is repeated.
    """

    reach = 5  # kernels of 7, 3, 3 and 1 pixels

    def __init__(self, channels: int = 64, colors: int = 3) -> None:
        super().__init__()
        self.colors = colors
        self.conv1 = nn.Conv2d(colors, channels, 7, padding=3, padding_mode="replicate", bias=False)
        self.conv2 = ConvBlock(channels, channels, padding_mode="replicate", norm=True, bias=False)
        self.conv3 = ConvBlock(channels, channels, padding_mode="replicate", norm=True, bias=False)
        self.conv4 = nn.Conv2d(channels, colors, 1)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                outputs = layer.out_channels * layer.kernel_size[0] * layer.kernel_size[1]
                nn.init.normal_(layer.weight, std=(2 / outputs) ** 0.5)
        self.conv1.weight.data.copy_(fixed_bank(channels, colors))
        self.conv1.weight.requires_grad = False

    def features(self, image: Tensor) -> Tensor:
        """``(N, 1 or colors, H, W)`` in [0, 1] gives ``(N, channels, H, W)``, what is fused."""
        image = image.expand(-1, self.colors, -1, -1)
        mean, deviation = self._normalization(image)
        found: Tensor = self.conv2(self.conv1((image - mean) / deviation))
        return found

    def forward(self, *images: Tensor, fusion: Fusion = "max") -> Tensor:
        """Any number of gray images in any order, ``(N, 1, H, W)`` each, give one.

        Parameters
        ----------
        *images
            In [0, 1].
        fusion
            ``"max"``, ``"sum"`` or ``"mean"`` of the features; the authors train weights for each, those here learned
            ``"max"``.

        Returns
        -------
        The fused images, ``(N, 1, H, W)``.
        """
        fused = self.in_color(*images, fusion=fusion)
        return luma(fused.clamp(0, 1)) if self.colors == 3 else fused

    def in_color(self, *images: Tensor, fusion: Fusion = "max") -> Tensor:
        """``(N, colors, H, W)``, not clipped: what training judges."""
        meet = lookup("fusion", fusion, FUSIONS)
        fused = self.conv4(self.conv3(meet([self.features(image) for image in images])))
        mean, deviation = self._normalization(fused)
        result: Tensor = fused * deviation + mean
        return result

    def _normalization(self, like: Tensor) -> tuple[Tensor, Tensor]:
        mean, deviation = (like.new_tensor(x) for x in (MEAN, DEVIATION))
        if self.colors == 1:
            mean, deviation = mean.mean(), deviation.mean()
        return mean.reshape(-1, 1, 1), deviation.reshape(-1, 1, 1)


FUSIONS: dict[str, Callable[[list[Tensor]], Tensor]] = {
    "max": lambda features: reduce(torch.maximum, features),
    "sum": lambda features: torch.stack(features).sum(dim=0),
    "mean": lambda features: torch.stack(features).mean(dim=0),
}
"""Elementwise, over a list of ``(N, C, H, W)``."""

SCALES = {"paper": (64, 3), "course": (24, 1)}
"""Channels, colors."""


def build(scale: str) -> IFCNN:
    """``"paper"``: 74,179 parameters and 9,408 fixed ones; ``"course"``: 10,489 and 1,176."""
    return IFCNN(*lookup("scale", scale, SCALES))


class FocusStep(LossStep[IFCNN]):
    """``MSE(F, S) + weight * perceptual(F, S)``: F of two images out of focus in places, S the one in focus.

    Parameters
    ----------
    network
        Takes two images.
    weight
        Of the perceptual term; 0 leaves it out.
    """

    def __init__(self, network: IFCNN, weight: float) -> None:
        super().__init__(network)
        self.weight = weight

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch of `FocusMasks`."""
        fused = self.network.in_color(batch["a"], batch["b"])
        sharp = batch["sharp"].expand_as(fused)
        terms = {"mse": mse_loss(fused, sharp)}
        if self.weight:
            terms["perceptual"] = self.weight * perceptual(fused, sharp, bank_features)
        return terms


def by_pixels(network: IFCNN) -> FocusStep:
    """The first stage."""
    return FocusStep(network, 0.0)


def by_features(network: IFCNN) -> FocusStep:
    """The second stage."""
    return FocusStep(network, 1.0)


def bank_features(image: Tensor) -> list[Tensor]:
    """What 16 filters of the fixed bank find in the gray image at three sizes, rectified: the perceptual features."""
    gray = image.mean(dim=1, keepdim=True)
    found = []
    for level in range(3):
        gray = avg_pool2d(gray, 2) if level else gray
        bank = fixed_bank(16).to(gray)
        found.append(torch.relu(conv2d(pad(gray, (3, 3, 3, 3), mode="replicate"), bank)))
    return found


RECIPE = Recipe(
    slug="ifcnn",
    network=build,
    data=FocusMasks(),
    phases=(
        Phase("pixels", by_pixels, 0.5, 2e-3),
        Phase("features", by_features, 0.5, 1e-3),
    ),
    budgets={
        "smoke": Budget(steps=40, batch=4, patch=32, check_every=10, pool=3),
        "lesson": Budget(steps=300, batch=4, patch=48, check_every=50, pool=6),
        "ship": Budget(steps=1200, batch=6, patch=64, check_every=100),
        "full": Budget(steps=20_000, batch=64, patch=128, check_every=500, pool=48),
    },
)


def read_published(path: Path) -> dict[str, Tensor]:
    """The tensors of a ``.pth`` snapshot of the authors, under the names they have here; first layer included."""
    theirs = read_tensors(path)
    read = {}
    for name, tensor in theirs.items():
        read[name.replace(".conv.", ".0.").replace(".bn.", ".1.")] = tensor
    for block in ("conv2", "conv3"):  # older files do not count batches
        read.setdefault(f"{block}.1.num_batches_tracked", torch.tensor(0))
    return read
