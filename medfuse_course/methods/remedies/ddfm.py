"""DDFM: a diffusion model that never saw a fused image draws one, and at each step two sources pull at what it draws.

Reference: Z. Zhao, H. Bai, Y. Zhu and others, "DDFM: denoising diffusion model for multi-modality image fusion", ICCV
2023, 8082-8093. It stands for the review's remedy "diffusion models"; the review cites its reference 27 there, which is
no diffusion model but a Transformer for segmentation.

Verified in the authors' code (Zhaozixiang1228/MMIF-DDFM, commit 10fa939): nothing is trained for fusion. A public model
of photographs (guided diffusion, ImageNet, 256 pixels, 1000 times of which 100 are walked) denoises; its guess of the
clean image is clipped to [-1, 1], one step of expectation and maximization pulls it toward the sources (`em_step`, of
which one line differs from the paper's), the noise is computed anew from the corrected guess, DDIM with eta = 0 goes
down. So all that is random is the start.

Our reading, and what differs:

- The prior is our own: a U-Net of 1.04 million numbers on 64-pixel slices, and parts of slices, of the head phantom
  (MRI, CT, PET, SPECT, one at a time), 200 times. ``"paper"`` is a wider one; the published 552 million are not
  rebuilt. Its training is short: 1200 steps, after which the validation loss is 0.041; a trial of 3000 steps, with
  104 channels on the coarsest level, was at 0.033 after 2700. With that prior all signs of differences that the
  chapter claims of DDFM were the same, seed by seed, and four other heads were still as good. Its weights take 4.17
  million bytes (3.98 MiB), all in float32.
- Gray only: theirs denoises RGB and corrects the luma.
- i is the first image, v the second. The authors' script exchanges the folders of both.
- Their script stretches the result to [0, 1] and cuts sides to multiples of 32. Ours does neither.
- An image that is not 64 x 64 goes through whole: the network is convolutional and has seen parts of slices at their
  own scale. What it then knows of a head is local.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from medfuse_course.core.random import generator
from medfuse_course.core.registry import lookup
from medfuse_course.core.types import FloatArray
from medfuse_course.methods.learned import outside_torch
from medfuse_course.methods.remedies.em_step import Likelihood, Memory, em_step
from medfuse_course.networks.denoiser import Denoiser
from medfuse_course.networks.diffusion import clean_of, linear_schedule, walk_down
from medfuse_course.training import Budget, Phase, Recipe
from medfuse_course.training.data.scaled_slices import ScaledSlices
from medfuse_course.training.diffusion import DenoiseStep

SCALES = {"paper": ((128, 256, 384, 512), 2), "course": ((40, 80, 112), 2)}
"""Channels of each level, and blocks on the coarsest."""

Guess = Callable[[Tensor, int], Tensor]
"""Noised images in [-1, 1] and a time to the clean images behind them."""


class DDFM(nn.Module):
    """A denoiser, and the walk from noise to a fused image.

    Parameters
    ----------
    denoiser
        Takes noised images and times in [0, 1), gives the noise.
    times
        Of the schedule that it learned.
    """

    exportable = False

    def __init__(self, denoiser: Denoiser, times: int = 200) -> None:
        super().__init__()
        self.denoiser, self.multiple = denoiser, denoiser.multiple
        self.schedule = linear_schedule(times)

    def forward(
        self, a: Tensor, b: Tensor, *, steps: int = 25, seed: int = 0, eta: float = 0.0, likelihood: str = "released"
    ) -> Tensor:
        """Draw a fused image.

        Parameters
        ----------
        a, b
            Sources i and v in [0, 1], ``(N, 1, H, W)``, H and W multiples of 8.
        steps
            Of the walk, 1 to 200; the network runs once in each.
        seed
            Of the noise that the walk starts from: the same noise for each image of a stack.
        eta
            0: nothing else is random. 1: fresh noise in each step, as much as DDPM adds.
        likelihood
            As `em_step` takes it.

        Returns
        -------
        The fused images.
        """
        return self.walk(a, b, self.guess, steps=steps, seed=seed, eta=eta, likelihood=likelihood)  # type: ignore[arg-type]

    def guess(self, x: Tensor, time: int) -> Tensor:
        """The clean images that the network sees behind noised ones, in [-1, 1]."""
        share = torch.full((len(x),), time / len(self.schedule), device=x.device)
        return clean_of(x, self.denoiser(x, share).float(), float(self.schedule[time])).clamp(-1, 1)

    def walk(
        self, a: Tensor, b: Tensor, guess: Guess, *, steps: int, seed: int, eta: float = 0.0,
        likelihood: Likelihood = "released",
    ) -> Tensor:  # fmt: skip
        """As `forward`, with any guess: without a network there is no prior, which is what a sceptic asks for."""
        i, v = 2 * a - 1, 2 * b - 1
        memory = Memory.fresh(i)
        number = 0

        def fresh() -> Tensor:
            nonlocal number
            number += 1
            return standard_noise(a, seed, number)

        def corrected(x: Tensor, time: int) -> Tensor:
            nonlocal memory
            clean, memory = em_step(guess(x, time), i, v, memory, likelihood)
            return clean

        start = standard_noise(a, seed, 0)
        return walk_down(start, corrected, self.schedule, steps, eta=eta, fresh=fresh) / 2 + 0.5

    def imagine(self, count: int, side: int = 64, *, steps: int = 50, seed: int = 0) -> Tensor:
        """What the prior takes slices to look like: made of noise alone, ``(count, 1, side, side)`` in [0, 1]."""
        drawn = generator(seed, "diffusion", "imagine").standard_normal((count, 1, side, side), dtype="f4")
        start = torch.from_numpy(drawn).to(next(self.parameters()).device)
        return (walk_down(start, self.guess, self.schedule, steps) / 2 + 0.5).clamp(0, 1)


def standard_noise(like: Tensor, seed: int, number: int) -> Tensor:
    """Standard normal noise on the grid of `like`, the same for every image of a stack and on every device."""

    def draw(image: FloatArray) -> FloatArray:
        return generator(seed, "diffusion", "noise", number).standard_normal(image.shape, dtype="f4")

    return outside_torch(draw, like).to(like.dtype)


def build(scale: str) -> DDFM:
    """The fuser. ``"course"``: 1,040,332 parameters; ``"paper"``: a wider prior of our reading."""
    return DDFM(Denoiser(*lookup("scale", scale, SCALES)))


RECIPE = Recipe(
    slug="ddfm",
    network=build,
    data=ScaledSlices(),
    phases=(Phase("denoise", DenoiseStep, learning_rate=1e-3),),
    budgets={
        "smoke": Budget(steps=16, batch=4, patch=32, check_every=8, pool=3),
        "lesson": Budget(steps=120, batch=8, patch=32, check_every=60, pool=6),
        "ship": Budget(steps=1200, batch=8, patch=64, check_every=100, pool=18, refresh=150),
        "full": Budget(steps=200_000, batch=64, patch=64, check_every=2000, pool=96, refresh=500),
    },
    average=0.99,
    precision="bf16",
)
