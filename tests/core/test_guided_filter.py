"""The guided filter against loops over windows, against tiny cases by hand, and at a step."""

import numpy as np
import pytest

from medfuse_course.core.guided_filter import box_mean, guided_filter

RNG = np.random.default_rng(11)


def windows(shape, radius):
    """For each pixel the slices of its window, cut at the border."""
    for y, x in np.ndindex(*shape):
        yield (y, x), np.s_[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]


def plain_guided_filter(guide, image, radius, eps):
    """The definition: fit a line in every window, average the lines that cover a pixel."""
    slope, offset = np.empty(guide.shape), np.empty(guide.shape)
    for place, window in windows(guide.shape, radius):
        i, p = guide[window].ravel(), image[window].ravel()
        # least squares of (a i + b - p)^2 summed over the window, plus (window size) eps a^2
        rows = np.vstack([np.column_stack([i, np.ones_like(i)]), [np.sqrt(i.size * eps), 0]])
        slope[place], offset[place] = np.linalg.lstsq(rows, np.append(p, 0), rcond=None)[0]
    result = np.empty(guide.shape)
    for place, window in windows(guide.shape, radius):
        result[place] = slope[window].mean() * guide[place] + offset[window].mean()
    return result


@pytest.mark.parametrize(
    ("shape", "radius", "eps"),
    [((16, 16), 1, 1e-2), ((17, 23), 3, 1e-6), ((20, 16), 7, 0.3), ((16, 21), 45, 0.1), ((1, 9), 2, 0.01)],
)
def test_it_is_the_least_squares_line_of_every_window(shape, radius, eps):
    guide, image = RNG.random((2, *shape))
    expected = plain_guided_filter(guide, image, radius, eps)
    np.testing.assert_allclose(guided_filter(guide, image, radius, eps), expected, atol=1e-9)


def test_three_pixels_by_hand():
    """Guide (0, 1, 0), radius 1, eps 1/4, filtered by itself.

    Windows (0, 1), (0, 1, 0), (1, 0): variances 1/4, 2/9, 1/4, so a = 1/2, 8/17, 1/2 and b = (1 - a) mean
    = 1/4, 3/17, 1/4. The middle pixel averages three lines, the first two.
    """
    guide = np.array([[0.0, 1.0, 0.0]])
    a, b = np.array([1 / 2, 8 / 17, 1 / 2]), np.array([1 / 4, 3 / 17, 1 / 4])
    expected = [[b[:2].mean(), a.mean() + b.mean(), b[1:].mean()]]
    np.testing.assert_allclose(guided_filter(guide, guide, 1, 0.25), expected, atol=1e-12)


def test_means_count_the_pixels_that_are_there():
    """Radius 1 over 1, 2, 3, 4: the ends have two pixels, the middle three."""
    row = np.array([[1.0, 2.0, 3.0, 4.0]])
    np.testing.assert_allclose(box_mean(row, 1), [[1.5, 2, 3, 3.5]])
    np.testing.assert_allclose(box_mean(row.T, 1), [[1.5], [2], [3], [3.5]])


@pytest.mark.parametrize("radius", [0, 1, 5, 15, 16, 1000])
def test_box_means_are_means_of_windows(radius):
    image = RNG.random((16, 19))
    expected = np.empty(image.shape)
    for place, window in windows(image.shape, radius):
        expected[place] = image[window].mean()
    np.testing.assert_allclose(box_mean(image, radius), expected, atol=1e-12)


def test_a_flat_guide_blurs_twice():
    image = RNG.random((24, 18))
    blurred = guided_filter(np.full(image.shape, 0.7), image, 4, 1e-6)
    np.testing.assert_allclose(blurred, box_mean(box_mean(image, 4), 4), atol=1e-12)


def test_a_step_of_the_guide_stays_and_noise_goes():
    step = np.where(np.arange(40) < 20, 0.2, 0.8) * np.ones((40, 1))
    noisy = step + 0.05 * RNG.standard_normal(step.shape)
    kept = guided_filter(noisy, noisy, 5, 0.01)
    blurred = guided_filter(noisy, noisy, 5, 10.0)
    assert kept[:, 5:12].std() < 0.4 * noisy[:, 5:12].std()
    assert np.mean(kept[:, 20] - kept[:, 19]) > 0.45
    assert np.mean(blurred[:, 20] - blurred[:, 19]) < 0.15


def test_a_radius_beyond_the_image_sees_all_of_it():
    guide, image = RNG.random((2, 16, 20))
    slope = np.cov(guide.ravel(), image.ravel(), bias=True)[0, 1] / (guide.var() + 0.02)
    line = slope * (guide - guide.mean()) + image.mean()
    for radius in (19, 20, 10**9):
        np.testing.assert_allclose(guided_filter(guide, image, radius, 0.02), line, atol=1e-12)


def test_a_variance_far_below_the_mean_is_not_lost_in_float32():
    """A guide of 0.9 with ripples of 1e-4: their variance is a difference in the eighth digit."""
    guide = (0.9 + 1e-4 * RNG.standard_normal((32, 32))).astype(np.float32)
    expected = plain_guided_filter(guide.astype(np.float64), guide.astype(np.float64), 3, 1e-9)
    filtered = guided_filter(guide, guide, 3, 1e-9)
    assert filtered.dtype == np.float32
    np.testing.assert_allclose(filtered, expected, atol=1e-7)


@pytest.mark.parametrize("order", ["C", "F"])
def test_inputs_stay_and_layout_does_not_matter(order):
    guide, image = (np.array(x, np.float32, order=order) for x in np.random.default_rng(3).random((2, 20, 17)))
    copies = guide.copy(), image.copy()
    result = guided_filter(guide, image, 2, 0.01)
    np.testing.assert_array_equal(result, guided_filter(copies[0].copy("C"), copies[1].copy("C"), 2, 0.01))
    np.testing.assert_array_equal(guide, copies[0])
    np.testing.assert_array_equal(image, copies[1])


GOOD = np.zeros((16, 16))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((GOOD.tolist(), GOOD, 1, 0.1), TypeError, "guide: expected a NumPy array of floats, got list"),
        ((GOOD, GOOD.astype(int), 1, 0.1), TypeError, "image: expected a NumPy array of floats, got int64"),
        ((GOOD, np.zeros((16, 16, 3)), 1, 0.1), ValueError, r"image: expected shape \(H, W\)"),
        ((GOOD, np.full((16, 16), np.nan), 1, 0.1), ValueError, "image: expected finite values"),
        ((GOOD, np.zeros((16, 15)), 1, 0.1), ValueError, "image: expected the grid of guide"),
        ((GOOD, GOOD, 1.5, 0.1), TypeError, "radius: expected a whole number"),
        ((GOOD, GOOD, True, 0.1), TypeError, "radius: expected a whole number"),
        ((GOOD, GOOD, 0, 0.1), ValueError, "radius: expected at least 1"),
        ((GOOD, GOOD, 1, 0), ValueError, "eps: expected a positive number"),
        ((GOOD, GOOD, 1, float("nan")), ValueError, "eps: expected a positive number"),
    ],
)
def test_bad_arguments_are_named(arguments, error, words):
    with pytest.raises(error, match=words):
        guided_filter(*arguments)
