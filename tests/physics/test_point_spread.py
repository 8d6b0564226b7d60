"""The point spread: its width is measured on an impulse, as in a laboratory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medfuse_course.physics import gaussian_blur


def measured_fwhm(profile, spacing):
    """Width at half of the maximum, linear between samples."""
    top = int(profile.argmax())
    half = profile[top] / 2
    right = next(k for k in range(top, len(profile)) if profile[k] < half)
    left = next(k for k in range(top, -1, -1) if profile[k] < half)
    right_edge = right - (half - profile[right]) / (profile[right - 1] - profile[right])
    left_edge = left + (half - profile[left]) / (profile[left + 1] - profile[left])
    return (right_edge - left_edge) * spacing


@pytest.mark.parametrize(("fwhm", "spacing"), [(6.0, 1.0), (6.0, 0.5), (9.0, 2.0)])
def test_an_impulse_gets_the_width_that_was_asked_for(fwhm, spacing):
    image = np.zeros((61, 61))
    image[30, 30] = 1
    blurred = gaussian_blur(image, fwhm, spacing)
    assert measured_fwhm(blurred[30], spacing) == pytest.approx(fwhm, rel=0.02)
    assert measured_fwhm(blurred[:, 30], spacing) == pytest.approx(fwhm, rel=0.02)


def test_each_axis_has_its_own_width_and_spacing():
    volume = np.zeros((41, 41, 41))
    volume[20, 20, 20] = 1
    blurred = gaussian_blur(volume, (4.0, 6.0, 8.0), (1.0, 1.0, 2.0))
    widths = [measured_fwhm(blurred[tuple(np.s_[:] if k == axis else 20 for k in range(3))], step)
              for axis, step in ((0, 1.0), (1, 1.0), (2, 2.0))]  # fmt: skip
    assert widths == pytest.approx([4.0, 6.0, 8.0], rel=0.03)


@given(st.integers(0, 15), st.integers(0, 11), st.floats(0, 12))
def test_the_integral_is_kept_even_at_the_border(row, column, fwhm):
    image = np.zeros((16, 12))
    image[row, column] = 3.0
    assert gaussian_blur(image, fwhm, 1.0).sum() == pytest.approx(3.0, rel=1e-9)


def test_two_blurs_are_one_with_the_widths_in_quadrature():
    image = np.random.default_rng(1).random((64, 64))
    twice = gaussian_blur(gaussian_blur(image, 6.0, 1.0), 8.0, 1.0)
    np.testing.assert_allclose(twice, gaussian_blur(image, 10.0, 1.0), atol=1e-4)


def test_a_number_without_axes_has_nothing_to_spread_over():
    assert gaussian_blur(np.array(2.0), 5.0, 1.0) == 2.0


def test_width_zero_changes_nothing_and_the_input_is_left_alone():
    image = np.random.default_rng(2).random((8, 9)).astype(np.float32)
    before = image.copy()
    np.testing.assert_array_equal(gaussian_blur(image, 0.0, 1.0), image)
    assert gaussian_blur(image, 5.0, 1.0).dtype == np.float32
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    ("image", "fwhm", "spacing", "error", "words"),
    [
        (np.ones((4, 4), np.uint8), 1.0, 1.0, TypeError, "image: expected an array of floats, got uint8"),
        ([[1.0]], 1.0, 1.0, TypeError, "image: expected an array of floats, got list"),
        (np.array([[np.nan]]), 1.0, 1.0, ValueError, "image: expected finite values"),
        (np.ones((4, 4)), -1.0, 1.0, ValueError, "fwhm_mm: expected widths >= 0"),
        (np.ones((4, 4)), np.inf, 1.0, ValueError, "fwhm_mm: expected finite"),
        (np.ones((4, 4)), 1.0, 0.0, ValueError, "spacing_mm: expected distances > 0"),
        (np.ones((4, 4)), 1.0, (1.0, 1.0, 1.0), ValueError, "spacing_mm: expected one number or 2"),
    ],
)
def test_wrong_input_is_answered(image, fwhm, spacing, error, words):
    with pytest.raises(error, match=words):
        gaussian_blur(image, fwhm, spacing)
