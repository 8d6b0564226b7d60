"""A claim is silent, speaks, or raises."""

import numpy as np
import pytest

from medfuse_course import claim
from medfuse_course.exercises import ClaimError


@pytest.fixture
def _strict(monkeypatch):
    monkeypatch.setenv("MEDFUSE_CLAIMS", "strict")


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize("condition", [True, np.True_, (np.ones(3) > 0).all()])
def test_what_holds_is_silent(condition, recwarn):
    assert claim("one is positive", condition) is None and not recwarn


@pytest.mark.usefixtures("_strict")
def test_what_does_not_hold_is_an_error_where_pages_are_built():
    with pytest.raises(ClaimError, match="pigs fly"):
        claim("pigs fly", False)


def test_what_does_not_hold_is_a_sentence_for_a_reader(monkeypatch):
    monkeypatch.delenv("MEDFUSE_CLAIMS", raising=False)
    with pytest.warns(UserWarning, match=r"^Not with these values: pigs fly\.$"):
        claim("pigs fly.", np.False_)


@pytest.mark.parametrize("condition", [None, 1, 0.0, "yes", np.array([True, True]), lambda: True])
def test_a_condition_is_one_truth_value(condition):
    with pytest.raises(TypeError, match=r"condition: expected one truth value, got .*\.all\(\)"):
        claim("it holds", condition)


@pytest.mark.parametrize("sentence", ["", "  ", None, True])
def test_a_claim_says_something(sentence):
    with pytest.raises(TypeError, match="sentence: expected what is claimed"):
        claim(sentence, True)
