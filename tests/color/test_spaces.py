"""Laws of every color space: there and back, gray has no chroma, bad input is explained."""

import numpy as np
import pytest
from hypothesis import given

from medfuse_course.color import (
    gray_to_rgb,
    ihs_to_rgb,
    lab_to_rgb,
    rgb_to_ihs,
    rgb_to_lab,
    rgb_to_ycbcr,
    rgb_to_yuv,
    ycbcr_to_rgb,
    yuv_to_rgb,
)
from tests.color.images import check_is_pure, gray_images, rgb_images

SPACES = {
    "ycbcr": (rgb_to_ycbcr, ycbcr_to_rgb),
    "yuv": (rgb_to_yuv, yuv_to_rgb),
    "ihs": (rgb_to_ihs, ihs_to_rgb),
    "lab": (rgb_to_lab, lab_to_rgb),
}
every_space = pytest.mark.parametrize("space", SPACES)


@every_space
def test_there_and_back_is_the_same_color(space):
    there, back = SPACES[space]

    @given(rgb_images())
    def law(rgb):
        np.testing.assert_allclose(back(there(rgb)), rgb, atol=1e-6)

    law()


@every_space
def test_gray_has_no_chroma(space):
    there, _ = SPACES[space]
    neutral = 0.5 if space == "ycbcr" else 0.0
    scale = 100 if space == "lab" else 1

    @given(gray_images())
    def law(gray):
        np.testing.assert_allclose(there(gray_to_rgb(gray))[..., 1:], neutral, atol=1e-6 * scale)

    law()


@every_space
def test_both_ways_leave_their_input_alone(space):
    there, back = SPACES[space]

    @given(rgb_images())
    def law(rgb):
        channels = check_is_pure(there, rgb)
        assert channels.shape == rgb.shape
        assert check_is_pure(back, channels).shape == rgb.shape

    law()


@every_space
def test_colors_off_the_screen_come_back_clipped(space):
    _, back = SPACES[space]
    wild = np.array([[[1.0, 0.9, 0.9], [0.0, -0.9, 0.9], [2.0, -1.0, -1.0], [-1.0, 0.3, 0.0]]])
    if space == "lab":
        wild *= 100
    result = back(wild)
    assert result.min() == 0
    assert result.max() == 1


@every_space
@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (None, TypeError, "expected a NumPy array, got NoneType"),
        (np.zeros((2, 2, 3), np.uint8), TypeError, "floats, got dtype uint8"),
        (np.zeros((2, 2)), ValueError, r"expected shape \(H, W, 3\), got \(2, 2\)"),
        (np.zeros((0, 2, 3)), ValueError, r"got \(0, 2, 3\)"),
        (np.full((2, 2, 3), np.nan), ValueError, "finite"),
    ],
)
def test_bad_channels_say_what_makes_good_ones(space, image, error, words):
    with pytest.raises(error, match=f"^{space}: .*{words}.*rgb_to_{space}"):
        SPACES[space][1](image)


@every_space
def test_a_gray_image_is_not_rgb(space):
    with pytest.raises(ValueError, match="rgb: expected an RGB image"):
        SPACES[space][0](np.zeros((4, 4), np.float32))
