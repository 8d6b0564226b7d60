"""MATR: filters that adapt to the whole image, and attention, at three depths (Tang and others, 2022).

Verified, in the authors' code (tthinking/MATR), and by their own pictures, which the network below gives from their
released weights (``scale="paper"``; the test says how the images are read):

- Two channels go in, PET or SPECT first, MRI second. A convolution 2 -> 16 and one of 16 -> 16, used once, twice and
  three times in a row, give three maps; each goes through the same three blocks of attention (8 heads, hidden units
  four times as many) and the same convolution again; the sum, a convolution of 1 x 1 and a tanh make the image.
- The convolutions are gated by context (X. Lin and others, 2020): the map is averaged to 3 x 3 cells, and from those
  come factors in (0, 1), one for each weight of the kernel: so no two images are filtered alike.
- Loss: SSIM to both sources, and region mutual information with both, that of the MRI counting 2.5 times.
- **The default window is one pixel.** A softmax over one score is 1, whatever was learned: every token listens to
  itself alone, questions, keys and position biases have no effect, and every second block is not moved, since half
  of one is 0.
- The map ``(N, 16, H, W)`` is *read* as ``(N, H, W, 16)`` without moving a number: a token is made of sixteen
  neighbors in a row of one channel, not of one pixel's sixteen channels. The trained weights fit this; `as_released`
  repeats it.
- Of 13,422 parameters 192 belong to a layer that nothing calls; here are the other 13,230. Square images only,
  there.

Ours, at ``"course"`` scale: tokens are 4 x 4 pixels, averaged, with their channels; windows are 8 x 8 tokens, every
other block moved by 4, so that there is something to attend to; what the blocks find is added to the map. Trained
here on phantoms, with the mutual information of what is seen, not of its sigmoid, and without their cross-entropy.

Reference: W. Tang, F. He, Y. Liu and Y. Duan, "MATR: Multimodal medical image fusion via multiscale adaptive
Transformer", IEEE Transactions on Image Processing 31, 5134-5149, 2022.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate

from medfuse_course.core.registry import lookup
from medfuse_course.losses import region_information, ssim
from medfuse_course.networks.attention import WindowBlock
from medfuse_course.training import Budget, FusionStep, Losses, LumaPatches, Phase, Recipe

WIDTH, HEADS, CELLS, PATCH = 16, 8, 3, 4
LATENT = CELLS * CELLS // 2 + 1
"""Numbers that stand for the context of a channel."""


class ContextConv(nn.Module):
    """A 3 x 3 convolution whose kernel is multiplied by factors that the whole map decides on.

    ``W'[o, c, k] = W[o, c, k] sigmoid(G1[c, k] + G2[o, k])``: both from the map's average in 3 x 3 cells.

    Parameters
    ----------
    inputs, outputs
        Channels; `inputs` is 2 or a multiple of 16.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        self.encode = nn.Linear(CELLS * CELLS, LATENT, bias=False)
        self.norm_in, self.norm_mix, self.norm_out = (nn.BatchNorm1d(n) for n in (inputs, inputs, outputs))
        self.mix = nn.Linear(inputs, outputs, bias=False)
        self.gate_in, self.gate_out = (nn.Linear(LATENT, 9, bias=False) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` gives ``(N, C', H, W)``; the border is zero."""
        kernels = self.kernels(x)
        count, outputs, inputs = kernels.shape[:3]
        together = x.reshape(1, count * inputs, *x.shape[-2:])  # each image with its own kernel: groups of channels
        made = conv2d(together, kernels.flatten(0, 1), padding=1, groups=count)
        return made.reshape(count, outputs, *x.shape[-2:])

    def kernels(self, x: Tensor) -> Tensor:
        """The kernel of each image, ``(N, C', C, 3, 3)``."""
        context = self.encode(cell_means(x).flatten(2))  # N, C, LATENT
        of_inputs = self.gate_in(torch.relu(self.norm_in(context)))
        mixed = self.mix(torch.relu(self.norm_mix(context)).transpose(1, 2)).transpose(1, 2)
        of_outputs = self.gate_out(torch.relu(self.norm_out(mixed)))
        gates = torch.sigmoid(of_inputs[:, None] + of_outputs[:, :, None])
        return self.weight * gates.reshape(*gates.shape[:3], 3, 3)


def cell_means(x: Tensor) -> Tensor:
    """The mean of each of `CELLS` x `CELLS` cells, ``(N, C, CELLS, CELLS)``; where they do not fit, they overlap.

    It is adaptive pooling, as two products of matrices: with sides left open, that is what ONNX can write down.
    """
    rows, columns = (_shares(side, x) for side in x.shape[-2:])
    return rows @ x @ columns.T


def _shares(side: int, like: Tensor) -> Tensor:
    """How much each pixel of a side counts in each cell: ``(CELLS, side)``, rows sum to 1."""
    cell, at = torch.arange(CELLS, device=like.device)[:, None], torch.arange(side, device=like.device)
    inside = (at >= cell * side // CELLS) & (at < ((cell + 1) * side + CELLS - 1) // CELLS)
    return inside.to(like.dtype) / inside.sum(dim=1, keepdim=True)


class MATR(nn.Module):
    """Adaptive convolutions and attention at three depths.

    Parameters
    ----------
    window
        Side of a window of tokens.
    depth, ratio
        Blocks, and hidden units of each as a multiple of the channels.
    as_released
        A token is a pixel, and is read as the authors read it; else a patch of 4 x 4 pixels.
    """

    multiple = 4

    def __init__(self, window: int, depth: int, ratio: int, *, as_released: bool) -> None:
        super().__init__()
        self.as_released = as_released
        self.first = _adaptive(2)
        self.again = _adaptive(WIDTH)
        shifts = [(k % 2) * (window // 2) for k in range(depth)]
        self.blocks = nn.ModuleList(WindowBlock(WIDTH, HEADS, window, shift, ratio) for shift in shifts)
        self.draw = nn.Conv2d(WIDTH, 1, 1, bias=False)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each gives the same, in (-1, 1)."""
        x = self.first(torch.cat([b, a], dim=1))
        found = torch.zeros_like(x)
        for _ in range(3):
            x = self.again(x)
            found = found + self.again(self.attend(x))
        return torch.tanh(self.draw(found))

    def attend(self, x: Tensor) -> Tensor:
        """A map after all blocks."""
        if self.as_released:
            count, channels, height, width = x.shape
            for block in self.blocks:  # read as (N, H, W, C), and written back as it was read
                x = block(x.reshape(count, height, width, channels).movedim(-1, 1)).movedim(1, -1)
                x = x.reshape(count, channels, height, width)
            return x
        tokens = self.tokens(x)
        found = tokens
        for block in self.blocks:
            found = block(found)
        return x + interpolate(found - tokens, scale_factor=PATCH, mode="bilinear", align_corners=False)

    def tokens(self, x: Tensor) -> Tensor:
        """The mean of each patch, ``(N, C, H / 4, W / 4)``."""
        return avg_pool2d(x, PATCH)


def _adaptive(inputs: int) -> nn.Sequential:
    return nn.Sequential(ContextConv(inputs, WIDTH), nn.BatchNorm2d(WIDTH), nn.ReLU())


SCALES = {"paper": (1, 3, 4, True), "course": (8, 2, 2, False)}
"""Window, blocks, ratio, and whether tokens are what the authors made them."""


def build(scale: str) -> MATR:
    """The network. ``"paper"``: 13,230 parameters, as released."""
    window, depth, ratio, as_released = lookup("scale", scale, SCALES)
    return MATR(window, depth, ratio, as_released=as_released)


def from_released(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names of the authors' file to those of ``"paper"``: questions, keys and values are one layer there."""
    parts = {"convInput": "first", "conv": "again"}
    layers = {
        "conv1.weight": "0.weight", "conv1.ce.weight": "0.encode.weight", "conv1.ci.weight": "0.mix.weight",
        "conv1.gd.weight": "0.gate_in.weight", "conv1.gd2.weight": "0.gate_out.weight",
    }  # fmt: skip
    norms = {"conv1.ce_bn": "0.norm_in", "conv1.ci_bn2": "0.norm_mix", "conv1.ci_bn": "0.norm_out", "bn1": "1"}
    found = {"draw.weight": tensors["convolutional_out.conv1.weight"]}
    for theirs, ours in parts.items():
        found |= {f"{ours}.{new}": tensors[f"{theirs}.{old}"] for old, new in layers.items()}
        for old, new in norms.items():
            kinds = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
            found |= {f"{ours}.{new}.{kind}": tensors[f"{theirs}.{old}.{kind}"] for kind in kinds}
    for k in range(3):
        theirs, ours = f"basicLayer.blocks.{k}", f"blocks.{k}"
        for kind in ("weight", "bias"):
            joined = tensors[f"{theirs}.attn.qkv.{kind}"]
            found[f"{ours}.attention.ask.{kind}"] = joined[:WIDTH]
            found[f"{ours}.attention.tell.{kind}"] = joined[WIDTH:]
            pairs = {"norm1": "norm", "attn.proj": "attention.project", "norm2": "mlp.0", "mlp.fc1": "mlp.1"}
            pairs["mlp.fc2"] = "mlp.3"
            found |= {f"{ours}.{new}.{kind}": tensors[f"{theirs}.{old}.{kind}"] for old, new in pairs.items()}
        found[f"{ours}.attention.bias"] = tensors[f"{theirs}.attn.relative_position_bias_table"].T
    return found


def terms(f: Tensor, a: Tensor, b: Tensor) -> Losses:
    """The published weights: the MRI is `a`."""
    return {
        "structure": 2 - ssim(f, a) - ssim(f, b),
        "information": -2.5 * region_information(f, a) - region_information(f, b),
    }


class FuseStep(FusionStep):
    """`terms` of one batch."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network, terms)


RECIPE = Recipe(
    slug="matr",
    network=build,
    data=LumaPatches(clinical=0.5),
    phases=(Phase("fuse", FuseStep, 1.0, 1e-3),),
    budgets={
        "smoke": Budget(steps=9, batch=4, patch=32, check_every=3, pool=2),
        "lesson": Budget(steps=150, batch=4, patch=64, check_every=50),
        "ship": Budget(steps=150, batch=4, patch=64, check_every=50, pool=9),
        "full": Budget(steps=10_000, batch=64, patch=120, check_every=500, pool=48),
    },
)
