"""DDcGAN: a discriminator for each source, and each judges at the resolution that its source has.

Reference: J. Ma, H. Xu, J. Jiang, X. Mei and X.-P. Zhang, "DDcGAN: A dual-discriminator conditional generative
adversarial network for multi-resolution image fusion", IEEE Transactions on Image Processing 29, 4980-4995, 2020. The
answer to `fusiongan`: there nobody judged what else the source of brightness had. Here one discriminator is shown MRI
and fused images, another the PET as coarse as it is and fused images made as coarse. The review does not list it.

Verified in the authors' code for PET and MRI: the PET comes in at a quarter of the resolution, and is enlarged by a
transposed convolution; the layers and widths of all three networks; the losses and their factors; clipped weights of
the discriminators.

Our reading:

- `fuse` has both sources on one grid, so the network reduces b itself, by the same two means of 3 x 3 pixels that make
  the fused image coarse for its judge. What b shows finer than that never reaches the network, be it the bone of a CT.
- The published discriminators end in ``tanh(x) / 2 + 1/2``, taken as a probability; that is ``sigmoid(2 x)``, so here
  they give ``2 x``, and the loss has the sigmoid. It is the same loss, and 0 and 1 are no trouble to its logarithm.
- The published sums over a patch are means here, with weights multiplied by the pixels of the published patch, 21^2
  and 84^2: 0.8 * 21^2 = 352.8 and 0.8 * 1.2 * 84^2 = 6773.76. Another patch then changes nothing. Beside such weights
  that of the adversaries, 1, is small.
- A turn of the discriminators for each of the generator. Published are loops that go on until a loss is reached.
- Adam for all three networks, and a rate that falls; published are RMSprop for the generator and plain gradient descent
  for the discriminators.
- At inference batch normalization has the means and variances that it met in training; published are those of the
  image at hand.
- Course scale: an eighth of the generator's widths, half of the discriminators', phantoms instead of patients.

Known defects of the authors' code, not copied: the first layer of the decoder is run twice. Copied: a kernel of 3
pixels at a stride of 4 leaves every fourth row and column of the enlarged PET empty, and the layers behind must fill
these gaps.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, l1_loss, mse_loss

from medfuse_course.core.registry import lookup
from medfuse_course.losses.adversarial import NON_SATURATING
from medfuse_course.networks.blocks import ConvBlock
from medfuse_course.networks.players import Players
from medfuse_course.training import AdversarialStep, Batch, Budget, FusionPatches, Losses, Phase, Recipe

COARSE = 4
"""Pixels of the fine grid along one of the coarse grid."""

PATCH = 84
"""Side of the published patch; its coarse one has 21."""

CONTENT, GRADIENT = 0.8, 1.2
"""Published weight of the content, and of its gradient term beside its intensity term; both terms are sums there."""

INTENSITY_WEIGHT = CONTENT * (PATCH // COARSE) ** 2
GRADIENT_WEIGHT = CONTENT * GRADIENT * PATCH**2
"""The same of means."""

LIMIT = 8.0
"""Weights of the discriminators stay in [-8, 8]."""

SCALES = {"paper": (48, 16), "course": (6, 8)}
"""Channels that a layer of the encoder adds, and those of the first layer of the discriminators."""


class DualGan(nn.Module):
    """The generator: both sources enlarged or not, a dense encoder, a decoder that narrows.

    Parameters
    ----------
    growth
        Channels that each of five layers of the encoder adds.
    """

    multiple = COARSE
    reach = 16

    def __init__(self, growth: int) -> None:
        super().__init__()
        self.of_a = nn.ConvTranspose2d(1, 1, 3, padding=1, bias=False)
        self.of_b = nn.ConvTranspose2d(1, 1, 3, stride=COARSE, output_padding=1, bias=False)
        inputs = (2, *(k * growth for k in range(1, 5)))
        self.encoder = nn.ModuleList(ConvBlock(n, growth, norm=True) for n in inputs)
        # 240, 240, 128, 64 and 32 channels in the published size
        widths = [5 * growth, 5 * growth, *(growth * part // 6 for part in (16, 8, 4))]
        self.decoder = nn.Sequential(
            *(ConvBlock(*channels, norm=True) for channels in pairwise(widths)),
            ConvBlock(widths[-1], 1, activation=None),
        )
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # faster on a CPU

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(N, 1, H, W)`` each, H and W multiples of 4, gives the same.

        Parameters
        ----------
        a, b
            The fine source and the one that is made coarse, in [0, 1].

        Returns
        -------
        The fused images.
        """
        x = torch.cat([self.of_b(coarse(b)), self.of_a(a)], dim=1)
        features = self.encoder[0](x)
        for layer in self.encoder[1:]:
            features = torch.cat([features, layer(features)], dim=1)
        fused: Tensor = self.decoder(features)
        return torch.tanh(fused) / 2 + 0.5


class Discriminator(nn.Module):
    """Says of patches of one size how much they look like one source: twice the published number before its tanh.

    Parameters
    ----------
    width
        Channels of the first of three layers; each of the others has twice as many as the one before.
    side
        Pixels of a patch.
    """

    def __init__(self, width: int, side: int) -> None:
        super().__init__()
        self.side = side
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((1, width, 2 * width, 4 * width)):
            layers.append(nn.Conv2d(inputs, outputs, 3, stride=2, padding=1))
            layers += [nn.BatchNorm2d(outputs), nn.ReLU()] if inputs > 1 else [nn.ReLU()]
            side = -(-side // 2)
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * width * side**2, 1))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, side, side)`` gives ``(N, 1)``.

        Parameters
        ----------
        x
            Patches in [0, 1].

        Returns
        -------
        What it says of each.

        Raises
        ------
        ValueError
            They have another size.
        """
        if x.shape[-2:] != (self.side, self.side):
            raise ValueError(
                f"patch: expected patches of {PATCH} pixels, {self.side} for this discriminator, got "
                f"{tuple(x.shape[-2:])}; give the budget patches of {PATCH} pixels"
            )
        said: Tensor = self.layers(x)
        return 2 * said


class Judges(nn.Module):
    """Both discriminators.

    Parameters
    ----------
    width
        Channels of their first layers.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.of_a, self.of_b = Discriminator(width, PATCH), Discriminator(width, PATCH // COARSE)


def build(scale: str) -> DualGan:
    """The generator. ``"paper"``: 1,097,683 parameters; ``"course"``: 17,527."""
    return DualGan(lookup("scale", scale, SCALES)[0])


def build_players(scale: str) -> Players:
    """The generator and its judges, of which ``"paper"`` have 31,233 and 24,065 parameters."""
    return Players(build(scale), Judges(lookup("scale", scale, SCALES)[1]))


def coarse(image: Tensor) -> Tensor:
    """A quarter of the resolution: twice the mean of 3 x 3 pixels, every second one; ``(N, 1, H, W)``."""
    for _ in range(2):
        image = avg_pool2d(image, 3, stride=2, ceil_mode=True, count_include_pad=False)
    return image


def gradient(image: Tensor) -> Tensor:
    """The mean of eight neighbors minus the pixel: ``(N, 1, H, W)`` gives ``(N, 1, H - 2, W - 2)``."""
    kernel = torch.full((1, 1, 3, 3), 1 / 8, dtype=image.dtype, device=image.device)
    kernel[..., 1, 1] = -1
    return conv2d(image, kernel)


def content(f: Tensor, a: Tensor, b: Tensor) -> Losses:
    """``352.8 mean (F' - B')^2 + 6773.76 mean |grad F - grad A|``, where F' and B' are `coarse`.

    Parameters
    ----------
    f, a, b
        Fused image, source of edges and source of brightness, ``(N, 1, H, W)`` in [0, 1].

    Returns
    -------
    Both terms, weighted.
    """
    return {
        "intensity": INTENSITY_WEIGHT * mse_loss(coarse(f), coarse(b)),
        "gradient": GRADIENT_WEIGHT * l1_loss(gradient(f), gradient(a)),
    }


class DualGame(AdversarialStep):
    """The generator against two judges; brightness is watched against b."""

    def __init__(self, players: Players) -> None:
        super().__init__(players, NON_SATURATING, clip=LIMIT, optimizer=torch.optim.Adam)

    def real(self, batch: Batch) -> Tensor:
        """The fine source."""
        return batch["a"]

    def likened(self, batch: Batch) -> Tensor:
        """The source of brightness."""
        return batch["b"]

    def samples(self, batch: Batch) -> Tensor:
        """Fused images."""
        fused: Tensor = self.players.generator(batch["a"], batch["b"])
        return fused

    def judge(self, samples: Tensor, batch: Batch) -> Tensor:
        """What the judge of the fine source says."""
        said: Tensor = self.players.discriminator.of_a(samples)  # type: ignore[operator]
        return said

    def judge_coarse(self, samples: Tensor) -> Tensor:
        """What the judge of the coarse source says of fine samples."""
        said: Tensor = self.players.discriminator.of_b(coarse(samples))  # type: ignore[operator]
        return said

    def discriminator_losses(self, batch: Batch) -> Losses:
        """A term for either."""
        with torch.no_grad():
            fake = self.samples(batch)
        return {
            "judge_a": self.objective.discriminator(self.judge(batch["a"], batch), self.judge(fake, batch)),
            "judge_b": self.objective.discriminator(self.judge_coarse(batch["b"]), self.judge_coarse(fake)),
        }

    def persuade(self, samples: Tensor, batch: Batch) -> Losses:
        """Of both."""
        said = {"persuade_a": self.judge(samples, batch), "persuade_b": self.judge_coarse(samples)}
        return {name: self.objective.generator(of) for name, of in said.items()}

    def content(self, samples: Tensor, batch: Batch) -> Losses:
        """As `content` has it."""
        return content(samples, batch["a"], batch["b"])

    def watch(self, batch: Batch) -> Losses:
        """How the game stands; ``balance`` is that of the judge of the fine source."""
        higher = self.judge_coarse(batch["b"]) - self.judge_coarse(self.samples(batch)).T
        return {**super().watch(batch), "balance_b": ((higher > 0).float() + (higher == 0).float() / 2).mean()}

    def faults(self, watched: dict[str, float]) -> list[str]:  # type: ignore[override]
        """Whether the fused images are all alike, too dark or too bright; a judge that tells them is no fault."""
        return super().faults({**watched, "balance": 0.5})


RECIPE = Recipe(
    slug="ddcgan",
    network=build_players,
    data=FusionPatches(swap=False, clinical=0.5),
    phases=(Phase("game", DualGame, learning_rate=4e-3),),
    budgets={
        "smoke": Budget(steps=12, batch=2, patch=PATCH, check_every=4, pool=3),
        "lesson": Budget(steps=200, batch=4, patch=PATCH, check_every=50, pool=6),
        "ship": Budget(steps=600, batch=4, patch=PATCH, check_every=50, pool=8, refresh=300),
        "full": Budget(steps=40_000, batch=24, patch=PATCH, check_every=1000, pool=48),
    },
    clip=None,
    ships="generator",
    keep="last",
)
