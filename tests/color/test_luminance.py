import numpy as np
import pytest
from hypothesis import given

from medfuse_course.color import (
    SPACES,
    fuse_luminance,
    gray_to_rgb,
    luma,
    rgb_to_ihs,
    rgb_to_lab,
    rgb_to_ycbcr,
    rgb_to_yuv,
    yuv_to_rgb,
)
from tests.color.images import check_is_pure, rgb_images

TO = {"ycbcr": rgb_to_ycbcr, "yuv": rgb_to_yuv, "ihs": rgb_to_ihs, "lab": rgb_to_lab}
every_space = pytest.mark.parametrize("space", SPACES)


def average(a, b):
    return (a + b) / 2


def take_a(a, b):
    return a


def take_b(a, b):
    return b


def pastel(seed, shape=(6, 7)):
    """Colors so near gray that no fusion of their luminance leaves the screen."""
    rng = np.random.default_rng(seed)
    gray = rng.uniform(0.3, 0.7, shape)[..., np.newaxis]
    return (gray + rng.uniform(-0.05, 0.05, (*shape, 3))).astype(np.float32)


@every_space
def test_chroma_of_the_color_source_stays(space):
    gray, color = pastel(1)[..., 0], pastel(2)
    fused = fuse_luminance(gray, color, average, space)
    tolerance = 1e-4 if space == "lab" else 1e-6
    np.testing.assert_allclose(TO[space](fused)[..., 1:], TO[space](color)[..., 1:], atol=tolerance)


@every_space
def test_luminance_is_what_the_gray_method_gives(space):
    gray, color = pastel(1)[..., 0], pastel(2)
    white = 100 if space == "lab" else 1
    luminance = [TO[space](image)[..., 0] / white for image in (gray_to_rgb(gray), color)]
    fused = fuse_luminance(gray, color, average, space)
    np.testing.assert_allclose(TO[space](fused)[..., 0] / white, sum(luminance) / 2, atol=1e-6)


@every_space
def test_roles_can_be_exchanged(space):
    gray, color = pastel(1)[..., 0], pastel(2)
    one = fuse_luminance(gray, color, take_a, space)
    other = fuse_luminance(color, gray, take_b, space)
    np.testing.assert_array_equal(one, other)


@every_space
def test_keeping_the_luminance_of_the_color_source_changes_nothing(space):
    @given(rgb_images())
    def law(color):
        gray = np.zeros(color.shape[:2], np.float32)
        np.testing.assert_allclose(fuse_luminance(gray, color, take_b, space), color, atol=1e-6)

    law()


@every_space
def test_two_equal_color_sources_give_themselves(space):
    @given(rgb_images())
    def law(color):
        np.testing.assert_allclose(fuse_luminance(color, color, average, space), color, atol=1e-6)

    law()


@every_space
def test_beside_a_colorless_rgb_image_the_colored_one_decides(space):
    gray, color = pastel(1)[..., 0], pastel(2)
    merged = fuse_luminance(gray_to_rgb(gray), color, average, space)
    np.testing.assert_allclose(merged, fuse_luminance(gray, color, average, space), atol=1e-6)


def test_merged_chroma_by_hand():
    # U = .05 and .15 merge to (.0025 + .0225) / .20 = .125; V = -.10 and .10 cancel.
    a, b = yuv_to_rgb(np.array([[[0.5, 0.05, -0.10]]])), yuv_to_rgb(np.array([[[0.5, 0.15, 0.10]]]))
    np.testing.assert_allclose(rgb_to_yuv(fuse_luminance(a, b, take_a, "yuv"))[0, 0], [0.5, 0.125, 0], atol=1e-6)


def test_refined_chroma_sees_the_fused_luminance_and_changes_only_color():
    gray, red = np.full((4, 5), 0.5, np.float32), np.zeros((4, 5, 3), np.float32)
    red[..., 0] = 0.5
    seen = []

    def halve(luminance, channel):
        seen.append(luminance)
        return 0.5 + (channel - 0.5) / 2

    fused = rgb_to_ycbcr(fuse_luminance(gray, red, lambda x, y: x, refine=halve))
    kept = rgb_to_ycbcr(red)
    np.testing.assert_allclose(fused[..., 0], 0.5, atol=1e-6)
    np.testing.assert_allclose(fused[..., 1:] - 0.5, (kept[..., 1:] - 0.5) / 2, atol=1e-6)
    assert len(seen) == 2
    np.testing.assert_allclose(seen, 0.5)


def test_fast_ihs_adds_the_change_of_intensity():
    gray, color = np.full((1, 1), 0.6, np.float32), np.array([[[0.5, 0.3, 0.1]]], np.float32)
    np.testing.assert_allclose(fuse_luminance(gray, color, take_a, "ihs")[0, 0], [0.8, 0.6, 0.4], atol=1e-6)


def test_brightening_a_color_off_the_screen_washes_it_out():
    white, red = np.ones((1, 1), np.float32), np.array([[[1, 0, 0]]], np.float32)
    fused = fuse_luminance(white, red, take_a)
    # Y from .299 to 1 asks for (1.701, .701, .701); red is cut, so the luma asked for is missed and the color pales.
    np.testing.assert_allclose(fused[0, 0], [1, 0.701, 0.701], atol=1e-6)
    assert luma(fused)[0, 0] < 0.8


@every_space
def test_inputs_are_left_alone(space):
    gray = pastel(1)[..., 0]
    result = check_is_pure(lambda image: fuse_luminance(gray, image, average, space), pastel(2))
    assert result.shape == (6, 7, 3)


def test_what_is_wrong_is_said():
    gray, color = pastel(1)[..., 0], pastel(2)
    with pytest.raises(ValueError, match="at least one RGB image, got two gray"):
        fuse_luminance(gray, gray, average)
    with pytest.raises(ValueError, match="space: unknown color space 'ycrcb'; did you mean 'ycbcr'"):
        fuse_luminance(gray, color, average, "ycrcb")
    with pytest.raises(ValueError, match="b: expected the grid of a"):
        fuse_luminance(gray[1:], color, average)
    with pytest.raises(ValueError, match=r"fuse_gray\(a, b\): expected shape \(6, 7\), got \(5, 7\)"):
        fuse_luminance(gray, color, lambda a, b: a[1:])
    with pytest.raises(TypeError, match=r"fuse_gray\(a, b\): expected a NumPy array, got NoneType"):
        fuse_luminance(gray, color, lambda a, b: None)
