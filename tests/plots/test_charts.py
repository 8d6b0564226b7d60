"""Curves and bars."""

import re

import numpy as np
import pytest

from medfuse_course.plots import line_profile

ALT = "Two curves along a row, one higher than the other"


def image(value=0.25):
    return np.tile(np.linspace(0, value, 20, dtype=np.float32), (10, 1))


def test_profile_shows_the_pixels_of_the_row():
    one, two = image(), image(0.5)
    two[3] = 1.0
    figure = line_profile({"one": one, "two": two}, row=3, alt=ALT)
    assert np.allclose(figure.data[0].y, one[3])
    assert np.allclose(figure.data[1].y, 1.0)
    assert list(figure.data[0].x) == list(range(20))


def test_profile_of_some_columns():
    figure = line_profile({"one": image()}, row=0, columns=(5, 8), alt=ALT)
    assert list(figure.data[0].x) == [5, 6, 7, 8]
    assert np.allclose(figure.data[0].y, image()[0, 5:9])


def test_curves_differ_by_more_than_color():
    figure = line_profile({str(k): image() for k in range(6)}, row=0, alt=ALT)
    assert len({trace.line.dash for trace in figure.data}) == 6
    assert len({trace.line.color for trace in figure.data}) == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"row": 10}, "row: expected 0 to 9, got 10"),
        ({"columns": (5, 5)}, "columns"),
        ({"columns": (0, 20)}, "columns"),
        ({"images": {"a": image(), "b": image()[:, :5]}}, "one grid"),
        ({"images": {str(k): image() for k in range(7)}}, "at most 6 curves"),
        ({"images": {"a": np.zeros((8, 8, 3), np.float32)}}, "images['a']: expected a gray image"),
        ({"alt": "curves"}, "alt"),
    ],
)
def test_bad_arguments_are_named(arguments, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        line_profile(**{"images": {"a": image()}, "row": 0, "alt": ALT, **arguments})
