"""Readable and scored: the course's best small network, with a knob between what scores want and what a reader wants.

No paper stands behind it. A network trained for the scores of the field alone gets them, and hides one of the sources:
under a bright PET the MRI, or a SPECT under a copy of the MRI. One trained to show both pays in scores. So this one is
told, with every image, which it shall do: one number from 0 (scores) to 1 (readable) comes in as a third channel, and
the loss of that image weighs by it. One training gives the whole curve between the two, as for image compression with
a chosen rate: A. Dosovitskiy and J. Djolonga, "You only train once: loss-conditional training of deep networks", ICLR
2020.

The network draws a correction of the maximum, which is where most scores begin::

    M = max(A, B),   F = clip(M + g(M) R(A, B, readability), 0, 1),   g(M) = clip(10 (M - 0.05), 0, 1)

The gate g is 0 where both sources are darker than 0.05, so air is never lifted, whatever the weights are. The sources
have their roles: a is the anatomy, b the other one; exchanged, they give another image. An image fused with itself
comes out nearly as it is, not exactly.

What is learned, for each image from its own sources: how far F stays behind a wished multiple of what the *maximum*
scores, in seven of the eight scores of the field (`WISHES`; the eighth, entropy, comes by itself), and, times the knob,
how far both readabilities stay behind those of the *average*. A term whose wish is fulfilled says nothing more. Two of
the seven, SD and SF, rise with contrast and noise alone: they are in the list because the field counts them.

The default is 1. On patients of `val` with CT both readabilities are within 0.05 of the average's from 0.75 on; of two
with SPECT one comes within 0.05 from 0.5 on, and the other only to 0.08, at 1. (MRI/PET is one head: it chose nothing.)

Its weights saw real slices of `train` patients beside phantoms; without those it learns from phantoms (`Patches`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate, leaky_relu, pad

from medfuse_course.core.random import generator
from medfuse_course.core.registry import lookup
from medfuse_course.losses import (
    activity_read,
    anatomy_read,
    gradient_to_stronger,
    qabf,
    scd,
    soft_mi,
    ssim_to_sources,
    vif,
)
from medfuse_course.training import Batch, Budget, FusionPatches, Losses, LossStep, Phase, Recipe

SCALES = {"paper": (48, 64), "course": (32, 32)}
"""Channels at the full size, and at a half and a quarter of it. No paper: ``"paper"`` is the larger one, for a GPU."""

DARK, RISE = 0.05, 10.0
"""Gray value up to which nothing is corrected, and how fast it may be beyond."""

WISHES = {
    "edges": (8.0, 1.25),
    "information": (3.0, 1.4),
    "structure": (6.0, 0.99),
    "differences": (1.0, 1.02),
    "levels": (2.0, 0.85),
    "spread": (2.0, 1.0),
    "sharpness": (2.5, 1.2),
}
"""Of each score its weight, and the multiple of the maximum's score that is wished for."""

READ = 12.0
"""Weight of what is not read, at a readability of 1."""

MARGIN = 0.03
"""By how much both readabilities may stay behind those of the average."""

COARSE, CONTRAST = (4, 8), 2.0
"""Pixels of a cell in the terms of coarse contrast, about the size of a small lesion; and the weight of these."""

LEAST, TINY = 0.02, 1e-8
"""What a score of the maximum counts at least, where a patch shows next to nothing; and what keeps a root smooth."""

REAL = ("aanlib/mri-ct", "aanlib/mri-pet", "aanlib/mri-spect")
FEW = 16
"""Pairs in the pool of a budget, below which phantoms alone are taken: a short try needs no download."""


class ReadableFusion(nn.Module):
    """The maximum, corrected by a network that knows what is asked of it.

    Parameters
    ----------
    width, deep
        Channels at the full size, and below.
    """

    multiple = 4
    reach = 56

    def __init__(self, width: int, deep: int) -> None:
        super().__init__()
        self.stem, self.fine = _conv(3, width), _conv(width, width)
        self.to_half, self.to_quarter = nn.Conv2d(width, deep, 2, stride=2), nn.Conv2d(deep, deep, 2, stride=2)
        self.middle = nn.Sequential(_conv(deep, deep), Rectifier(), _conv(deep, deep))
        self.coarse = nn.Sequential(_conv(deep, deep), Rectifier(), _conv(deep, deep, 2))
        self.coarser = nn.Sequential(_conv(deep, deep), Rectifier(), FarConvolution(deep, deep, 3, dilation=4))
        self.from_quarter, self.finer = nn.Conv2d(deep, deep, 1), _conv(deep, deep)
        self.from_half = nn.Conv2d(deep, width, 1)
        self.last = nn.Sequential(_conv(width, width), Rectifier(), _conv(width, width), Rectifier())
        self.head = _conv(width, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]  # so that it begins as the maximum
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a quarter faster on a CPU

    def forward(self, a: Tensor, b: Tensor, *, readability: float | Tensor = 1.0) -> Tensor:
        """``(N, 1, H, W)`` each, H and W multiples of 4, gives the same.

        `readability` is a number from 0, only scores, to 1, or one for each image, ``(N,)``.
        """
        if not isinstance(readability, Tensor) and not 0 <= readability <= 1:
            raise ValueError(f"readability: expected a number from 0 (scores) to 1 (readable), got {readability!r}")
        brighter = torch.maximum(a, b)
        gate = (RISE * (brighter - DARK)).clamp(0, 1)
        return (brighter + gate * self.correction(a, b, readability)).clamp(0, 1)

    def correction(self, a: Tensor, b: Tensor, readability: float | Tensor) -> Tensor:
        """R: what is added to the maximum, before the gate."""
        knob = torch.as_tensor(readability, dtype=a.dtype, device=a.device).reshape(-1, 1, 1, 1).expand_as(a)
        full = _rectify(self.fine(_rectify(self.stem(torch.cat([a, b, knob], dim=1) * 2 - 1))))
        half = _rectify(self.to_half(full))
        half = half + _rectify(self.middle(half))
        quarter = _rectify(self.to_quarter(half))
        quarter = quarter + _rectify(self.coarse(quarter))
        quarter = quarter + _rectify(self.coarser(quarter))
        half = _rectify(self.finer(half + _double(self.from_quarter(quarter))))
        correction: Tensor = self.head(self.last(full + _double(self.from_half(half))))
        return correction


class FarConvolution(nn.Conv2d):
    """A dilated convolution that reflects images at their border; those too small for that repeat their last pixels."""

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` gives as many rows and columns."""
        far = self.dilation[0]
        grown = pad(x, (far,) * 4, "reflect" if min(x.shape[-2:]) > far else "replicate")
        return conv2d(grown, self.weight, self.bias, dilation=self.dilation)


class Rectifier(nn.LeakyReLU):
    """The leaky rectifier of this network."""

    def __init__(self) -> None:
        super().__init__(0.1)


def _conv(inputs: int, outputs: int, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation, padding_mode="reflect")


def _rectify(x: Tensor) -> Tensor:
    return leaky_relu(x, 0.1)


def _double(x: Tensor) -> Tensor:
    return interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def build(scale: str) -> ReadableFusion:
    """The network. ``"course"``: 104,033 parameters; ``"paper"``: 358,705."""
    return ReadableFusion(*lookup("scale", scale, SCALES))


def scores(f: Tensor, a: Tensor, b: Tensor) -> dict[str, Tensor]:
    """What the field would say of one image, as differentiable numbers under the names of `WISHES`."""
    steps = (f.diff(dim=2) ** 2).mean() + (f.diff(dim=3) ** 2).mean()
    return {
        "edges": qabf(f, a, b),
        "information": vif(f, a, b),
        "structure": ssim_to_sources(f, a, b),
        "differences": scd(f, a, b).mean(),
        "levels": (soft_mi(f, a) + soft_mi(f, b)).mean(),
        "spread": f.std(),
        "sharpness": (steps + TINY).sqrt(),
    }


def terms(f: Tensor, a: Tensor, b: Tensor, readability: float) -> Losses:
    """What is minimized for one image, ``(1, 1, H, W)``, of which so much readability was asked."""
    with torch.no_grad():
        of_maximum, average = scores(torch.maximum(a, b), a, b), (a + b) / 2
        wished = activity_read(average, a, b), anatomy_read(average, a, b)
    found = scores(f, a, b)
    lacking = {
        name: weight * (share - found[name] / of_maximum[name].clamp_min(LEAST)).clamp_min(0)
        for name, (weight, share) in WISHES.items()
    }
    coarse = [gradient_to_stronger(*(avg_pool2d(x, side) for x in (f, a, b))) for side in COARSE]
    return lacking | {
        "activity": READ * readability * (wished[0] - MARGIN - activity_read(f, a, b)).clamp_min(0).mean(),
        "anatomy": READ * readability * (wished[1] - MARGIN - anatomy_read(f, a, b)).clamp_min(0).mean(),
        "contrast": CONTRAST * torch.stack(coarse).sum(),
    }


class FuseStep(LossStep[ReadableFusion]):
    """`terms` of each image of a batch, each with a knob of its own."""

    def losses(self, batch: Batch) -> Losses:
        """Knobs drawn anew; both ends more often than what lies between."""
        return self._terms(batch, (1.4 * torch.rand(len(batch["a"])) - 0.2).clamp(0, 1))

    def validate(self, batch: Batch) -> Losses:
        """Knobs from end to end."""
        return self._terms(batch, torch.linspace(0, 1, len(batch["a"])))

    def _terms(self, batch: Batch, knobs: Tensor) -> Losses:
        a, b = batch["a"], batch["b"]
        fused = self.network(a, b, readability=knobs.to(a))
        ones = (x.split(1) for x in (fused, a, b))
        each = [terms(f, of_a, of_b, float(knob)) for f, of_a, of_b, knob in zip(*ones, knobs, strict=True)]
        return {name: torch.stack([one[name] for one in each]).mean() for name in each[0]}


@dataclass(frozen=True)
class Patches:
    """Pairs of gray patches ``a``, ``b``: real slices of `train` cases, and phantoms among them.

    Attributes
    ----------
    real
        Names of AANLIB pairs; none of them in a budget with a pool of fewer than `FEW` pairs.
    phantoms
        Share of the patches that phantoms give, where there are real ones.
    clinical
        Share of the phantoms that look as clinical pictures do: see `FusionPatches`.
    """

    real: tuple[str, ...] = REAL
    phantoms: float = 0.25
    clinical: float = 0.7

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        drawn = []
        for row in range(budget.batch)[rows]:
            share = self.phantoms if self._takes_real(budget) else 1.0
            phantom = generator(seed, "readable", "share", number, row).random() < share
            source = self._of_phantoms if phantom else FusionPatches(pairs=(), real=self.real, swap=False)
            each = replace(budget, pool=max(1, budget.pool // 3)) if phantom else budget
            drawn.append(source.batch(seed, number, each, slice(row, row + 1)))
        return {name: torch.cat([one[name] for one in drawn]) for name in ("a", "b")}

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of phantoms, and of `val` patients, that training never sees; none of the one head of PET."""
        real = tuple(name for name in self.real if name != "aanlib/mri-pet") if self._takes_real(budget) else ()
        return replace(self._of_phantoms, real=real).validation(budget)

    @property
    def _of_phantoms(self) -> FusionPatches:
        return FusionPatches(swap=False, clinical=self.clinical)

    def _takes_real(self, budget: Budget) -> bool:
        return bool(self.real) and budget.pool >= FEW


RECIPE = Recipe(
    slug="readable_fusion",
    network=build,
    data=Patches(),
    phases=(Phase("fuse", FuseStep, 1.0, 2e-3),),
    budgets={
        "smoke": Budget(steps=12, batch=2, patch=44, check_every=3, pool=2),
        "lesson": Budget(steps=150, batch=2, patch=80, check_every=50),
        "ship": Budget(steps=3000, batch=3, patch=112, check_every=250, pool=24, refresh=100),
        "full": Budget(steps=20_000, batch=16, patch=112, check_every=500, pool=96),
    },
    clip=1.0,
    average=0.98,
)
