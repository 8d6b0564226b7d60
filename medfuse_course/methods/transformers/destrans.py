"""DesTrans: a dense branch for what is near and a Transformer branch for what is far, in one autoencoder.

Reference: Y. Song, Y. Dai, W. Liu and others, "DesTrans: A medical image fusion method based on Transformer and
improved DenseNet", Computers in Biology and Medicine 174, 108463, 2024. Verified, in the abstract: a Transformer and an
improved DenseNet together; dense concatenation, so that no feature is lost in depth; the aims, lost features and
blurred edges. No code is known.

Our reading:

- An encoder for both sources: one convolution, a dense block of three, a gate that lets each of its features pass in
  part, pixel by pixel, and a transition of 1 x 1; beside it patches of 8 x 8 as tokens. "Improved" is the gate and that
  nothing is normalized over the batch.
- It learns to give back single images, as DenseFuse does, with DenseFuse's loss; fusion is a rule between encoder and
  decoder, DenseFuse's, too: activity by the l1 norm, or the mean.
- Course scale: a growth of 8 instead of 16, tokens of 32 channels instead of 64.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from medfuse_course.core.registry import check_name, lookup
from medfuse_course.methods.cnn import densefuse
from medfuse_course.methods.cnn.densefuse import RULES, Fusion
from medfuse_course.networks import ConvBlock, DenseBlock
from medfuse_course.networks.dense_autoencoder import PlainDecoder
from medfuse_course.networks.patch_transformer import PatchTransformer
from medfuse_course.training import Budget, LumaPatches, Phase, Recipe, ReconstructionStep

Branches = Literal["both", "dense", "transformer"]

SCALES = {"paper": (16, 64), "course": (8, 32)}
"""Growth of the dense block, and channels of a token."""

LAYERS, HEADS, DEPTH, PATCH = 3, 4, 2, 8


class GatedDense(nn.Module):
    """A dense block whose features pass in part: ``transition(x sigmoid(gate(x)))``. It looks four pixels far.

    Parameters
    ----------
    growth
        Channels of the first convolution, and what each of three layers adds.
    """

    def __init__(self, growth: int) -> None:
        super().__init__()
        outputs = (LAYERS + 1) * growth
        self.block = nn.Sequential(ConvBlock(1, growth), DenseBlock(growth, growth, LAYERS))
        self.gate = nn.Conv2d(outputs, outputs, 1)
        self.transition = nn.Conv2d(outputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` gives ``(N, 4 growth, H, W)``."""
        dense = self.block(x)
        passed: Tensor = self.transition(dense * torch.sigmoid(self.gate(dense)))
        return passed


class Encoder(nn.Module):
    """Both branches, or one, and what joins them.

    Parameters
    ----------
    growth, width
        As in `SCALES`.
    branches
        ``"both"``, or one of them alone, to see what the other one is for.
    """

    def __init__(self, growth: int, width: int, branches: Branches = "both") -> None:
        super().__init__()
        check_name("branches", branches, ("both", "dense", "transformer"))
        features = (LAYERS + 1) * growth
        self.branches = nn.ModuleList()
        if branches != "transformer":
            self.branches.append(GatedDense(growth))
        if branches != "dense":
            self.branches.append(PatchTransformer(1, features, width, HEADS, DEPTH, PATCH))
        self.join = nn.Sequential(nn.Conv2d(features * len(self.branches), features, 1), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)``, sides multiples of 8, gives ``(N, 4 growth, H, W)``, none of it negative."""
        joined: Tensor = self.join(torch.cat([branch(x) for branch in self.branches], dim=1))
        return joined


class DesTrans(nn.Module):
    """The autoencoder, with fusion between its halves.

    Parameters
    ----------
    growth, width, branches
        As `Encoder` takes them.
    """

    multiple = PATCH

    def __init__(self, growth: int, width: int, branches: Branches = "both") -> None:
        super().__init__()
        self.encoder = Encoder(growth, width, branches)
        self.decoder = PlainDecoder((4 * growth, 4 * growth, 2 * growth, growth, 1))
        for layer in self.decoder.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        last = next(self.decoder[-1].parameters())  # a mean of its inputs: a ReLU that starts at 0 would stay there
        nn.init.constant_(last, 1 / last[0].numel())

    def forward(self, a: Tensor, b: Tensor, *, fusion: Fusion = "l1") -> Tensor:
        """``(N, 1, H, W)`` each, sides multiples of 8, give one of the same size.

        Parameters
        ----------
        a, b
            Sources in [0, 1].
        fusion
            ``"addition"``, ``"l1"`` or ``"l1_pixel"``, as DenseFuse has them.

        Returns
        -------
        The fused images, ``(N, 1, H, W)``.
        """
        rule = lookup("fusion", fusion, RULES)
        fused: Tensor = self.decoder(rule(self.encoder(a), self.encoder(b)))
        return fused

    def reconstruct(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` through encoder and decoder."""
        image: Tensor = self.decoder(self.encoder(x))
        return image


def build(scale: str) -> DesTrans:
    """``"paper"`` is our reading, too."""
    return DesTrans(*lookup("scale", scale, SCALES))


def reconstruction(network: nn.Module) -> ReconstructionStep:
    """What DenseFuse learns: an image and its reconstruction are alike."""
    return densefuse.reconstruction(network)


RECIPE = Recipe(
    slug="destrans",
    network=build,
    data=LumaPatches(),
    phases=(Phase("reconstruction", reconstruction, learning_rate=3e-3),),
    budgets={
        "smoke": Budget(steps=30, batch=2, patch=32, check_every=5, pool=3),
        "lesson": Budget(steps=150, batch=4, patch=48, check_every=50, pool=6),
        "ship": Budget(steps=150, batch=2, patch=80, check_every=50, pool=9, refresh=1000),
        "full": Budget(steps=20_000, batch=32, patch=128, check_every=500, pool=48),
    },
)
