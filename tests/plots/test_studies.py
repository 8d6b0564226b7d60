"""What the charts of experiments show, read off the figures."""

import math

import numpy as np
import pytest

from medfuse_course.benchmark import paired_interval
from medfuse_course.plots.studies import curves, dot_rows, trade_off

ALT = "A chart made for a test, with nothing to see."
ROWS = {"dwt": {"noise": 0.9, "finding": 0.5}, "average": {"noise": 0.5, "finding": math.nan}}


def test_curves_show_the_values_and_their_axes():
    figure = curves({"dwt": [1, 2], "swt": [3, 4]}, [0, 8], x_title="noise", y_title="CNR", alt=ALT)
    assert [(t.name, tuple(t.x), tuple(t.y)) for t in figure.data] == [("dwt", (0, 8), (1, 2)), ("swt", (0, 8), (3, 4))]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("noise", "CNR")
    assert figure.layout.meta["alt"] == ALT
    assert len({t.line.dash for t in figure.data}) == len({t.marker.symbol for t in figure.data}) == 2


def test_rows_stand_in_the_order_given_from_the_top():
    figure = dot_rows(ROWS, title="gain", alt=ALT, span=(0, 1))
    assert [t.name for t in figure.data] == ["noise", "finding"]
    assert tuple(figure.data[1].x) == (0.5, None), "what has no value is not drawn"
    assert tuple(figure.layout.yaxis.categoryarray) == ("average", "dwt")
    assert tuple(figure.layout.xaxis.range) == (0, 1)
    assert figure.layout.shapes[0].x0 == 0
    assert not dot_rows(ROWS, title="gain", alt=ALT, line_at=None).layout.shapes


def test_of_repetitions_the_mean_is_drawn_with_its_interval():
    heads = np.array([[1, 9], [2, 9], [3, 9], [4, 9], [10, 9.0]])
    (curve,) = curves({"dwt": heads}, [0, 8], x_title="noise", y_title="CNR", alt=ALT).data
    (dots,) = dot_rows({"dwt": {"a": heads[:, 0]}, "swt": {"a": heads[:, 1]}}, title="x", alt=ALT).data
    low, high = paired_interval(heads[:, 0])
    for values, whiskers in (curve.y, curve.error_y), (dots.x, dots.error_x):
        assert tuple(values) == (4, 9)
        assert tuple(whiskers.arrayminus) == pytest.approx((4 - low, 0))
        assert tuple(whiskers.array) == pytest.approx((high - 4, 0))


def test_a_trade_off_has_its_cost_to_the_right_and_its_interval_upwards():
    values = np.array([1, 2, 3, 4, 10.0])
    points = {"wide": (100.0, values), "narrow": (10.0, 3.0)}
    figure = trade_off(points, x_title="numbers", y_title="SSIM", alt=ALT, line_at=2.0, log=True)
    assert [(t.name, tuple(t.x), tuple(t.y)) for t in figure.data] == [("wide", (100,), (4,)), ("narrow", (10,), (3,))]
    low, _ = paired_interval(values)
    assert tuple(figure.data[0].error_y.arrayminus) == pytest.approx((4 - low,))
    assert figure.data[1].error_y.array is None and figure.layout.shapes[0].y0 == 2
    assert figure.layout.xaxis.type == "log" and figure.layout.meta["alt"] == ALT
    plain = trade_off(points, x_title="x", y_title="y", alt=ALT)
    assert plain.layout.xaxis.type == "linear" and not plain.layout.shapes


def test_one_repetition_has_no_interval():
    (curve,) = curves({"dwt": [1, 2]}, [0, 8], x_title="noise", y_title="CNR", alt=ALT).data
    assert curve.error_y.array is None and tuple(curve.y) == (1, 2)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: curves({"dwt": [1]}, [0, 8], x_title="x", y_title="y", alt=ALT), "expected 2 values"),
        (lambda: curves({}, [0], x_title="x", y_title="y", alt=ALT), "expected 1 to 6"),
        (lambda: curves({str(k): [1] for k in range(7)}, [0], x_title="x", y_title="y", alt=ALT), "tells more apart"),
        (lambda: dot_rows({}, title="x", alt=ALT), "expected at least one"),
        (lambda: dot_rows({**ROWS, "swt": {"noise": 1}}, title="x", alt=ALT), "expected values for noise, finding"),
        (lambda: dot_rows(ROWS, title="x", alt="?"), "alt: expected"),
        (lambda: trade_off({}, x_title="x", y_title="y", alt=ALT), "expected 1 to 6"),
        (lambda: trade_off({"a": (0, 1)}, x_title="x", y_title="y", alt=ALT, log=True), "expected costs above 0"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()
