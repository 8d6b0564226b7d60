import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medfuse_course.metrics import MetricWarning, evaluate, features
from tests.metrics.scenes import noisy, sources

SLUGS = ["fmi", "fmi_pixel", "fmi_dct", "fmi_wavelet"]
levels = hnp.arrays(np.float64, (5, 6), elements=st.integers(0, 255).map(float))


def value(slug, *images, preset="course"):
    return evaluate(*images, slug, preset)[slug]


def window(*nine):
    """One 3 x 3 window from its values column by column, in gray levels."""
    return np.reshape(np.float64(nine), (3, 3)).T


def image(*nine):
    return (window(*nine) / 255).astype(np.float32)


UP = image(0, 0, 0, 0, 0, 0, 0, 9, 9)  # after stretching: positions 8 and 9 with probability 1/2 each
SPOT = image(0, 0, 0, 0, 5, 0, 0, 0, 0)


def test_half_of_two_positions_by_hand():
    # p is 1/2 at positions 8 and 9, q is 1/4 at 6 to 9. The correlation of their values, 7 pairs of nine numbers:
    p, q = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1]) / 2, np.array([0, 0, 0, 0, 0, 1, 1, 1, 1]) / 4
    r = np.corrcoef(p, q)[0, 1]
    assert r == pytest.approx(np.sqrt(5 / 14))  # (2/8 - 2/9 * 1) / ... by hand
    # Closest together: 8 goes with 6 and 7, 9 with 8 and 9, so the covariance of the positions is 1/2; theirs have
    # standard deviations 1/2 and sqrt(5/4). H(p) = 1 bit, H(q) = 2 bits.
    phi = r * 0.5 * np.sqrt(1.25) / 0.5
    joint = np.array([phi / 4 + (1 - phi) / 8] * 4 + [(1 - phi) / 8] * 4)
    information = 1 + 2 + (joint * np.log2(joint)).sum()
    f, a = UP, image(0, 0, 0, 0, 0, 3, 3, 3, 3)
    assert value("fmi_pixel", f, a, a) == pytest.approx(2 * information / 3)


def test_the_other_way_round_is_the_same_information():
    # Read backwards, the two halves of q lie far from p: a negative correlation, as informative as a positive one.
    first = value("fmi_pixel", image(0, 1, 2, 3, 4, 5, 6, 7, 8), *[image(0, 1, 2, 3, 4, 5, 6, 7, 9)] * 2)
    second = value("fmi_pixel", image(0, 1, 2, 3, 4, 5, 6, 7, 8), *[image(9, 7, 6, 5, 4, 3, 2, 1, 0)] * 2)
    assert first == pytest.approx(second)
    assert first > 0.85


def test_unrelated_windows_share_nothing():
    checker = image(1, 0, 1, 0, 1, 0, 1, 0, 1)
    flat = image(*[7] * 9)
    assert value("fmi_pixel", flat, checker, checker) == pytest.approx(0, abs=1e-12)
    assert value("fmi_pixel", SPOT, checker, checker) == pytest.approx(0, abs=1e-12)  # one position has no entropy


def test_contrast_and_level_of_a_window_do_not_count():
    a, _ = sources(48)
    assert value("fmi_pixel", a / 2 + np.float32(0.25), a, a) == pytest.approx(1, abs=0.02)


def test_the_gradient_is_blind_to_no_direction():
    rows = np.tile(np.arange(8, dtype=np.float32)[:, np.newaxis] ** 2 / 49, (1, 8))
    flat = np.zeros((8, 8), np.float32)
    assert value("fmi", flat, rows, rows) < 0.01
    assert value("fmi", flat, rows, rows, preset="linfeng") == 1  # derivatives along rows find nothing to lose


def test_the_authors_code_overwrites_the_fused_feature_before_it_meets_the_second_source():
    authors = features.fmi_of_the_kit(features.pixels)
    spot, other = window(0, 0, 0, 0, 5, 0, 0, 0, 0), window(0, 1, 2, 3, 4, 5, 6, 7, 8)
    assert authors(spot, spot, other) == pytest.approx(0.5)  # a equals f
    assert authors(spot, other, spot) == pytest.approx(0)  # b equals f, and it is not seen
    spot, other = (np.float32(x / 255) for x in (spot, other))
    assert value("fmi_pixel", spot, spot, other) == value("fmi_pixel", spot, other, spot) == pytest.approx(0.5)


@given(f=levels, a=levels, b=levels)
def test_any_windows_give_a_value_in_range(f, a, b):
    f, a, b = ((x / 255).astype(np.float32) for x in (f, a, b))
    assert 0 <= value("fmi_pixel", f, a, b) <= 1 + 1e-9


def test_the_authors_code_can_find_more_than_all_information():
    # A window and its negative. Nothing is more opposite in value, but their positions cannot be as far apart.
    f, a = window(1, 1, 0, 0, 0, 0, 0, 1, 0), window(0, 0, 1, 1, 1, 1, 1, 0, 1)
    assert features.fmi_of_the_kit(features.pixels)(f, a, a) > 1.09
    assert value("fmi_pixel", *((x / 255).astype(np.float32) for x in (f, a, a))) < 0.8


@pytest.mark.parametrize("slug", SLUGS)
def test_noise_lowers_it(slug):
    a, _ = sources(32)
    values = [value(slug, noisy(a, sigma), a, a) for sigma in (0, 0.02, 0.3)]
    assert values[0] == pytest.approx(1)
    assert values == sorted(values, reverse=True)
    assert values[2] < 0.6


@pytest.mark.parametrize("slug", SLUGS)
def test_constants_say_nothing_about_structure(slug):
    a, _ = sources(32)
    flat = np.full_like(a, 0.3)
    assert value(slug, flat, flat, flat) == pytest.approx(1)
    assert value(slug, flat, a, a) < value(slug, noisy(a, 0.02), a, a)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_smallest_image_is_one_window(slug):
    assert np.isfinite(value(slug, UP, SPOT, UP))
    with pytest.warns(MetricWarning, match=f"{slug} is NaN: it needs at least 3 x 3 pixels, got 2 x 3"):
        assert np.isnan(value(slug, UP[1:], UP[1:], UP[1:]))
