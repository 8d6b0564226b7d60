import numpy as np
import pytest

from medfuse_course.metrics import MetricWarning, evaluate
from tests.metrics.scenes import noisy, sources


def value(slug, *images, preset="course"):
    return evaluate(*images, slug, preset)[slug]


@pytest.mark.parametrize("slug", ["vif", "viff"])
def test_a_copy_keeps_all_information(slug):
    a, _ = sources()
    assert value(slug, a, a, a) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("slug", ["vif", "viff"])
def test_more_contrast_than_the_source_scores_above_one(slug):
    a, _ = sources()
    assert value(slug, a, a / 2, a / 2) > 1.05


@pytest.mark.parametrize("slug", ["vif", "viff"])
def test_noise_and_a_constant_lose_information(slug):
    a, _ = sources()
    values = [value(slug, noisy(a, sigma), a, a) for sigma in (0, 0.02, 0.1, 0.3)]
    assert values == sorted(values, reverse=True)
    assert value(slug, np.full_like(a, 0.5), a, a) < 1e-6


def test_vif_of_a_dimmed_copy_by_hand():
    # f = a / 2 leaves no noise but the eye's: a pixel of variance v keeps log(1 + v / 8) of log(1 + v / 2). A checker
    # of levels 0 and 200 has variance close to 100^2 under every window of the finest scale, and none in coarser ones.
    a = (np.indices((64, 64)).sum(axis=0) % 2 * 200 / 255).astype(np.float32)
    assert value("vif", a / 2, a, a) == pytest.approx(np.log(1 + 1e4 / 8) / np.log(1 + 1e4 / 2), rel=1e-3)


def test_the_evaluators_sum_where_the_course_averages():
    a, b = sources()
    f = (np.rint((a + b) * 127.5) / 255).astype(np.float32)
    for preset in ("cddfuse", "linfeng"):
        assert value("vif", f, a, b, preset=preset) == pytest.approx(2 * value("vif", f, a, b), rel=1e-6)


def test_a_constant_source_has_no_information_and_cddfuse_prints_one():
    a, _ = sources()
    flat = np.full_like(a, 0.8)
    for preset in ("course", "linfeng"):
        with pytest.warns(MetricWarning, match="vif is NaN: b is constant"):
            assert np.isnan(value("vif", a, a, flat, preset=preset))
    assert value("vif", a, a, flat, preset="cddfuse") == pytest.approx(2, abs=1e-6)


def test_the_smallest_image_is_41_pixels_wide():
    a, b = sources(41)
    assert np.isfinite(list(evaluate(a, a, b, ["vif", "viff"]).values())).all()
    with pytest.warns(MetricWarning, match="vif is NaN: it needs at least 41 x 41 pixels, got 41 x 40"):
        assert np.isnan(value("vif", a[:, 1:], a[:, 1:], b[:, 1:]))
