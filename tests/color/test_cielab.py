import numpy as np
from hypothesis import given
from skimage.color import rgb2lab

from medfuse_course.color import lab_to_rgb, rgb_to_lab
from tests.color.images import rgb_images


def test_known_colors():
    # As color calculators print them for sRGB under D65; their digits of the white point differ in the fifth place.
    colors = np.array([[[1, 1, 1], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]], np.float32)
    expected = [[100, 0, 0], [0, 0, 0], [53.233, 80.109, 67.22], [87.737, -86.185, 83.181], [32.303, 79.197, -107.864]]
    np.testing.assert_allclose(rgb_to_lab(colors)[0], expected, atol=0.015)


@given(rgb_images())
def test_equals_scikit_image_but_for_the_digits_of_white(rgb):
    # Its white and its matrix are rounded differently, so its grays are off neutral by 0.01.
    np.testing.assert_allclose(rgb_to_lab(rgb), rgb2lab(rgb), atol=0.03)


def test_colors_darker_than_black_come_back_black():
    assert lab_to_rgb(np.array([[[-50.0, 0, 0]]])).max() == 0
