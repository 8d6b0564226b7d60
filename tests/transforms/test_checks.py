import numpy as np
import pytest

from medfuse_course.transforms import pyramid
from medfuse_course.transforms.checks import check_levels, check_plane, max_levels


def test_max_levels_by_hand():
    assert [max_levels((n, 99)) for n in (2, 3, 16, 17, 99)] == [1, 2, 4, 5, 7]
    assert pyramid.analyse(np.ones((17, 17)), 5).base.shape == (1, 1)


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (np.zeros((16, 16), np.uint8), TypeError, "expected a NumPy array of float32 or float64, got uint8"),
        ([[0.0]], TypeError, "got list"),
        (np.zeros((16, 16, 3)), ValueError, r"expected shape \(H, W\)"),
        (np.zeros((1, 16)), ValueError, "at least 2 x 2"),
    ],
)
def test_what_is_no_plane_is_named(image, error, words):
    with pytest.raises(error, match=f"image: .*{words}"):
        check_plane(image)


def test_levels_are_checked_for_this_image():
    image = np.zeros((16, 40))
    assert check_plane(image, 4) is image
    with pytest.raises(ValueError, match="expected 1 to 4"):
        check_plane(image, 5)
    with pytest.raises(TypeError, match="levels: expected an integer"):
        check_levels(2.0, (16, 16))
