import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import signal

from medfuse_course.transforms.pyramid import (
    LaplacianPyramid,
    analyse,
    expand,
    gaussian_pyramid,
    reduce,
    synthesise,
)

sides = st.integers(16, 40)
images = st.tuples(sides, sides).flatmap(
    lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
)


def test_reduce_of_an_impulse_by_hand():
    impulse = np.zeros((9, 9))
    impulse[4, 4] = 256
    # the even samples of [1 4 6 4 1] are 1, 6, 1: their outer product, 256 / 16 / 16 = 1
    expected = np.zeros((5, 5))
    expected[1:4, 1:4] = np.outer([1, 6, 1], [1, 6, 1])
    np.testing.assert_allclose(reduce(impulse), expected, atol=1e-12)


def test_expand_of_an_impulse_by_hand():
    impulse = np.zeros((5, 5))
    impulse[2, 2] = 64
    expected = np.zeros((9, 9))
    expected[2:7, 2:7] = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])  # gain 4: 64 * (2/16)^2 = 1
    np.testing.assert_allclose(expand(impulse, (9, 9)), expected, atol=1e-12)


def test_reduce_agrees_with_a_plain_convolution(gray_pair):
    image = gray_pair[0].astype(np.float64)
    kernel = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    plain = signal.convolve2d(np.pad(image, 2, "reflect"), kernel, mode="valid")[::2, ::2]
    np.testing.assert_allclose(reduce(image), plain, atol=1e-12)


@pytest.mark.parametrize("shape", [(9, 9), (10, 10), (9, 10), (2, 3)])
def test_a_constant_stays_constant(shape):
    flat = np.full(shape, 0.7)
    np.testing.assert_allclose(reduce(flat), 0.7, atol=1e-12)
    np.testing.assert_allclose(expand(reduce(flat), shape), 0.7, atol=1e-12)


@given(images, st.integers(1, 4))
def test_synthesis_undoes_analysis(image, levels):
    restored = synthesise(analyse(image, levels))
    assert restored.dtype == np.float32
    assert restored.shape == image.shape
    np.testing.assert_allclose(restored, image, atol=1e-6)
    double = image.astype(np.float64)
    np.testing.assert_allclose(synthesise(analyse(double, levels)), double, atol=1e-10)


@given(images)
def test_analysis_is_linear_and_leaves_its_input(image):
    before = image.copy()
    twice, once = analyse(2 * image, 3), analyse(image, 3)
    for doubled, single in zip((*twice.details, twice.base), (*once.details, once.base), strict=True):
        np.testing.assert_allclose(doubled, 2 * single, atol=1e-5)
    np.testing.assert_array_equal(image, before)


def test_band_shapes_for_odd_sides():
    pyramid = analyse(np.zeros((45, 38)), 3)
    assert [band.shape for band in pyramid.details] == [(45, 38), (23, 19), (12, 10)]
    assert pyramid.base.shape == (6, 5)
    assert pyramid.levels == 3
    assert isinstance(pyramid, LaplacianPyramid)


def test_the_finest_gaussian_level_is_the_image(gray_pair):
    stages = gaussian_pyramid(gray_pair[0], 2)
    assert stages[0] is gray_pair[0]
    np.testing.assert_array_equal(stages[2], reduce(reduce(gray_pair[0])))


@pytest.mark.parametrize(
    ("levels", "error", "words"),
    [
        (0, ValueError, "expected 1 to 4"),
        (5, ValueError, "expected 1 to 4"),
        (2.0, TypeError, "float"),
        (True, TypeError, "bool"),
    ],
)
def test_a_bad_number_of_levels_is_named(levels, error, words):
    with pytest.raises(error, match=f"levels: .*{words}"):
        analyse(np.zeros((16, 16)), levels)


def test_bad_input_is_named():
    with pytest.raises(TypeError, match="expected a NumPy array of float32 or float64, got uint8"):
        reduce(np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match=r"expected shape \(H, W\)"):
        reduce(np.zeros((4, 4, 3)))
    with pytest.raises(ValueError, match=r"shape: expected twice \(4, 4\)"):
        expand(np.zeros((4, 4)), (9, 8))
    with pytest.raises(ValueError, match="no less than 2"):
        expand(np.zeros((1, 4)), (1, 8))
