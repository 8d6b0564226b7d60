import numpy as np
from hypothesis import given
from skimage.color import rgb2yuv

from medfuse_course.color import rgb_to_yuv
from tests.color.images import rgb_images


def test_primaries_give_the_columns_of_the_published_matrix():
    primaries = np.eye(3, dtype=np.float32)[np.newaxis]
    expected = [[0.299, -0.147, 0.615], [0.587, -0.289, -0.515], [0.114, 0.436, -0.1]]
    np.testing.assert_allclose(rgb_to_yuv(primaries)[0], expected, rtol=1e-6)


@given(rgb_images())
def test_equals_scikit_image_to_three_digits(rgb):
    np.testing.assert_allclose(rgb_to_yuv(rgb), rgb2yuv(rgb), atol=1e-3)
