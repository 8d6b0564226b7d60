"""The one reader of `key=value`."""

import re

import pytest

from medfuse_course.methods.options import read_options, split_option, split_options

DEFAULTS = {"hard": False, "levels": 4, "eps": 0.5, "rule": "max", "directions": (16, 8), "block": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("hard=false", False), ("hard=False", False), ("hard=TRUE", True), ("levels=7", 7), ("eps=1", 1.0),
        ("eps=1e-3", 0.001), ("rule=l1", "l1"), ("rule=5", "5"), ("rule='5'", "5"), ("rule=none", "none"),
        ("directions=4,2", (4, 2)), ("directions=(4, 2)", (4, 2)), ("directions=[4]", [4]), ("block=none", None),
        ("block=8", 8), ("block=word", "word"),
    ],
)  # fmt: skip
def test_a_value_has_the_kind_of_its_default(text, value):
    name, written = split_option(text)
    (found,) = read_options({name: written}, DEFAULTS).values()
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hard=soft", "hard: expected true or false, got 'soft'"), ("hard=0", "hard: expected true or false, got '0'"),
        ("levels=true", "levels: expected a whole number, got 'true'"), ("levels=2.5", "levels: expected a whole"),
        ("eps=much", "eps: expected a number, got 'much'"), ("directions=4", "directions: expected several values"),
    ],
)  # fmt: skip
def test_another_kind_is_refused(text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        read_options(dict([split_option(text)]), DEFAULTS)


def test_a_name_and_its_options_are_told_apart():
    assert split_options("nsct:directions=4,2,rule=max") == ("nsct", {"directions": "4,2", "rule": "max"})
    assert split_options("nsct") == ("nsct", {})


@pytest.mark.parametrize("text", ["a:b", "a:b=", "a:=3", "a:1b=3"])
def test_no_option(text):
    with pytest.raises(ValueError, match=r"expected name:key=value,key=value after the colon; expected key=value"):
        split_options(text)
