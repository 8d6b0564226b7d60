"""MedFusion-TransNet: CT and PET go in, each down its own way, ask each other, and come up as a mask of lesions.

Reference: J. Sun, "MedFusion-TransNet: multi-modal fusion via transformer for enhanced medical image segmentation",
Front. Med. 12 (2025) 1557449. It neither fuses images nor diffuses anything, though a review lists it among diffusion
models: its output is a mask, `segment` is its verb.

Verified, in the abstract: a segmentation network; modalities are fused through a transformer; two parts with names, a
context-aware segmentation network (CASNet: encoding on several scales, attention) and dynamic region-guided
optimization (DRGO). Neither tables nor code could be had.

Our reading. *CASNet*: a way down for each modality; at the coarsest scale the tokens of each ask those of the other
within windows (`networks.attention`); one way up with gates (`networks.gated_unet`). *DRGO*: Dice and cross-entropy
whose pixels are weighted by how unsure the network is now, and by the border of the truth
(`losses.segmentation.region_weights`), anew with each step.

Both inputs are scaled by fixed numbers, so a unit means the same in every image: HU from -1000 to 400, and SUV over 10.
A modality that is missing is an image of NaN, as one patch in five of the training has it: it hands nothing across, and
a learned token answers for it. ``use="ct"`` asks for it where both are there. Where neither image varies within eight
pixels nothing is marked, whatever the weights are.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from medfuse_course.core.registry import check_name, lookup
from medfuse_course.losses.segmentation import region_weights, soft_dice, weighted_cross_entropy
from medfuse_course.networks.gated_unet import GatedUNet
from medfuse_course.training import Batch, Budget, LesionMasks, Losses, LossStep, Phase, Recipe

HU_RANGE = (-1000.0, 400.0)
"""What counts as 0 and as 1 of a CT; values beyond count as these."""

SUV_SCALE, SUV_MOST = 10.0, 2.0
"""The SUV that counts as 1, and how many times that is the most."""

LEAST_SUV = -100.0
"""A PET has small negative values at most, after filters."""

USES = ("both", "ct", "pet")
"""What a network may look at."""

ALPHA, BETA = 1.0, 1.0
"""What a pixel counts more of which the network knows nothing, and one at the border of a lesion."""

SIZES = {"paper": (64, 128, 256, 512), "course": (16, 32, 48)}
"""Channels of each level. The paper's are not known; these are those of the U-Net."""

_NEAR, _EVEN = 8, 1e-4
"""Pixels on each side within which something must vary, and by how much."""


class Segmenter(nn.Module, ABC):
    """CT and PET to the probability of a lesion, pixel by pixel; subclasses say how the two meet."""

    takes_missing = True

    def examine(self, a: Any, b: Any, *, use: str = "both") -> None:
        """Refuse what is plainly in another unit.

        Raises
        ------
        ValueError
            A CT that varies has no value below 0 HU, as a windowed one has none; or a PET has values that only HU have.
        """
        if use != "pet" and np.ptp(a) > 0 and a.min() >= 0:  # NaN, which is missing, is neither
            raise ValueError(
                f"a: expected a CT in HU, where air is near -1000 and fat near -100, got values from {a.min():g} to "
                f"{a.max():g}; undo the window, or apply the slope and the intercept of the file"
            )
        if use != "ct" and b.min() < LEAST_SUV:
            raise ValueError(f"b: expected a PET in SUV, got values from {b.min():g}; a is the CT and b the PET")

    @abstractmethod
    def logits(self, ct: Tensor, pet: Tensor) -> Tensor:
        """Before the sigmoid. `ct` in HU and `pet` in SUV, ``(N, 1, H, W)``; one that is missing is NaN everywhere."""

    def forward(self, a: Tensor, b: Tensor, *, use: str = "both") -> Tensor:
        """Probabilities, 0 where neither image varies.

        Parameters
        ----------
        a, b
            CT in HU and PET in SUV, ``(N, 1, H, W)``.
        use
            Of `USES`: both, or one alone as if the other were missing.

        Returns
        -------
        ``(N, 1, H, W)`` in [0, 1].
        """
        check_name("use", use, USES)
        a, b = (x if use in ("both", name) else torch.full_like(x, torch.nan) for x, name in ((a, "ct"), (b, "pet")))
        p = torch.sigmoid(self.logits(a, b))
        return p * (varies(ct_channel(a)) | varies(pet_channel(b)))


class MedFusionTransNet(Segmenter):
    """The two ways down, the questions, and the way up.

    Parameters
    ----------
    widths
        Channels of each level, from the full size down.
    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.casnet = GatedUNet((1, 1), widths, "attention")
        self.multiple = self.casnet.multiple

    @property
    def reach(self) -> int:
        """How far in pixels an output looks."""
        return self.casnet.reach

    def logits(self, ct: Tensor, pet: Tensor) -> Tensor:
        """Before the sigmoid."""
        made: Tensor = self.casnet(ct_channel(ct), pet_channel(pet), present=(presence(ct), presence(pet)))
        return made


def ct_channel(ct: Tensor) -> Tensor:
    """HU as numbers in [0, 1] of `HU_RANGE`; 0 where missing."""
    low, high = HU_RANGE
    return ((ct - low) / (high - low)).clamp(0, 1).nan_to_num(0)


def pet_channel(pet: Tensor) -> Tensor:
    """SUV over `SUV_SCALE`, from 0 to `SUV_MOST`; 0 where missing."""
    return (pet / SUV_SCALE).clamp(0, SUV_MOST).nan_to_num(0)


def presence(x: Tensor) -> Tensor:
    """``(N, 1, 1, 1)``: 1 where an image is there, 0 where it is NaN."""
    return (~x.isnan()).to(x.dtype).amax(dim=(1, 2, 3), keepdim=True)


def varies(x: Tensor) -> Tensor:
    """Whether values within eight pixels differ, of each pixel."""
    side = 2 * _NEAR + 1
    return max_pool2d(x, side, 1, _NEAR) + max_pool2d(-x, side, 1, _NEAR) > _EVEN


def build(scale: str) -> MedFusionTransNet:
    """The network. ``"paper"``: 17,467,407 weights; ``"course"``: 196,094."""
    return MedFusionTransNet(lookup("scale", scale, SIZES))


class RegionStep(LossStep[Segmenter]):
    """Dice and cross-entropy with the weights of DRGO, on batches with ``ct``, ``pet`` and ``mask``.

    Parameters
    ----------
    network
        What is trained.
    alpha, beta
        As `region_weights` takes them; 0 and 0: all pixels count alike.
    """

    def __init__(self, network: Segmenter, alpha: float = ALPHA, beta: float = BETA) -> None:
        super().__init__(network)
        self.alpha, self.beta = alpha, beta

    def losses(self, batch: Batch) -> Losses:
        """The terms, weighted by what the network says now."""
        return self._terms(batch, self.alpha, self.beta)

    def validate(self, batch: Batch) -> Losses:
        """The terms with all weights 1: else a network that grows sure would be judged by another measure."""
        return self._terms(batch, 0, 0)

    def _terms(self, batch: Batch, alpha: float, beta: float) -> Losses:
        logits, y = self.network.logits(batch["ct"], batch["pet"]), batch["mask"]
        p = torch.sigmoid(logits)
        w = region_weights(p, y, alpha=alpha, beta=beta)
        return {"dice": soft_dice(p, y, w), "cross_entropy": weighted_cross_entropy(logits, y, w)}


BUDGETS: dict[Any, Budget] = {
    "smoke": Budget(steps=9, batch=2, patch=64, check_every=3, pool=2),
    "lesson": Budget(steps=100, batch=6, patch=64, check_every=50, pool=12, refresh=100_000),
    "ship": Budget(steps=300, batch=6, patch=64, check_every=50, pool=24, refresh=100_000),
    "full": Budget(steps=40_000, batch=32, patch=128, check_every=500, pool=60, refresh=1000),
}

RECIPE = Recipe(
    slug="medfusion_transnet",
    network=build,
    data=LesionMasks(),
    phases=(Phase("segment", RegionStep, 1.0, 5e-3),),
    budgets=BUDGETS,
    average=0.95,
)
