"""Curves of a run."""

from types import SimpleNamespace

import pytest

from medfuse_course.plots.training import training_curves

ALT = "losses that fall with the number of steps"


def record(number, value, validation=None):
    return SimpleNamespace(number=number, losses={"max": value, "ssim": 2 * value}, validation=validation, phase="x")


def test_each_term_is_a_curve_and_validations_are_marks():
    records = [record(1, 0.4), record(2, 0.2, {"max": 0.1, "ssim": 0.3}), record(3, 0.6)]
    figure = training_curves(records, alt=ALT)
    named = {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data}
    assert named["max"] == ([1, 2, 3], [0.4, 0.2, 0.6])
    assert named["ssim"][1] == [0.8, 0.4, 1.2]
    assert named["validation (sum)"] == ([2], [pytest.approx(0.4)])
    assert figure.layout.meta["alt"] == ALT


def test_smoothing_averages_what_came_before():
    figure = training_curves([record(k, value) for k, value in ((1, 0.4), (2, 0.2), (3, 0.6))], alt=ALT, smooth=2)
    assert list(figure.data[0].x) == [2, 3]
    assert list(figure.data[0].y) == pytest.approx([0.3, 0.4])


def test_no_records_are_answered():
    with pytest.raises(ValueError, match="train first"):
        training_curves([], alt=ALT)
