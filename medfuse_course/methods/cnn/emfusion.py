"""EMFusion: two pairs of helpers teach a small dense network what each source has that the other one lacks.

Reference: H. Xu and J. Ma, "EMFusion: An unsupervised enhanced medical image fusion network", Information Fusion 76,
177-186, 2021. Four steps. Translators guess each source from the other one. Autoencoders learn features of either
kind of image. Channels that differ most between a source and its guess are the *unique* ones: they hold what the other
source cannot tell. Last, the fuser is trained: its image must be like the sources (surface level: `saliency_weighted`,
the richer and brighter source counts more), and have the unique features of both (deep level). Only the
fuser ships; `Trained.whole` of a run is the `Workshop`.

Verified in the authors' code for CT and MRI: the layers and widths of all five networks, the losses and their factors,
the ranking of channels, the steps and their order.

Our reading:

- One fuser for CT, PET and SPECT beside MRI; published is a training for each. A translator from MRI therefore guesses
  between the three.
- Course scale: half the widths, the 5 most unique of 64 channels instead of 10 of 128, and the helpers see patches of
  44 pixels instead of 114. The fuser sees tiles of 22 pixels, as published: the weights of the surface level hold for
  a whole tile, so small ones are how they become local. Even so the MRI of a phantom outweighs evenly white bone nearly
  always, that of a patient less often: the fuser that ships, trained on phantoms, all but drops the bone of a CT.
- The translators and autoencoders end in ``tanh(x) / 2 + 1/2`` like the fuser; their padding is reflected too.
- He initialization; published is a normal distribution of standard deviation 0.05, cut.
- Color: the code that we know fuses gray images. PET and SPECT keep their Cb and Cr (``chroma="kept"``), or have them
  smoothed by a guided filter under the fused luminance (``chroma="refined"``): color then steps where the MRI has
  edges, whether or not the tracer does.

Known defects of the authors' code, not copied: a histogram of gray values that is not cleared between the images of a
batch, and counts 255 as 0; a distance between features that is L1 for the first channel and L2 for the others; the
structural term of the translator to MRI, which compares with its input.
"""

from functools import partial
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from medfuse_course.color.luminance import Refine, fuse_luminance
from medfuse_course.core.guided_filter import guided_filter
from medfuse_course.core.registry import check_name, lookup
from medfuse_course.core.types import Image
from medfuse_course.losses import saliency_weighted, ssim
from medfuse_course.methods.learned import outside_torch
from medfuse_course.networks import ConvBlock, DenseBlock, luma
from medfuse_course.training import Batch, Budget, FusionPatches, Losses, LossStep, Phase, Recipe

TILE = 22
"""Side in pixels of what the fuser is trained on; the patches are cut into such tiles."""

MSE_FACTOR, DEEP_FACTOR = 40.0, 0.5
"""Of the squared error beside ``1 - SSIM`` for helpers, and of the deep-level term beside the surface-level one."""

SCALES = {"paper": (32, 10), "course": (16, 5)}
"""Channels of the first layers, and how many channels count as unique."""

RANKING = Budget(steps=1, batch=32, patch=48, pool=3)
"""The patches by which channels are ranked; always the same."""

Chroma = Literal["kept", "refined"]

DATA = FusionPatches(swap=False)
"""Phantoms, MRI first."""


class HalfTanh(nn.Module):
    """``tanh(x) / 2 + 1/2``, in (0, 1)."""

    def forward(self, x: Tensor) -> Tensor:
        """Squeeze."""
        return torch.tanh(x) / 2 + 0.5


class Fuser(nn.Module):
    """The network that fuses: one layer, a dense block, three layers that narrow; color keeps its chroma."""

    def __init__(self, width: int) -> None:
        super().__init__()
        leaky = partial(nn.LeakyReLU, 0.2)
        self.layers = nn.Sequential(
            ConvBlock(2, width, activation=leaky),
            DenseBlock(width, width, 3, activation=leaky),
            ConvBlock(4 * width, 2 * width, activation=leaky),
            ConvBlock(2 * width, width, activation=leaky),
            ConvBlock(width, 1, activation=HalfTanh),
        )
        _initialize(self, 0.2)

    def forward(self, a: Tensor, b: Tensor, *, chroma: Chroma = "kept", radius: int = 8, eps: float = 1e-3) -> Tensor:
        """Fuse gray images ``(N, 1, H, W)``, or the luminance of color ones ``(N, 3, H, W)`` in YCbCr; in (0, 1).

        Parameters
        ----------
        a, b
            MRI and CT, PET or SPECT, in this order, which the network learned.
        chroma
            Of color images: ``"kept"``, or ``"refined"`` by a guided filter under the fused luminance.
        radius, eps
            Of the guided filter.

        Returns
        -------
        The fused images, with as many channels as the sources.
        """
        check_name("chroma", chroma, get_args(Chroma))
        fused: Tensor = self.layers(torch.cat([luma(a), luma(b)], dim=1))
        if a.shape[1] == b.shape[1] == 1:
            return fused
        refine = partial(guided_filter, radius=radius, eps=eps) if chroma == "refined" else None
        return outside_torch(partial(_with_chroma, refine=refine), a, b, fused)

    def reach(self, *, chroma: Chroma = "kept", radius: int = 8, eps: float = 1e-3) -> int:
        """Seven convolutions of 3 x 3, and two means of the guided filter."""
        return 7 + (2 * radius if chroma == "refined" else 0)


def _with_chroma(a: Image, b: Image, luminance: Image, *, refine: Refine | None) -> Image:
    """The fused luminance in the colors of the sources."""
    return fuse_luminance(a, b, lambda *_: luminance, refine=refine)


class Hourglass(nn.Module):
    """Three convolutions that widen and three that narrow, all of the size of the image: translator or autoencoder."""

    def __init__(self, widths: tuple[int, int, int], slope: float) -> None:
        super().__init__()
        leaky = partial(nn.LeakyReLU, slope)
        wider, narrower = pairwise((1, *widths)), pairwise(reversed(widths))
        self.encode = nn.Sequential(*(ConvBlock(*channels, activation=leaky) for channels in wider))
        self.decode = nn.Sequential(
            *(ConvBlock(*channels, activation=leaky) for channels in narrower),
            ConvBlock(widths[0], 1, activation=HalfTanh),
        )
        _initialize(self, slope)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` in and out."""
        decoded: Tensor = self.decode(self.encode(x))
        return decoded


class Workshop(nn.Module):
    """All that training needs: the fuser and its four helpers.

    Attributes
    ----------
    a_to_b, b_to_a
        Translators: guess one source from the other.
    autoencoder_a, autoencoder_b
        Their encoders are the features of the deep-level term.
    fuser
        What ships.
    unique_a, unique_b
        Numbers of the channels that differ most between a source and its guess; zeros until they are ranked.
    """

    def __init__(self, width: int, unique: int) -> None:
        super().__init__()
        self.a_to_b, self.b_to_a = (Hourglass((width, 2 * width, 3 * width), 0.1) for _ in range(2))
        self.autoencoder_a, self.autoencoder_b = (Hourglass((width, 2 * width, 4 * width), 0.2) for _ in range(2))
        self.fuser = Fuser(width)
        self.unique_a, self.unique_b = (nn.Buffer(torch.zeros(unique, dtype=torch.int64)) for _ in range(2))


def _initialize(module: nn.Module, slope: float) -> None:
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=slope)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a quarter faster on a CPU


def build(scale: str) -> Fuser:
    """The fuser. ``"paper"``: 148,545 parameters; ``"course"``: 37,409."""
    return Fuser(lookup("scale", scale, SCALES)[0])


def build_workshop(scale: str) -> nn.Module:
    """The fuser with its helpers. ``"paper"``: 815,621 parameters; ``"course"``: 205,061."""
    return Workshop(*lookup("scale", scale, SCALES))


def likeness(x: Tensor, target: Tensor) -> Tensor:
    """What a helper is trained with: ``40 MSE + 1 - SSIM``."""
    return MSE_FACTOR * mse_loss(x, target) + 1 - ssim(x, target)


class _HelperStep(LossStep[Workshop]):
    """Trains some parts of the workshop and holds the others still."""

    def __init__(self, workshop: Workshop, *parts: nn.Module) -> None:
        workshop.requires_grad_(False)
        for part in parts:
            part.requires_grad_(True)
        super().__init__(workshop, [p for part in parts for p in part.parameters()])


class TranslateStep(_HelperStep):
    """First: each source is guessed from the other one."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop, workshop.a_to_b, workshop.b_to_a)

    def losses(self, batch: Batch) -> Losses:
        """One term for each translator."""
        a, b = batch["a"], batch["b"]
        return {"a_to_b": likeness(self.network.a_to_b(a), b), "b_to_a": likeness(self.network.b_to_a(b), a)}


class EncodeStep(_HelperStep):
    """Second: autoencoders learn real images and guessed ones of their kind alike."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop, workshop.autoencoder_a, workshop.autoencoder_b)

    def losses(self, batch: Batch) -> Losses:
        """One term for each autoencoder."""
        shop = self.network
        with torch.no_grad():
            of_a = torch.cat([batch["a"], shop.b_to_a(batch["b"])])
            of_b = torch.cat([batch["b"], shop.a_to_b(batch["a"])])
        return {
            "autoencoder_a": likeness(shop.autoencoder_a(of_a), of_a),
            "autoencoder_b": likeness(shop.autoencoder_b(of_b), of_b),
        }


class FuseStep(_HelperStep):
    """Last: the fuser, after the channels are ranked. Ranking learns nothing: the same helpers give the same ranks."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop, workshop.fuser)
        rank_channels(workshop)

    def losses(self, batch: Batch) -> Losses:
        """The surface-level and the deep-level term, on tiles."""
        a, b = tiles(batch["a"]), tiles(batch["b"])
        fused = self.network.fuser(a, b)
        return {"surface": saliency_weighted(fused, a, b), "deep": DEEP_FACTOR * deep_level(self.network, fused, a, b)}


def tiles(patches: Tensor) -> Tensor:
    """``(N, 1, H, W)`` cut into ``(M, 1, 22, 22)``, side by side; what is left over at the border is dropped."""
    cut = patches.unfold(2, TILE, TILE).unfold(3, TILE, TILE)  # (N, 1, rows, columns, 22, 22)
    return cut.reshape(-1, 1, TILE, TILE)


def rank_channels(workshop: Workshop) -> None:
    """Fill `unique_a` and `unique_b`: where the mean ``|phi_k(X) - phi_k(guess of X)|`` is largest on `RANKING`."""
    device = workshop.unique_a.device
    batch = {name: tensor.to(device) for name, tensor in DATA.batch(0, 0, RANKING, slice(None)).items()}
    a, b = batch["a"], batch["b"]
    with torch.no_grad():
        for encode, source, guess, unique in (
            (workshop.autoencoder_a.encode, a, workshop.b_to_a(b), workshop.unique_a),
            (workshop.autoencoder_b.encode, b, workshop.a_to_b(a), workshop.unique_b),
        ):
            difference = (encode(source) - encode(guess)).abs().mean(dim=(0, 2, 3))
            unique.copy_(torch.argsort(difference, descending=True, stable=True)[: len(unique)])


def deep_level(workshop: Workshop, fused: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``mean_k mean |phi_k(X) - phi_k(F)|`` over the unique channels of each source; the sum over both."""
    encode_a, encode_b = workshop.autoencoder_a.encode, workshop.autoencoder_b.encode
    of_a: Tensor = (encode_a(fused) - encode_a(a))[:, workshop.unique_a]
    of_b: Tensor = (encode_b(fused) - encode_b(b))[:, workshop.unique_b]
    return of_a.abs().mean() + of_b.abs().mean()


RECIPE = Recipe(
    slug="emfusion",
    network=build_workshop,
    data=DATA,
    phases=(
        Phase("translate", TranslateStep, 0.2, 2e-3),
        Phase("encode", EncodeStep, 0.2, 2e-3),
        Phase("fuse", FuseStep, 0.6, 2e-3),
    ),
    budgets={
        "smoke": Budget(steps=20, batch=2, patch=22, check_every=4, pool=3),
        "lesson": Budget(steps=100, batch=2, patch=44, check_every=50, pool=3),
        "ship": Budget(steps=900, batch=8, patch=44, check_every=60),
        "full": Budget(steps=20_000, batch=32, patch=110, check_every=500, pool=48),
    },
    average=0.98,
    ships="fuser",
)
