import numpy as np
import pytest
from scipy.stats import pearsonr

from medfuse_course.metrics import MetricWarning, evaluate
from tests.metrics.scenes import noisy, sources

RAMP = np.array([[0.1, 0.2], [0.3, 0.4]], np.float32)
FLAT = np.full((2, 2), 0.5, np.float32)


def test_correlation_by_hand():
    # r is 1 with itself, -1 with its negative, whatever scale and offset.
    assert evaluate(RAMP, RAMP, RAMP / 2 + np.float32(0.3), "cc")["cc"] == pytest.approx(1)
    assert evaluate(RAMP, RAMP, 1 - RAMP, "cc")["cc"] == pytest.approx(0, abs=1e-6)


def test_equals_scipy():
    a, b = sources()
    f = noisy((a + b) / 2, 0.05)
    values = evaluate(f, a, b, ["cc", "scd"])
    r = lambda x, y: pearsonr(x.ravel().astype(float), y.ravel().astype(float)).statistic  # noqa: E731
    assert values["cc"] == pytest.approx((r(f, a) + r(f, b)) / 2, rel=1e-5)
    assert values["scd"] == pytest.approx(r(f - b, a) + r(f - a, b), rel=1e-5)


def test_half_the_sum_scores_two_for_sources_that_do_not_overlap():
    a, b = np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32)
    a[0], b[3] = 0.8, 0.6
    assert evaluate(a + b, a, b, "scd")["scd"] == pytest.approx(2)


@pytest.mark.parametrize(
    ("images", "slug", "reason"),
    [
        ((FLAT, RAMP, RAMP), "cc", "f is constant"),
        ((RAMP, FLAT, RAMP), "cc", "a is constant"),
        ((RAMP, RAMP, FLAT), "cc", "b is constant"),
        ((RAMP, RAMP, FLAT), "scd", "f - a is constant|b is constant"),
        ((RAMP, FLAT, RAMP), "scd", "f - b is constant"),
    ],
)
@pytest.mark.parametrize("preset", ["course", "cddfuse", "linfeng"])
def test_constants_have_no_correlation(images, slug, reason, preset):
    with pytest.warns(MetricWarning, match=f"{slug} is NaN: ({reason})"):
        assert np.isnan(evaluate(*images, slug, preset)[slug])
