import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2hsv

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.brovey import brovey

COLOR = np.tile(np.float32([0.6, 0.3, 0.0]), (16, 17, 1))  # intensity 0.3


def gray(value):
    return np.full((16, 17), value, np.float32)


@pytest.mark.parametrize(
    ("anatomy", "intensity", "expected"),
    [
        (0.45, "substitute", [0.9, 0.45, 0.0]),  # times 1.5
        (0.15, "substitute", [0.3, 0.15, 0.0]),
        (0.45, "average", [0.75, 0.375, 0.0]),  # I' = 0.375
        (0.15, "maximum", [0.6, 0.3, 0.0]),
        (0.9, "substitute", [1.0, 0.9, 0.0]),  # 1.8 is clipped, at the end
    ],
)
def test_by_hand(anatomy, intensity, expected):
    np.testing.assert_allclose(fuse(gray(anatomy), COLOR, "brovey", intensity=intensity)[3, 4], expected, atol=1e-6)
    np.testing.assert_allclose(fuse(COLOR, gray(anatomy), "brovey", intensity=intensity)[3, 4], expected, atol=1e-6)


@given(seed=st.integers(0, 99))
def test_hue_and_saturation_stay_where_nothing_is_clipped(seed):
    rng = np.random.default_rng(seed)
    color = rng.uniform(0.2, 0.9, (16, 16, 3)).astype(np.float32)
    anatomy = rng.uniform(0.05, 0.3, (16, 16)).astype(np.float32)
    fused = brovey(anatomy, color)
    assert fused.max() <= 1
    np.testing.assert_allclose(rgb2hsv(fused)[..., :2], rgb2hsv(color)[..., :2], atol=1e-5)
    np.testing.assert_allclose(fused.mean(axis=2), anatomy, atol=1e-6)


def test_black_stays_black_and_nearly_black_becomes_a_full_color():
    color = np.zeros((16, 17, 3), np.float32)
    color[8:, :, 0] = np.float32(1e-40)  # less than the smallest normal number
    fused = brovey(gray(0.2), color)
    np.testing.assert_array_equal(fused[:8], 0)
    np.testing.assert_allclose(fused[8:], np.broadcast_to([0.6, 0, 0], (8, 17, 3)), atol=1e-6)


def test_two_gray_images_leave_the_new_intensity_except_in_the_dark(gray_pair):
    a, b = gray_pair
    assert 0 < (b == 0).sum() < b.size / 2
    np.testing.assert_allclose(fuse(a, b, "brovey"), np.where(b > 0, a, 0), atol=1e-6)


def test_of_two_colors_the_first_gives_its_intensity():
    other = np.tile(np.float32([0.2, 0.45, 0.7]), (16, 17, 1))  # intensity 0.45
    np.testing.assert_allclose(fuse(other, COLOR, "brovey")[3, 4], [0.9, 0.45, 0.0], atol=1e-6)
    np.testing.assert_allclose(fuse(COLOR, COLOR, "brovey"), COLOR, atol=1e-6)


def test_unknown_intensity_is_answered():
    with pytest.raises(ValueError, match="unknown intensity 'max'; did you mean 'maximum'"):
        fuse(gray(0.5), COLOR, "brovey", intensity="max")
