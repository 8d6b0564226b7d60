"""Contourlet bands weighed by a network: what goes where, by hand and by what must be left over."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.cnn.nsct_cnn import (  # noqa: E402
    band_weights,
    build,
    fuse_base,
)
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.transforms import nsct  # noqa: E402
from tests.methods.cnn.siamese import always, noise  # noqa: E402


def test_a_weight_of_one_takes_all_details_from_a():
    """What is left of F - a is its low band: far from the border its details are a thousandth of a's."""
    a, b = noise(0, (64, 64)), noise(1, (64, 64))
    fused = run_network(always(build, 1 - 1e-7), a, b)

    def finest(x):
        return np.abs(nsct.analyse(x, 2, (4, 8)).details[0][:, 16:-16, 16:-16]).mean()

    assert finest(fused - a) < 0.01 * finest(a)
    assert finest(fused - b) > finest(a)


def test_weights_mix_and_hard_weights_choose():
    """With equal bases the result is linear in the weight; a hard 0.7 is 1."""
    a = noise(0, (48, 48))
    b = np.roll(a, 24, axis=1)
    low, soft, high = (run_network(always(build, w), a, b) for w in (1e-7, 0.7, 1 - 1e-7))
    np.testing.assert_allclose(soft, 0.7 * high + 0.3 * low, atol=1e-4)
    np.testing.assert_allclose(run_network(always(build, 0.7), a, b, hard=True), high, atol=1e-4)


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
    weights = band_weights(always(build, 0.3), *noise(0, (2, 8, 50, 33)), level)
    assert weights.shape == (8, 50, 33)
    np.testing.assert_allclose(weights, 0.3, atol=1e-5)


def test_the_shipped_network_finds_the_sharp_half_whatever_the_gray_values():
    """Each half of the pair is sharp in one source; the network sees bands divided by their size."""
    from medfuse_course.training.data.focus_patches import defocus

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
