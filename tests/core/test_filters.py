"""The quick 3 x 3 filters against the general ones of SciPy."""

import numpy as np
import pytest
from scipy import ndimage, signal

from medfuse_course.core.filters import BINOMIAL_5, filter_separable, max_3x3, sum_3x3, weighted_3x3
from medfuse_course.core.random import generator

SHAPES = [(2, 2), (2, 7), (5, 4), (16, 17), (3, 6, 5), (2, 3, 9, 8)]
WEIGHTS = np.outer([1, 2, 1], [1, 2, 1]) / 16


def signed(shape, dtype=np.float64):
    return generator(0, "filters").uniform(-1, 1, shape).astype(dtype)


def plane_by_plane(function, stack):
    planes = stack.reshape(-1, *stack.shape[-2:])
    return np.stack([function(plane) for plane in planes]).reshape(stack.shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_sum_and_weighted_sum_agree_with_scipy(shape):
    x = signed(shape)
    for function, kernel in ((sum_3x3, np.ones((3, 3))), (weighted_3x3, WEIGHTS)):
        expected = plane_by_plane(lambda plane, kernel=kernel: ndimage.correlate(plane, kernel, mode="mirror"), x)
        np.testing.assert_allclose(function(x), expected, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_maximum_agrees_with_scipy(shape):
    """What lies outside does not count; mirroring brings in no new values, so both borders give the same."""
    x = signed(shape)
    outside = plane_by_plane(lambda plane: ndimage.maximum_filter(plane, 3, mode="constant", cval=-np.inf), x)
    mirrored = plane_by_plane(lambda plane: ndimage.maximum_filter(plane, 3, mode="mirror"), x)
    np.testing.assert_array_equal(max_3x3(x), outside)
    np.testing.assert_array_equal(max_3x3(x), mirrored)


@pytest.mark.parametrize("function", [sum_3x3, weighted_3x3, max_3x3])
def test_precision_is_kept_and_the_input_left_alone(function):
    for dtype in (np.float32, np.float64):
        x = signed((4, 9, 8), dtype)
        before = x.copy()
        x.flags.writeable = False
        assert function(x).dtype == dtype
        np.testing.assert_array_equal(x, before)


def test_complex_sums():
    x = signed((9, 8)) + 1j * signed((8, 9)).T
    np.testing.assert_allclose(sum_3x3(x), sum_3x3(x.real) + 1j * sum_3x3(x.imag), atol=1e-12)


def test_a_corner_by_hand():
    """Mirrored without the edge: what lies beside a corner counts twice, what lies across 4 times."""
    x = np.array([[1.0, 10, 0], [100, 1000, 0], [0, 0, 0]])
    assert sum_3x3(x)[0, 0] == 1 + 2 * 10 + 2 * 100 + 4 * 1000
    assert weighted_3x3(x)[0, 0] == (4 * 1 + 2 * 2 * 10 + 2 * 2 * 100 + 4 * 1000) / 16
    assert max_3x3(x)[0, 0] == 1000


def test_votes_stay_whole_numbers():
    """A vote of signs is counted exactly, so a tie is a tie."""
    votes = sum_3x3(np.sign(signed((30, 31), np.float32)))
    np.testing.assert_array_equal(votes, np.rint(votes))


def test_the_separable_filter_agrees_with_a_plain_convolution():
    x = signed((13, 17))
    expected = signal.convolve2d(np.pad(x, 2, "reflect"), np.outer(BINOMIAL_5, BINOMIAL_5), mode="valid")
    np.testing.assert_allclose(filter_separable(x, BINOMIAL_5), expected, atol=1e-12)
    repeated = signal.convolve2d(np.pad(x, 2, "symmetric"), np.outer(BINOMIAL_5, BINOMIAL_5), mode="valid")
    np.testing.assert_allclose(filter_separable(x, BINOMIAL_5, mode="reflect"), repeated, atol=1e-12)
    np.testing.assert_allclose(filter_separable(x, BINOMIAL_5, step=3), expected[::3, ::3], atol=1e-12)
