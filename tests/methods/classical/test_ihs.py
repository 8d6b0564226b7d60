import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medfuse_course.color import ihs_to_rgb, rgb_to_ihs
from medfuse_course.methods import fuse
from medfuse_course.methods.classical.ihs import ihs

COLOR = np.tile(np.float32([0.6, 0.3, 0.0]), (16, 17, 1))  # intensity 0.3


def gray(value):
    return np.full((16, 17), value, np.float32)


@pytest.mark.parametrize(
    ("anatomy", "intensity", "expected"),
    [
        (0.5, "substitute", [0.8, 0.5, 0.2]),  # each channel + 0.2
        (0.5, "average", [0.7, 0.4, 0.1]),  # I' = 0.4
        (0.5, "maximum", [0.8, 0.5, 0.2]),
        (0.1, "maximum", [0.6, 0.3, 0.0]),  # the color is the brighter one
        (0.8, "substitute", [1.0, 0.8, 0.5]),  # 1.1 is clipped, at the end
        (0.1, "substitute", [0.4, 0.1, 0.0]),  # -0.2 is clipped
    ],
)
def test_by_hand(anatomy, intensity, expected):
    np.testing.assert_allclose(fuse(gray(anatomy), COLOR, "ihs", intensity=intensity)[3, 4], expected, atol=1e-6)
    np.testing.assert_allclose(fuse(COLOR, gray(anatomy), "ihs", intensity=intensity)[3, 4], expected, atol=1e-6)


@given(seed=st.integers(0, 99))
def test_it_is_the_way_through_ihs_space(seed):
    rng = np.random.default_rng(seed)
    anatomy, color = rng.random((16, 16), dtype=np.float32), rng.random((16, 16, 3), dtype=np.float32)
    space = rgb_to_ihs(color)
    space[..., 0] = anatomy
    np.testing.assert_allclose(fuse(anatomy, color, "ihs"), ihs_to_rgb(space), atol=1e-6)
    for intensity in ("average", "maximum"):
        substituted = fuse(anatomy, color, intensity, color="ihs")
        np.testing.assert_allclose(fuse(anatomy, color, "ihs", intensity=intensity), substituted, atol=1e-6)


def test_nothing_is_clipped_before_the_end():
    fused = ihs(gray(0.8), COLOR)
    np.testing.assert_allclose(fused[3, 4], [1.1, 0.8, 0.5], atol=1e-6)
    np.testing.assert_allclose(fused.mean(axis=2), 0.8, atol=1e-6)


def test_two_gray_images_leave_the_new_intensity(gray_pair):
    a, b = gray_pair
    np.testing.assert_allclose(fuse(a, b, "ihs"), a, atol=1e-6)
    np.testing.assert_allclose(fuse(a, b, "ihs", intensity="average"), (a + b) / 2, atol=1e-6)
    np.testing.assert_allclose(fuse(a, b, "ihs", intensity="maximum"), np.maximum(a, b), atol=1e-6)


def test_of_two_colors_the_first_gives_its_intensity():
    other = np.tile(np.float32([0.3, 0.5, 0.7]), (16, 17, 1))  # intensity 0.5
    np.testing.assert_allclose(fuse(other, COLOR, "ihs")[3, 4], [0.8, 0.5, 0.2], atol=1e-6)
    np.testing.assert_allclose(fuse(COLOR, COLOR, "ihs"), COLOR, atol=1e-6)


def test_unknown_intensity_is_answered():
    with pytest.raises(ValueError, match="unknown intensity 'mean'"):
        fuse(gray(0.5), COLOR, "ihs", intensity="mean")
