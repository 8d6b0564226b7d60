"""A game of images: DCGAN on patches with lesions."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:dcgan: ")]  # what so short a game ends with

from medfuse_course.losses import NON_SATURATING  # noqa: E402
from medfuse_course.networks import dcgan  # noqa: E402
from medfuse_course.training import AdversarialStep, Budget, LesionPatches, Phase, Recipe, constant  # noqa: E402

ADAM = partial(torch.optim.Adam, lr=2e-4, betas=(0.5, 0.999))
GAME = Recipe(
    slug="dcgan",
    network=dcgan,
    data=LesionPatches(),
    phases=(Phase("game", partial(AdversarialStep, objective=NON_SATURATING, optimizer=ADAM)),),
    budgets=Budget(steps=6, batch=4, patch=32, check_every=2, pool=1),
    clip=None,
    keep="last",
    schedule=constant,
    ships="generator",
)
from tests.training.killed import ends_where_it_would_have_ended  # noqa: E402


def test_a_game_of_images_that_was_killed_ends_bit_for_bit_where_it_would_have_ended(tmp_path):
    """Running means of its batch normalizations included."""
    whole = ends_where_it_would_have_ended(GAME, tmp_path, 5)
    assert whole.network(torch.zeros(1, 32)).shape == (1, 1, 32, 32)
