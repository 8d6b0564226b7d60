"""DiCyc: a CycleGAN that is judged on a deformed image and hands out the one that is not.

Reference: C. Wang, G. Yang, G. Papanastasiou and others, "DiCyc: GAN-based deformation invariant cross-domain
information fusion for medical image synthesis", Information Fusion 67, 147-160, 2021. Reference [11] of the review,
which counts it as fusion; what it does is synthesis: CT from MRI for attenuation correction, and other such pairs.

Known from its abstract: a CycleGAN copies a domain's deformation (field of view, shape of organs) into what it makes.
DiCyc parts a global deformation, a thin-plate spline, from a local one, a modified deformable convolution; a loss of
information aligns the synthesis with its source; a deformation-invariant cycle loss keeps the two apart.

Our reading, for we have seen neither equations nor code:

- Each generator makes two images with the same weights. *Undeformed*: offsets off, in the geometry of x. *Deformed*:
  offsets on, in the geometry of the target domain. The first is the synthesis.
- The two convolutions of stride 2 are deformable; another convolution finds their offsets in the features.
- The spline moves the finished image, by displacements of 4 x 4 control points that are learned, and are the same for
  every image: what is the domain's does not depend on the patient.
- The discriminator sees deformed images only. The alignment is ``1 - NMI`` of the undeformed one and x, from soft
  histograms with 16 bins; its weight is ours.
- The cycle loss is taken twice: without deformation there and back, and with it there and back.
- Mutual information does not care whether air is dark or bright. So the identity loss of CycleGAN stays, and the
  alignment has half of its weight in the first half of the steps. In its full weight from the first step (`AT_ONCE`)
  one of five seeds ends with a negative of few gray levels, which costs less than the discriminator asks for.
- Sizes, rates and data are those of `cyclegan`.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import l1_loss

from medfuse_course.core.registry import lookup
from medfuse_course.losses.information import information_lost
from medfuse_course.methods.gan import cyclegan
from medfuse_course.methods.gan.cyclegan import SCALES, SIDE
from medfuse_course.networks.cycle import PatchDiscriminator, ResidualPair, Translator, decoder, initialize, normed
from medfuse_course.networks.deformable import DeformableConv
from medfuse_course.networks.thin_plate import ThinPlateWarp
from medfuse_course.training import Phase
from medfuse_course.training.cycles import CyclePlayers, CycleStep
from medfuse_course.training.data.unpaired import CT_WINDOW
from medfuse_course.training.steps import Losses

WINDOW = CT_WINDOW
"""What 0 and 1 of its output mean: -1000 and 2000 HU."""

CONTROL = 4
"""Control points of the spline along each side."""

GAIN = 5.0
"""Control points move so much faster than other weights: the spline must find the deformation before those copy it."""

ALIGN, BINS = 8.0, 16
"""Weight of the alignment in the end, beside 10 for a cycle and 1 for the discriminator; bins of its histograms."""


class DicycGenerator(nn.Module):
    """The generator of CycleGAN with offsets in its encoder and a spline behind its decoder; both begin as nothing.

    Parameters
    ----------
    width, blocks
        As `networks.cycle.ResnetGenerator` takes them.
    """

    def __init__(self, width: int = 64, blocks: int = 9) -> None:
        super().__init__()
        self.head = nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(1, width, 7), *normed(width))
        self.down = nn.ModuleList(DeformableConv(inputs, 2 * inputs, stride=2) for inputs in (width, 2 * width))
        self.norms = nn.ModuleList(nn.Sequential(*normed(2 * inputs)) for inputs in (width, 2 * width))
        self.tail = nn.Sequential(*(ResidualPair(4 * width) for _ in range(blocks)), *decoder(width))
        self.warp = ThinPlateWarp(CONTROL, GAIN)
        for name, part in self.named_modules():
            if not name.endswith("offsets"):  # they stay 0
                initialize(part)

    def forward(self, x: Tensor, *, deform: bool = False) -> Tensor:
        """``(N, 1, H, W)`` in [-1, 1] as the other modality, in the geometry of x or in that of the other domain."""
        x = self.head(x)
        for layer, norm in zip(self.down, self.norms, strict=True):
            x = norm(layer(x, deform=deform))
        made: Tensor = self.tail(x)
        return self.warp(made) if deform else made


class Dicyc(Translator):
    """The generator behind images in [0, 1]."""

    def forward(self, x: Tensor, *, deform: bool = False) -> Tensor:
        """An MRI as CT, in its own geometry, or in that of the domain whose CT was learned from.

        Parameters
        ----------
        x
            ``(N, 1, H, W)`` in [0, 1].
        deform
            Whether offsets and spline are on: what the discriminator saw.

        Returns
        -------
        ``(N, 1, H, W)`` in [0, 1] of `WINDOW`.
        """
        return self.translate(x, deform=deform)


class DicycStep(CycleStep):
    """``2 LSGAN(deformed) + cycle (|F(y) - x| + |F(y_T; T) - x|) + align (1 - NMI(y, x))``, both ways.

    Parameters
    ----------
    players
        Whose generators are `DicycGenerator`.
    align
        Weight of the alignment.
    **weights
        Of `CycleStep`.
    """

    def __init__(self, players: CyclePlayers, *, align: float = ALIGN, **weights: Any) -> None:
        super().__init__(players, **weights)
        self.align = align

    def shown(self, x: Tensor, there: nn.Module) -> Tensor:
        """The deformed image."""
        made: Tensor = there(x, deform=True)
        return made

    def there_and_back(self, x: Tensor, there: nn.Module, back: nn.Module) -> tuple[Tensor, Losses]:
        """The deformed image, two cycles, and the alignment of the undeformed one."""
        plain, deformed = there(x), self.shown(x, there)
        return deformed, {
            "cycle": self.cycle * l1_loss(back(plain), x),
            "deformed cycle": self.cycle * l1_loss(back(deformed, deform=True), x),
            "align": self.align * information_lost((plain + 1) / 2, (x + 1) / 2, bins=BINS),
        }


def build(scale: str) -> Dicyc:
    """``"paper"``: 11,396,805 parameters; ``"course"``: 71,829."""
    width, blocks, _, step = lookup("scale", scale, SCALES)
    return Dicyc(DicycGenerator(width, blocks), step)


def players(scale: str) -> CyclePlayers:
    """As CycleGAN has them, with its discriminators."""
    _, _, width, step = lookup("scale", scale, SCALES)
    judges = PatchDiscriminator(width), PatchDiscriminator(width)
    return CyclePlayers(build(scale), build(scale), *judges, side=SIDE // step)


RECIPE = replace(
    cyclegan.RECIPE,
    slug="dicyc",
    network=players,
    phases=(
        Phase("translation", partial(DicycStep, align=ALIGN / 2), 0.5, 1e-3),
        Phase("alignment", DicycStep, 0.5, 1e-3),
    ),
)
"""CycleGAN's data, budgets and schedule, so that what differs between the two is the method."""

AT_ONCE = replace(RECIPE, phases=(Phase("both", DicycStep, learning_rate=1e-3),))
"""The alignment in its full weight from the first step: what the first half of `RECIPE` is good for."""
