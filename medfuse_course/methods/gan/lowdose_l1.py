"""The control of `lowdose_gan`: the same network on the same scans, with the mean absolute error alone.

No paper stands behind it; it is what a sceptic asks of any GAN: does the adversary help? In a published comparison on
311 patients it did not (Y. Hu and others, Quant. Imaging Med. Surg. 13 (2023) 3760): a U-Net left less noise in the
liver than pix2pix did, and readers rated it higher.
"""

from torch import nn

from medfuse_course.methods.gan.lowdose_gan import BUDGETS, LowDoseUNet, absolute_error
from medfuse_course.methods.gan.lowdose_gan import build as build_unet
from medfuse_course.training import Batch, Losses, LossStep, LowDosePatches, Phase, Recipe


def build(scale: str) -> LowDoseUNet:
    """The network of `lowdose_gan`."""
    return build_unet(scale)


class AbsoluteErrorStep(LossStep[nn.Module]):
    """The mean absolute error of batches with ``low`` and ``full``."""

    def losses(self, batch: Batch) -> Losses:
        """The term of one batch."""
        return absolute_error(self.network(batch["low"]), batch["full"])


RECIPE = Recipe(
    slug="lowdose_l1",
    network=build,
    data=LowDosePatches(),
    phases=(Phase("imitate", AbsoluteErrorStep, 1.0, 1e-3),),
    budgets=BUDGETS,
    average=0.98,
)
