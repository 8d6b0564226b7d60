"""DCIF-GAN: two generators and two discriminators for PET and CT of the lung, each couple with weights in common.

Reference: T. Zhou, Q. R. Cheng, X. X. Zhang and others, "PET/CT cross-modal medical image fusion of lung tumors based
on DCIF-GAN", Optics and Precision Engineering 32(2), 221-236, 2024, reference 26 of the review. The coupling is that of
M.-Y. Liu and O. Tuzel, "Coupled generative adversarial networks", NeurIPS 2016.

Verified in the abstract, and no more: two generators and two discriminators, each couple coupled by shared weights;
features by a convolutional network beside a Transformer; cross-modal attention in shifted windows; a reconstruction;
and that each discriminator judges how the *pre-fused* image of its generator differs from CT, or from PET.

Verified in the code of CoGAN: two networks are coupled by holding the same layers, not by a loss that pulls them
together. Its discriminators have first layers of their own and share the deep ones.

Our reading:

- Each generator has its own first layer and its own reconstruction. Between them lies a trunk that both hold: a dense
  block beside two blocks of windowed attention on a grid of half the size, then two blocks of cross-attention, in which
  the queries come from one source, keys and values from the other. One pass serves both directions.
- A reconstruction sees the fine features of both sources, and the tokens of its own that were told by the other.
- The final image from two pre-fused ones: the abstract does not say. `final` offers ``"mean"``, and ``"stronger"``: of
  both, pixel by pixel, the one of the larger gradient, smoothed.
- The loss: least-squares adversaries; L1 to the maximum, gradient to the stronger source, 1 - SSIM of each pre-fused
  image *to its own source*. The last, with the discriminators, is all that makes the two differ.
- Course scale: few channels, phantoms of the chest instead of patients.
"""

from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from medfuse_course.core.random import generator
from medfuse_course.core.registry import check_name, lookup
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.losses import gradient_to_stronger, l1_to_max, sobel, ssim
from medfuse_course.losses.adversarial import LEAST_SQUARES
from medfuse_course.networks.attention import WindowBlock
from medfuse_course.networks.blocks import ConvBlock, DenseBlock
from medfuse_course.networks.players import Players
from medfuse_course.training import AdversarialStep, Batch, Budget, CallablePairs, Losses, Phase, Recipe
from medfuse_course.training.adversaries import frozen

INTENSITY_WEIGHT, GRADIENT_WEIGHT, STRUCTURE_WEIGHT, PERSUADE_WEIGHT = 20.0, 100.0, 4.0, 0.2
"""Our reading; 20 and 100 are those of SwinFusion, whose terms these are."""

WINDOW = 8
"""Side of a window, in tokens of 2 x 2 pixels."""
FINAL = ("mean", "stronger")
"""Rules that make one image of two."""

CT_WINDOWS = ("hu:lung", "hu:mediastinum", "hu:-350,1300")
SLICES = (12, 60)
"""Axial slices of the thorax phantom, from the dome of the liver to the arch of the aorta."""

SCALES = {"paper": (32, 64, 8, 16), "course": (8, 16, 2, 8)}
"""Channels of fine features, channels of tokens, heads, and first channels of the discriminators."""


class Trunk(nn.Module):
    """What both generators hold: a convolutional and an attending branch, and attention to the other source."""

    def __init__(self, width: int, channels: int, heads: int) -> None:
        super().__init__()
        self.local = nn.Sequential(
            DenseBlock(width, width // 2, 3), ConvBlock(width + 3 * (width // 2), width, 1, activation=None)
        )
        self.embed = nn.Conv2d(width, channels, 2, stride=2)
        self.attend = nn.ModuleList(WindowBlock(channels, heads, WINDOW, shift) for shift in (0, WINDOW // 2))
        self.cross = nn.ModuleList(WindowBlock(channels, heads, WINDOW, shift) for shift in (0, WINDOW // 2))

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Of first features, ``(N, width, H, W)`` each: fine ones and tokens, those of a before those of b."""
        both = torch.cat([a, b])
        fine, tokens = self.local(both), self.embed(both)
        for block in self.attend:
            tokens = block(tokens)
        for block in self.cross:
            tokens = block(tokens, torch.cat(tokens.chunk(2)[::-1]))
        return fine, tokens


class Generator(nn.Module):
    """Of one source: its first layer and its reconstruction; the trunk is that of both.

    The trunk is no submodule here, so that its weights are saved and counted once, by `CoupledGenerators`.
    """

    def __init__(self, trunk: Trunk, width: int, channels: int) -> None:
        super().__init__()
        self._held = (trunk,)
        self.stem = ConvBlock(1, width)
        self.lift = nn.Conv2d(channels, width, 1)
        widths = (3 * width, 3 * width // 2, width)
        layers = [ConvBlock(*sides) for sides in pairwise(widths)]
        self.rebuild = nn.Sequential(*layers, ConvBlock(width, 1, activation=None))

    @property
    def trunk(self) -> Trunk:
        """The layers that the other generator holds, too."""
        return self._held[0]

    def draw(self, own: Tensor, other: Tensor, tokens: Tensor) -> Tensor:
        """A pre-fused image from the fine features of both sources and the tokens of its own."""
        wide = interpolate(self.lift(tokens), scale_factor=2, mode="bilinear", align_corners=False)
        drawn: Tensor = self.rebuild(torch.cat([own, other, wide], dim=1))
        return torch.tanh(drawn) / 2 + 0.5


class CoupledGenerators(nn.Module):
    """Both generators, and the rule that makes one image of their two.

    Parameters
    ----------
    width, channels, heads
        Channels of fine features and of tokens, heads of the attention.
    """

    multiple = 2 * WINDOW
    reach = 4 * 2 * (WINDOW - 1) + 16
    """Four blocks on a grid of half the size, and convolutions."""

    def __init__(self, width: int, channels: int, heads: int) -> None:
        super().__init__()
        self.trunk = Trunk(width, channels, heads)
        self.of_a = Generator(self.trunk, width, channels)
        self.of_b = Generator(self.trunk, width, channels)

    def forward(self, a: Tensor, b: Tensor, *, final: str = "mean") -> Tensor:
        """Fuse.

        Parameters
        ----------
        a, b
            CT and PET in [0, 1], ``(N, 1, H, W)``, H and W multiples of 16.
        final
            ``"mean"`` of the pre-fused images, or ``"stronger"``: weighted by their gradients.

        Returns
        -------
        The fused images.
        """
        check_name("final", final, FINAL)
        first, second = self.pre_fused(a, b)
        weight = strength_of(first, second) if final == "stronger" else 0.5
        return weight * first + (1 - weight) * second

    def pre_fused(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """The images of both generators, as their discriminators see them."""
        fine, tokens = self.trunk(self.of_a.stem(a), self.of_b.stem(b))
        (fine_a, fine_b), (tokens_a, tokens_b) = fine.chunk(2), tokens.chunk(2)
        return self.of_a.draw(fine_a, fine_b, tokens_a), self.of_b.draw(fine_b, fine_a, tokens_b)


class CoupledDiscriminators(nn.Module):
    """Patches of 18 pixels: how much they look like CT, or like PET; all but the first layer, of `width`, is common."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first_a, self.first_b = (nn.Conv2d(1, width, 4, stride=2, padding=1) for _ in range(2))
        second = nn.Conv2d(width, 2 * width, 4, stride=2, padding=1)
        third = nn.Conv2d(2 * width, 4 * width, 3, padding=1)
        last = nn.Conv2d(4 * width, 1, 1)
        self.deep = nn.Sequential(nn.LeakyReLU(0.2), second, nn.LeakyReLU(0.2), third, nn.LeakyReLU(0.2), last)

    def of_a(self, x: Tensor) -> Tensor:
        """Of CT: ``(N, 1, H, W)`` gives ``(N, 1, H / 4, W / 4)``."""
        said: Tensor = self.deep(self.first_a(x))
        return said

    def of_b(self, x: Tensor) -> Tensor:
        """Of PET."""
        said: Tensor = self.deep(self.first_b(x))
        return said


def strength_of(first: Tensor, second: Tensor) -> Tensor:
    """The share of `first` in the gradients of both, in windows of 7 x 7 pixels; 1/2 where neither has any."""
    strong = []
    for image in (first, second):
        across, down = sobel(image)
        strong.append(avg_pool2d(across**2 + down**2, 7, stride=1, padding=3, count_include_pad=False) + 1e-8)
    return strong[0] / (strong[0] + strong[1])


def build(scale: str) -> CoupledGenerators:
    """The generators. ``"paper"``: our reading, since published are no widths; ``"course"``: 20,230 parameters."""
    return CoupledGenerators(*lookup("scale", scale, SCALES)[:3])


def build_players(scale: str) -> Players:
    """Generators and discriminators."""
    return Players(build(scale), CoupledDiscriminators(lookup("scale", scale, SCALES)[3]))


class CoupledGame(AdversarialStep):
    """Two games at once: each pre-fused image against the discriminator of its source."""

    def __init__(self, players: Players) -> None:
        super().__init__(players, LEAST_SQUARES)

    def real(self, batch: Batch) -> Tensor:
        """The CT."""
        return batch["a"]

    def likened(self, batch: Batch) -> Tensor:
        """The brighter of both."""
        return torch.maximum(batch["a"], batch["b"])

    def both(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Pre-fused images."""
        return self.players.generator.pre_fused(batch["a"], batch["b"])  # type: ignore[operator]

    def samples(self, batch: Batch) -> Tensor:
        """The image of the first generator: `watch` reports the game of CT."""
        return self.both(batch)[0]

    def judge(self, samples: Tensor, batch: Batch) -> Tensor:
        """What the discriminator of CT says."""
        return self.said("a", samples)

    def said(self, source: str, images: Tensor) -> Tensor:
        """What the discriminator of a source says."""
        said: Tensor = getattr(self.players.discriminator, f"of_{source}")(images)
        return said

    def discriminator_losses(self, batch: Batch) -> Losses:
        """A term for either."""
        with torch.no_grad():
            drawn = dict(zip("ab", self.both(batch), strict=True))
        return {
            f"judge_{s}": self.objective.discriminator(self.said(s, batch[s]), self.said(s, drawn[s])) for s in "ab"
        }

    def generator_losses(self, batch: Batch) -> Losses:
        """Persuasion of both discriminators, and the content of both pre-fused images."""
        drawn = self.both(batch)
        with frozen(self.players.discriminator):
            terms = {
                f"persuade_{s}": PERSUADE_WEIGHT * self.objective.generator(self.said(s, image))
                for s, image in zip("ab", drawn, strict=True)
            }
            return {**terms, **content(drawn, batch["a"], batch["b"])}

    def validate(self, batch: Batch) -> Losses:
        """The content."""
        return content(self.both(batch), batch["a"], batch["b"])

    def watch(self, batch: Batch) -> Losses:
        """As of every game; ``apart``: the mean distance between the two pre-fused images of a pair."""
        first, second = self.both(batch)
        return {**super().watch(batch), "apart": (first - second).abs().mean()}

    def faults(self, watched: dict[str, float]) -> list[str]:  # type: ignore[override]
        """As of every game, but that a judge that tells them is no fault; and whether both draw the same image."""
        said = super().faults({**watched, "balance": 0.5})
        if watched["apart"] < 1e-3:
            said.append(f"one generator: both pre-fused images differ by {watched['apart']:.4f} only")
        return said


def content(drawn: tuple[Tensor, Tensor], a: Tensor, b: Tensor) -> Losses:
    """Mean over both pre-fused images P of ``20 |P - max| + 100 |grad P - grad| + 4 (1 - SSIM(P, its own source))``."""
    both = torch.cat(drawn)
    a2, b2 = torch.cat([a, a]), torch.cat([b, b])
    return {
        "intensity": INTENSITY_WEIGHT * l1_to_max(both, a2, b2),
        "gradient": GRADIENT_WEIGHT * gradient_to_stronger(both, a2, b2),
        "structure": STRUCTURE_WEIGHT * (1 - ssim(both, torch.cat([a, b]))),
    }


def chest(number: int) -> Pair:
    """CT and PET of a phantom of this seed: its slice, window and lesions follow from it."""
    rng = generator(number, "dcif_gan", "chest")
    plane, lesions, window = int(rng.integers(*SLICES)), int(rng.integers(1, 4)), str(rng.choice(CT_WINDOWS))
    load = partial(load_pair, "thorax/ct-pet", slice=plane, seed=number, window_a=window)
    for count in (lesions, 1):
        try:
            return load(lesions=count)
        except ValueError:  # no room for so many
            continue
    return load(lesions=0)


RECIPE = Recipe(
    slug="dcif_gan",
    network=build_players,
    data=CallablePairs(chest, swap=False),
    phases=(Phase("game", CoupledGame, learning_rate=2e-3),),
    budgets={
        "smoke": Budget(steps=12, batch=2, patch=32, check_every=4, pool=2),
        "lesson": Budget(steps=60, batch=4, patch=64, check_every=30, pool=4),
        "ship": Budget(steps=80, batch=4, patch=64, check_every=40, pool=4),
        "full": Budget(steps=60_000, batch=16, patch=128, check_every=1000, pool=48),
    },
    ships="generator",
    keep="last",
)
