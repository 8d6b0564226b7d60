import dataclasses

import numpy as np
import pytest

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.dtcwt import dtcwt
from medfuse_course.transforms import dtcwt as transform


def test_one_source_decides_where_the_other_is_flat():
    """By hand: a flat image has no details, so all come from the other; the bases are averaged."""
    image, flat = np.random.default_rng(0).random((32, 48)), np.full((32, 48), 0.5)
    bands = transform.analyse(image, 2)
    expected = dataclasses.replace(bands, base=(bands.base + transform.analyse(flat, 2).base) / 2)
    np.testing.assert_allclose(dtcwt(image, flat, levels=2), transform.synthesise(expected), atol=1e-12)


def test_magnitudes_are_compared_and_coefficients_moved_whole(monkeypatch):
    """Bands with phases that would mislead a rule on real and imaginary parts."""
    a, b = np.random.default_rng(1).random((2, 32, 32))
    of_a, of_b = transform.analyse(a, 2), transform.analyse(b, 2)
    seen = []
    monkeypatch.setattr(transform, "synthesise", lambda bands: seen.append(bands) or a)
    dtcwt(a, b, levels=2)
    for x, y, fused in zip(of_a.details, of_b.details, seen[0].details, strict=True):
        np.testing.assert_array_equal(fused, np.where(np.abs(x) > np.abs(y), x, y))
        parts = np.where(abs(x.real) > abs(y.real), x.real, y.real) + 1j * np.where(
            abs(x.imag) > abs(y.imag), x.imag, y.imag
        )
        assert np.mean(np.abs(parts - fused) > 1e-9) > 0.2


def test_the_published_settings_are_an_option_away(gray_pair):
    """4 levels, legall, qshift_06 and a vote: the same by default and by name."""
    names = {"levels": 4, "biort": "legall", "qshift": "qshift_06"}
    consistent = fuse(*gray_pair, "dtcwt", rule="choose_max_consistent")
    np.testing.assert_array_equal(consistent, fuse(*gray_pair, "dtcwt", rule="choose_max_consistent", **names))
    assert np.abs(consistent - fuse(*gray_pair, "dtcwt")).max() > 1e-3
    assert np.abs(consistent - fuse(*gray_pair, "dtcwt", qshift="qshift_a")).max() > 1e-3


def _shift_error(a, b, method, **options):
    moved = fuse(np.roll(a, 1, 1), np.roll(b, 1, 1), method, **options)
    return np.sqrt(np.mean((np.roll(moved, -1, 1) - fuse(a, b, method, **options)) ** 2))


def test_a_shift_changes_less_than_with_the_discrete_transform():
    y, x = np.mgrid[:64, :64] / 64
    window = np.hanning(64)[:, None] * np.hanning(64)
    a = (window * (0.5 + 0.5 * np.sin(20 * x + 9 * y))).astype(np.float32)
    b = (window * np.exp(-((x - 0.5) ** 2 + (y - 0.4) ** 2) / 0.02)).astype(np.float32)
    assert 3 * _shift_error(a, b, "dtcwt") < _shift_error(a, b, "dwt")


def test_bad_options_are_named(gray_pair):
    with pytest.raises(ValueError, match="unknown qshift 'qshift_6'; did you mean 'qshift_06'"):
        fuse(*gray_pair, "dtcwt", qshift="qshift_6")
    with pytest.raises(ValueError, match="levels: expected 1 to 6"):
        fuse(*gray_pair, "dtcwt", levels=7)
