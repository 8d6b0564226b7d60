import numpy as np
import pytest
import pywt
from scipy import ndimage

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.dwt import dwt


def _choose_max(a, b):
    return np.where(np.abs(a) > np.abs(b), a, b)


def _toolbox_choice(a, b):
    """Largest magnitude in a 3 x 3 window, then a vote of 9; without ties, and away from the border."""
    active_a, active_b = (ndimage.maximum_filter(np.abs(x), 3) for x in (a, b))
    votes = ndimage.correlate((active_a > active_b).astype(int), np.ones((3, 3), int), mode="mirror")
    return np.where(votes > 4, a, b)


def _by_pywavelets(a, b, wavelet, levels, choose):
    of_a, of_b = (pywt.wavedec2(x, wavelet, mode="periodization", level=levels) for x in (a, b))
    fused = [(of_a[0] + of_b[0]) / 2]
    fused += [tuple(map(choose, x, y)) for x, y in zip(of_a[1:], of_b[1:], strict=True)]
    return pywt.waverec2(fused, wavelet, mode="periodization")


@pytest.fixture
def pair():
    return np.random.default_rng(0).random((2, 64, 96))


@pytest.mark.parametrize(("wavelet", "levels"), [("db1", 4), ("db3", 2), ("bior4.4", 2)])
def test_the_method_on_top_of_pywavelets(pair, wavelet, levels):
    expected = _by_pywavelets(*pair, wavelet, levels, _choose_max)
    np.testing.assert_allclose(dwt(*pair, wavelet=wavelet, levels=levels), expected, atol=1e-12)


def test_the_toolbox_profile_by_its_options(pair):
    expected = _by_pywavelets(*pair, "db1", 4, _toolbox_choice)
    np.testing.assert_allclose(dwt(*pair, rule="choose_max_consistent"), expected, atol=1e-12)


def test_one_block_by_hand():
    """Haar on 2 x 2: from a the sum 2 and the row difference 2; from b the sum 2 and the column difference -4."""
    a, b = np.tile([[2.0, 2.0], [0.0, 0.0]], (8, 8)), np.tile([[-1.0, 3.0], [-1.0, 3.0]], (8, 8))
    # base (4 / 2 + 4 / 2) / 2 = 2; horizontal 2; vertical -4: (2 + 2 - 4) / 2, (2 + 2 + 4) / 2, (2 - 2 - 4) / 2, ...
    np.testing.assert_allclose(dwt(a, b, levels=1), np.tile([[0.0, 4.0], [-2.0, 2.0]], (8, 8)), atol=1e-12)


def test_a_shift_by_one_pixel_changes_the_fused_image(gray_pair):
    a, b = (x[:32, :32] for x in gray_pair)
    moved = fuse(np.roll(a, 1, 1), np.roll(b, 1, 1), "dwt")
    assert np.abs(np.roll(moved, -1, 1) - fuse(a, b, "dwt")).max() > 0.05


def test_bad_options_are_named(gray_pair):
    with pytest.raises(ValueError, match="unknown wavelet 'db0'"):
        fuse(*gray_pair, "dwt", wavelet="db0")
    with pytest.raises(ValueError, match="levels: expected 1 to 6"):
        fuse(*gray_pair, "dwt", levels=7)
    with pytest.raises(ValueError, match="unknown rule"):
        fuse(*gray_pair, "dwt", base_rule="mean")
