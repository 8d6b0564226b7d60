"""Reading the controls of an exploration."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medfuse_course.widgets.controls import Control, read_controls


def one(given, default=None):
    def fn(x=default):
        return x

    return read_controls(fn, {"x": given})[0]


def test_whole_numbers_step_by_one():
    assert one((1, 4)) == Control("x", "slider", (1, 2, 3, 4), ("1", "2", "3", "4"), 1)


def test_floats_have_twenty_steps_and_clean_decimals():
    control = one((0.0, 1.0))
    assert control.values[:4] == (0.0, 0.05, 0.1, 0.15)
    assert control.labels[-1] == "1.00"
    assert control.values[control.initial] == 0.5


def test_step_is_kept():
    assert one((-0.5, 0.5, 0.25)).values == (-0.5, -0.25, 0.0, 0.25, 0.5)
    assert one((-0.5, 0.5, 0.25)).labels[0] == "\N{MINUS SIGN}0.50"
    assert one((0, 10, 5)).values == (0, 5, 10)


def test_choices_become_a_menu():
    assert one(["average", "maximum"]) == Control("x", "menu", ("average", "maximum"), ("average", "maximum"), 0)
    assert one(("a", "b")).kind == "menu"
    assert one({"weak": 0.1, "strong": 0.9}).values == (0.1, 0.9)
    assert one([3, 5, 7]).labels == ("3", "5", "7")


def test_bool_becomes_off_and_on():
    assert one(True) == Control("x", "menu", (False, True), ("off", "on"), 1)


def test_default_of_the_function_is_where_it_starts():
    assert one((0.0, 1.0), default=0.3).initial == 6
    assert one(["a", "b"], default="b").initial == 1
    assert one((0.0, 1.0), default=7).initial == 10


@given(low=st.integers(-50, 50), width=st.integers(1, 100), step=st.integers(1, 100))
def test_positions_never_leave_the_range(low, width, step):
    if step <= width:
        values = one((low, low + width, step)).values
        assert values[0] == low
        assert values[-1] <= low + width
        assert all(b - a == step for a, b in itertools.pairwise(values))


def test_fewer_positions_keep_the_nearest_start():
    control = one((0.0, 1.0), default=0.3).at([0, 4, 8, 20])
    assert control.values == (0.0, 0.2, 0.4, 1.0)
    assert control.labels == ("0.0", "0.2", "0.4", "1.0")
    assert control.initial == 1


@pytest.mark.parametrize(
    ("bad", "error", "said"),
    [
        ((1.0, 0.0), ValueError, "x: expected low < high"),
        ((0.0, 0.0), ValueError, "low < high"),
        ((0.0, np.inf), ValueError, "low < high"),
        ((0.0, 1.0, 0.0), ValueError, "step"),
        ((0.0, 1.0, 2.0), ValueError, "step"),
        ((0.0, 1.0, 1e-6), ValueError, "at most 1001 positions"),
        (["only"], ValueError, "at least two choices"),
        (["a", "a"], ValueError, "different choices"),
        ({}, ValueError, "at least two choices"),
        (0.5, TypeError, "expected (low, high)"),
        ("text", TypeError, "expected (low, high)"),
        (None, TypeError, "expected (low, high)"),
    ],
)
def test_bad_control_is_named(bad, error, said):
    with pytest.raises(error, match=re.escape(said)):
        one(bad)


def test_function_must_take_the_control():
    with pytest.raises(TypeError, match=r"alhpa: fn has no argument of that name; it takes alpha"):
        read_controls(lambda alpha: alpha, {"alhpa": (0, 1)})
    assert read_controls(lambda **all: all, {"alpha": (0, 1)})[0].name == "alpha"


def test_something_to_control_is_needed():
    with pytest.raises(ValueError, match="at least one"):
        read_controls(lambda: 0, {})
    with pytest.raises(TypeError, match="expected a function"):
        read_controls(3, {"x": (0, 1)})
