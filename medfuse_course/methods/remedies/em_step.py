"""The likelihood step of DDFM: where two sources pull a guess of the fused image, by one round of expectation and
maximization.

With i, v the sources and f the guess, ``y = i - v`` and ``x = f - v``. Both ``y - x`` and x are taken to be Laplace
noise, so the fused image should differ from either source in few pixels; a Laplace variable is a normal one whose
variance is unknown, and its expected weight is one over its size. Verified in the authors' code
(Zhaozixiang1228/MMIF-DDFM, commit 10fa939, `EM_onestep`), whose order is kept here: weights, scales, gradient, x, f.

Three things there are worth a reader's eye. The last line is ``f = i - x`` although x began as ``f - v``: so a guess
near i comes back near v (`released`). It is not the paper's line. The update of x is the exact minimum over x of
``C (y - x)^2 + D x^2 + rho/2 (y - x - H)^2``, so x is still ``f - v`` and f is ``v + x`` (`straight`). So a reader
quotes the paper in the authors' tracker (issue 18, without an answer), and so ends the code of the model from which
this step was taken (Zhaozixiang1228/IVIF-Bayesian-Fusion, commit 6f50441). The README says that the released code gives
the results of the paper. The gradients are shrunk by ``rho / (2 lambda + rho)``, which is the proximal step of a
squared gradient and not of its size; the older code shrinks the size. And with rho of 0.001 beside weights above 1 all
that is called total variation hardly changes a pixel.

Between the sources the likelihood has no wish: ``|i - f| + |f - v|`` is the same there for every f. With equal scales
`straight` leaves such a guess where it is (if it is at least a third of the way from v to i, which is what
``D <= 2 C`` asks), and `released` mirrors it at the mean of the sources.

Ours: differences run in a circle, as the Fourier transform has them, with the sign of its kernels; the authors' last
row and column do not, and theirs have the other sign. Scales are means of each image, not of a batch.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from medfuse_course.core.registry import check_name

Likelihood = Literal["released", "straight"]
LAMBDA, RHO = 0.5, 0.001
"""Of the total variation, and of what ties it to x; the authors' values."""
TINY = 1e-6
"""Beside a square under a root: no weight is infinite."""


@dataclass(frozen=True)
class Memory:
    """What one step hands to the next.

    Attributes
    ----------
    scale_i, scale_v
        Mean variances of what sets f apart from either source, ``(N, 1, 1, 1)``; the tau of the paper.
    across, down
        Shrunk gradients, ``(N, 1, H, W)``.
    """

    scale_i: Tensor
    scale_v: Tensor
    across: Tensor
    down: Tensor

    @classmethod
    def fresh(cls, image: Tensor) -> "Memory":
        """Scales of 1 and no gradients."""
        one = torch.ones_like(image[:, :1, :1, :1])
        nothing = torch.zeros_like(image)
        return cls(one, one, nothing, nothing)


def em_step(
    guess: Tensor, i: Tensor, v: Tensor, memory: Memory, likelihood: Likelihood = "released"
) -> tuple[Tensor, Memory]:
    """Pull a guess of the fused image toward the sources.

    ``D = sqrt(2 / tau_v / x^2)`` and ``C = sqrt(2 / tau_i / (y - x)^2)`` weigh how near the guess is to v and to i,
    with ``D <= 2 C``; ``x = (2 C y + rho (y - H)) / (2 C + 2 D + rho)``, where H is a smooth copy of ``y - x``.

    Parameters
    ----------
    guess, i, v
        ``(N, 1, H, W)``, all on one scale of gray.
    memory
        Of the step before, or `Memory.fresh`.
    likelihood
        ``"released"`` returns ``i - x``, as the authors' code does; ``"straight"`` returns ``v + x``, as the
        definition of x says, and the paper.

    Returns
    -------
    The new guess, and what the next step must know.
    """
    check_name("likelihood", likelihood, ("released", "straight"))
    y, x = i - v, guess - v
    to_i = torch.sqrt(2 / memory.scale_i / ((y - x) ** 2 + TINY))
    to_v = torch.minimum(torch.sqrt(2 / memory.scale_v / (x**2 + TINY)), 2 * to_i)
    scale_i, scale_v = ((1 / w + s / 2).mean((1, 2, 3), keepdim=True) for w, s in (
        (to_i, memory.scale_i), (to_v, memory.scale_v)
    ))  # fmt: skip
    smooth = smoothed(y - x, memory.across, memory.down)
    shrink = RHO / (2 * LAMBDA + RHO)
    x = (2 * to_i * y + RHO * (y - smooth)) / (2 * to_i + 2 * to_v + RHO)
    after = Memory(scale_i, scale_v, shrink * difference(smooth, -1), shrink * difference(smooth, -2))
    return (i - x if likelihood == "released" else v + x), after


def difference(image: Tensor, side: int) -> Tensor:
    """The next pixel less this one along a side, in a circle."""
    return image.roll(-1, side) - image


def smoothed(image: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """The H that makes ``|H - image|^2 + |d_x H - across|^2 + |d_y H - down|^2`` least, in one division by Fourier.

    Parameters
    ----------
    image, across, down
        ``(N, 1, H, W)``; what its differences along rows and columns should be near.

    Returns
    -------
    H, ``(N, 1, H, W)``: the solution of ``(1 + d_x' d_x + d_y' d_y) H = image + d_x' across + d_y' down``.
    """
    height, width = image.shape[-2:]
    turns_x = torch.fft.rfftfreq(width, device=image.device, dtype=image.dtype)[None, :]
    turns_y = torch.fft.fftfreq(height, device=image.device, dtype=image.dtype)[:, None]
    weight = 1 + sum(2 - 2 * torch.cos(2 * torch.pi * turns) for turns in (turns_x, turns_y))
    back = sum(field.roll(1, side) - field for field, side in ((across, -1), (down, -2)))  # the adjoint of `difference`
    result: Tensor = torch.fft.irfft2(torch.fft.rfft2(image + back) / weight, s=(height, width))
    return result
