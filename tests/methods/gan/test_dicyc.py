"""DiCyc: two images from the same weights, of which only one is deformed; and where the heads it makes lie."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import synthesize  # noqa: E402
from medfuse_course.methods.gan.cyclegan import players as cycle_players  # noqa: E402
from medfuse_course.methods.gan.dicyc import CONTROL, DicycGenerator, players  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from tests.methods.gan.heads import heads, moved  # noqa: E402


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return DicycGenerator(4, 1)


def test_what_it_has_beside_a_cyclegan_by_hand():
    """Offsets of 9 taps, down and right, for two convolutions; and a displacement of each control point."""
    offsets = 9 * 64 * 18 + 18 + 9 * 128 * 18 + 18
    more = count_parameters(players("paper").to_b) - count_parameters(cycle_players("paper").to_b)
    assert more == offsets + 2 * CONTROL**2


def test_both_images_start_as_one(generator):
    x = torch.rand(2, 1, 32, 32) * 2 - 1
    torch.testing.assert_close(generator(x, deform=True), generator(x), atol=1e-5, rtol=0)


@pytest.mark.parametrize("which", ["offsets", "spline"])
def test_only_one_image_is_deformed(generator, which):
    x = torch.rand(1, 1, 32, 32) * 2 - 1
    before = generator(x)
    with torch.no_grad():
        if which == "offsets":
            generator.down[0].offsets.bias += 1.0
        else:
            generator.warp.moves += 0.05
    assert torch.equal(generator(x), before)
    assert (generator(x, deform=True) - before).abs().max() > 1e-4


def test_the_image_it_gives_lies_where_the_mri_does_and_the_other_where_the_domain_has_it():
    for mri, ct, center in heads():
        given, judged = (moved(synthesize(mri, "dicyc", deform=on), ct, center) for on in (False, True))
        assert np.abs(given).max() < 2.5
        assert (judged > given + 2).all()
