"""What the experiment on two centers trains: a network that reads, a CycleGAN, and a regression that has pairs."""

import math
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, conv2d, interpolate, l1_loss, pad

from medfuse_course.core.profile import Profile
from medfuse_course.datasets.examinations import SIDE
from medfuse_course.losses.segmentation import soft_dice
from medfuse_course.networks.cycle import PatchDiscriminator, ResnetGenerator, Translator
from medfuse_course.networks.unet import UNet
from medfuse_course.training import Batch, Budget, Losses, LossStep, Phase, Recipe
from medfuse_course.training.cycles import CyclePlayers, CycleStep
from medfuse_course.training.data.center_slices import CenterReadings, TwoCenters
from medfuse_course.training.schedules import half_then_linear

WIDTH, BLOCKS, JUDGE = 8, 3, 12
"""Channels and residual blocks of the generators, channels of the discriminators: as `cyclegan` has at course scale."""

READ, SCALES = 32, (1.0, 2.0, 4.0)
"""Channels of the network that reads, and the widths in pixels at which it sees the images besides."""

COARSE = 2
"""Pixels along each side that become one of CycleGAN's."""

_LESION = 5.0  # weight of a pixel of a lesion: there are few, and without it a training may mark nothing at all
_FUSED = 3.0  # weight of the fused image beside that of the mask


class ReadStep(LossStep[nn.Module]):
    """Dice and cross-entropy of the first output, the absolute error of the second."""

    def losses(self, batch: Batch) -> Losses:
        """The three terms."""
        made = self.network(batch["x"])
        logits, fused = made[:, :1], made[:, 1:]
        return {
            "dice": soft_dice(torch.sigmoid(logits), batch["mask"]),
            "cross_entropy": binary_cross_entropy_with_logits(
                logits, batch["mask"], pos_weight=logits.new_tensor(_LESION)
            ),
            "fused": _FUSED * l1_loss(fused, batch["fused"]),
        }


class Difference(nn.Module):
    """An image and what a U-Net adds to it."""

    def __init__(self) -> None:
        super().__init__()
        self.unet = UNet(2, 2, WIDTH, 2, residual=True)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, H, W)`` to as much."""
        made: Tensor = x + self.unet(x)
        return made


class PairStep(LossStep[nn.Module]):
    """The absolute error to what the other center shows of the same patient."""

    def losses(self, batch: Batch) -> Losses:
        """One term."""
        return {"error": l1_loss(self.network(batch["a"]), batch["b"])}


class Reader(nn.Module):
    """Two images and their Gaussian means of three widths, pixel by pixel through three layers, to two outputs.

    The outputs are the mask before the sigmoid and the fused image.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(2 + 2 * len(SCALES), READ, 1), nn.LeakyReLU(0.1), nn.Conv2d(READ, READ, 1), nn.LeakyReLU(0.1),
            nn.Conv2d(READ, 2, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, H, W)`` in [0, 1] to ``(N, 2, H, W)``."""
        made: Tensor = self.layers(torch.cat([x, *(gaussian_mean(x, scale) for scale in SCALES)], dim=1))
        return made


def gaussian_mean(x: Tensor, scale: float) -> Tensor:
    """Means under a Gaussian of `scale` pixels, three of which are looked at on each side; borders are repeated."""
    half = math.ceil(3 * scale)
    taps = torch.exp(-0.5 * (torch.arange(-half, half + 1, device=x.device) / scale) ** 2)
    taps = (taps / taps.sum()).expand(x.shape[1], 1, 1, -1)
    padded = pad(x, (half, half, half, half), mode="replicate")
    across = conv2d(padded, taps, groups=x.shape[1])
    return conv2d(across, taps.transpose(2, 3), groups=x.shape[1])


class Added(nn.Module):
    """An image in [-1, 1] and what CycleGAN's generator adds to it: a tenth of what fresh weights would.

    So a short training begins at the identity. The published generator first has to learn to hand an image through.
    """

    def __init__(self) -> None:
        super().__init__()
        self.change = ResnetGenerator(WIDTH, BLOCKS, 2)
        with torch.no_grad():
            for parameter in self.change[-2].parameters():
                parameter.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, H, W)`` to as much."""
        made: Tensor = x + self.change(x)
        return made


class CoarseTranslator(Translator):
    """CycleGAN's generator on a grid of twice the pixel; what it changes there is added to the image."""

    def __init__(self) -> None:
        super().__init__(Added(), COARSE)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, H, W)`` of one center as of the other."""
        small = avg_pool2d(x, self.step)
        changed = (self.generator(2 * small - 1) + 1) / 2 - small
        made: Tensor = x + interpolate(changed, scale_factor=self.step, mode="bilinear")
        return made


def players() -> CyclePlayers:
    """From the first center to the second and back, with a discriminator of each."""
    judges = PatchDiscriminator(JUDGE, channels=2), PatchDiscriminator(JUDGE, channels=2)
    return CyclePlayers(CoarseTranslator(), CoarseTranslator(), *judges, side=SIDE // COARSE, channels=2)


def _budgets(steps: int, full: int, batch: int, patch: int) -> dict[Profile, Budget]:
    """The same patients in every profile but the smallest: a center has those it has."""
    common = {"patch": patch, "refresh": 1_000_000}
    return {
        "smoke": Budget(steps=2, batch=1, check_every=2, pool=2, **common),
        "lesson": Budget(steps=steps, batch=batch, check_every=steps // 2, pool=40, **common),
        "ship": Budget(steps=2 * steps, batch=batch, check_every=steps // 2, pool=40, **common),
        "full": Budget(steps=full, batch=batch, check_every=500, pool=40, **common),
    }


READER = Recipe(
    slug="center_reader",
    network=Reader,
    data=CenterReadings("A"),
    phases=(Phase("read", ReadStep, learning_rate=5e-3),),
    budgets=_budgets(300, 10_000, 6, 64),
    average=0.95,
)
TAUGHT_ALIKE = replace(READER, slug="center_reader_alike", data=CenterReadings("A", alike="B low"))
TRANSLATION = Recipe(
    slug="center_translation",
    network=players,
    data=TwoCenters("B low", "A"),
    phases=(Phase("translation", partial(CycleStep, identity=0.0), learning_rate=2e-3),),
    budgets=_budgets(200, 20_000, 1, SIDE // COARSE),
    clip=None,
    ships="to_b",
    keep="last",
    schedule=half_then_linear,
)
PAIRS = Recipe(
    slug="center_pairs",
    network=Difference,
    data=TwoCenters("B low", "A", paired=True),
    phases=(Phase("pairs", PairStep, learning_rate=3e-3),),
    budgets=_budgets(400, 10_000, 2, SIDE),
)
