"""Windows: text in, gray levels out, text back."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from medfuse_course.datasets.intensity import HU_PRESETS, Window, parse_window


@pytest.mark.parametrize(
    # Level and width as radiology teaches them: brain 40/80, stroke 40/40, lung -600/1500, bone 400/1800.
    ("text", "black", "white"),
    [
        ("hu:brain", 0, 80),
        ("hu:stroke", 20, 60),
        ("hu:soft-tissue", -125, 225),
        ("hu:abdomen", -150, 250),
        ("hu:lung", -1350, 150),
        ("hu:bone", -500, 1300),
        ("hu:100,50", 75, 125),
        ("hu:-600,1500", -1350, 150),
        ("suv:0-10", 0, 10),
        ("suv:2.5-7", 2.5, 7),
        ("suv:1e-1-1e1", 0.1, 10),
        ("range:-3,5e2", -3, 500),
        (" range: 1 , 2 ", 1, 2),
    ],
)
def test_limits_become_black_and_white(text, black, white):
    window = parse_window(text)
    assert window.limits == (black, white)
    middle = (black + white) / 2
    shown = window.apply(np.array([black - 1e3, black, middle, white, white + 1e3]))
    np.testing.assert_allclose(shown, [0, 0, 0.5, 1, 1], atol=1e-7)
    assert shown.dtype == np.float32


def test_percentiles_are_those_of_the_whole_volume():
    volume = np.arange(101, dtype=np.float64).reshape(101, 1, 1).repeat(2, axis=2)
    fitted = parse_window("percentile:10,90").fit(volume)
    assert fitted.fitted == (10, 90)
    np.testing.assert_allclose(fitted.apply(volume[50]), 0.5)  # alone, this constant slice would have no contrast
    np.testing.assert_array_equal(fitted.apply(volume), parse_window("percentile:10,90").apply(volume))


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (parse_window("hu:brain"), "hu:brain (level 40, width 80)"),
        (parse_window("hu:30,150"), "hu:30,150 (level 30, width 150)"),
        (parse_window("suv:0-10"), "suv:0-10"),
        (parse_window("range:0,1000"), "range:0,1000"),
        (parse_window("percentile:0.5,99.5"), "percentile:0.5,99.5"),
        (parse_window("percentile:0,100").fit(np.array([-1.5, 7])), "percentile:0,100 (from -1.5 to 7)"),
    ],
)
def test_the_text_says_what_was_done_and_is_read_back(window, text):
    assert str(window) == text
    assert parse_window(text) == dataclasses.replace(window, fitted=None)


@given(st.sampled_from(["hu", "suv", "range"]), st.floats(-1e4, 1e4), st.floats(0.01, 1e4))
def test_every_window_survives_its_text(kind, low, width):
    low = abs(low) if kind == "suv" else low
    window = Window(kind, low, low + width)
    # Level and width round differently from the limits they stand for.
    assert parse_window(str(window)).limits == pytest.approx(window.limits, rel=1e-12, abs=1e-12 if kind == "hu" else 0)


@given(arrays(np.float64, array_shapes(max_dims=3), elements=st.floats(-1e300, 1e300)))
def test_any_finite_array_lands_in_zero_to_one_and_keeps_its_order(array):
    before = array.copy()
    shown = parse_window("range:-1e3,1e3").apply(array)
    assert shown.shape == array.shape and 0 <= shown.min() <= shown.max() <= 1
    order = np.argsort(array, axis=None)
    assert (np.diff(shown.ravel()[order]) >= 0).all()
    np.testing.assert_array_equal(array, before)


def test_integers_of_a_scanner_are_welcome():
    np.testing.assert_allclose(parse_window("hu:brain").apply(np.array([-1024, 40, 3071], np.int16)), [0, 0.5, 1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hu:brian", "unknown CT window 'brian'; did you mean 'brain'"),
        ("hu:", "unknown CT window ''; there is brain"),
        ("hu:40,-80", "expected a width > 0 HU"),
        ("hu:40,80,1", "expected two numbers with ','"),
        ("suv:10-0", "expected low < high, got 10 and 0"),
        ("range:5,5", "expected low < high"),
        ("range:1", "expected two numbers with ','"),
        ("range:a,b", "expected two numbers"),
        ("range:nan,1", "expected two numbers"),
        ("range:0,1e999", "expected finite limits"),
        ("suv:-1-5", "expected uptake values >= 0"),
        ("range:-1e308,1e308", "expected finite limits"),
        ("percentile:-1,50", r"expected percentiles in \[0, 100\]"),
        ("percentile:1,101", r"expected percentiles in \[0, 100\]"),
        ("brain", "unknown kind 'brain'"),
        ("", "unknown kind ''"),
    ],
)
def test_unreadable_text_is_answered(text, words):
    with pytest.raises(ValueError, match=f"^window: .*{words}"):
        parse_window(text)


@pytest.mark.parametrize(
    ("array", "error", "words"),
    [
        ([1.0, np.nan, np.inf], ValueError, "array: expected finite values, got 2 NaN or infinite of 3"),
        ([], ValueError, "array: expected at least one value"),
        (["a"], TypeError, "array: expected numbers"),
        ([1j], TypeError, "array: expected numbers"),
        ([True], TypeError, "array: expected numbers"),
        ([4.0, 4.0], ValueError, "array: percentiles 0.5 and 99.5 are both 4"),
    ],
)
def test_an_array_that_cannot_be_shown_is_answered(array, error, words):
    with pytest.raises(error, match=words):
        parse_window("percentile:0.5,99.5").apply(np.array(array))


def test_a_constant_image_is_fine_where_the_limits_are_named():
    np.testing.assert_allclose(parse_window("range:0,8").apply(np.full((3, 3), 4.0)), 0.5)


def test_other_kinds_and_types_are_refused():
    with pytest.raises(TypeError, match="window: expected text such as 'hu:brain', got int"):
        parse_window(40)
    with pytest.raises(ValueError, match="window: unknown kind 'hounsfield'"):
        Window("hounsfield", 0, 1)
    assert all(width > 0 for _, width in HU_PRESETS.values())


@pytest.mark.parametrize(
    ("text", "values", "shares"),
    [
        ("range:310.15,313.15", [300, 310.15, 313.15, 400], [0, 0, 1, 1]),
        ("range:1000000,1000000.1", [1e6, 1e6 + 0.0625, 2e6], [0, 0.625, 1]),
    ],
)
def test_float32_values_stay_within_the_window(text, values, shares):
    shown = parse_window(text).apply(np.array(values, np.float32))
    np.testing.assert_allclose(shown, shares, atol=1e-5)
    assert shown.min() >= 0
    assert shown.max() <= 1


@given(
    st.floats(-1e6, 1e6), st.floats(1e-3, 1e6),
    arrays(np.float32, array_shapes(max_dims=2, max_side=5), elements=st.floats(-1e7, 1e7, width=32)),
)  # fmt: skip
def test_no_window_leaves_zero_to_one(low, width, values):
    shown = Window("range", low, low + width).apply(values)
    assert 0 <= shown.min() <= shown.max() <= 1
