"""The step of a diffusion model: add noise by the schedule, learn to say which."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from medfuse_course.networks.diffusion import linear_schedule, noised
from medfuse_course.training.steps import Batch, Losses, LossStep


class DenoiseStep(LossStep[nn.Module]):
    """Mean square error of the noise that a network sees in images, of batches with `clean`; a time for each image.

    Parameters
    ----------
    network
        Whose part ``denoiser`` takes noised images and times in [0, 1), and gives the noise.
    clean
        Name of the images in a batch; they are moved from [0, 1] to [-1, 1] if `centered`.
    times
        Of the schedule.
    """

    def __init__(self, network: nn.Module, *, clean: str = "clean", centered: bool = True, times: int = 200) -> None:
        self.clean, self.centered, self.schedule = clean, centered, linear_schedule(times)
        super().__init__(network)

    def losses(self, batch: Batch) -> Losses:
        """The term of one batch; time and noise are drawn from torch."""
        clean = batch[self.clean]
        return self._terms(clean, torch.rand(len(clean), device=clean.device), torch.randn_like(clean))

    def validate(self, batch: Batch) -> Losses:
        """The same with noise that is the same for every run, at times that are evenly spread."""
        clean = batch[self.clean]
        even = (torch.arange(len(clean), device=clean.device) + 0.5) / len(clean)
        noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0)).to(clean.device)
        return self._terms(clean, even, noise)

    def _terms(self, clean: Tensor, share: Tensor, noise: Tensor) -> Losses:
        number = (share * len(self.schedule)).long()
        kept = self.schedule.to(clean.device)[number].reshape(-1, *[1] * (clean.ndim - 1))
        x = noised(2 * clean - 1 if self.centered else clean, noise, kept)
        denoiser: Callable[[Tensor, Tensor], Tensor] = self.network.denoiser  # type: ignore[assignment]
        seen = denoiser(x, number / len(self.schedule))
        return {"noise": ((seen - noise) ** 2).mean()}


point_step = partial(DenoiseStep, clean="real", centered=False)
"""Of points of the plane: batches with ``real``."""
