import numpy as np
import pytest
from scipy import signal

from medfuse_course.transforms import pyramid
from medfuse_course.transforms.mertens_pyramid import (
    analyse,
    expand,
    gaussian_pyramid,
    published_levels,
    reduce,
    synthesise,
)
from tests.transforms.laws import SHAPES, assert_linear, assert_perfect_reconstruction, noise

KERNEL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [*SHAPES, (255, 129)])
def test_synthesis_undoes_analysis(shape, dtype):
    assert_perfect_reconstruction(analyse, synthesise, shape, dtype)


@pytest.mark.parametrize("shape", [(16, 16), (17, 23)])
def test_reduce_and_expand_agree_with_plain_convolutions(shape):
    """The published equations, on arrays padded by hand."""
    image = noise(shape)
    plain = signal.convolve2d(np.pad(image, 2, "symmetric"), KERNEL, mode="valid")[::2, ::2]
    np.testing.assert_allclose(reduce(image), plain, atol=1e-12)
    grown = np.pad(plain, 1, "edge")
    spread = np.zeros((2 * grown.shape[0], 2 * grown.shape[1]))
    spread[::2, ::2] = 4 * grown
    expected = signal.convolve2d(spread, KERNEL, mode="same")[2:, 2:][: shape[0], : shape[1]]
    np.testing.assert_allclose(expand(plain, shape), expected, atol=1e-12)


def test_the_corner_by_hand():
    """Repeating the edge: on each axis pixel 0 counts 6 + 4 of 16 when reduced, and 1 + 6 of 8 when expanded."""
    image = np.zeros((16, 16))
    image[0, 0] = 256
    assert reduce(image)[0, 0] == pytest.approx((6 + 4) ** 2)
    small = np.zeros((8, 8))
    small[0, 0] = 64
    np.testing.assert_allclose(expand(small, (16, 16))[0, :4], [7 * 7, 7 * 4, 7, 0], atol=1e-12)


def test_away_from_the_border_it_is_the_pyramid_of_the_course():
    image = noise((64, 65))
    mine, other = analyse(image, 2), pyramid.analyse(image, 2)
    np.testing.assert_allclose(mine.details[0][8:-8, 8:-8], other.details[0][8:-8, 8:-8], atol=1e-12)
    assert np.abs(mine.details[0] - other.details[0]).max() > 1e-3


@pytest.mark.parametrize(("side", "levels"), [(16, 3), (17, 3), (31, 3), (32, 4), (255, 6), (256, 7)])
def test_the_published_depth_counts_the_base(side, levels):
    """``floor(log2(side))``, of which one is the base."""
    assert published_levels((side, 300)) == levels
    bands = analyse(np.zeros((side, 300)))
    assert bands.levels == levels
    assert 2 <= min(bands.base.shape) <= 4


def test_it_is_linear_and_keeps_constants():
    assert_linear(analyse, (19, 30))
    bands = analyse(np.full((21, 30), 0.4))
    assert max(np.abs(band).max() for band in bands.details) < 1e-12
    np.testing.assert_allclose(bands.base, 0.4, atol=1e-12)


def test_gaussian_levels_begin_with_the_image():
    image = noise((20, 30))
    stages = gaussian_pyramid(image, 2)
    assert stages[0] is image
    np.testing.assert_array_equal(stages[2], reduce(reduce(image)))


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"shape: expected twice \(4, 4\), or one less, got \(9, 8\)"):
        expand(np.zeros((4, 4)), (9, 8))
    with pytest.raises(TypeError, match="image: expected a NumPy array of float32 or float64, got uint8"):
        analyse(np.zeros((16, 16), np.uint8))
    with pytest.raises(ValueError, match="levels: expected 1 to 4"):
        analyse(np.zeros((16, 16)), 5)
