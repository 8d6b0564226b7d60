import numpy as np
import pytest

from medfuse_course.transforms.contrast_pyramid import ContrastPyramid, analyse, synthesise
from medfuse_course.transforms.pyramid import analyse as analyse_laplacian
from medfuse_course.transforms.pyramid import expand, reduce
from tests.transforms.laws import SHAPES, assert_perfect_reconstruction, noise


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
def test_synthesis_undoes_analysis(shape, dtype):
    assert_perfect_reconstruction(analyse, synthesise, shape, dtype)


def test_an_impulse_in_the_dark_by_hand():
    """Along one axis, reducing leaves 1, 6, 1 of 16, and expanding weighs them with 1, 6, 1 of 8."""
    image = np.zeros((17, 17))
    image[8, 8] = 1
    across = (1 * 1 + 6 * 6 + 1 * 1) / 16 / 8
    bands = analyse(image, 1, guard=0.5)
    assert bands.details[0][8, 8] == pytest.approx((1 + 0.5) / (across**2 + 0.5) - 1)
    assert bands.details[0][0, 0] == 0  # dark everywhere around: no contrast, and no 0 / 0
    assert analyse(image, 1, guard=1e-9).details[0][8, 8] == pytest.approx(1 / across**2 - 1, rel=1e-6)


def test_a_band_is_the_laplacian_over_the_light_around_it():
    image = noise((31, 45))
    around = expand(reduce(image), image.shape)
    laplacian = analyse_laplacian(image, 3)
    bands = analyse(image, 3, guard=0.1)
    np.testing.assert_allclose(bands.details[0], laplacian.details[0] / (around + 0.1), atol=1e-12)
    np.testing.assert_allclose(bands.base, laplacian.base, atol=1e-12)


def test_contrast_does_not_mind_the_light_as_long_as_the_guard_follows():
    image = noise((20, 30))
    bright, dim = analyse(image, 3, guard=0.01), analyse(image / 4, 3, guard=0.0025)
    for one, other in zip(bright.details, dim.details, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@pytest.mark.parametrize("guard", [1e-4, 1 / 255, 0.3])
def test_the_way_back_takes_the_guard_from_the_bands(guard):
    image = noise((33, 16))
    bands = analyse(image, 4, guard=guard)
    assert bands.guard == guard
    np.testing.assert_allclose(synthesise(bands), image, atol=1e-10)
    other = ContrastPyramid(bands.details, bands.base, guard + 0.1)
    assert np.abs(synthesise(other) - image).max() > 0.01


def test_the_largest_ratio_of_one_pixel_is_not_limited():
    """Between two kept pixels reducing leaves 4, 4 of 16, and expanding takes 4, 4 of 8: a quarter along each axis."""
    image = np.zeros((17, 17))
    image[7, 7] = 1
    bands = analyse(image, 4)
    assert bands.details[0].max() + 1 == pytest.approx((1 + 1 / 255) / (1 / 16 + 1 / 255))
    np.testing.assert_allclose(synthesise(bands), image, atol=1e-10)


def test_black_and_white_come_back():
    for image in (np.zeros((16, 17)), np.ones((16, 17)), np.eye(19)):
        np.testing.assert_allclose(synthesise(analyse(image, 4)), image, atol=1e-10)
    assert not np.any(analyse(np.zeros((16, 16)), 4).details[0])


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"guard: expected a positive number, got 0.0; without it black is 0 / 0"):
        analyse(np.zeros((16, 16)), guard=0.0)
    with pytest.raises(ValueError, match=r"image: expected no negative values, got -0.5"):
        analyse(np.full((16, 16), -0.5))
    with pytest.raises(ValueError, match="levels: expected 1 to 4"):
        analyse(np.zeros((16, 16)), 5)
