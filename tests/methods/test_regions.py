"""Regions first: a part is the whole's part, boxes hold what they must, and what was computed is counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods import fuse  # noqa: E402
from medfuse_course.methods.regions import (  # noqa: E402
    boxes_around,
    fuse_box,
    fuse_regions,
    slice_tiles_by_interest,
    tiles_by_interest,
)

RANDOM = np.random.default_rng(0)
A, B = RANDOM.random((2, 150, 131)).astype(np.float32)
BOXES = [(60, 80, 40, 75), (0, 12, 0, 9), (141, 150, 120, 131), (70, 71, 66, 67), (0, 150, 0, 131)]


@pytest.mark.parametrize("method", ["densefuse", "max_residual", "ifcnn", "readable_fusion"])
def test_a_part_comes_out_as_in_the_whole(method):
    whole = fuse(A, B, method)
    for top, bottom, left, right in BOXES:
        patch, pixels = fuse_box(A, B, (top, bottom, left, right), method)
        # Kernels of other sizes round otherwise: 3e-5 was seen. A halo that is too small is wrong by 1e-3 and more.
        np.testing.assert_allclose(patch, whole[top:bottom, left:right], atol=1e-4)
        assert (bottom - top) * (right - left) <= pixels <= A.size


def test_cut_out_alone_it_would_not():
    top, bottom, left, right = BOXES[0]
    alone = fuse(A[top:bottom, left:right], B[top:bottom, left:right], "max_residual")
    assert np.abs(alone - fuse(A, B, "max_residual")[top:bottom, left:right]).max() > 1e-3


@pytest.mark.parametrize("method", ["laplacian_pyramid", "destrans"])
def test_who_looks_at_the_whole_image_is_refused(method):
    with pytest.raises(ValueError, match=f"got {method}, which needs the whole"):
        fuse_box(A, B, BOXES[0], method)


def test_good_inside_cheap_outside_and_between_them_no_edge():
    box = (60, 80, 40, 75)
    made = fuse_regions(A, B, [box], "densefuse", feather=4)
    whole, cheap = fuse(A, B, "densefuse"), fuse(A, B, "average")
    inside, far = np.zeros(A.shape, bool), np.ones(A.shape, bool)
    inside[60:80, 40:75] = True
    far[56:84, 36:79] = False
    np.testing.assert_allclose(made.image[inside], whole[inside], atol=2e-6)
    np.testing.assert_array_equal(made.image[far], cheap[far])
    between = ~inside & ~far
    low, high = np.minimum(whole, cheap), np.maximum(whole, cheap)
    assert ((made.image >= low - 1e-6) & (made.image <= high + 1e-6))[between].all()
    steps = np.abs((made.image - cheap)[70, 75:80] / (whole - cheap)[70, 75:80])
    np.testing.assert_allclose(steps, [0.8, 0.6, 0.4, 0.2, 0], atol=1e-3)
    # 28 x 43 pixels with the feather, and 9 on each side that the network sees; it halves nothing
    assert made.computed == pytest.approx((28 + 18) * (43 + 18) / A.size)


def test_without_regions_all_is_cheap():
    made = fuse_regions(A, B, [])
    np.testing.assert_array_equal(made.image, fuse(A, B, "average"))
    assert made.computed == 0


@given(hnp.arrays(bool, (30, 34)), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_boxes_hold_every_marked_pixel_with_its_margin_and_do_not_touch(mask, margin):
    boxes = boxes_around(mask, margin)
    held, times = np.zeros(mask.shape, bool), np.zeros(mask.shape, int)
    for top, bottom, left, right in boxes:
        assert 0 <= top < bottom <= 30
        assert 0 <= left < right <= 34
        held[top:bottom, left:right] = True
        times[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] += 1
    for row, column in np.argwhere(mask):
        assert held[max(0, row - margin) : row + margin + 1, max(0, column - margin) : column + margin + 1].all()
    assert times[held].max(initial=0) <= 1


def test_boxes_by_hand():
    mask = np.zeros((60, 60), bool)
    mask[10:12, 10:15] = mask[13, 17] = mask[50, 50] = True
    assert boxes_around(mask) == ((10, 12, 10, 15), (13, 14, 17, 18), (50, 51, 50, 51))
    assert boxes_around(mask, 2) == ((8, 16, 8, 20), (48, 53, 48, 53))
    with pytest.raises(TypeError, match="mask: expected bool"):
        boxes_around(mask.astype(float))
    with pytest.raises(ValueError, match="margin"):
        boxes_around(mask, -1)


def test_tiles_cover_all_once_and_the_hottest_comes_first():
    interest = np.zeros((70, 50), np.float32)
    interest[65, 45], interest[3, 3] = 2, 1
    tiles = list(tiles_by_interest(interest, 32))
    assert tiles[:2] == [(64, 70, 32, 50), (0, 32, 0, 32)]
    times = np.zeros(interest.shape, int)
    for top, bottom, left, right in tiles:
        times[top:bottom, left:right] += 1
    assert (times == 1).all()
    with pytest.raises(ValueError, match="side"):
        next(tiles_by_interest(interest, 0))
    with pytest.raises(ValueError, match=r"slice_tiles_by_interest"):
        next(tiles_by_interest(interest[None], 32))


def test_of_a_volume_the_hottest_tile_comes_first_whatever_its_slice():
    interest = np.zeros((3, 70, 50), np.float32)
    interest[2, 65, 45], interest[1, 3, 3] = 2, 1
    tiles = list(slice_tiles_by_interest(interest, 32))
    assert tiles[:4] == [(2, (64, 70, 32, 50)), (1, (0, 32, 0, 32)), (0, (0, 32, 0, 32)), (0, (0, 32, 32, 50))]
    times = np.zeros(interest.shape, int)
    for number, (top, bottom, left, right) in tiles:
        times[number, top:bottom, left:right] += 1
    assert (times == 1).all()
    with pytest.raises(ValueError, match=r"expected \(N, H, W\)"):
        next(slice_tiles_by_interest(interest[0], 32))
