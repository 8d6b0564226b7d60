import numpy as np
import pytest

from medfuse_course.transforms.padding import pad_mirrored, pad_to_multiple
from tests.transforms.laws import noise


def test_a_row_by_hand():
    np.testing.assert_array_equal(
        pad_to_multiple(np.array([[1.0, 2, 3, 4, 5], [6, 7, 8, 9, 10]]), 4),
        [[1, 2, 3, 4, 5, 5, 4, 3], [6, 7, 8, 9, 10, 10, 9, 8], [6, 7, 8, 9, 10, 10, 9, 8], [1, 2, 3, 4, 5, 5, 4, 3]],
    )


@pytest.mark.parametrize("shape", [(16, 16), (17, 31), (30, 45), (1, 9)])
@pytest.mark.parametrize("multiple", [1, 2, 8, 16])
def test_sizes_become_multiples_and_cropping_undoes_it(shape, multiple):
    image = noise(shape, np.float32)
    padded = pad_to_multiple(image, multiple)
    assert all(n % multiple == 0 and 0 <= n - old < multiple for n, old in zip(padded.shape, shape, strict=True))
    assert padded.dtype == np.float32
    np.testing.assert_array_equal(padded[: shape[0], : shape[1]], image)


def test_an_image_that_fits_is_not_copied():
    image = noise((16, 24))
    assert pad_to_multiple(image, 8) is image


def test_a_mirrored_margin_by_hand():
    """3 + 2 * 2 = 7 is no quick size; 8 is."""
    np.testing.assert_array_equal(pad_mirrored(np.array([[1.0, 2, 3]] * 4), 2)[0], [2, 1, 1, 2, 3, 3, 2, 1])


@pytest.mark.parametrize("shape", [(16, 16), (17, 31)])
@pytest.mark.parametrize("margin", [0, 5, 40])
def test_cropping_undoes_a_mirrored_margin(shape, margin):
    image = noise(shape, np.float32)
    padded = pad_mirrored(image, margin)
    assert padded.dtype == np.float32
    np.testing.assert_array_equal(padded[margin : margin + shape[0], margin : margin + shape[1]], image)
    assert all(n >= old + 2 * margin for n, old in zip(padded.shape, shape, strict=True))


@pytest.mark.parametrize(("margin", "error"), [(-1, ValueError), (1.5, TypeError), (True, TypeError)])
def test_a_bad_margin_is_named(margin, error):
    with pytest.raises(error, match="margin: expected"):
        pad_mirrored(noise((16, 16)), margin)
