"""FuseGAN: a siamese generator draws where each image is in focus, against a critic that sees images and map.

Reference: X. Guo and others, "FuseGAN: Learning to fuse multi-focus image via conditional generative adversarial
network", IEEE Transactions on Multimedia 21, 1982-1996, 2019. It is a method for photographs that are each sharp where
the other one is not. Two modalities are both in focus: there the map says which of them has more fine structure, and
that this is what a reader needs is our analogy, not the paper's claim.

Read in the abstract: two images in, one confidence map out; two branches with the same weights; a conditional game with
least squares; a convolutional CRF that makes the decision map of the confidence map; training images synthesized with
the point spread of a disk, foreground and background blurred each by itself. The authors' repository holds no code.

Our reading:

- All widths, kernels and depths; 64 channels at ``scale="paper"``, 8 in the course. Both orders of the sources go
  through the same head and the difference of its two answers is the logit, so that ``M(b, a) = 1 - M(a, b)`` exactly.
- The distance to the true map weighs 100, as in other conditional games; the critic judges patches.
- The CRF compares both images at once, has two labels and a window of 7 pixels (`networks.mean_field`); its weights
  were chosen on validation phantoms. What it returns is used as it is, nearly 0 or 1, not cut at one half.
- Phantoms with smooth random masks and disks of 1 to 7 pixels instead of photographs with segmented objects.
"""

from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from medfuse_course.core.registry import lookup
from medfuse_course.losses import LEAST_SQUARES
from medfuse_course.methods.gan.focus_game import MapStep
from medfuse_course.networks import ConvBlock, Players, ResidualBlock
from medfuse_course.networks.mean_field import mean_field_odds, pair_costs
from medfuse_course.training import Budget, FocusMasks, Phase, Recipe

WEIGHT = 100.0
"""Of the distance to the true map, beside the critic's word."""

WINDOW, ITERATIONS = 7, 5
"""Of the CRF."""

SCALES = {"paper": (64, 6), "course": (8, 2)}
"""Channels at the full size, doubled at a half and again at a quarter of it; residual blocks."""


class SiameseGenerator(nn.Module):
    """Draws a confidence map of two images, refines it by its neighbors, and takes each pixel from one of them.

    Parameters
    ----------
    width
        Channels at the full size.
    blocks
        Residual blocks at a quarter of it.
    """

    multiple = 4

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        self.blocks = blocks
        self.fine = ConvBlock(1, width, 7, norm=True)
        self.middle = _halve(width, 2 * width)
        self.coarse = _halve(2 * width, 4 * width)
        self.compare = nn.Sequential(
            ConvBlock(8 * width, 4 * width, norm=True), *(ResidualBlock(4 * width, norm=True) for _ in range(blocks))
        )
        self.to_middle = _double(4 * width, 2 * width)
        self.to_fine = _double(2 * width + 4 * width, width)
        self.last = nn.Conv2d(width + 2 * width, 1, 3, padding=1, padding_mode="reflect", bias=False)

    @property
    def reach(self) -> int:
        """What convolutions see at the full, half and quarter size, and half a window for each round of the CRF."""
        return (3 + 1 + 1 + 1) + 2 * (1 + 2) + 4 * (1 + 2 * self.blocks + 2) + ITERATIONS * (WINDOW // 2)

    def forward(self, a: Tensor, b: Tensor, *, refine: bool = True) -> Tensor:
        """``F = M A + (1 - M) B``; ``(N, 1, H, W)``.

        Parameters
        ----------
        a, b
            Gray images on one grid.
        refine
            Whether M is the map as the CRF leaves it, or the confidence map itself.

        Returns
        -------
        The fused images, ``(N, 1, H, W)``.
        """
        draw = self.decision if refine else self.focus_map
        return torch.lerp(b, a, draw(a, b).to(a.dtype))

    def focus_map(self, a: Tensor, b: Tensor) -> Tensor:
        """How sure it is that a is in focus: ``(N, 1, H, W)`` in [0, 1]; of b and a it is 1 minus that."""
        return torch.sigmoid(self._odds(a, b))

    def decision(self, a: Tensor, b: Tensor) -> Tensor:
        """The map after five rounds of `networks.mean_field`, in which neighbors that look alike agree."""
        costs = pair_costs(torch.cat([a, b], dim=1), window=WINDOW)
        return torch.sigmoid(mean_field_odds(self._odds(a, b).to(a.dtype), costs, ITERATIONS))

    def _odds(self, a: Tensor, b: Tensor) -> Tensor:
        """The logit of the map; that of b and a is its negative, to the last digit."""
        of_a, of_b = (self._features(x) for x in (a, b))
        return self._compared(of_a, of_b) - self._compared(of_b, of_a)

    def _features(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        full = self.fine(image.contiguous(memory_format=torch.channels_last))
        half = self.middle(full)
        return full, half, self.coarse(half)

    def _compared(self, one: tuple[Tensor, ...], other: tuple[Tensor, ...]) -> Tensor:
        """A score for `one` against `other`, from their features at three sizes."""
        full, half, quarter = (torch.cat(both, dim=1) for both in zip(one, other, strict=True))
        at_half = torch.cat([self.to_middle(self.compare(quarter)), half], dim=1)
        score: Tensor = self.last(torch.cat([self.to_fine(at_half), full], dim=1))
        return score


def _halve(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, padding_mode="reflect")
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def _double(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def build(scale: str) -> SiameseGenerator:
    """``"paper"``: 9,560,448 parameters; ``"course"``: 76,720."""
    return SiameseGenerator(*lookup("scale", scale, SCALES))


def players(scale: str) -> Players:
    """The generator, and a critic of patches of both images and the map."""
    width = lookup("scale", scale, SCALES)[0]
    widths = (3, width, 2 * width, 4 * width)
    layers: list[nn.Module] = []
    for number, (inputs, outputs) in enumerate(pairwise(widths)):
        layers.append(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1))
        layers += [nn.BatchNorm2d(outputs)] if number else []
        layers.append(nn.LeakyReLU(0.2))
    return Players(build(scale), nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, padding=1)))


RECIPE = Recipe(
    slug="fusegan",
    network=players,
    data=FocusMasks(blur=(1.0, 7.0), lens="disk", edge="apart"),
    phases=(Phase("game", partial(MapStep, objective=LEAST_SQUARES, weight=WEIGHT), learning_rate=2e-3),),
    budgets={
        "smoke": Budget(steps=30, batch=2, patch=32, check_every=15, pool=2),
        "lesson": Budget(steps=120, batch=4, patch=48, check_every=40, pool=6),
        "ship": Budget(steps=500, batch=4, patch=48, check_every=50, refresh=500),
        "full": Budget(steps=20_000, batch=48, patch=128, check_every=500, pool=48),
    },
    clip=None,
    ships="generator",
)
