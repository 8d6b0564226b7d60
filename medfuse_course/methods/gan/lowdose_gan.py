"""A conditional GAN for low-dose PET: fewer counts go in, what all counts would have shown comes out.

It does not fuse. It comes before fusion: PET in SUV goes in, PET in SUV comes out, `enhance` is its verb.

Verified: nothing but the title and what a review says of it: a GAN improves the quality of low-dose PET/CT images of
children (L. J. Feng and others, Chin. J. Nucl. Med. Mol. Imaging 42 (2022) 708). The article could not be read.

Our reading is pix2pix (P. Isola and others, CVPR 2017), on which most published networks of this kind rest: a U-Net
makes the image, a discriminator sees it together with the low-dose scan and judges it patch by patch, and the U-Net
minimizes what that one says plus 100 times the mean absolute error. ``scale="paper"`` has the sizes of pix2pix. At both
scales three things differ from it, all for the sake of numbers that a physician reads:

* SUV is divided by a fixed number (`SUV_SCALE`), never by what an image has for its maximum: else two scans of one
  patient would be scaled differently, and a bias of the SUV could not be seen. Values above it count as that number,
  and `enhance` warns how many there are.
* The network draws what is to be added to the middle slice (its noise, with the other sign), not the image. What is
  added is multiplied by ``r / (r + 0.05 SUV)``, where r is the range of values within four pixels: where nothing
  varies, nothing is taken away. So nothing stays nothing, and what is even stays what it is, whatever the weights are.
* Three neighboring slices go in (2.5-D). A slice that has no neighbors stands for them, and in training half do.

Some networks take the CT of the same patient beside the PET. ``ct=True`` makes such a one: the CT of the middle slice,
on a fixed scale of HU (`HU_RANGE`), is one more channel of the network and of the discriminator, nothing else changes.
No weights ship for it, and the verb has one image: it is trained and run as the example of `build` says. What a CT
changes, a right one and a wrong one, the experiment `low_dose_ct` measures.

No child is in the training data. ``load_case("thorax/low-dose-pet", body=0.5)`` makes some to try it on.

How it learns: scans of the thorax phantom whose counts are thinned to a half, a quarter, a tenth and a twentieth
(`training.LowDosePatches`), one network for all four doses. At course scale nothing is normalized over the batch.
The control, one network of the same size that no discriminator judges, is `lowdose_l1`.
"""

import warnings
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d
from torch.optim import Adam

from medfuse_course.core.checks import RangeWarning, check_quantity
from medfuse_course.core.registry import lookup
from medfuse_course.losses.adversarial import NON_SATURATING
from medfuse_course.networks.pix2pix import PatchJudge, StridedUNet
from medfuse_course.networks.players import Players
from medfuse_course.networks.unet import UNet
from medfuse_course.training import AdversarialStep, Batch, Budget, Losses, LowDosePatches, Phase, Recipe

SUV_SCALE = 20.0
"""The SUV that counts as 1, of every image."""

HU_RANGE = (-1000.0, 1000.0)
"""What counts as 0 and as 1 of every CT, in HU; values beyond count as these."""

SLICES = 3
"""That go in, the middle one comes out."""

FAITHFUL = 100.0
"""Weight of the mean absolute error, of images divided by `SUV_SCALE`: that of pix2pix, whose images lie in [-1, 1]."""

_NEAR, _EVEN = 4, 0.05
"""Pixels on each side, and SUV, in what stays as it is where nothing varies."""

SIZES: dict[str, dict[str, Any]] = {
    "paper": {"width": 64, "depth": 8, "norm": True, "dropout": 0.5},
    "course": {"width": 12, "depth": 4, "norm": False},
}
JUDGES: dict[str, dict[str, Any]] = {
    "paper": {"width": 64, "layers": 3, "norm": True},
    "course": {"width": 16, "layers": 2, "norm": False},
}


class LowDoseUNet(nn.Module):
    """The middle of three slices, plus what a U-Net draws: PET in SUV, ``(N, 3, H, W)`` to ``(N, 1, H, W)``.

    Parameters
    ----------
    unet
        Draws: of three channels, or four with a CT, makes one. It says its ``multiple`` and its ``reach``.
    ct
        Whether the CT of the middle slice goes in, too.
    """

    slices = SLICES

    def __init__(self, unet: StridedUNet | UNet, *, ct: bool = False) -> None:
        super().__init__()
        self.unet = unet
        self.multiple, self.takes_ct = unet.multiple, ct

    @property
    def reach(self) -> int:
        """How far in pixels an output looks."""
        return self.unet.reach

    def forward(self, x: Tensor, ct: Tensor | None = None, *, suv: float = 1.0) -> Tensor:
        """Less noise in the middle slice.

        Parameters
        ----------
        x
            ``(N, 3, H, W)`` >= 0, H and W multiples of ``multiple``.
        ct
            Of a network that takes it: ``(N, D, H, W)`` in HU on the grid of `x`, D odd; the middle slice counts.
        suv
            What one SUV is in the unit of `x`: of Bq/ml the injected activity at the time of the scan, in Bq, over the
            body's weight in g.

        Returns
        -------
        ``(N, 1, H, W)`` >= 0 in the unit of `x`.

        Raises
        ------
        ValueError
            There is no `ct` though the network takes one, or one though it takes none, or one on another grid.
        """
        self._check_ct(x, ct)
        seen = (x / suv).clamp(0.0, SUV_SCALE)
        middle = seen[:, SLICES // 2 : SLICES // 2 + 1]
        channels = seen / SUV_SCALE if ct is None else torch.cat([seen / SUV_SCALE, ct_channel(ct)], dim=1)
        drawn = SUV_SCALE * torch.tanh(self.unet(channels))
        return suv * (middle + unevenness(seen) * drawn).clamp_min(0)

    def _check_ct(self, x: Any, ct: Any) -> None:
        if ct is None and self.takes_ct:
            raise ValueError("ct: expected the CT of the middle slice in HU, which this network takes, got none")
        if ct is not None and not self.takes_ct:
            raise ValueError("ct: expected none, this network was built without; build it with ct=True and train it")
        if ct is not None and (ct.ndim, *ct.shape[-2:]) != (x.ndim, *x.shape[-2:]):
            raise ValueError(f"ct: expected the grid of x, {tuple(x.shape)}, got {tuple(ct.shape)}; resample the CT")

    def examine(self, x: Any, ct: Any = None, *, suv: float = 1.0) -> None:
        """Say how many values lie above the fixed scale, and whether a CT is one.

        Raises
        ------
        ValueError
            `suv` is no positive number; `ct` is missing, too much, on another grid, not finite, or not in HU.
        TypeError
            `ct` is no array of floats.
        """
        if ct is not None:
            ct = check_quantity(ct, "ct", stack=True)
            if ct.min() >= 0:
                raise ValueError(
                    f"ct: expected HU, where air is near -1000 and fat near -100, got values from {ct.min():g} to "
                    f"{ct.max():g}; undo the window, or apply the slope and the intercept of the file"
                )
        self._check_ct(x.reshape(-1, *x.shape[-2:]), ct if ct is None else ct.reshape(-1, *ct.shape[-2:]))
        if not 0 < suv < np.inf:
            raise ValueError(f"suv: expected a number > 0, what one SUV is in the unit of x, got {suv}")
        above = int((x > SUV_SCALE * suv).sum())
        if above:
            warnings.warn(
                f"x: {above} of {x.size} values lie above {SUV_SCALE:g} SUV, up to {float(x.max()) / suv:.4g}, and "
                f"count as {SUV_SCALE:g}; if x is not in SUV, say with suv=... what one SUV is in its unit",
                RangeWarning,
                stacklevel=2,
            )


def unevenness(seen: Tensor) -> Tensor:
    """``r / (r + 0.05)``, ``(N, 1, H, W)``, of r, the range of the values in SUV of all slices within four pixels."""
    side = 2 * _NEAR + 1
    top, bottom = seen.amax(dim=1, keepdim=True), -seen.amin(dim=1, keepdim=True)
    spread = max_pool2d(top, side, 1, _NEAR) + max_pool2d(bottom, side, 1, _NEAR)
    return spread / (spread + _EVEN)


def ct_channel(ct: Tensor) -> Tensor:
    """The middle slice of a CT ``(N, D, H, W)`` in HU, ``(N, 1, H, W)`` in [0, 1] of `HU_RANGE`."""
    low, high = HU_RANGE
    middle = ct.shape[1] // 2
    return ((ct[:, middle : middle + 1] - low) / (high - low)).clamp(0, 1)


def build(scale: str, *, ct: bool = False) -> LowDoseUNet:
    """What makes the image. ``"paper"``: 54,409,857 weights; ``"course"``: 217,801.

    With ``ct=True`` the first convolution has 16 times its width more: 54,410,881 and 217,993.

    Examples
    --------
    A network with the CT beside the PET, from data to image (`players` likewise, with ``lowdose_gan.RECIPE``):

    >>> from dataclasses import replace
    >>> from functools import partial
    >>> from medfuse_course.datasets import load_case
    >>> from medfuse_course.methods.gan import lowdose_l1
    >>> from medfuse_course.methods.learned import run_network
    >>> from medfuse_course.training import LowDosePatches, train
    >>> both = replace(lowdose_l1.RECIPE, network=partial(lowdose_l1.build, ct=True), data=LowDosePatches(ct=True))
    >>> network = train(both, profile="smoke").network
    >>> (pet,) = load_case("thorax/low-dose-pet", seed=2, neighbors=1).inputs.values()  # in SUV
    >>> ct = load_case("thorax/pet-ct-lesions", seed=2).inputs["CT"]  # the same patient, in HU
    >>> run_network(network, pet, ct).shape
    (256, 256)
    """
    return LowDoseUNet(StridedUNet(SLICES + ct, 1, **lookup("scale", scale, SIZES)), ct=ct)


def players(scale: str = "course", *, ct: bool = False) -> Players:
    """It and its judge, of 2,766,657 weights at ``"paper"`` scale: four channels in, the scan and the image.

    With ``ct=True`` both see the CT, too.
    """
    return Players(build(scale, ct=ct), PatchJudge(SLICES + 1 + ct, **lookup("scale", scale, JUDGES)))


def seen_of(batch: Batch) -> tuple[Tensor, ...]:
    """What the network is given of a batch: the low-dose scan, and the CT where the data have one."""
    return (batch["low"], batch["ct"]) if "ct" in batch else (batch["low"],)


class LowDoseStep(AdversarialStep):
    """The game on batches with ``low`` and ``full``, in SUV, and ``ct``, in HU, where the players take it."""

    def real(self, batch: Batch) -> Tensor:
        """What all counts show."""
        return batch["full"]

    def samples(self, batch: Batch) -> Tensor:
        """What the network makes of fewer."""
        made: Tensor = self.players.generator(*seen_of(batch))
        return made

    def judge(self, samples: Tensor, batch: Batch) -> Tensor:
        """What the discriminator says of an image beside the low-dose scan."""
        beside = torch.cat([batch["low"], samples], dim=1) / SUV_SCALE
        if "ct" in batch:
            beside = torch.cat([beside, ct_channel(batch["ct"])], dim=1)
        said: Tensor = self.players.discriminator(beside)
        return said

    def content(self, samples: Tensor, batch: Batch) -> Losses:
        """The mean absolute error, weighted."""
        return absolute_error(samples, batch["full"])


def absolute_error(made: Tensor, full: Tensor) -> Losses:
    """100 times the mean absolute error over the fixed scale."""
    return {"l1": FAITHFUL * (made - full).abs().mean() / SUV_SCALE}


def play(networks: Players) -> LowDoseStep:
    """pix2pix: cross-entropy, one step each, Adam with little momentum."""
    return LowDoseStep(networks, NON_SATURATING, optimizer=partial(Adam, betas=(0.5, 0.999)))


BUDGETS: dict[Any, Budget] = {
    "smoke": Budget(steps=9, batch=2, patch=64, check_every=3, pool=1),
    "lesson": Budget(steps=150, batch=4, patch=64, check_every=50, pool=3),
    "ship": Budget(steps=500, batch=6, patch=64, check_every=50, pool=6, refresh=100_000),
    "full": Budget(steps=40_000, batch=16, patch=128, check_every=500, pool=60, refresh=2000),
}

RECIPE = Recipe(
    slug="lowdose_gan",
    network=players,
    data=LowDosePatches(),
    phases=(Phase("play", play, 1.0, 1e-3),),
    budgets=BUDGETS,
    average=0.98,
    ships="generator",
    keep="last",
)
