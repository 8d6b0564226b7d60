"""DenseFuse: an autoencoder that never saw a pair, and a rule between its encoder and its decoder.

Reference: H. Li and X.-J. Wu, "DenseFuse: A fusion approach to infrared and visible images", IEEE Transactions on Image
Processing 28(5), 2614-2623, 2019. It learns to reproduce single images; fusion happens to the features afterwards, by a
rule that is written, not learned. The review does not list it; systems that it lists stand on it.

Verified in the authors' code (TensorFlow and PyTorch): the layers, reflected borders, the loss, both rules.

Where paper and code part:

- In the PyTorch code a ReLU follows every convolution, as here; in the TensorFlow code none follows the decoder's last.
- ``addition`` is a sum in the TensorFlow code, and the mean in the PyTorch code. The mean is ours, too: two equal
  sources then give their reconstruction.
- The paper averages the l1 activity over 3 x 3 pixels; the TensorFlow code has that line commented out. ``l1`` is the
  paper's rule, ``l1_pixel`` the code's. Where neither source is active, the code divides 0 by 0; here each counts half.
- The code computes with gray values up to 255. On [0, 1] its loss ``MSE + lambda (1 - SSIM)`` becomes
  ``MSE + lambda / 255^2 (1 - SSIM)``: the published 100 is no large weight, but 0.0015.

Our reading:

- SSIM as the paper says; the PyTorch code takes its multi-scale form.
- Kernels start from He's initialization, the last one as a mean: else its ReLU can start at 0 everywhere, and stay.
- Course scale has a growth of 8 instead of 16. The published size would fit as well, at four times the time.
- Data: phantoms instead of 40,000 photographs of COCO; Adam starts at 0.002 instead of 0.0001.

Not copied: the PyTorch loss goes through a batch image by image and compares each with the whole batch.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, mse_loss, pad

from medfuse_course.core.registry import lookup
from medfuse_course.losses import ssim
from medfuse_course.networks.dense_autoencoder import DenseAutoencoder
from medfuse_course.networks.tensor_files import read_tensors
from medfuse_course.training import Budget, FusionPatches, Losses, Phase, Recipe, ReconstructionStep

LAMBDA = 100.0
"""Published weight of ``1 - SSIM`` against the mean squared error of gray values up to 255."""

Fusion = Literal["addition", "l1", "l1_pixel"]


def addition(a: Tensor, b: Tensor) -> Tensor:
    """``(a + b) / 2``."""
    return (a + b) / 2


def l1(a: Tensor, b: Tensor) -> Tensor:
    """Each pixel's features, weighted with the source's share of ``C``: the 3 x 3 mean of ``sum_k |phi_k|``."""
    return _by_share(a, b, _mean_3x3(_norm(a)), _mean_3x3(_norm(b)))


def l1_pixel(a: Tensor, b: Tensor) -> Tensor:
    """As `l1`, with the activity of the pixel alone."""
    return _by_share(a, b, _norm(a), _norm(b))


RULES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"addition": addition, "l1": l1, "l1_pixel": l1_pixel}
"""How features ``(N, C, H, W)`` of two sources become one."""


class DenseFuse(DenseAutoencoder):
    """The autoencoder, with fusion between its halves: ``decoder(rule(encoder(a), encoder(b)))``."""

    reach = 9  # eight convolutions of 3 x 3, and the mean of the l1 rule

    def forward(self, a: Tensor, b: Tensor, *, fusion: Fusion = "addition") -> Tensor:
        """``(N, 1, H, W)`` each gives one of the same size.

        Parameters
        ----------
        a, b
            Sources in [0, 1].
        fusion
            ``"addition"``, ``"l1"`` or ``"l1_pixel"``.

        Returns
        -------
        The fused images, ``(N, 1, H, W)``.
        """
        rule = lookup("fusion", fusion, RULES)
        fused: Tensor = self.decoder(rule(self.encoder(a), self.encoder(b)))
        return fused


SCALES = {"paper": 16, "course": 8}
"""Growth: channels that each layer of the encoder adds."""


def build(scale: str) -> DenseFuse:
    """``"paper"``: 74,193 parameters; ``"course"``: 18,665."""
    return DenseFuse(lookup("scale", scale, SCALES))


def reconstruction(network: nn.Module) -> ReconstructionStep:
    """The only thing it learns: ``MSE + lambda / 255^2 (1 - SSIM)`` of an image and its reconstruction."""

    def terms(made: Tensor, image: Tensor) -> Losses:
        return {"mse": mse_loss(made, image), "structure": LAMBDA / 255**2 * (1 - ssim(made, image))}

    return ReconstructionStep(network, terms)


RECIPE = Recipe(
    slug="densefuse",
    network=build,
    data=FusionPatches(),
    phases=(Phase("reconstruction", reconstruction, learning_rate=2e-3),),
    budgets={
        "smoke": Budget(steps=30, batch=2, patch=32, check_every=5, pool=3),
        "lesson": Budget(steps=300, batch=4, patch=48, check_every=50, pool=6),
        "ship": Budget(steps=1800, batch=4, patch=64, check_every=100),
        "full": Budget(steps=20_000, batch=32, patch=128, check_every=500, pool=48),
    },
)


def read_published(path: Path) -> dict[str, Tensor]:
    """The tensors of a ``.model`` file of the PyTorch code, under the names they have here.

    They were trained on gray values up to 255. A network of convolutions and ReLU does the same on [0, 1] when every
    bias is divided by 255.
    """
    theirs = read_tensors(path)
    ours = {"conv1": "encoder.0", **{f"conv{k + 2}": f"decoder.{k}" for k in range(4)}}
    ours |= {f"DB1.denseblock.{k}.dense_conv": f"encoder.1.layers.{k}" for k in range(3)}
    read = {}
    for name, tensor in theirs.items():
        layer, _, kind = name.rpartition(".conv2d.")
        read[f"{ours.get(layer, layer)}.0.{kind}"] = tensor / 255 if kind == "bias" else tensor
    return read


def _norm(features: Tensor) -> Tensor:
    return features.abs().sum(dim=1, keepdim=True)


def _mean_3x3(activity: Tensor) -> Tensor:
    return avg_pool2d(pad(activity, (1, 1, 1, 1), mode="replicate"), 3, stride=1)


def _by_share(a: Tensor, b: Tensor, of_a: Tensor, of_b: Tensor) -> Tensor:
    total = of_a + of_b
    share = torch.where(total > 0, of_a / total.clamp_min(torch.finfo(total.dtype).tiny), 0.5)
    return share * a + (1 - share) * b
