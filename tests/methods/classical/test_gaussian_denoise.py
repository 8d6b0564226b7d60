"""Gaussian smoothing against the formula and against SciPy."""

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course import enhance


def test_a_point_becomes_the_gaussian_of_the_formula():
    x = np.zeros((33, 41), np.float32)
    x[16, 20] = 7
    y = enhance(x, "gaussian_denoise", fwhm=4.0)
    rows, columns = np.mgrid[-16:17, -20:21]
    wanted = np.exp(-4 * np.log(2) * (rows**2 + columns**2) / 4.0**2)
    np.testing.assert_allclose(y, 7 * wanted / wanted.sum(), atol=1e-5)
    assert y[16, 22] / y[16, 20] == pytest.approx(0.5, abs=1e-5)  # half the maximum at half the width


def test_equals_scipy_and_conserves_the_sum():
    x = np.random.default_rng(0).random((20, 30)).astype(np.float32)
    sigma = 3.0 / np.sqrt(8 * np.log(2))
    y = enhance(x, "gaussian_denoise", fwhm=3.0)
    np.testing.assert_allclose(y, ndimage.gaussian_filter(x, sigma, mode="reflect", truncate=5.0), rtol=1e-5)
    assert y.sum() == pytest.approx(x.sum(), rel=1e-6)


def test_the_neighbors_of_a_slice_help_it():
    x = np.zeros((3, 16, 16), np.float32)
    x[0], x[1], x[2] = 1, 2, 9
    weight = np.exp(-4 * np.log(2))  # at a whole width from the middle
    middle = enhance(x, "gaussian_denoise", fwhm=0.0, fwhm_slices=1.0)
    np.testing.assert_allclose(middle, (weight * (1 + 9) + 2) / (1 + 2 * weight), rtol=1e-4)
    np.testing.assert_array_equal(enhance(x, "gaussian_denoise", fwhm=0.0, fwhm_slices=0.0), 2)


def test_white_noise_falls_by_the_known_factor():
    noisy = 50 + np.random.default_rng(1).standard_normal((256, 256)).astype(np.float32)
    sigma = 4.0 / np.sqrt(8 * np.log(2))
    assert enhance(noisy, "gaussian_denoise").std() == pytest.approx(1 / (2 * sigma * np.sqrt(np.pi)), rel=0.05)


@pytest.mark.parametrize("options", [{"fwhm": -1}, {"fwhm_slices": np.inf}, {"fwhm": np.nan}])
def test_a_width_that_is_none(options):
    with pytest.raises(ValueError, match="expected a number from 0 to 1000, got"):
        enhance(np.zeros((16, 16)), "gaussian_denoise", **options)
