import numpy as np
import pytest

from medfuse_course.datasets.pair import Truth
from medfuse_course.metrics import MetricWarning, evaluate

LESIONS = np.zeros((24, 24), bool)
LESIONS[10:14, 10:14] = True


def truth(lesions=LESIONS):
    return Truth(labels=lesions.astype(np.uint8), label_names={0: "brain", 1: "lesion"}, lesions=lesions)


def scene(lesion, brain):
    return np.where(LESIONS, lesion, brain).astype(np.float32)


def test_background_lift_is_the_mean_of_f_where_both_sources_are_black():
    a, b, f = (np.zeros((2, 2), np.float32) for _ in range(3))
    a[0, 0], b[0, 1] = 0.5, 0.5
    f[:] = [[0.9, 0.9], [0.1, 0.3]]
    assert evaluate(f, a, b, "background_lift")["background_lift"] == pytest.approx(0.2)


def test_without_background_there_is_no_lift():
    a = np.full((2, 2), 0.1, np.float32)
    with pytest.warns(MetricWarning, match="background_lift is NaN: no pixel is black in both"):
        assert np.isnan(evaluate(a, a, a, "background_lift")["background_lift"])


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (scene(0.8, 0.4), 1.0),  # all the contrast of b
        (scene(0.6, 0.4), 0.5),  # the average of a and b: half
        (scene(0.4, 0.4), 0.0),  # the lesion is gone
        (scene(0.2, 0.4), -0.5),  # dark where it should be bright
    ],
)
def test_lesion_contrast_against_the_better_source(f, expected):
    a, b = scene(0.4, 0.4), scene(0.8, 0.4)
    value = evaluate(f, a, b, "lesion_contrast_recovery", truth=truth())["lesion_contrast_recovery"]
    assert value == pytest.approx(expected, abs=1e-5)


def test_a_dark_lesion_counts_too():
    a, b = scene(0.1, 0.7), scene(0.5, 0.4)
    value = evaluate(scene(0.3, 0.6), a, b, "lesion_contrast_recovery", truth=truth())["lesion_contrast_recovery"]
    assert value == pytest.approx(0.5, abs=1e-5)


def test_only_the_near_surroundings_count():
    a = scene(0.8, 0.4)
    a[0] = 1  # 10 rows away
    value = evaluate(scene(0.8, 0.4), a, a, "lesion_contrast_recovery", truth=truth())["lesion_contrast_recovery"]
    assert value == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("lesions", "level", "reason"),
    [
        (np.zeros((24, 24), bool), 0.8, "lesions is empty"),
        (np.ones((24, 24), bool), 0.8, "lesions fill the image"),
        (LESIONS, 0.4, "cannot be told from their surroundings"),
    ],
)
def test_where_there_is_no_contrast_there_is_no_value(lesions, level, reason):
    a = scene(level, 0.4)
    with pytest.warns(MetricWarning, match=f"lesion_contrast_recovery is NaN: .*{reason}"):
        values = evaluate(a, a, a, "lesion_contrast_recovery", truth=truth(lesions))
    assert np.isnan(values["lesion_contrast_recovery"])


def test_a_metric_of_truth_asks_for_it():
    a = scene(0.8, 0.4)
    with pytest.raises(ValueError, match=r"^truth: 'lesion_contrast_recovery' measures against the truth; pass truth="):
        evaluate(a, a, a, "lesion_contrast_recovery")
    with pytest.raises(TypeError, match=r"^truth: expected a datasets\.pair\.Truth, got dict"):
        evaluate(a, a, a, truth={})
    with pytest.raises(ValueError, match=r"^truth: expected the grid of f, \(12, 24\)"):
        evaluate(a[:12], a[:12], a[:12], truth=truth())


def test_given_a_truth_all_metrics_are_the_default():
    a, b = scene(0.4, 0.4), scene(0.8, 0.4)
    with pytest.warns(MetricWarning):
        assert "lesion_contrast_recovery" in evaluate(b, a, b, truth=truth())
    with pytest.warns(MetricWarning):
        assert "lesion_contrast_recovery" not in evaluate(b, a, b)
