"""A gray picture stored as RGB has no color to give: roles follow what a picture shows, not how it is stored."""

import numpy as np
import pytest

from medfuse_course.color.gray import gray_to_rgb, without_color
from medfuse_course.methods import fuse
from medfuse_course.methods.adapter import color_source, fuse_stack
from tests.methods.every_method import FUSION, marks

NATIVE = [pytest.param(m.slug, marks=marks(m)) for m in FUSION if m.color_native]
RANDOM = np.random.default_rng(0)
A, B = RANDOM.random((2, 24, 28)).astype(np.float32)
COLORED = RANDOM.random((24, 28, 3)).astype(np.float32)


def test_there_are_methods_that_take_color_themselves():
    assert len(NATIVE) >= 4


@pytest.mark.parametrize("method", NATIVE)
def test_the_way_of_storing_gray_does_not_swap_the_sources(method):
    expected = fuse(A, B, method)
    expected = expected if expected.ndim == 3 else gray_to_rgb(expected)
    for a, b in ((gray_to_rgb(A), B), (A, gray_to_rgb(B)), (gray_to_rgb(A), gray_to_rgb(B))):
        np.testing.assert_array_equal(fuse(a, b, method), expected)


@pytest.mark.parametrize("method", NATIVE)
def test_the_color_comes_from_who_has_it(method):
    np.testing.assert_array_equal(fuse(gray_to_rgb(A), COLORED, method), fuse(A, COLORED, method))


# One that aligns noise may move it elsewhere after a change of 1e-5.
@pytest.mark.parametrize("method", [p for p in NATIVE if p.values != ("align_then_fuse",)])
def test_a_slice_without_color_does_not_change_the_roles_in_a_stack(method):
    pale = gray_to_rgb(B / 2 + np.float32(0.25))
    gray = np.stack([A, A])
    fused = fuse_stack(np.stack([COLORED, pale]), gray, method)
    tinged = fuse_stack(np.stack([COLORED, pale + np.float32([1e-5, 0, 0])]), gray, method)
    assert fused.shape == (2, *COLORED.shape)
    np.testing.assert_allclose(fused, tinged, atol=1e-3)


def test_where_the_color_comes_from_is_told():
    rgb = gray_to_rgb(A)
    told = [color_source(*pair) for pair in ((A, B), (rgb, B), (A, COLORED), (COLORED, B), (COLORED, COLORED))]
    assert told == ["", "", "b", "a", "both"]
    assert without_color(COLORED) is COLORED
    assert without_color(np.stack([rgb, rgb])).shape == (2, 24, 28)
