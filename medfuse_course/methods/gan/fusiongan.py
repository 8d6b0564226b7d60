"""FusionGAN: the brightness of one source, the edges of the other, and a discriminator that has seen the other alone.

Reference: J. Ma, W. Yu, P. Liang, C. Li and J. Jiang, "FusionGAN: A generative adversarial network for infrared and
visible image fusion", Information Fusion 48, 11-26, 2019. The generator learns to have the gray values of the infrared
image and the Laplacian of the visible one; a discriminator, which is shown visible images and fused ones, asks for
whatever else makes an image look visible. Nobody ever judges what else the infrared image had: that is lost without
anybody's notice, which is what `ddcgan` answers.

Verified in the authors' code: gray values in [-1, 1]; five convolutions without padding (5, 5, 3, 3 and 1 pixels) with
batch normalization and LeakyReLU of 0.2, and tanh behind the last, so that 12 pixels are lost, and whole images are
grown by 6 pixels on each side, which repeat the edge; four convolutions with a stride of 2 in the discriminator;
spectral normalization of the weights of both; the losses, with labels drawn anew for each image; two turns of the
discriminator for one of the generator. The published checkpoint has as many weights as scale ``"paper"``.

Our reading:

- **a is the source of edges, b that of brightness**: MRI or CT stands for the visible image, PET or SPECT for the
  infrared one. In MRI/CT that makes the MRI the source of edges. Exchange the sources, and another image comes out.
- At inference batch normalization has the means and variances that it met in training. The authors' test script
  normalizes each image by its own, and restores the kernels alone: not the gains of the normalization, and without the
  division by the spectral norm. So that script does not run the network that was trained.
- The Laplacian is taken inside a patch only, so that a constant added to a source changes nothing.
- **Air stays black: a term of ours** (`AIR`; `FusionGame` without it is as published). The content alone is smallest
  where air is as dark as b (`best_image`), but it hardly says so: a few gray levels of 255 are a tiny square, tanh is
  black only far out, and patches with nothing but air are rare. So a network comes out with gray air, and stays so.
- Course scale: an eighth of the widths. Patches of 68 pixels instead of
  132, phantoms instead of photographs, a higher rate, which falls, for fewer steps.
- The discriminator judges patches of its own size; a larger image is cut into them, and their mean counts.

It is no fault of a fused image that the discriminator can tell it from a source, so a game that is won by the
discriminator is in the record (``balance``) and no fault. An image that is darker than the source of brightness is one:
the run says so, and the header of its weights does (`AdversarialStep.faults`).
"""

from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, mse_loss, pad
from torch.nn.utils.parametrizations import spectral_norm

from medfuse_course.core.registry import lookup
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.losses.adversarial import Objective
from medfuse_course.losses.intensity import lifted_air
from medfuse_course.networks.players import Players
from medfuse_course.training import AdversarialStep, Batch, Budget, FusionPatches, Losses, Phase, Recipe

EDGE = 6
"""Pixels that the convolutions take from each side."""

SIZES = (5, 5, 3, 3)
"""Of the kernels of the generator, before its last of one pixel."""

CONTENT, GRADIENT = 100.0, 5.0
"""Weight of the content beside the adversary, and of its Laplacian term beside its intensity term."""

AIR = 1000.0
"""Weight of `lifted_air` beside the published terms, in the recipe."""

LABELS = {"real": (0.7, 1.2), "fake": (0.0, 0.3), "wanted": (0.7, 1.2)}
"""Between what labels are drawn: of visible images, of fused ones, and what the generator wants to hear of these."""

LAPLACIAN = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))

SCALES = {"paper": (256, 32, 120), "course": (32, 4, 56)}
"""Channels of the first layers of the generator and of the discriminator, and pixels of a patch that it judges."""


class FusionGan(nn.Module):
    """The generator: both sources in, the fused image out.

    Parameters
    ----------
    width
        Channels of the first layer; each of the next three has half as many.
    """

    reach = EDGE

    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [width >> k for k in range(len(SIZES))]
        layers: list[nn.Module] = []
        for (inputs, outputs), size in zip(pairwise((2, *widths)), SIZES, strict=True):
            layers += [spectral_norm(nn.Conv2d(inputs, outputs, size)), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(widths[-1], 1, 1)), nn.Tanh())
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # faster on a CPU

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Whole images.

        Parameters
        ----------
        a, b
            The source of edges and that of brightness, ``(N, 1, H, W)`` in [0, 1].

        Returns
        -------
        The fused images, as large.
        """
        return self.inside(*(pad(x, (EDGE,) * 4, mode="replicate") for x in (a, b)))

    def inside(self, a: Tensor, b: Tensor) -> Tensor:
        """The fused images of patches without their margin: ``(N, 1, H, W)`` gives ``(N, 1, H - 12, W - 12)``."""
        fused: Tensor = self.layers(2 * torch.cat([b, a], dim=1) - 1)
        return (fused + 1) / 2


class Discriminator(nn.Module):
    """Says how much an image looks like the source of edges.

    Parameters
    ----------
    width
        Channels of the first of four layers; each of the others has twice as many as the one before.
    side
        Pixels of the square that it judges.
    """

    def __init__(self, width: int, side: int) -> None:
        super().__init__()
        self.side = side
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((1, *(width << k for k in range(4)))):
            layers.append(spectral_norm(nn.Conv2d(inputs, outputs, 3, stride=2)))
            if inputs > 1:
                layers.append(nn.BatchNorm2d(outputs))
            layers.append(nn.LeakyReLU(0.2))
            side = (side - 3) // 2 + 1
        self.layers = nn.Sequential(*layers, nn.Flatten(), spectral_norm(nn.Linear((width << 3) * side**2, 1)))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` in [0, 1] gives ``(N, 1)``: the mean over the squares that fit.

        Parameters
        ----------
        x
            Images, at least as large as the square.

        Returns
        -------
        What it says of each.

        Raises
        ------
        ValueError
            They are smaller.
        """
        if min(x.shape[-2:]) < self.side:
            raise ValueError(
                f"patch: expected at least {self.side + 2 * EDGE} pixels, {2 * EDGE} of them margin, "
                f"got {min(x.shape[-2:]) + 2 * EDGE}; give the budget larger patches"
            )
        squares = x.unfold(2, self.side, self.side).unfold(3, self.side, self.side)  # (N, 1, rows, columns, side, side)
        said: Tensor = self.layers(2 * squares.reshape(-1, 1, self.side, self.side) - 1)
        return said.view(len(x), -1).mean(dim=1, keepdim=True)


def build(scale: str) -> FusionGan:
    """The generator. ``"paper"``: 925,633 parameters; ``"course"``: 16,025."""
    return FusionGan(lookup("scale", scale, SCALES)[0])


def build_players(scale: str) -> Players:
    """The generator and its discriminator, of which ``"paper"`` has 397,953 parameters."""
    _, width, side = lookup("scale", scale, SCALES)
    return Players(build(scale), Discriminator(width, side))


def soft(said: Tensor, label: str) -> Tensor:
    """``mean (d - c)^2``, c drawn for each image from `LABELS` by PyTorch's generator; a run seeds it at each step."""
    return mse_loss(said, torch.empty_like(said).uniform_(*LABELS[label]))


def soft_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Visible images should be near 1, fused ones near 0."""
    return soft(real, "real") + soft(fake, "fake")


def laplacian(image: Tensor) -> Tensor:
    """The four neighbors minus four times the pixel: ``(N, 1, H, W)`` gives ``(N, 1, H - 2, W - 2)``."""
    return conv2d(image, torch.tensor(LAPLACIAN, dtype=image.dtype, device=image.device).view(1, 1, 3, 3))


def content(f: Tensor, a: Tensor, b: Tensor) -> Losses:
    """``100 (mean (F - B)^2 + 5 mean (lap F - lap A)^2)`` of gray values in [-1, 1].

    Parameters
    ----------
    f, a, b
        Fused image, source of edges and source of brightness, ``(N, 1, H, W)`` in [0, 1].

    Returns
    -------
    Both terms, weighted.
    """
    f, a, b = (2 * image - 1 for image in (f, a, b))
    return {
        "intensity": CONTENT * mse_loss(f, b),
        "gradient": CONTENT * GRADIENT * mse_loss(laplacian(f), laplacian(a)),
    }


def best_image(a: Image, b: Image, xi: float = GRADIENT) -> FloatArray:
    """What the content alone asks for, without any network: slow waves of b, fast ones of a.

    Both terms are squares, so each frequency has its own minimum, ``(B + xi L^2 A) / (1 + xi L^2)``, where
    ``L = 2 cos u + 2 cos v - 4`` is what the Laplacian multiplies it with. Half of either is left at waves of 9 pixels.

    Parameters
    ----------
    a, b
        The source of edges and that of brightness, ``(H, W)``; they go on periodically.
    xi
        Weight of the Laplacian term.

    Returns
    -------
    The image of smallest `content`, ``(H, W)``; it may leave [0, 1] a little.
    """
    down, across = (2 * np.pi * np.fft.fftfreq(side) for side in a.shape)
    of_b = 1 / (1 + xi * (2 * np.cos(down)[:, None] + 2 * np.cos(across) - 4) ** 2)
    best: FloatArray = np.fft.ifft2(of_b * np.fft.fft2(b) + (1 - of_b) * np.fft.fft2(a)).real
    return best


class FusionGame(AdversarialStep):
    """The generator against a discriminator that is shown the source of edges; brightness is watched against b.

    Parameters
    ----------
    players
        The networks.
    air
        Weight of `lifted_air`, a term of ours; 0: as published.
    """

    def __init__(self, players: Players, air: float = 0.0) -> None:
        objective = Objective(soft_discriminator, partial(soft, label="wanted"))
        super().__init__(players, objective, turns=2, optimizer=torch.optim.Adam)
        self.air = air

    def real(self, batch: Batch) -> Tensor:
        """The source of edges, without its margin."""
        return _cropped(batch["a"])

    def likened(self, batch: Batch) -> Tensor:
        """The source of brightness."""
        return _cropped(batch["b"])

    def samples(self, batch: Batch) -> Tensor:
        """Fused images."""
        fused: Tensor = self.players.generator.inside(batch["a"], batch["b"])  # type: ignore[operator]
        return fused

    def content(self, samples: Tensor, batch: Batch) -> Losses:
        """As `content` has it, and air that is lifted."""
        a, b = _cropped(batch["a"]), _cropped(batch["b"])
        ours = {"air": self.air * lifted_air(samples, a, b)} if self.air else {}
        return {**content(samples, a, b), **ours}

    def faults(self, watched: dict[str, float]) -> list[str]:  # type: ignore[override]
        """Whether the fused images are all alike, too dark or too bright; see the head of this file."""
        return super().faults({**watched, "balance": 0.5})


def _cropped(image: Tensor) -> Tensor:
    return image[..., EDGE:-EDGE, EDGE:-EDGE]


RECIPE = Recipe(
    slug="fusiongan",
    network=build_players,
    data=FusionPatches(swap=False, clinical=0.5),
    phases=(Phase("game", partial(FusionGame, air=AIR), learning_rate=4e-3),),
    budgets={
        "smoke": Budget(steps=12, batch=2, patch=68, check_every=4, pool=3),
        "lesson": Budget(steps=200, batch=4, patch=68, check_every=40, pool=6),
        "ship": Budget(steps=2000, batch=6, patch=68, check_every=100, pool=8, refresh=400),
        "full": Budget(steps=40_000, batch=32, patch=132, check_every=1000, pool=48),
    },
    clip=None,
    ships="generator",
    keep="last",
)
