"""Non-local means against its formula, written out, and its estimate of the noise against known noise."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.restoration import denoise_nl_means, estimate_sigma

from medfuse_course import enhance
from medfuse_course.methods.classical.nonlocal_means import noise_level


def written_out(x, patch, distance, h):
    """``sum w x / sum w`` with ``w = exp(-d^2 / h^2)``, d^2 the mean squared difference of two patches.

    scikit-image's fast mode leaves the first row and column of a patch out of the sum, and not out of the mean.
    """
    half, reach = patch // 2, patch // 2 + distance
    padded = np.pad(x.astype(np.float64), reach, mode="reflect")
    around = np.lib.stride_tricks.sliding_window_view(padded, (patch, patch))
    result = np.zeros(x.shape)
    for i, j in np.ndindex(x.shape):
        here = around[i + distance, j + distance, 1:, 1:]
        window = around[i : i + 2 * distance + 1, j : j + 2 * distance + 1]
        weight = np.exp(-((window[..., 1:, 1:] - here) ** 2).sum(axis=(2, 3)) / patch**2 / h**2)
        result[i, j] = (weight * window[..., half, half]).sum() / weight.sum()
    return result


def test_equals_the_formula_written_out():
    x = (5 + np.random.default_rng(0).standard_normal((18, 22))).astype(np.float32)
    y = enhance(x, "nonlocal_means", strength=0.8, patch=3, distance=4, sigma=1.0)
    inner = (slice(6, -6), slice(6, -6))
    np.testing.assert_allclose(y[inner], written_out(x, 3, 4, 0.8)[inner], atol=0.02)  # weights below e^-5 are dropped


def test_equals_scikit_image_in_the_units_of_the_image():
    x = (20 + 3 * np.random.default_rng(1).standard_normal((32, 40))).astype(np.float32)
    theirs = denoise_nl_means(x.astype(float), 7, 9, h=1.5 * 3.0, fast_mode=True)
    np.testing.assert_allclose(enhance(x, "nonlocal_means", sigma=3.0), theirs, rtol=1e-4)


def test_a_small_hot_spot_keeps_its_value_and_the_rest_loses_its_noise():
    x = (2 + 0.3 * np.random.default_rng(2).standard_normal((64, 64))).astype(np.float32)
    x[30:33, 30:33] += 6
    y = enhance(x, "nonlocal_means")
    assert y[31, 31] == pytest.approx(x[31, 31], rel=0.01)
    assert y[40:].std() < 0.5 * x[40:].std()


def test_a_stack_compares_the_patches_of_all_its_slices():
    rng = np.random.default_rng(3)
    x = (4 + rng.standard_normal((3, 32, 32))).astype(np.float32)
    same = np.stack([x[1], x[1], x[1]])
    np.testing.assert_allclose(enhance(same, "nonlocal_means", sigma=1.0), enhance(x[1], "nonlocal_means", sigma=1.0),
                               rtol=1e-4)  # fmt: skip
    assert not np.allclose(enhance(x, "nonlocal_means", sigma=1.0), enhance(x[1], "nonlocal_means", sigma=1.0))


@pytest.mark.parametrize("width", [0.0, 1.0, 1.7])
def test_the_noise_is_measured_where_its_grain_is_blurred(width):
    """Known noise of standard deviation 0.5 in half the image; the rest is air."""
    grain = ndimage.gaussian_filter(np.random.default_rng(4).standard_normal((256, 256)), width)
    x = np.maximum(np.where(np.arange(256) < 128, 0, 6 + 0.5 * grain / grain.std()), 0).astype(np.float32)
    assert noise_level(x) == pytest.approx(0.5, rel=0.2)
    if width > 1:
        assert estimate_sigma(x) < 0.1  # what the wavelet estimate makes of it


def test_an_option_outside_its_range_is_answered():
    for options in ({"strength": 0}, {"patch": 4}, {"distance": 0}, {"sigma": -1.0}):
        with pytest.raises(ValueError, match="expected"):
            enhance(np.ones((16, 16)), "nonlocal_means", **options)
