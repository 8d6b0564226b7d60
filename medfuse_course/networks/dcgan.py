"""DCGAN: a generator of transposed convolutions against a discriminator of strided ones, mirror images of each other.

Reference: A. Radford, L. Metz and S. Chintala, "Unsupervised representation learning with deep convolutional generative
adversarial networks", ICLR 2016. Its rules: strides instead of pooling; batch normalization in both, but not where an
image comes out or goes in; no hidden dense layer; ReLU and tanh in the generator, LeakyReLU in the discriminator.
"""

from itertools import pairwise
from typing import Literal

from torch import nn

from medfuse_course.core.registry import check_name
from medfuse_course.networks.players import Players

WIDTHS = {"paper": (512, 256, 128, 64), "course": (128, 64, 32)}
"""Channels of the generator from 4 x 4 pixels on, doubled in size by every layer: 64 x 64 and 32 x 32 come out."""

NOISE = {"paper": 100, "course": 32}
"""Numbers from which an image is made. Few at course scale, where most weights would stand behind them."""


def dcgan(scale: Literal["paper", "course"] = "course", *, channels: int = 1) -> Players:
    """Both players, from the published initialization.

    Parameters
    ----------
    scale
        ``"paper"``: 100 numbers to 64 x 64 pixels; 3,574,656 weights in the generator of gray images, 3,576,704 in that
        of colored ones. ``"course"``: 32 numbers to 32 x 32 pixels.
    channels
        Of the images.

    Returns
    -------
    ``(N, noise)`` to ``(N, channels, side, side)`` in [-1, 1], and that to ``(N, 1)``; the published sigmoid stands in
    the loss.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import count_parameters, dcgan
    >>> count_parameters(dcgan("paper", channels=3).generator)
    3576704
    >>> players = dcgan()
    >>> images = players(torch.zeros(2, 32))  # from 32 numbers each
    >>> tuple(images.shape), tuple(players.discriminator(images).shape)
    ((2, 1, 32, 32), (2, 1))
    """
    check_name("scale", scale, WIDTHS)
    players = Players(_generator(NOISE[scale], WIDTHS[scale], channels), _discriminator(WIDTHS[scale][::-1], channels))
    players.apply(_initialize)
    return players


def _generator(noise: int, widths: tuple[int, ...], channels: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Unflatten(1, (noise, 1, 1))]
    for number, (inputs, outputs) in enumerate(pairwise((noise, *widths))):
        stride, padding = (2, 1) if number else (1, 0)  # the first makes 4 x 4 pixels of one
        layers.append(nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False))
        layers += [nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1, bias=False), nn.Tanh())


def _discriminator(widths: tuple[int, ...], channels: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(channels, widths[0], 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for inputs, outputs in pairwise(widths):
        layers += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, bias=False), nn.Flatten())


def _initialize(layer: nn.Module) -> None:
    """Weights of convolutions from N(0, 0.02), gains of normalizations from N(1, 0.02)."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1, 0.02)
