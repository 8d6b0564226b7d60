import numpy as np
import pytest
from scipy import ndimage, signal

from medfuse_course.core.random import generator
from medfuse_course.methods import activity

MEASURES = [
    activity.magnitude,
    activity.window_maximum,
    activity.local_energy,
    activity.weighted_local_energy,
    activity.weighted_modified_laplacian,
    activity.saliency,
]
WEIGHTS = np.outer([1, 2, 1], [1, 2, 1]) / 16


def signed(*shape):
    return generator(0, "activity").uniform(-1, 1, shape)


def mirrored(image, kernel):
    return signal.correlate2d(np.pad(image, np.array(kernel).shape[0] // 2, "reflect"), kernel, mode="valid")


def test_an_impulse_by_hand():
    x = np.zeros((7, 7))
    x[3, 3] = -2
    box = np.zeros((7, 7))
    box[2:5, 2:5] = 1
    np.testing.assert_allclose(activity.magnitude(x), np.abs(x))
    np.testing.assert_allclose(activity.window_maximum(x), 2 * box)
    np.testing.assert_allclose(activity.local_energy(x), 4 * box)
    np.testing.assert_allclose(activity.weighted_local_energy(x)[2:5, 2:5], 4 * WEIGHTS)


def test_the_modified_laplacian_of_an_impulse_by_hand():
    """EML is ``4 + 4 / sqrt(2)`` times the impulse at its place, once beside it, ``1 / sqrt(2)`` at a corner."""
    x = np.zeros((9, 9))
    x[4, 4] = -1
    d = 0.5**0.5
    eml = np.zeros((9, 9))
    eml[3:6, 3:6] = [[d, 1, d], [1, 4 + 4 * d, 1], [d, 1, d]]
    np.testing.assert_allclose(activity.weighted_modified_laplacian(x), mirrored(eml, WEIGHTS), atol=1e-12)


def test_the_modified_laplacian_agrees_with_plain_correlations():
    x = signed(12, 15)
    lines = [np.zeros((3, 3)) for _ in range(4)]
    for line, ends in zip(lines, (((1, 0), (1, 2)), ((0, 1), (2, 1)), ((0, 0), (2, 2)), ((0, 2), (2, 0))), strict=True):
        line[1, 1] = 2
        for end in ends:
            line[end] = -1
    across, down, one, other = (np.abs(mirrored(x, line)) for line in lines)
    expected = mirrored(across + down + (one + other) / np.sqrt(2), WEIGHTS)
    np.testing.assert_allclose(activity.weighted_modified_laplacian(x), expected, atol=1e-12)


def test_energies_agree_with_plain_correlations():
    x = signed(12, 15)
    np.testing.assert_allclose(activity.local_energy(x), mirrored(x**2, np.ones((3, 3))), atol=1e-12)
    np.testing.assert_allclose(activity.weighted_local_energy(x), mirrored(x**2, WEIGHTS), atol=1e-12)
    np.testing.assert_allclose(activity.window_maximum(x), ndimage.maximum_filter(np.abs(x), 3, mode="mirror"))


def test_saliency_agrees_with_the_published_filters():
    """``|x * laplacian|`` under an 11 x 11 Gaussian of standard deviation 5, edges repeated."""
    x = signed(20, 31)
    edges = np.abs(ndimage.correlate(x, np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]), mode="nearest"))
    distance = np.arange(-5, 6)
    gauss = np.exp(-(distance**2) / (2 * 5**2))
    gauss_2d = np.outer(gauss, gauss) / gauss.sum() ** 2
    np.testing.assert_allclose(activity.saliency(x), ndimage.correlate(edges, gauss_2d, mode="nearest"), atol=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_directions_are_measured_one_by_one(measure):
    stack = signed(3, 9, 8)
    together = measure(stack)
    for plane, one in zip(stack, together, strict=True):
        np.testing.assert_allclose(measure(plane), one, atol=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_complex_band_is_measured_by_magnitude(measure):
    """One phase everywhere changes nothing: ``|X|`` counts, whatever its phase."""
    x = signed(9, 8)
    turned = x * np.exp(0.7j)
    result = measure(turned)
    assert not np.iscomplexobj(result)
    np.testing.assert_allclose(result, measure(x), atol=1e-12)
    both = x + 1j * signed(8, 9).T
    if measure in (activity.local_energy, activity.weighted_local_energy):
        np.testing.assert_allclose(measure(both), measure(both.real) + measure(both.imag), atol=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_activity_does_not_mind_the_sign_and_keeps_precision(measure):
    x = signed(9, 8).astype(np.float32)
    before = x.copy()
    result = measure(x)
    assert result.dtype == np.float32
    assert result.min() >= 0
    np.testing.assert_array_equal(measure(-x), result)
    np.testing.assert_array_equal(x, before)
    assert measure(x.astype(np.complex64)).dtype == np.float32
