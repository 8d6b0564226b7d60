"""The control of `lowdose_gan`: the same network on the same scans, with the mean absolute error alone.

No paper stands behind it; it is what a sceptic asks of any GAN: does the adversary help? In a published comparison on
311 patients it did not (Y. Hu and others, Quant. Imaging Med. Surg. 13 (2023) 3760): a U-Net left less noise in the
liver than pix2pix did, and readers rated it higher.
"""

from torch import nn

from medfuse_course.methods.gan.lowdose_gan import BUDGETS, LowDoseUNet, absolute_error, seen_of
from medfuse_course.methods.gan.lowdose_gan import build as build_unet
from medfuse_course.training import Batch, Losses, LossStep, LowDosePatches, Phase, Recipe


def build(scale: str, *, ct: bool = False) -> LowDoseUNet:
    """The network of `lowdose_gan`, with or without a CT beside the PET."""
    return build_unet(scale, ct=ct)


class AbsoluteErrorStep(LossStep[nn.Module]):
    """The mean absolute error of batches with ``low`` and ``full``, and ``ct`` where the network takes it."""

    def losses(self, batch: Batch) -> Losses:
        """The term of one batch."""
        return absolute_error(self.network(*seen_of(batch)), batch["full"])


RECIPE = Recipe(
    slug="lowdose_l1",
    network=build,
    data=LowDosePatches(),
    phases=(Phase("imitate", AbsoluteErrorStep, 1.0, 1e-3),),
    budgets=BUDGETS,
    average=0.98,
)
