"""Where CT and PET may meet on the way to a mask: the controls of `medfusion_transnet`, each of about as many weights.

No paper stands behind them; they are what one asks of any network that fuses. All have the same levels, gates and
convolutions (`networks.gated_unet`), so they differ in the place where the modalities meet and in little else.
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from medfuse_course.core.registry import lookup
from medfuse_course.methods.transformers.medfusion_transnet import (
    SIZES,
    MedFusionTransNet,
    Segmenter,
    ct_channel,
    pet_channel,
    presence,
)
from medfuse_course.networks.gated_unet import GatedUNet

WIDTHS = {"one": (24, 46, 62), "half": (16, 32, 45), "two": (16, 34, 56)}
"""Channels of each level for a single way down, for each of two networks, and for two ways down without attention."""


class OneWay(Segmenter):
    """One way down for the CT, for the PET, or for both as channels of one image.

    Parameters
    ----------
    sees
        Which.
    widths
        Channels of each level.
    """

    def __init__(self, sees: Literal["ct", "pet", "both"], widths: tuple[int, ...] = WIDTHS["one"]) -> None:
        super().__init__()
        self.sees = sees
        self.unet = GatedUNet((2 if sees == "both" else 1,), widths)
        self.multiple = self.unet.multiple

    @property
    def reach(self) -> int:
        """How far in pixels an output looks."""
        return self.unet.reach

    def logits(self, ct: Tensor, pet: Tensor) -> Tensor:
        """Before the sigmoid; what is missing is 0 everywhere."""
        channels = {"ct": ct_channel(ct), "pet": pet_channel(pet)}
        kept = [x for name, x in channels.items() if self.sees in (name, "both")]
        made: Tensor = self.unet(torch.cat(kept, dim=1))
        return made


class Late(Segmenter):
    """A network for each modality; the mean of what they say, of those whose image is there."""

    def __init__(self) -> None:
        super().__init__()
        self.ct, self.pet = OneWay("ct", WIDTHS["half"]), OneWay("pet", WIDTHS["half"])
        self.multiple = self.ct.multiple

    @property
    def reach(self) -> int:
        """How far in pixels an output looks."""
        return self.ct.reach

    def logits(self, ct: Tensor, pet: Tensor) -> Tensor:
        """Before the sigmoid."""
        of_ct, of_pet = presence(ct), presence(pet)
        said = of_ct * self.ct.logits(ct, pet) + of_pet * self.pet.logits(ct, pet)
        return said / (of_ct + of_pet).clamp_min(1)


class Middle(Segmenter):
    """Two ways down that meet in a convolution: `MedFusionTransNet` without attention."""

    def __init__(self) -> None:
        super().__init__()
        self.unet = GatedUNet((1, 1), WIDTHS["two"])
        self.multiple = self.unet.multiple

    @property
    def reach(self) -> int:
        """How far in pixels an output looks."""
        return self.unet.reach

    def logits(self, ct: Tensor, pet: Tensor) -> Tensor:
        """Before the sigmoid."""
        made: Tensor = self.unet(ct_channel(ct), pet_channel(pet), present=(presence(ct), presence(pet)))
        return made


MEETINGS = ("ct", "pet", "early", "late", "middle", "attention")
"""One modality; both as channels; two networks; two ways down that meet in a convolution; or that ask each other."""


def build_meeting(name: str) -> Segmenter:
    """An untrained network in which CT and PET meet in one of the ways of `MEETINGS`."""
    makers: dict[str, Callable[[], Segmenter]] = {
        "ct": lambda: OneWay("ct"),
        "pet": lambda: OneWay("pet"),
        "early": lambda: OneWay("both"),
        "late": Late,
        "middle": Middle,
        "attention": lambda: MedFusionTransNet(SIZES["course"]),
    }
    return lookup("meeting", name, makers)()
