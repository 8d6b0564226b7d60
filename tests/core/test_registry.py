import pytest

from medfuse_course.core.registry import Registry, UnknownNameError, check_name, load_object, lookup, unknown


@pytest.fixture
def fruit():
    registry = Registry("fruit")
    for name in ("apple", "pear", "passion_fruit"):
        registry.add(name, name.upper())
    return registry


def test_entries_keep_their_order(fruit):
    assert list(fruit) == ["apple", "pear", "passion_fruit"]
    assert fruit.values() == ("APPLE", "PEAR", "PASSION_FRUIT")
    assert len(fruit) == 3
    assert "pear" in fruit
    assert "plum" not in fruit


@pytest.mark.parametrize(
    ("wrong", "right"), [("aple", "apple"), ("Passion-Fruit", "passion_fruit"), ("fruit", "passion_fruit")]
)
def test_a_near_miss_is_suggested(fruit, wrong, right):
    with pytest.raises(UnknownNameError, match=f"unknown fruit {wrong!r}; did you mean .*{right!r}"):
        fruit[wrong]


def test_a_far_miss_lists_what_there_is(fruit):
    with pytest.raises(UnknownNameError, match="there is apple, pear, passion_fruit"):
        fruit["zzz"]


def test_a_name_must_be_text(fruit):
    with pytest.raises(TypeError, match=r"expected a name \(str\), got int"):
        fruit[3]


def test_no_name_twice(fruit):
    with pytest.raises(ValueError, match="declared twice"):
        fruit.add("pear", "again")


def test_an_empty_name_lists_everything():
    assert unknown("fruit", "", ["a", "b"]) == "unknown fruit ''; there is a, b"


def test_a_plain_table_and_plain_names_answer_alike():
    assert lookup("size", "small", {"small": 1, "large": 2}) == 1
    assert check_name("size", "large", ("small", "large")) == "large"
    for find in (lambda name: lookup("size", name, {"small": 1}), lambda name: check_name("size", name, ("small",))):
        with pytest.raises(UnknownNameError, match="unknown size 'sma11'; did you mean 'small'"):
            find("sma11")
        with pytest.raises(TypeError, match=r"size: expected a name \(str\), got list"):
            find(["small"])


def test_load_object():
    import math

    assert load_object("math:tau") == math.tau
    with pytest.raises(ValueError, match="expected 'package.module:attribute'"):
        load_object("math.tau")
