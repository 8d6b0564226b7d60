"""The two networks of a game."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks import count_parameters, point_players  # noqa: E402


def test_players_on_points():
    players = point_players(noise=3, width=16, layers=2)
    points = players(torch.randn(5, 3))
    assert points.shape == (5, 2) and players.discriminator(points).shape == (5, 1)
    assert count_parameters(players.generator) == (3 * 16 + 16) + (16 * 16 + 16) + (16 * 2 + 2)
    assert count_parameters(players.discriminator) == (2 * 16 + 16) + (16 * 16 + 16) + (16 + 1)
