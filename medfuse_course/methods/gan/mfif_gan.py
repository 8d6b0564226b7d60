"""MFIF-GAN: one small network looks at six color planes, one by one, and draws what is in focus.

Reference: Y. Wang, S. Xu, J. Liu, Z. Zhao, C. Zhang and J. Zhang, "MFIF-GAN: A new generative adversarial network for
multi-focus image fusion", Signal Processing: Image Communication 96, 116295, 2021. It is a method for photographs that
are each sharp where the other one is not. Two modalities are both in focus: there the map says which of them has more
fine structure, and that this is what a reader needs is our analogy, not the paper's claim.

Verified in the authors' code: the layers of both players and their parameter counts; a branch of one channel that all
six planes go through, with squeeze-and-excitation in its residual blocks; the mean of the features of R, G and B; the
Wasserstein game with a gradient penalty of 10, five turns of the critic for one of the generator, and 10 times the
distance to the true map; images in which the blurred object leaks over its edge; the map cut at one half, small regions
turned over, and ``F = M A + (1 - M) B``. The network sees one plane at a time and then a mean of three: color between
channels is nothing it can use.

As released the critic ends with a sigmoid and normalizes over the batch, though the gradient penalty is about single
samples and an unbounded critic; and true maps run from -1 to 1 while drawn ones cannot leave [0, 1], so that a perfect
map still costs 10 times the share of 0. Both stand here under ``released=True``; what ships was trained with both
corrected: no sigmoid, each image normalized by itself, maps in [0, 1].

Our reading:

- Course scale has 8 channels, 3 residual blocks and a critic of 8 channels and four steps instead of 64, 9, 64 and six.
- Phantoms with smooth random masks instead of segmented photographs; gray, so that a source has one plane: three equal
  ones would give the same mean. Their critic sees them three times.
- Far fewer steps, at higher rates; and a first quarter of them without the critic, for which the paper has no need: it
  plays 24,000 turns of the generator, the course 180.
- Regions are joined over their sides, not their corners.
- Reflection instead of zeros around the image. Where exactly the critic has biases the parameter count alone does not
  say; the last three steps have none here.

On phantoms that no training has seen the course's network finds the masks about as well as the local energy of a
Laplacian, which learns nothing, and makes a worse image where there is little to see; a test measures it. That is a
network of 180 turns, not the published one.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn

from medfuse_course.core.registry import lookup
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.losses import LEAST_SQUARES, NON_SATURATING, WASSERSTEIN
from medfuse_course.methods.gan.focus_game import MapLossStep, MapStep
from medfuse_course.methods.learned import outside_torch
from medfuse_course.networks import Players
from medfuse_course.training import Batch, Budget, FocusMasks, Phase, Recipe, Step

WEIGHT, PENALTY, TURNS = 10.0, 10.0, 5
"""Of the distance to the true map and of the gradient penalty; turns of the critic for one of the generator."""

SMALL = 0.001
"""Part of the image below which a region is turned over."""

SCALES = {"paper": (64, 9, 3), "course": (8, 3, 1)}
"""Channels at the full size; residual blocks; layers of the critic's bottleneck."""


class Excitation(nn.Module):
    """Squeeze and excitation (Hu and others 2018): each channel is weighed by what all of them are in the mean.

    Parameters
    ----------
    channels
        How many.
    reduction
        By which the hidden layer is narrower.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        narrow = channels // reduction
        self.weigh = nn.Sequential(
            nn.Linear(channels, narrow, bias=False), nn.ReLU(), nn.Linear(narrow, channels, bias=False), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Channels weighed, ``(N, C, H, W)``."""
        weights: Tensor = self.weigh(x.mean(dim=(-2, -1)))
        return x * weights[..., None, None]


class ExcitedBlock(nn.Module):
    """``x + excite(conv(relu(conv(x))))``, both convolutions normalized."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolve(channels, channels, 3), nn.ReLU(), *_convolve(channels, channels, 3), Excitation(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Add what the body found."""
        added: Tensor = self.body(x)
        return x + added


class MapGenerator(nn.Module):
    """Draws a focus map of two images, gray or in color, and takes each pixel from one of them.

    Parameters
    ----------
    width
        Channels at the full size.
    blocks
        Residual blocks at a quarter of it.
    """

    multiple = 4
    exportable = False

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *_convolve(1, width, 7),
            nn.ReLU(),
            *_convolve(width, 2 * width, 3, stride=2),
            nn.ReLU(),
            *_convolve(2 * width, 4 * width, 3, stride=2),
            nn.ReLU(),
            *(ExcitedBlock(4 * width) for _ in range(blocks)),
        )
        self.draw = nn.Sequential(
            *_double(8 * width, 4 * width),
            *_double(4 * width, 2 * width),
            nn.Conv2d(2 * width, 1, 7, padding=3, padding_mode="reflect", bias=False),
            nn.Sigmoid(),
        )

    def forward(self, a: Tensor, b: Tensor, *, small: float = SMALL) -> Tensor:
        """``F = M A + (1 - M) B`` with M of 0 and 1; ``(N, C, H, W)``, in color where one of the sources is.

        Parameters
        ----------
        a, b
            Gray or RGB images on one grid.
        small
            Part of the image below which a region is turned over.

        Returns
        -------
        The fused images.
        """
        if not 0 <= small < 1:
            raise ValueError(f"small: expected a part of the image, at least 0 and less than 1, got {small!r}")
        decided = outside_torch(partial(decide, small=small), self.focus_map(a, b))
        return torch.where(decided > 0, a, b)

    def focus_map(self, a: Tensor, b: Tensor) -> Tensor:
        """How sure it is that a is in focus: ``(N, 1, H, W)`` in [0, 1]."""
        drawn: Tensor = self.draw(torch.cat([self.features(a), self.features(b)], dim=1))
        return drawn

    def features(self, image: Tensor) -> Tensor:
        """The mean over its planes of what the branch finds in each, ``(N, 4 width, H / 4, W / 4)``."""
        count, planes = image.shape[:2]
        alone = image.reshape(count * planes, 1, *image.shape[-2:])  # (N C, 1, H, W): each plane by itself
        found = self.branch(alone.contiguous(memory_format=torch.channels_last))
        return found.unflatten(0, (count, planes)).mean(dim=1)


def _convolve(inputs: int, outputs: int, kernel: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    around = {"padding": kernel // 2, "padding_mode": "reflect"}
    return nn.Conv2d(inputs, outputs, kernel, stride, bias=False, **around), nn.BatchNorm2d(outputs)  # type: ignore[arg-type]


def _double(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()


def decide(drawn: FloatArray, *, small: float = SMALL) -> FloatArray:
    """1 where a map is above one half, else 0; then regions of fewer than ``small H W`` pixels are turned over.

    Those of ones first, then those of zeros. Pixels that share a side belong together.

    Parameters
    ----------
    drawn
        ``(H, W)``.
    small
        Part of the image.

    Returns
    -------
    ``(H, W)`` float32.
    """
    least = small * drawn.size
    return (~without_small(~without_small(drawn > 0.5, least), least)).astype(np.float32)


def without_small(mask: BoolArray, least: float) -> BoolArray:
    """A mask without its regions of fewer than `least` pixels."""
    regions, _ = ndimage.label(mask)
    sizes = np.bincount(regions.ravel())
    sizes[0] = 0
    kept: BoolArray = mask & (sizes >= least)[regions]
    return kept


def build(scale: str) -> MapGenerator:
    """``"paper"``: 13,700,928 parameters; ``"course"``: 104,168."""
    return MapGenerator(*lookup("scale", scale, SCALES)[:2])


def critic(scale: str, *, released: bool = False) -> nn.Sequential:
    """Both images in color and a map, seven planes, to numbers; ``"paper"``: 3,815,105 parameters.

    Parameters
    ----------
    scale
        ``"paper"`` or ``"course"``.
    released
        With the normalization over the batch and the sigmoid of the authors' code; else each image is normalized by
        itself, and the numbers are not bounded.

    Returns
    -------
    ``(N, 7, H, W)`` to ``(N, 1, h, w)``.
    """
    width, _, deep = lookup("scale", scale, SCALES)

    def norm(channels: int) -> nn.Module:
        return nn.BatchNorm2d(channels) if released else nn.InstanceNorm2d(channels, affine=True)

    layers: list[nn.Module] = [nn.Conv2d(7, width, 4, 2, 2), nn.LeakyReLU(0.01)]
    for inputs in (width, 2 * width):
        layers += [nn.Conv2d(inputs, 2 * inputs, 4, 2, 2), norm(2 * inputs), nn.LeakyReLU(0.01)]
    for _ in range(deep):
        layers += [nn.Conv2d(4 * width, 4 * width, 4, 2, 2, bias=False), norm(4 * width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(4 * width, 1, 4), nn.Sigmoid() if released else nn.Identity())


def players(scale: str, *, released: bool = False) -> Players:
    """Generator and critic."""
    return Players(build(scale), critic(scale, released=released))


class ReleasedStep(MapStep):
    """As in the authors' code: true maps run from -1 to 1."""

    def real(self, batch: Batch) -> Tensor:
        """``2 M* - 1``."""
        return 2 * batch["mask"] - 1


OBJECTIVES: Mapping[str, Callable[[Players], Step]] = {
    "none": partial(MapLossStep, weight=WEIGHT),
    "cross_entropy": partial(MapStep, objective=NON_SATURATING, weight=WEIGHT, planes=3),
    "least_squares": partial(MapStep, objective=LEAST_SQUARES, weight=WEIGHT, planes=3),
    "wasserstein": partial(MapStep, objective=WASSERSTEIN, weight=WEIGHT, planes=3, turns=TURNS, penalty=PENALTY),
}
"""What the network can be taught by: the distance to the true map alone, or with a critic beside. The last one is the
paper's; its recipe counts turns of the critic, five for one of the generator."""

RECIPE = Recipe(
    slug="mfif_gan",
    network=players,
    data=FocusMasks(edge="spread"),
    phases=(
        Phase("map", OBJECTIVES["none"], share=0.25, learning_rate=2e-3),
        Phase("game", OBJECTIVES["wasserstein"], share=0.75, learning_rate=5e-4),
    ),
    budgets={
        "smoke": Budget(steps=60, batch=2, patch=48, check_every=45, pool=2),
        "lesson": Budget(steps=200, batch=4, patch=48, check_every=50, pool=6),
        "ship": Budget(steps=1200, batch=4, patch=48, check_every=100, refresh=600),
        "full": Budget(steps=120_000, batch=16, patch=256, check_every=2000, pool=48),
    },
    clip=None,
    ships="generator",
)
