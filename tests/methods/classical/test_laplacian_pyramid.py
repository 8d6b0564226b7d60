import dataclasses

import numpy as np
import pytest
from PIL import Image

from medfuse_course.core.checks import from_uint8
from medfuse_course.methods import fuse
from medfuse_course.methods.classical.laplacian_pyramid import laplacian_pyramid
from medfuse_course.transforms import mertens_pyramid
from medfuse_course.transforms.pyramid import expand, reduce


def test_one_level_by_hand(gray_pair):
    a, b = (image.astype(np.float64) for image in gray_pair)
    detail_a, detail_b = (x - expand(reduce(x), x.shape) for x in (a, b))
    detail = np.where(np.abs(detail_a) > np.abs(detail_b), detail_a, detail_b)
    expected = detail + expand((reduce(a) + reduce(b)) / 2, a.shape)
    np.testing.assert_allclose(laplacian_pyramid(a, b, levels=1), expected, atol=1e-12)


def test_the_toolbox_profile_reproduces_the_published_result(published_folder):
    """Every pixel of the toolbox's own 4-level result, after rounding to 8 bits as its authors did."""
    folder = published_folder / "laplacian_toolbox"
    first, second, published = (
        np.asarray(Image.open(folder / f"{name}.tif")) for name in ("source_1", "source_2", "fused")
    )
    fused = fuse(from_uint8(first), from_uint8(second), "laplacian_pyramid", profile="toolbox", levels=4)
    np.testing.assert_array_equal(np.floor(fused * 255 + 0.5).astype(np.uint8), published)


@pytest.mark.parametrize("shape", [(45, 38), (16, 16), (37, 64)])
def test_the_toolbox_profile_takes_any_size_and_keeps_equals(shape):
    image = np.random.default_rng(1).random(shape).astype(np.float32)
    np.testing.assert_allclose(laplacian_pyramid(image, image, profile="toolbox"), image, atol=1e-6)


def test_profiles_differ_only_slightly_in_the_interior(gray_pair):
    course = fuse(*gray_pair, rule="choose_max_consistent", levels=2)
    toolbox = fuse(*gray_pair, profile="toolbox", levels=2)
    inside = np.s_[12:-12, 12:-12]
    np.testing.assert_allclose(course[inside], toolbox[inside], atol=1e-6)
    assert np.abs(course - toolbox).max() > 1e-3  # the corners tell them apart


def test_unknown_profile(gray_pair):
    with pytest.raises(ValueError, match="unknown profile 'tolbox'; did you mean 'toolbox'"):
        fuse(*gray_pair, profile="tolbox")


def test_detail_of_both_sources_survives():
    """Stripes of two widths in two halves: the pyramid keeps both contrasts, averaging halves them."""
    x = np.arange(64)
    a, b = np.full((64, 64), 0.5, np.float32), np.full((64, 64), 0.5, np.float32)
    a[:32] += 0.4 * (-1.0) ** x
    b[32:] += 0.4 * (-1.0) ** (x // 2)
    fused, mean = fuse(a, b), fuse(a, b, "average")
    for half, source in ((np.s_[:24], a), (np.s_[40:], b)):
        assert fused[half].std() > 0.9 * source[half].std()
        assert mean[half].std() == pytest.approx(source[half].std() / 2, rel=1e-5)


@pytest.mark.parametrize("shape", [(45, 38), (16, 16), (37, 64)])
def test_the_mertens_profile_takes_any_size_and_keeps_equals(shape):
    image = np.random.default_rng(2).random(shape).astype(np.float32)
    np.testing.assert_allclose(laplacian_pyramid(image, image, profile="mertens"), image, atol=1e-6)


def test_the_mertens_profile_is_as_deep_as_it_goes_and_follows_the_rule():
    """A choice at all levels but the last 2 x 2: a bright source wins nearly whole over a black one."""
    a = np.random.default_rng(3).random((64, 64))
    black = np.zeros_like(a)
    of_a = mertens_pyramid.analyse(a)
    assert of_a.levels == 5
    expected = a - mertens_pyramid.synthesise(
        dataclasses.replace(of_a, details=tuple(0 * d for d in of_a.details), base=of_a.base / 2)
    )
    np.testing.assert_allclose(laplacian_pyramid(a, black, levels=1, profile="mertens"), expected, atol=1e-12)
    np.testing.assert_allclose(laplacian_pyramid(a, black, rule="average", profile="mertens"), a / 2, atol=1e-12)
