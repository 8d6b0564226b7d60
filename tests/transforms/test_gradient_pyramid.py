import numpy as np
import pytest
from scipy import ndimage, signal

from medfuse_course.core.filters import BINOMIAL_5, filter_separable
from medfuse_course.datasets import load_pair
from medfuse_course.transforms.gradient_pyramid import DIRECTIONS, analyse, divergence, gradients, synthesise
from tests.transforms.laws import SHAPES, assert_linear, noise

V = np.outer([1, 2, 1], [1, 2, 1]) / 16


def psnr(one, other):
    return -10 * np.log10(np.mean((one.astype(np.float64) - other) ** 2))


def test_gradients_of_a_ramp_by_hand():
    """3 a column and 1 a row: 3 across, 1 down, 4 down-right, -2 down-left, the diagonals over sqrt(2)."""
    row, column = np.mgrid[:6, :7].astype(float)
    bands = gradients(3 * column + row)
    assert bands.shape == (len(DIRECTIONS), 7, 8)
    inside = bands[:, 1:-1, 1:-1]
    for band, slope in zip(inside, (3, 4 / 2**0.5, 1, -2 / 2**0.5), strict=True):
        np.testing.assert_allclose(band, slope, atol=1e-12)


def test_divergence_of_gradients_is_what_the_kernel_takes_away():
    """``-1/8 sum d d = 1 - v``: 3/4 in the middle, -1/8 beside it, -1/16 at the corners, by hand."""
    impulse = np.zeros((7, 7))
    impulse[3, 3] = 16
    np.testing.assert_allclose(
        divergence(gradients(impulse))[2:5, 2:5], [[-1, -2, -1], [-2, 12, -2], [-1, -2, -1]], atol=1e-12
    )
    image = noise((11, 14))
    np.testing.assert_allclose(
        divergence(gradients(image)), image - ndimage.correlate(image, V, mode="mirror"), atol=1e-12
    )


def test_the_first_band_agrees_with_a_plain_convolution():
    image = noise((12, 15))
    weighted = image + ndimage.correlate(image, V, mode="mirror")
    expected = signal.convolve2d(np.pad(weighted, 1, "reflect"), [[1, -1]], mode="valid")
    np.testing.assert_allclose(analyse(image, 1).details[0][0][:-1], expected[1:-1], atol=1e-12)


def test_one_level_lacks_only_the_aliasing():
    """Synthesis gives ``G - w w G + expand(G_1)``: with the base not subsampled it would be exact."""
    image = noise((24, 31))
    bands = analyse(image, 1)
    blurred = filter_separable(filter_separable(image, BINOMIAL_5), BINOMIAL_5)
    spread = np.zeros_like(image)
    spread[::2, ::2] = 4 * filter_separable(image, BINOMIAL_5)[::2, ::2]
    aliasing = filter_separable(spread, BINOMIAL_5) - blurred
    np.testing.assert_allclose(synthesise(bands) - image, aliasing, atol=1e-12)


@pytest.mark.parametrize(("period", "error"), [(2, 0), (4, 1 / 16), (8, 1 / 64)])
def test_the_error_on_stripes_by_hand(period, error):
    """The alias of frequency f has ``cos(f/2)^4 sin(f/2)^4`` of its amplitude: 1/16 at four pixels a period."""
    f = 2 * np.pi / period
    stripes = np.cos(f * np.arange(64)) * np.ones((64, 1))
    wrong = synthesise(analyse(stripes, 1)) - stripes
    np.testing.assert_allclose(np.abs(wrong[:, 4:-4]).max(), error, atol=1e-10)


@pytest.mark.parametrize("levels", [1, 3, 5])
@pytest.mark.parametrize("which", ["a", "b"])
def test_the_stated_error_on_phantoms(which, levels):
    """Inexact by nature: 45 dB or more on the phantoms, and never exact."""
    image = getattr(load_pair("head/mri-ct", seed=1, contrast="t2", lesions=2), which)
    again = synthesise(analyse(image, levels))
    assert again.dtype == np.float32
    assert psnr(again, image) > 45
    assert np.abs(again - image).max() > 1e-3


@pytest.mark.parametrize("shape", SHAPES)
def test_smooth_images_come_back_within_35_decibels(shape):
    image = ndimage.gaussian_filter(noise(shape), 2, mode="mirror")
    image = (image - image.min()) / np.ptp(image)
    again = synthesise(analyse(image, 4))
    assert again.shape == shape
    assert psnr(again, image) > 35
    np.testing.assert_allclose(synthesise(analyse(np.full(shape, 0.3), 4)), 0.3, atol=1e-12)


def test_analysis_is_linear():
    assert_linear(analyse, (17, 30))


def test_input_is_left_alone_and_bad_levels_are_named():
    image = noise((16, 16))
    before = image.copy()
    analyse(image, 2)
    np.testing.assert_array_equal(image, before)
    with pytest.raises(ValueError, match="levels: expected 1 to 4"):
        analyse(image, 5)
