"""How the course's own trunks learned: narrow ones, told to name what a patch shows. No published system does this.

Published rules take trunks that learned from ImageNet. Those can be had (``weights="imagenet"``, and
``weights="efficientnet_lite0"``, which needs only a package); what ships is small, and stands in where neither is at
hand. Whether its features serve a rule as well as ImageNet's, or better than random filters do, is a question that the
chapters ask with numbers.

The task makes its own labels: twelve kinds of patches, four modalities of phantoms and eight textures that formulas
draw; who guesses is wrong in 11 of 12. A VGG reads the means of all its pools, so that each level has something to
learn; a ResNet its last stage alone. Layers and names are those of the published networks, with 7 channels where VGG-19
has 64, and 6 where ResNet-50 has 64.
"""

from torch import nn
from torch.nn.functional import cross_entropy

from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import lookup
from medfuse_course.networks.backbones import PRETEXT_CLASSES, VGG, Trunk, build_backbone
from medfuse_course.networks.backbones.vgg import NARROW_VGG19
from medfuse_course.networks.backbones.vgg import VGG19 as WIDE_VGG19
from medfuse_course.training import Batch, Budget, KindPatches, Losses, LossStep, Phase, Recipe


class KindStep(LossStep[nn.Module]):
    """Cross-entropy of ``network(x)`` against the kind of each patch of `KindPatches`."""

    def losses(self, batch: Batch) -> Losses:
        """The term of one batch."""
        return {"cross_entropy": cross_entropy(self.network(batch["x"]), batch["target"])}

    def validate(self, batch: Batch) -> Losses:
        """The same, and the share of patches that are taken for another kind."""
        named = self.network(batch["x"])
        wrong = (named.argmax(dim=1) != batch["target"]).float().mean()
        return {"cross_entropy": cross_entropy(named, batch["target"]), "wrong": wrong}


def vgg19(scale: str) -> VGG:
    """VGG-19 with a linear classifier; ``"course"``: 0.24 million weights."""
    return VGG(lookup("scale", scale, {"course": NARROW_VGG19, "paper": WIDE_VGG19}), PRETEXT_CLASSES)


def resnet50(scale: str) -> Trunk:
    """ResNet-50 with its head, of which at ``"paper"`` only the first classes are asked for."""
    return build_backbone("resnet50", scale)


_PHASES = (Phase("kind", KindStep, 1.0, 2e-3),)

_BUDGETS: dict[Profile, Budget] = {
    "smoke": Budget(steps=100, batch=16, patch=48, check_every=20, pool=3),
    "lesson": Budget(steps=300, batch=16, patch=48, check_every=50, pool=6),
    "ship": Budget(steps=1500, batch=16, patch=48, check_every=100, pool=12, refresh=750),
    "full": Budget(steps=20_000, batch=128, patch=96, check_every=500, pool=48),
}

VGG19, RESNET50 = (
    Recipe(slug=slug, network=network, data=KindPatches(), phases=_PHASES, budgets=_BUDGETS)
    for slug, network in (("vgg19_course", vgg19), ("resnet50_course", resnet50))
)
