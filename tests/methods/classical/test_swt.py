import numpy as np
import pytest
import pywt

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.swt import swt


@pytest.mark.parametrize(("wavelet", "levels"), [("db1", 4), ("db2", 3)])
def test_the_method_on_top_of_pywavelets(wavelet, levels):
    a, b = np.random.default_rng(0).random((2, 48, 64))
    of_a, of_b = (pywt.swt2(x, wavelet, levels, norm=True, trim_approx=True) for x in (a, b))
    fused = [(of_a[0] + of_b[0]) / 2]
    for x, y in zip(of_a[1:], of_b[1:], strict=True):
        fused.append(tuple(np.where(np.abs(p) > np.abs(q), p, q) for p, q in zip(x, y, strict=True)))
    expected = pywt.iswt2(fused, wavelet, norm=True)
    np.testing.assert_allclose(swt(a, b, wavelet=wavelet, levels=levels), expected, atol=1e-12)


@pytest.mark.parametrize("rule", ["choose_max", "match_salience"])
def test_a_shift_shifts_the_fused_image(rule):
    """Rules of a window see other neighbors at the border, so these may differ near it."""
    a, b = np.random.default_rng(0).random((2, 40, 50))
    moved = swt(*(np.roll(x, (3, 5), (0, 1)) for x in (a, b)), levels=1, rule=rule)
    back = np.roll(moved, (-3, -5), (0, 1))
    inside = np.s_[8:-8, 8:-8]
    np.testing.assert_allclose(back[inside], swt(a, b, levels=1, rule=rule)[inside], atol=1e-10)


def test_choose_max_commutes_with_shifts_at_every_level():
    a, b = np.random.default_rng(1).random((2, 33, 50))
    moved = swt(*(np.roll(x, (3, 5), (0, 1)) for x in (a, b)))
    np.testing.assert_allclose(np.roll(moved, (-3, -5), (0, 1)), swt(a, b), atol=1e-10)


def test_bad_options_are_named(gray_pair):
    with pytest.raises(ValueError, match="unknown wavelet 'db0'"):
        fuse(*gray_pair, "swt", wavelet="db0")
    with pytest.raises(ValueError, match="levels: expected 1 to 6"):
        fuse(*gray_pair, "swt", levels=7)
