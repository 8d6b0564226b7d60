"""Noise that is added by a schedule and taken away again: the mathematics of diffusion, without any network.

References: J. Ho, A. Jain and P. Abbeel, "Denoising diffusion probabilistic models", NeurIPS 2020 (schedule, noising);
J. Song, C. Meng and S. Ermon, "Denoising diffusion implicit models", ICLR 2021 (fewer steps, eta).

``kept`` is the alpha-bar of the papers: the share of the image's variance that is left, from nearly 1 (nothing
happened) to nearly 0 (noise alone).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Denoise = Callable[[Tensor, int], Tensor]
"""Takes noised images and a time, gives the clean images that it expects behind them."""


def linear_schedule(times: int = 200) -> Tensor:
    """What is left of an image at each time, ``(times,)``: ``prod (1 - beta)``, beta rising along a line.

    Ho and others let beta rise from 1e-4 to 0.02 over 1000 times; over fewer it is larger in proportion, so that the
    end is noise here, too.

    Parameters
    ----------
    times
        How many, 20 at least.

    Returns
    -------
    Float32, falling.

    Raises
    ------
    ValueError
        There are so few that a beta would reach 1.

    Examples
    --------
    >>> from medfuse_course.networks import linear_schedule
    >>> kept = linear_schedule(1000)
    >>> [round(kept[time].item(), 4) for time in (0, 500, 999)]  # the image, less and less of it, noise
    [0.9999, 0.0778, 0.0]
    """
    if times < 20 + 1:
        raise ValueError(f"times: expected 21 or more, with which every beta is below 1, got {times}")
    betas = torch.linspace(1e-4, 0.02, times, dtype=torch.float64) * 1000 / times
    return torch.cumprod(1 - betas, 0).float()


def noised(clean: Tensor, noise: Tensor, kept: Tensor | float) -> Tensor:
    """``sqrt(kept) clean + sqrt(1 - kept) noise``: a draw of ``q(x_t | x_0)`` without walking there.

    Parameters
    ----------
    clean, noise
        Images and standard normal noise of one shape.
    kept
        A number, or a tensor that spreads over the images.

    Returns
    -------
    Noised images.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import noised
    >>> clean, noise = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    >>> [round(x, 3) for x in noised(clean, noise, 0.64).tolist()]  # shares of variance: 0.64 and 0.36
    [0.8, 0.6]
    """
    kept = torch.as_tensor(kept, dtype=clean.dtype, device=clean.device)
    return kept.sqrt() * clean + (1 - kept).sqrt() * noise


def clean_of(x: Tensor, noise: Tensor, kept: Tensor | float) -> Tensor:
    """The images behind `x` if `noise` is what was added: `noised` solved for ``clean``."""
    kept = torch.as_tensor(kept, dtype=x.dtype, device=x.device)
    return (x - (1 - kept).sqrt() * noise) / kept.sqrt()


def noise_of(x: Tensor, clean: Tensor, kept: Tensor | float) -> Tensor:
    """The noise in `x` if `clean` is what lies behind it: `noised` solved for ``noise``."""
    kept = torch.as_tensor(kept, dtype=x.dtype, device=x.device)
    return (x - kept.sqrt() * clean) / (1 - kept).sqrt()


def step_down(
    x: Tensor, clean: Tensor, kept: float, kept_next: float, eta: float = 0.0, noise: Tensor | None = None
) -> Tensor:
    """From one time to an earlier one: DDIM's step.

    ``sqrt(kept') clean + sqrt(1 - kept' - s^2) noise(x, clean) + s fresh`` with
    ``s = eta sqrt((1 - kept') / (1 - kept)) sqrt(1 - kept / kept')``.

    Parameters
    ----------
    x, clean
        Noised images, and what is taken to lie behind them.
    kept, kept_next
        At the time of `x`, and at the earlier one; 1: the end, which gives `clean` itself.
    eta
        0: no fresh noise, so the start decides all. 1: as much as DDPM adds.
    noise
        Fresh, where `eta` is not 0.

    Returns
    -------
    Images at the earlier time.
    """
    spread = eta * math.sqrt((1 - kept_next) / (1 - kept) * max(0.0, 1 - kept / kept_next))
    down = math.sqrt(kept_next) * clean + math.sqrt(max(0.0, 1 - kept_next - spread**2)) * noise_of(x, clean, kept)
    return down if noise is None or spread == 0 else down + spread * noise


def spaced(times: int, steps: int) -> list[int]:
    """`steps` of the times ``0 ... times - 1``, evenly spaced, the last one first: the walk down.

    Parameters
    ----------
    times
        Of the schedule.
    steps
        Of the walk, from 1 to `times`.

    Returns
    -------
    Falling whole numbers that begin with ``times - 1`` and, if there are two or more, end with 0.

    Raises
    ------
    ValueError
        There are not so many times.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= times:
        raise ValueError(f"steps: expected a whole number from 1 to {times}, got {steps!r}")
    return torch.linspace(times - 1, 0, steps).round().int().tolist()


def walk_down(
    start: Tensor,
    denoise: Denoise,
    schedule: Tensor,
    steps: int,
    *,
    eta: float = 0.0,
    fresh: Callable[[], Tensor] | None = None,
) -> Tensor:
    """From noise to images: at each time guess what is clean, put back the noise of the time before.

    Parameters
    ----------
    start
        Standard normal noise.
    denoise
        Guesses the clean images; what else is known of them (a measurement, two sources) is brought in there.
    schedule
        Of `linear_schedule`.
    steps
        How many; `denoise` is asked once in each.
    eta
        As in `step_down`.
    fresh
        Draws noise of the shape of `start`, where `eta` is not 0; torch's by default.

    Returns
    -------
    The last guess.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import linear_schedule, walk_down
    >>> clean = torch.full((1, 1, 4, 4), 0.3)
    >>> start = torch.randn(1, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    >>> found = walk_down(start, lambda x, time: clean, linear_schedule(), steps=5)  # somebody who knows the answer
    >>> torch.allclose(found, clean)
    True
    """
    kept = schedule.tolist()
    walk = spaced(len(kept), steps)
    draw = fresh if fresh is not None else lambda: torch.randn_like(start)
    x = start
    for time, following in zip(walk, [*walk[1:], None], strict=True):
        clean = denoise(x, time)
        after = 1.0 if following is None else kept[following]
        x = step_down(x, clean, kept[time], after, eta, draw() if eta and following is not None else None)
    return x
