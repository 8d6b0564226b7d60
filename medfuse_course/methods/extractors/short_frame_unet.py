"""A U-Net for short frames of a PET scan: a few seconds go in, what the whole scan would have shown comes out.

It does not fuse, and it does not reconstruct, though the title of the paper has that word: an image goes in that has
been reconstructed already. It is post-processing in the image domain; PET in SUV in and out, `enhance` is its verb.

Verified: title and journal, and what a review says of it: deep learning improves the quality of rapidly acquired PET
(L. J. Hu and others, Chin. J. Nucl. Med. Mol. Imaging 41 (2021) 602). The article could not be read. The same group's
later study in English has numbers (Y. Hu and others, Quant. Imaging Med. Surg. 13 (2023) 3760, of which tables were
read): scans of 180 seconds for each bed position, of which the first 15 (8 %) and the first 30 (17 %) are cut from the
list of counts, 90 seconds as what is usual, and a U-Net in three dimensions.

Our reading: the U-Net of Ronneberger and others (`networks.unet`) on three neighboring slices (2.5-D). It draws what is
to be added to the middle one, and nothing where nothing varies; SUV on a fixed scale. This frame, and the checks, are
those of `methods.gan.lowdose_gan`. The loss is the mean squared error, whose best answer is the mean of what the whole
scan may show (that of an absolute error would be the median, in which rare lesions sink).

The short frame is a part of the whole scan: *nested*. So both share noise, and whoever predicts the whole scan does
well to keep some of it. ``LowDosePatches(nested=False)`` takes the whole scan of another examination instead, which no
patient would lie down for and a phantom does.
"""

from torch import nn

from medfuse_course.core.registry import lookup
from medfuse_course.methods.gan.lowdose_gan import SLICES, LowDoseUNet, seen_of
from medfuse_course.networks import UNet
from medfuse_course.training import Batch, Budget, Losses, LossStep, LowDosePatches, Phase, Recipe

WHOLE = 180
"""Seconds of the whole scan."""

FRAMES = (15, 30, 90)
"""Seconds of the frames: 8 % and 17 % of the whole scan, and what is usual in a clinic."""

PLANES = (12, 62)
"""Axial slices of the thorax phantom to learn from: from the liver up to where there is enough lung for lesions."""

SIZES = {"paper": (64, 4), "course": (9, 3)}
"""Channels at the full size, and halvings. The paper's are not known; these are those of the U-Net itself."""


def build(scale: str) -> LowDoseUNet:
    """The network. ``"paper"``: 31,031,745 weights; ``"course"``: 152,830."""
    return LowDoseUNet(UNet(SLICES, 1, *lookup("scale", scale, SIZES), residual=True))


class SquaredErrorStep(LossStep[nn.Module]):
    """The mean squared error, in SUV squared, of batches with ``low`` and ``full``."""

    def losses(self, batch: Batch) -> Losses:
        """The term of one batch."""
        return {"squared": (self.network(*seen_of(batch)) - batch["full"]).square().mean()}


RECIPE = Recipe(
    slug="short_frame_unet",
    network=build,
    data=LowDosePatches(doses=tuple(seconds / WHOLE for seconds in FRAMES), planes=PLANES),
    phases=(Phase("imitate", SquaredErrorStep, 1.0, 1e-3),),
    budgets={
        "smoke": Budget(steps=9, batch=2, patch=64, check_every=3, pool=1),
        "lesson": Budget(steps=120, batch=4, patch=64, check_every=40, pool=2),
        "ship": Budget(steps=600, batch=6, patch=64, check_every=50, pool=8, refresh=100_000),
        "full": Budget(steps=40_000, batch=16, patch=128, check_every=500, pool=60, refresh=2000),
    },
    average=0.98,
)
