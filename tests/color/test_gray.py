import numpy as np
import pytest
from hypothesis import given
from skimage.color import rgb2gray

from medfuse_course.color import gray_to_rgb, luma
from tests.color.images import check_is_pure, gray_images, rgb_images


def test_luma_of_the_primaries_is_their_bt601_weight():
    primaries = np.eye(3, dtype=np.float32)[np.newaxis]
    np.testing.assert_allclose(luma(primaries), [[0.299, 0.587, 0.114]], rtol=1e-6)


def test_luma_is_not_the_bt709_gray_of_scikit_image():
    red = np.zeros((1, 1, 3), np.float32)
    red[..., 0] = 1
    assert rgb2gray(red)[0, 0] == pytest.approx(0.2125)
    assert luma(red)[0, 0] == pytest.approx(0.299)


@given(gray_images())
def test_luma_undoes_gray_to_rgb(gray):
    np.testing.assert_allclose(luma(gray_to_rgb(gray)), gray, atol=1e-7)


@given(rgb_images())
def test_luma_keeps_size_and_range(rgb):
    result = check_is_pure(luma, rgb)
    assert result.shape == rgb.shape[:2]
    assert result.min() >= 0
    assert result.max() <= 1


@given(gray_images())
def test_gray_to_rgb_repeats_the_gray_three_times(gray):
    result = check_is_pure(gray_to_rgb, gray)
    assert result.shape == (*gray.shape, 3)
    for channel in range(3):
        np.testing.assert_array_equal(result[..., channel], gray)


def test_the_wrong_kind_of_image_is_an_error():
    with pytest.raises(ValueError, match="rgb: expected an RGB image"):
        luma(np.zeros((4, 4), np.float32))
    with pytest.raises(ValueError, match="gray: expected a gray image"):
        gray_to_rgb(np.zeros((4, 4, 3), np.float32))
    with pytest.raises(TypeError, match="rgb: .*uint8"):
        luma(np.zeros((4, 4, 3), np.uint8))
