"""The two networks of a game."""

from torch import Tensor, nn


class Players(nn.Module):
    """A generator, which makes samples, and a discriminator, which gives each sample a number.

    Only the generator is needed afterwards: a recipe of a game has ``ships="generator"``.

    Parameters
    ----------
    generator, discriminator
        The networks.
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module) -> None:
        super().__init__()
        self.generator, self.discriminator = generator, discriminator

    def forward(self, noise: Tensor) -> Tensor:
        """Samples."""
        samples: Tensor = self.generator(noise)
        return samples


def point_players(noise: int = 2, width: int = 128, layers: int = 3) -> Players:
    """Perceptrons with ReLU for a game on points of the plane.

    Parameters
    ----------
    noise
        Numbers from which the generator makes a point.
    width, layers
        Of the hidden layers of both. Gulrajani and others take 512 and 3.

    Returns
    -------
    ``(N, noise)`` to ``(N, 2)``, and ``(N, 2)`` to ``(N, 1)``.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import point_players
    >>> players = point_players(width=8)
    >>> points = players(torch.zeros(5, 2))
    >>> tuple(points.shape), tuple(players.discriminator(points).shape)  # points of the plane; a number for each
    ((5, 2), (5, 1))
    """
    return Players(_perceptron(noise, 2, width, layers), _perceptron(2, 1, width, layers))


def _perceptron(inputs: int, outputs: int, width: int, layers: int) -> nn.Sequential:
    hidden: list[nn.Module] = []
    for _ in range(layers):
        hidden += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*hidden, nn.Linear(inputs, outputs))
