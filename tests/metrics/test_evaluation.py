import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medfuse_course.color import gray_to_rgb, luma
from medfuse_course.core.registry import UnknownNameError
from medfuse_course.metrics import PRESETS, Metric, MetricWarning, evaluate, list_metrics
from tests.metrics.scenes import noisy, sources

A, B = sources()
F = noisy((A + B) / 2, 0.03)
EIGHT = ["en", "sd", "sf", "mi", "scd", "vif", "qabf", "ssim"]
unit_images = hnp.arrays(np.float32, (13, 12), elements=st.floats(0, 1, width=32))


def test_the_answer_is_plain_floats_in_the_order_asked_for():
    values = evaluate(F, A, B, EIGHT)
    assert list(values) == EIGHT
    assert all(type(value) is float for value in values.values())


def test_without_names_there_is_every_metric_of_the_preset():
    with pytest.warns(MetricWarning, match="ms_ssim"):
        values = evaluate(F, A, B)
    assert list(values) == [m.slug for m in list_metrics("course") if not m.needs_truth and not m.needs_color]
    assert set(evaluate(F, A, B, preset="cddfuse")) == {*EIGHT, "ag", "mse", "psnr", "cc"}
    linfeng = {*EIGHT, "ag", "mse", "psnr", "cc", "nabf", "mef_ssim", "fmi", "fmi_dct"} - {"ssim"}
    assert set(evaluate(F, A, B, preset="linfeng")) == linfeng


def test_metrics_of_color_come_with_a_colored_source():
    rgb = np.stack([A, B, F], axis=-1)
    with pytest.warns(MetricWarning, match="ms_ssim"):
        assert "hue_error" in evaluate(F, A, rgb)
    with pytest.warns(MetricWarning, match="ms_ssim"):
        assert "hue_error" in evaluate(F, rgb, B)
    with pytest.warns(MetricWarning, match="ms_ssim"):
        assert "hue_error" not in evaluate(rgb, A, B)


def test_a_single_name_and_an_empty_list():
    assert list(evaluate(F, A, B, "en")) == ["en"]
    assert evaluate(F, A, B, []) == {}


@pytest.mark.parametrize("preset", PRESETS)
def test_color_counts_by_its_luma(preset):
    color = np.stack([A, B, F], axis=-1)
    gray = luma(color) if preset == "course" else (np.rint(luma(np.rint(color * 255) / 255) * 255) / 255)
    names = [m.slug for m in list_metrics(preset) if m.min_side < 64 and not m.needs_truth and not m.needs_color]
    expected = evaluate(F, A, gray.astype(np.float32), names, preset)
    assert evaluate(F, A, color, names, preset) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("preset", PRESETS)
def test_gray_in_three_channels_is_gray(preset):
    names = [m.slug for m in list_metrics(preset) if m.min_side < 64 and not m.needs_truth and not m.needs_color]
    a, b = (np.rint(image * 255).astype(np.float32) / 255 for image in (A, B))
    f = np.maximum(a, b)
    colored = evaluate(gray_to_rgb(f), gray_to_rgb(a), b, names, preset)
    assert colored == pytest.approx(evaluate(f, a, b, names, preset), rel=1e-4, abs=1e-6)


def test_evaluators_see_eight_bits():
    maximum = np.maximum(A, B)
    between = (maximum + np.float32(0.3 / 255)).clip(0, 1)
    assert evaluate(between, A, B, preset="cddfuse") == evaluate(maximum, A, B, preset="cddfuse")
    assert evaluate(between, A, B, "mse") != evaluate(maximum, A, B, "mse")


def test_inputs_are_left_alone_and_may_be_read_only_scattered_and_double():
    images = [F, A, B]
    before = [image.copy() for image in images]
    expected = evaluate(*images, EIGHT)
    for image, copy in zip(images, before, strict=True):
        np.testing.assert_array_equal(image, copy)
    frozen = [image.copy() for image in images]
    for image in frozen:
        image.flags.writeable = False
    assert evaluate(*frozen, EIGHT) == expected
    scattered = [np.repeat(image, 2, axis=1)[:, ::2] for image in images]
    assert evaluate(*scattered, EIGHT) == pytest.approx(expected, rel=1e-9)
    assert evaluate(*(image.astype(np.float64) for image in images), EIGHT) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", ["f", "a", "b"])
@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (None, TypeError, "expected a NumPy array"),
        (np.zeros((64, 64), np.uint8), TypeError, "from_uint8"),
        (np.full((64, 64), np.nan, np.float32), ValueError, "finite"),
        (np.full((64, 64), 2, np.float32), ValueError, r"in \[0, 1\]"),
        (np.zeros(64, np.float32), ValueError, "shape"),
        (np.zeros((0, 64), np.float32), ValueError, "got none"),
    ],
)
def test_a_bad_image_is_named(name, bad, error, words):
    images = {"f": F, "a": A, "b": B, name: bad}
    with pytest.raises(error, match=f"^{name}: .*{words}"):
        evaluate(**images)


def test_grids_must_agree():
    with pytest.raises(ValueError, match="expected the grid of"):
        evaluate(F[1:], A, B)
    with pytest.raises(ValueError, match="^b: expected the grid of a"):
        evaluate(F, A, B[1:])


def test_near_misses_are_answered_with_the_name():
    with pytest.raises(UnknownNameError, match="unknown metric 'MS-SSIM'; did you mean 'ms_ssim'"):
        evaluate(F, A, B, "MS-SSIM")
    with pytest.raises(ValueError, match="^preset: unknown preset 'cdfuse'; did you mean 'cddfuse'"):
        evaluate(F, A, B, preset="cdfuse")
    with pytest.raises(ValueError, match="^preset: unknown preset 'coarse'"):
        list_metrics("coarse")
    with pytest.raises(ValueError, match="^metrics: 'viff' is not defined in the preset 'cddfuse', only in 'course'"):
        evaluate(F, A, B, "viff", "cddfuse")
    with pytest.raises(TypeError, match="^metrics: expected a slug or several, got int"):
        evaluate(F, A, B, 3)


def test_the_warning_points_at_the_caller():
    with pytest.warns(MetricWarning) as caught:
        evaluate(F, A, B, "ms_ssim")
    assert caught[0].filename == __file__


def test_one_pixel_is_answered_honestly():
    dot = np.zeros((1, 1), np.float32)
    with pytest.warns(MetricWarning) as caught:
        values = evaluate(dot, dot, dot)
    missing = {slug for slug, value in values.items() if np.isnan(value)}
    assert missing == {str(warning.message).split()[0] for warning in caught}
    assert values["en"] == values["sd"] == values["mse"] == 0


@pytest.mark.parametrize("preset", PRESETS)
@given(f=unit_images, a=unit_images, b=unit_images)
def test_any_images_give_values_in_range_or_nan_with_its_reason(preset, f, a, b):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        values = evaluate(f, a, b, preset=preset)
    reasons = {str(warning.message).split()[0] for warning in caught}
    assert all(warning.category is MetricWarning for warning in caught)
    assert reasons == {slug for slug, value in values.items() if np.isnan(value)}
    if preset == "course":
        for metric in list_metrics("course"):
            low, high = metric.range
            value = values.get(metric.slug, np.nan)
            assert np.isnan(value) or low - 1e-9 <= value <= high + 1e-9, metric.slug


def test_declarations_are_complete():
    slugs = [metric.slug for metric in list_metrics()]
    assert len(set(slugs)) == len(slugs)
    for metric in list_metrics():
        assert isinstance(metric, Metric)
        assert metric.slug == metric.slug.lower()
        assert metric.range[0] < metric.range[1]
        assert "course" in metric.presets
        assert set(metric.presets) <= set(PRESETS)


GRAY = [m for m in list_metrics() if not m.needs_truth and not m.needs_color]
OF_ONE_SOURCE = ("activity_read", "anatomy_read")


@pytest.mark.parametrize("metric", [m for m in GRAY if m.slug not in OF_ONE_SOURCE], ids=lambda m: m.slug)
def test_the_sources_can_be_exchanged(metric):
    a, b = sources(max(64, metric.min_side))
    f = noisy((a + b) / 2, 0.03)
    first, second = (evaluate(f, *pair, metric.slug)[metric.slug] for pair in ((a, b), (b, a)))
    assert first == pytest.approx(second, rel=1e-9)


@pytest.mark.parametrize("metric", [m for m in GRAY if m.direction != "descriptive"], ids=lambda m: m.slug)
def test_fusing_an_image_with_itself_to_itself_is_best(metric):
    a, _ = sources(max(64, metric.min_side))
    if metric.slug == "scd":
        with pytest.warns(MetricWarning, match="scd is NaN: f - b is constant"):
            assert np.isnan(evaluate(a, a, a, "scd")["scd"])
        return
    best = evaluate(a, a, a, metric.slug)[metric.slug]
    better = np.greater_equal if metric.direction == "higher" else np.less_equal
    for f in (noisy(a, 0.05), a * np.float32(0.8), np.roll(a, 3, axis=1), 1 - a):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MetricWarning)
            value = evaluate(f.astype(np.float32), a, a, metric.slug)[metric.slug]
        assert np.isnan(value) or better(best, value) or best == pytest.approx(value, rel=1e-12)
    if metric.slug not in ("mi", "vif", "viff", "psnr", "mse"):  # their ends are not reached by a copy, or are infinite
        assert best == pytest.approx(metric.range[1] if metric.direction == "higher" else metric.range[0], abs=1e-6)
