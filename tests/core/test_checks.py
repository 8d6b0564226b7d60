import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medfuse_course.core.checks import check_gray, check_image, check_pair, check_rgb, from_uint8, plain_array, to_uint8

GRAY = np.linspace(0, 1, 20, dtype=np.float32).reshape(4, 5)


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        ([[0.0, 1.0]], TypeError, "expected a NumPy array, got list"),
        (np.zeros((4, 4), np.uint8) + np.uint8(255), TypeError, "uint8 up to 255; for 8-bit data use from_uint8"),
        (np.zeros((4, 4), np.int16), TypeError, "dtype int16"),
        (np.zeros((4, 4), bool), TypeError, "dtype bool"),
        (np.zeros((4, 4), complex), TypeError, "dtype complex128"),
        (np.full((4, 4), None), TypeError, "dtype object"),
        (np.ma.masked_array(GRAY), TypeError, "masked"),
        (GRAY * 255, ValueError, r"expected values in \[0, 1\], got \[0, 255\]; for 8-bit data use from_uint8"),
        (GRAY - 0.5, ValueError, r"got \[-0.5, 0.5\]; apply an intensity window"),
        (GRAY * 4000, ValueError, "apply an intensity window"),
        (np.where(GRAY > 0.9, np.nan, GRAY), ValueError, "2 NaN or infinite of 20"),
        (np.where(GRAY > 0.9, -np.inf, GRAY), ValueError, "NaN or infinite"),
        (np.zeros(5), ValueError, r"expected shape \(H, W\) or \(H, W, 3\), got \(5,\)"),
        (np.zeros((4, 5, 1)), ValueError, r"drop the last axis with image\[..., 0\]"),
        (np.zeros((4, 5, 4)), ValueError, "drop the alpha channel"),
        (np.zeros((3, 5, 7)), ValueError, "move the channels last"),
        (np.zeros((9, 5, 7)), ValueError, "one slice of a volume"),
        (np.zeros((1, 3, 4, 5)), ValueError, "one image at a time"),
        (np.zeros((0, 5)), ValueError, "got none"),
        (np.zeros((5, 0)), ValueError, "got none"),
    ],
)
def test_bad_images_are_named_and_explained(image, error, words):
    with pytest.raises(error, match=f"^scan: .*{words}"):
        check_image(image, "scan")


def test_too_small_says_the_minimum():
    with pytest.raises(ValueError, match="expected at least 16 x 16 pixels, got 4 x 5"):
        check_image(GRAY, min_side=16)


def test_a_tensor_is_told_how_to_become_an_array():
    class Tensor:
        __module__ = "torch"

    with pytest.raises(TypeError, match=r"got torch\..*Tensor; use tensor.detach\(\).cpu\(\).numpy\(\)"):
        check_image(Tensor())


def test_gray_and_rgb_say_how_to_convert():
    with pytest.raises(ValueError, match=r"color\.luma"):
        check_gray(np.zeros((4, 4, 3)))
    with pytest.raises(ValueError, match=r"color\.gray_to_rgb"):
        check_rgb(np.zeros((4, 4)))


def test_a_pair_must_share_its_grid():
    with pytest.raises(ValueError, match="ct: expected the grid of mri, 4 x 5, got 5 x 4"):
        check_pair(GRAY, GRAY.T.copy(), names=("mri", "ct"))
    a, b = check_pair(GRAY, np.zeros((4, 5, 3)))
    assert a.shape == (4, 5)
    assert b.shape == (4, 5, 3)


def test_rounding_slack_is_clipped_and_the_input_stays():
    image = np.array([[-5e-7, 1 + 5e-7]])
    checked = check_image(image)
    assert checked.tolist() == [[0, 1]]
    assert image[0, 1] > 1


def test_a_good_float32_image_is_not_copied():
    assert check_image(GRAY) is GRAY


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(0, 1)))
def test_any_layout_gives_the_same_values(image):
    image.flags.writeable = False
    for view in (image, np.asfortranarray(image), image[::-1][::-1]):
        checked = check_image(view)
        assert checked.dtype == np.float32
        np.testing.assert_array_equal(checked, image.astype(np.float32))


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2)))
def test_eight_bits_survive_the_round_trip(image):
    np.testing.assert_array_equal(to_uint8(from_uint8(image)), image)


def test_to_uint8_by_hand():
    assert to_uint8(np.array([[0.0, 0.5, 1.0, 0.2]])).tolist() == [[0, 128, 255, 51]]


def test_from_uint8_takes_nothing_else():
    with pytest.raises(TypeError, match="expected dtype uint8, got float64"):
        from_uint8(np.zeros((4, 4)))


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_the_values_of_a_subclass_count_and_not_its_arithmetic():
    matrix = np.matrix(GRAY)
    plain = check_image(matrix)
    assert type(plain) is np.ndarray
    np.testing.assert_array_equal(plain * plain, GRAY * GRAY)
    assert type(plain_array(matrix)) is np.ndarray
    with pytest.raises(TypeError, match="mask: expected a plain array, got a masked one"):
        plain_array(np.ma.masked_array(GRAY), "mask")
