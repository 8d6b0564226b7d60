"""Contourlet bands weighed by a network: what goes where, by hand and by what must be left over."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods import fuse, get_method  # noqa: E402
from medfuse_course.methods.cnn.nsct_cnn import (  # noqa: E402
    RECIPE,
    band_weights,
    build,
    fuse_base,
    nsct_cnn,
)
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.training import train  # noqa: E402
from medfuse_course.transforms import nsct  # noqa: E402
from tests.methods.cnn.siamese import Always, noise  # noqa: E402


def test_sizes():
    assert count_parameters(build("paper")) == 435_200
    assert count_parameters(build("course")) == 80 + 584 + 1_168 + 2 * 32 * 16
    with pytest.raises(ValueError, match="unknown scale"):
        build("lesson")


def test_a_weight_of_one_takes_all_details_from_a():
    """What is left of F - a is its low band: far from the border its details are a thousandth of a's."""
    a, b = noise(0, (64, 64)), noise(1, (64, 64))
    fused = nsct_cnn(Always(1 - 1e-7), a, b)

    def finest(x):
        return np.abs(nsct.analyse(x, 2, (4, 8)).details[0][:, 16:-16, 16:-16]).mean()

    assert finest(fused - a) < 0.01 * finest(a)
    assert finest(fused - b) > finest(a)


def test_weights_mix_and_hard_weights_choose():
    """With equal bases the result is linear in the weight; a hard 0.7 is 1."""
    a = noise(0, (48, 48))
    b = np.roll(a, 24, axis=1)
    low, soft, high = (nsct_cnn(Always(w), a, b) for w in (1e-7, 0.7, 1 - 1e-7))
    np.testing.assert_allclose(soft, 0.7 * high + 0.3 * low, atol=1e-4)
    np.testing.assert_allclose(nsct_cnn(Always(0.7), a, b, hard=True), high, atol=1e-4)


def test_the_base_needs_both_maps_to_agree():
    """A has more energy; where its Laplacian is larger too it is taken, elsewhere the mean."""
    y, x = np.mgrid[:24, :24].astype(float)
    bright, dim = 4 + np.zeros((24, 24)), 1 + np.zeros((24, 24))
    wavy = np.cos(2 * x)
    np.testing.assert_allclose(fuse_base(bright + wavy, dim), bright + wavy)
    np.testing.assert_allclose(fuse_base(dim, bright + wavy), bright + wavy)
    np.testing.assert_allclose(fuse_base(bright, dim + 0.1 * wavy), (bright + dim + 0.1 * wavy) / 2)
    np.testing.assert_allclose(fuse_base(bright, bright), bright)
    assert y.shape == (24, 24)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_weights_have_the_size_of_the_bands(level):
    weights = band_weights(Always(0.3), *noise(0, (2, 8, 50, 33)), level)
    assert weights.shape == (8, 50, 33)
    np.testing.assert_allclose(weights, 0.3, atol=1e-5)


def test_training_lowers_the_loss():
    history = train(RECIPE, profile="smoke").history
    assert history[-1].validation["cross_entropy"] < 0.55 < 0.694


def test_the_shipped_network_finds_the_sharp_half_whatever_the_gray_values():
    """Each half of the pair is sharp in one source; the network sees bands divided by their size."""
    from medfuse_course.training.focus_patches import defocus

    image = noise(5, (96, 96))
    soft = defocus(image, 2.0)
    a, b = image.copy(), image.copy()
    a[:, 48:], b[:, :48] = soft[:, 48:], soft[:, :48]
    network = load_network(get_method("nsct_cnn"))
    for gain in (1.0, 0.1):
        bands = [nsct.analyse(gain * x, 2, (4, 8)).details[0] for x in (a, b)]
        weights = band_weights(network, *bands, 0)
        assert weights[:, 12:-12, 12:36].mean() > 0.9
        assert weights[:, 12:-12, -36:-12].mean() < 0.1


def test_equal_sources_come_back():
    image = noise(0, (33, 46))
    np.testing.assert_allclose(fuse(image, image, "nsct_cnn"), image, atol=1e-5)
