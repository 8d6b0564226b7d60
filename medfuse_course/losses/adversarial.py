"""What the two players of a game minimize, from what a discriminator says of samples.

A discriminator gives a sample x a number d(x), high where it believes that x is real; of a patch discriminator every
number counts. It is no probability: where one is meant, it is ``sigmoid(d)``. A critic is a discriminator whose number
has no such meaning.

References: I. Goodfellow and others, "Generative adversarial nets", NeurIPS 2014; X. Mao and others, "Least squares
generative adversarial networks", ICCV 2017, 2813-2821; M. Arjovsky, S. Chintala and L. Bottou, "Wasserstein GAN", ICML
2017, 214-223; I. Gulrajani and others, "Improved training of Wasserstein GANs", NeurIPS 2017.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus


def cross_entropy(real: Tensor, fake: Tensor) -> Tensor:
    """``-mean log sigmoid(d(real)) - mean log(1 - sigmoid(d(fake)))``: the discriminator of Goodfellow and others.

    Its minimum over all d is ``log 4 - 2 JS``, where JS is the Jensen-Shannon divergence of the two distributions.
    """
    return softplus(-real).mean() + softplus(fake).mean()


def saturating(fake: Tensor) -> Tensor:
    """``mean log(1 - sigmoid(d(fake)))``: the generator plays the discriminator's loss with the other sign.

    Its derivative by d is ``-sigmoid(d)``, which is nothing where the discriminator is sure: there is no way back.
    """
    return -softplus(fake).mean()


def non_saturating(fake: Tensor) -> Tensor:
    """``-mean log sigmoid(d(fake))``: the generator that Goodfellow and others advise.

    Its derivative by d is ``-sigmoid(-d)``: -1 where the discriminator is sure that the sample is none.
    """
    return softplus(-fake).mean()


def least_squares_discriminator(real: Tensor, fake: Tensor, *, a: float = 0.0, b: float = 1.0) -> Tensor:
    """``mean (d(real) - b)^2 / 2 + mean (d(fake) - a)^2 / 2``: LSGAN.

    Its minimum is at ``d = (b p + a q) / (p + q)``, where p and q are the densities of data and samples.

    Parameters
    ----------
    real, fake
        What the discriminator says of the data and of samples.
    a, b
        Labels of samples and of the data. With -1 and 1, and 0 for the generator, the game minimizes a Pearson
        chi-squared divergence.

    Returns
    -------
    The loss.
    """
    return ((real - b) ** 2).mean() / 2 + ((fake - a) ** 2).mean() / 2


def least_squares_generator(fake: Tensor, *, c: float = 1.0) -> Tensor:
    """``mean (d(fake) - c)^2 / 2``, where c is what the generator wants to hear.

    Its derivative by d is ``d - c``: the worse a sample, the stronger the pull.
    """
    return ((fake - c) ** 2).mean() / 2


def wasserstein_critic(real: Tensor, fake: Tensor) -> Tensor:
    """``mean d(fake) - mean d(real)``: WGAN.

    Over all d that rise by no more than K per unit of distance its minimum is ``-K W1``, the earth mover's distance;
    over all d there is none. So something must keep the critic Lipschitz: clipped weights, or `gradient_penalty`.
    """
    return fake.mean() - real.mean()


def wasserstein_generator(fake: Tensor) -> Tensor:
    """``-mean d(fake)``. Its derivative by d is -1 everywhere."""
    return -fake.mean()


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """``mean (|grad d(x)| - 1)^2`` at points x between the data and samples: WGAN-GP.

    Parameters
    ----------
    critic
        d: ``(N, ...)`` to numbers. Each number may depend on its own sample only: no batch normalization.
    real, fake
        As many of each, of one shape; point n lies somewhere between real n and fake n, drawn by PyTorch's generator.

    Returns
    -------
    The penalty, to be weighted: 10 in the paper, 0.1 in its experiments on points.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import gradient_penalty
    >>> real, fake = torch.zeros(8, 2), torch.ones(8, 2)
    >>> slope = torch.tensor([3.0, 4.0])  # of length 5, wherever it is asked
    >>> gradient_penalty(lambda x: x @ slope, real, fake).item()
    16.0
    """
    share = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype, device=real.device)
    with torch.enable_grad():
        between = torch.lerp(real.detach(), fake.detach(), share).requires_grad_()
        (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()


@dataclass(frozen=True)
class Objective:
    """The losses of a game.

    Attributes
    ----------
    discriminator
        Of what the discriminator says of the data and of samples.
    generator
        Of what it says of samples.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


SATURATING = Objective(cross_entropy, saturating)
"""Goodfellow's game as first written: the generator minimizes log(1 - D)."""
NON_SATURATING = Objective(cross_entropy, non_saturating)
"""Goodfellow's game as played: the generator maximizes log D."""
LEAST_SQUARES = Objective(least_squares_discriminator, least_squares_generator)
"""LSGAN: squared distances to the labels."""
WASSERSTEIN = Objective(wasserstein_critic, wasserstein_generator)
"""WGAN: a critic without a logarithm, whose slope has to be bounded."""
