"""Laws that transforms keep, as functions that their tests share."""

import numpy as np

from medfuse_course.core.random import generator

TOLERANCE = {np.float32: 1e-6, np.float64: 1e-10}
SHAPES = [(16, 16), (17, 16), (31, 45), (64, 64), (50, 33)]


def noise(shape, dtype=np.float64, seed=0):
    """Even noise in [0, 1]."""
    return generator(seed, "laws").random(shape).astype(dtype)


def assert_perfect_reconstruction(analyse, synthesise, shape, dtype):
    """``synthesise(analyse(x)) = x`` in the precision of x, and x is left alone."""
    image = noise(shape, dtype)
    before = image.copy()
    again = synthesise(analyse(image))
    assert again.dtype == dtype
    assert again.shape == image.shape
    np.testing.assert_array_equal(image, before)
    np.testing.assert_allclose(again, image, atol=TOLERANCE[dtype])


def largest_shift_error(analyse, shape, shift=(3, 5)):
    """How far the bands of a circularly shifted image are from the shifted bands of the image."""
    image = noise(shape)
    bands, moved = analyse(image), analyse(np.roll(image, shift, axis=(0, 1)))
    pairs = zip((*bands.details, bands.base), (*moved.details, moved.base), strict=True)
    return max(float(np.abs(np.roll(x, shift, axis=(-2, -1)) - y).max()) for x, y in pairs)


def assert_linear(analyse, shape):
    """``T(2 x - 3 y) = 2 T(x) - 3 T(y)`` in every band."""
    x, y = noise(shape, seed=1), noise(shape, seed=2)
    of_x, of_y, of_both = analyse(x), analyse(y), analyse(2 * x - 3 * y)
    for one, two, both in zip(of_x.details, of_y.details, of_both.details, strict=True):
        np.testing.assert_allclose(both, 2 * one - 3 * two, atol=1e-10)
    np.testing.assert_allclose(of_both.base, 2 * of_x.base - 3 * of_y.base, atol=1e-10)
