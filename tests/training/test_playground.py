"""Games on points."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:.*its samples lie|.*its samples differ|.*beaten")]

from medfuse_course.training import GAMES, Budget, gaussian_ring, point_recipe, train  # noqa: E402
from tests.training.killed import ends_where_it_would_have_ended  # noqa: E402

RING = gaussian_ring()


@pytest.mark.parametrize("name", [*GAMES, "ddpm"])
def test_every_game_trains_its_generator(name):
    trained = train(point_recipe(name, RING), profile="smoke")
    assert trained.network(torch.zeros(3, 2)).shape == (3, 2)
    fresh = train(replace(point_recipe(name, RING), budgets=Budget(steps=5, batch=2)), profile="smoke")
    assert any(
        not torch.equal(a, b) for a, b in zip(trained.network.parameters(), fresh.network.parameters(), strict=True)
    )


def test_a_game_that_was_killed_ends_bit_for_bit_where_it_would_have_ended(tmp_path):
    """The penalty draws random points: they too are the same again."""
    ends_where_it_would_have_ended(point_recipe("wgan_gp", RING), tmp_path, 8, "smoke")


def test_points_move_to_the_ring():
    """Most of a fresh generator's points lie in the middle, a trained one's near the circle of radius 2."""
    recipe = point_recipe("wgan_gp", RING)
    noise = RING.draw(500, 0)["noise"]
    torch.manual_seed(0)
    fresh = recipe.build().generator(noise).norm(dim=1)
    longer = replace(recipe, budgets=Budget(steps=400, batch=64, check_every=400))
    trained = train(longer, profile="smoke").network(noise).norm(dim=1)
    assert (fresh - 2).abs().mean() > 1.5
    assert (trained - 2).abs().mean() < 0.8


def test_an_unknown_game_is_answered_with_the_nearest_name():
    with pytest.raises(ValueError, match="did you mean 'wgan'"):
        point_recipe("wgann", RING)
