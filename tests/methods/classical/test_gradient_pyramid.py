import numpy as np
import pytest
from scipy import ndimage, signal

from medfuse_course.core.filters import BINOMIAL_5, filter_separable
from medfuse_course.core.random import generator
from medfuse_course.datasets import load_pair
from medfuse_course.methods import fuse
from medfuse_course.methods.classical.gradient_pyramid import gradient_pyramid
from medfuse_course.transforms.pyramid import expand, reduce

V = np.outer([1, 2, 1], [1, 2, 1]) / 16
FIRST = [
    np.array([[0, 0], [-1, 1]]),
    np.array([[-1, 0], [0, 1]]) / 2**0.5,
    np.array([[0, -1], [0, 1]]),
    np.array([[0, -1], [1, 0]]) / 2**0.5,
]
SECOND = [
    np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]]),
    np.array([[0, 0, 1], [0, -2, 0], [1, 0, 0]]) / 2,
    np.array([[0, 1, 0], [0, -2, 0], [0, 1, 0]]),
    np.array([[1, 0, 0], [0, -2, 0], [0, 0, 1]]) / 2,
]


def psnr(one, other):
    return -10 * np.log10(np.mean((one.astype(np.float64) - other) ** 2))


def test_one_level_of_averages_by_hand(gray_pair):
    """The average of gradients is the gradient of the average: ``(1 + w)(1 - w) m + expand(reduce(m))``."""
    a, b = (image.astype(np.float64) for image in gray_pair)
    mean = (a + b) / 2
    twice = filter_separable(filter_separable(mean, BINOMIAL_5), BINOMIAL_5)
    expected = mean - twice + expand(reduce(mean), mean.shape)
    np.testing.assert_allclose(gradient_pyramid(a, b, levels=1, rule="average"), expected, atol=1e-12)


def test_one_level_of_choices_in_the_interior(gray_pair):
    """The larger of two gradients in each of four directions, with the kernels of the paper as plain correlations."""
    a, b = (image.astype(np.float64) for image in gray_pair)
    weighted = [x + ndimage.correlate(x, V, mode="mirror") for x in (a, b)]
    fine = 0
    for kernel in FIRST:
        of_a, of_b = (signal.correlate2d(x, kernel, "valid") for x in weighted)
        chosen = np.where(np.abs(of_a) > np.abs(of_b), of_a, of_b)
        fine = fine + signal.correlate2d(chosen, kernel[::-1, ::-1], "valid") / 8
    expected = fine + signal.correlate2d(np.pad(fine, 2), np.outer(BINOMIAL_5, BINOMIAL_5), "valid")
    mean = expand((reduce(a) + reduce(b)) / 2, a.shape)[1:-1, 1:-1]
    fused = gradient_pyramid(a, b, levels=1, rule="choose_max")[1:-1, 1:-1]
    inside = np.s_[4:-4, 4:-4]
    np.testing.assert_allclose(fused[inside], (expected + mean)[inside], atol=1e-12)


def test_equal_sources_come_back_within_the_stated_error():
    image = load_pair("head/mri-ct", seed=2, contrast="t2").a
    again = fuse(image, image, "gradient_pyramid")
    assert 1e-3 < np.abs(again - image).max() < 0.05
    assert psnr(again, image) > 45


def test_the_toolbox_forgets_a_factor_and_blurs():
    """Without ``1 + w`` the way back loses a quarter of the structures that ``w`` halves: by hand for one frequency."""
    f = 2 * np.arccos(0.5**0.25)  # w(f) = cos(f / 2)^4 = 1/2
    wave = np.cos(f * np.arange(200)) * np.ones((64, 1)) / 2 + 0.5
    fused = gradient_pyramid(wave, wave, levels=1, profile="toolbox")
    inside = np.s_[32, 20:180]
    gain = np.vdot(wave[inside] - 0.5, fused[inside] - 0.5) / np.sum((wave[inside] - 0.5) ** 2)
    assert gain == pytest.approx(0.75, abs=0.01)
    image = load_pair("head/mri-ct", seed=2, contrast="t2").a
    assert psnr(fuse(image, image, "gradient_pyramid", profile="toolbox"), image) < 30


def test_the_toolbox_profile_follows_its_formula_in_the_interior():
    a, b = generator(0, "toolbox").random((2, 48, 40))
    of_a, of_b = (x + ndimage.correlate(x, V, mode="mirror") for x in (a, b))
    detail = 0
    for kernel in SECOND:
        x, y = (ndimage.correlate(z, kernel, mode="mirror") for z in (of_a, of_b))
        prefers = (ndimage.maximum_filter(np.abs(x), 3) > ndimage.maximum_filter(np.abs(y), 3)).astype(int)
        detail = detail - np.where(ndimage.correlate(prefers, np.ones((3, 3), int)) > 4, x, y) / 8
    expected = detail + expand((reduce(a) + reduce(b)) / 2, a.shape)
    fused = gradient_pyramid(a, b, levels=1, profile="toolbox")
    np.testing.assert_allclose(fused[6:-6, 6:-6], expected[6:-6, 6:-6], atol=1e-10)


@pytest.mark.parametrize("shape", [(45, 38), (16, 16), (37, 64)])
def test_the_toolbox_profile_takes_any_size(shape):
    image = generator(1, "toolbox").random(shape, dtype=np.float32)
    assert fuse(image, 1 - image, "gradient_pyramid", profile="toolbox").shape == shape


def test_unknown_profile(gray_pair):
    with pytest.raises(ValueError, match="unknown profile 'tolbox'; did you mean 'toolbox'"):
        fuse(*gray_pair, "gradient_pyramid", profile="tolbox")
