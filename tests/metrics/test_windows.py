import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.signal import convolve2d

from medfuse_course.metrics.windows import gaussian_mean, pair_moments


@pytest.mark.parametrize(("side", "sigma"), [(3, 0.6), (11, 1.5), (17, 3.4)])
@pytest.mark.parametrize("shape", [(17, 17), (18, 40), (41, 19), (90, 23)])
def test_equals_the_two_dimensional_window(shape, side, sigma):
    image = np.random.default_rng(0).random(shape) * 255
    y, x = np.mgrid[:side, :side] - side // 2
    window = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    expected = convolve2d(image, window / window.sum(), mode="valid")
    np.testing.assert_allclose(gaussian_mean(image, side, sigma), expected, rtol=1e-12)


def test_equals_scipy_inside_its_border():
    image = np.random.default_rng(0).random((60, 50))
    expected = gaussian_filter(image, 1.5, radius=5)[5:-5, 5:-5]
    np.testing.assert_allclose(gaussian_mean(image, 11, 1.5), expected, rtol=1e-12)


def test_a_stack_is_filtered_image_by_image():
    stack = np.random.default_rng(0).random((3, 30, 40))
    expected = [gaussian_mean(image, 5, 1) for image in stack]
    np.testing.assert_allclose(gaussian_mean(stack, 5, 1), expected, rtol=1e-14)


def test_moments_of_a_constant_and_of_a_copy():
    f = np.random.default_rng(0).random((20, 20)) * 255
    means, variances, covariances = pair_moments(np.full((20, 20), 200.0), f, f, 5, 1)
    np.testing.assert_allclose(means[0], 200, rtol=1e-12)
    np.testing.assert_allclose(variances[0], 0, atol=1e-9)
    np.testing.assert_allclose(covariances[0], 0, atol=1e-9)
    np.testing.assert_allclose(covariances[1], variances[1], rtol=1e-12)
    np.testing.assert_allclose(variances[2], variances[1], rtol=1e-12)
