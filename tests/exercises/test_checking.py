"""What check, hint and use say and do, on one exercise."""

import warnings

import numpy as np
import pytest

from medfuse_course.core.registry import UnknownNameError
from medfuse_course.exercises import Exercise, WrongAnswer, check, checking, get_exercise, hint, list_exercises, use
from medfuse_course.exercises.attempt import is_starter
from medfuse_course.exercises.checking import _given
from medfuse_course.methods.rules import choose_max

DETAILS = "transforms.pyramid.fuse_details"
CONTRAST = "methods.classical.average.contrast"
CHOICE = "datasets.head.complement"


def test_line_of_a_passed_check():
    assert check(DETAILS, choose_max).text == "✓ Choose the stronger detail: passed."


def test_line_of_a_starter():
    assert repr(check(CONTRAST, None)) == "○ The price of averaging: not attempted yet."


def _starter(a, b):
    """What it should return."""
    raise NotImplementedError("your code here")


def _begun(a, b):
    if a.min() < 0:
        raise NotImplementedError("negative numbers")
    return np.minimum(a, b)


def _of_numbers(a, b):
    return a if a is b else NotImplementedError


def test_an_untouched_function_is_known_by_its_code_and_waits_for_no_phantom(monkeypatch):
    monkeypatch.setattr(checking, "_ask", lambda *_: pytest.fail("it was called"))
    assert check(DETAILS, _starter).status == "not attempted"


@pytest.mark.parametrize("function", [_begun, _of_numbers, np.minimum, choose_max, len, lambda a, b: 1 / 0])
def test_a_function_that_does_anything_else_is_called(function):
    assert not is_starter(function)


def test_line_of_a_refusal_names_what_came_and_a_hint():
    text = check(CONTRAST, 0.5).text
    assert text == (
        "\N{MULTIPLICATION SIGN} The price of averaging, not yet: 0.5 is not it. "
        "Hint: That is how bright the detail becomes; contrast is its distance from the background."
    )


def test_html_says_in_words_what_the_color_says():
    page = check(CONTRAST, "<b>")._repr_html_()
    assert "not yet" in page
    assert "<b>" not in page


def test_result_is_true_only_when_passed():
    assert check(DETAILS, choose_max)
    assert not check(DETAILS, np.minimum)
    assert not check(DETAILS, None)


def test_mistake_written_in_another_way_is_recognized():
    def mean(a, b):
        return 0.5 * a + 0.5 * b

    assert check(DETAILS, mean).recognized == "average"


def test_unknown_mistake_gets_the_hint_of_the_property():
    result = check(DETAILS, lambda a, b: choose_max(a, b) * 0.9)
    assert result.recognized is None
    assert result.failed == "equal-sources"
    assert result.hint == "Two equal details give that detail, sign included."


@pytest.mark.parametrize("answer", [0.4, np.float32(0.4), np.array(0.4), 0.4049, 2 / 5, "0.4", " 0.4 "])
def test_numbers_of_any_kind_are_taken(answer):
    assert check(CONTRAST, answer).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (True, "bool"),
        ("0,4", "with a point"),
        ("0.4 HU", "no unit"),
        ("nan", "nan"),
        (np.nan, "nan"),
        ([0.4], "out of its brackets"),
        (np.array([0.4]), "out of its brackets"),
        ({"a": 0.4}, "dict"),
        (np.inf, "inf"),
        (10**400, "below 1.8e308"),
        (-(10**400), "below 1.8e308"),
        (np.array(None, dtype=object), "an array of object, not of numbers"),
        (1j, "complex"),
        (0.406, "0.406"),
    ],
)
def test_what_is_no_right_number_is_refused(answer, said):
    assert said in check(CONTRAST, answer).message


def test_a_number_too_long_to_be_written_is_answered():
    assert "below 1.8e308" in check(CONTRAST, 10**5000).message
    assert "got a very long int" in check(CHOICE, 10**5000).message
    assert "more than 300 digits" in check(DETAILS, lambda a, b: 10**5000).message


@pytest.mark.parametrize("answer", ["e", "", 2, ["b"], np.array(["b", "b"]), "bb", "b or c"])
def test_what_is_no_choice_names_the_choices(answer):
    assert "'a', 'b', 'c', 'd'" in check(CHOICE, answer).message


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match=r"transforms\.pyramid\.fuse_details"):
        check("transforms.pyramid.fuse_detail", choose_max)
    with pytest.raises(UnknownNameError, match=r"transforms\.pyramid\.laplacian"):
        check("transforms.pyramids.laplacian", None)


def test_name_that_is_no_text_is_answered():
    with pytest.raises(TypeError, match="put it in quotes"):
        check(choose_max, DETAILS)


@pytest.mark.parametrize("name", ["checking", "catalogue.check", "..", "methods", ""])
def test_machinery_is_not_reached_by_name(name):
    with pytest.raises(UnknownNameError):
        check(name, None)


def test_hints_go_step_by_step_and_stay_at_the_last():
    _given.pop(DETAILS, None)
    steps = [hint(DETAILS).number for _ in range(4)]
    assert steps == [1, 2, 3, 3]
    assert hint(DETAILS, 1).text.startswith("Hint 1 of 3: ")


@pytest.mark.parametrize("level", [0, 4, 1.5, True, "1"])
def test_hint_level_is_checked(level):
    with pytest.raises(ValueError, match="expected 1 to 3"):
        hint(DETAILS, level)


def test_use_returns_a_right_answer_without_a_word():
    def mine(a, b):
        return np.where(np.abs(a) > np.abs(b), a, b)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert use(DETAILS, mine) is mine


def test_use_puts_the_library_in_place_of_a_wrong_answer_and_says_so():
    with pytest.warns(UserWarning, match="does not pass yet"):
        function = use(DETAILS, np.minimum)
    assert function.__wrapped__ is get_exercise(DETAILS).solution()
    with pytest.warns(UserWarning, match="not attempted"):
        assert use(CONTRAST, None) == 0.4


@pytest.mark.parametrize("answer", ["b", "B", "(b)", "b.", " b ", "(B).", "**b.**", '"b"'])
def test_a_choice_is_taken_as_readers_write_it(answer):
    assert check(CHOICE, answer).passed
    wrong = check(CHOICE, answer.lower().replace("b", "c"))
    assert (wrong.status, wrong.recognized) == ("refused", "c")


def test_a_mistake_written_as_text_is_recognized():
    assert check(CONTRAST, "0.5").hint == check(CONTRAST, 0.5).hint


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", [e.name for e in list_exercises()])
def test_what_use_hands_out_does_not_count_as_the_learners(name):
    result = check(name, use(name, None))
    assert (result.status, "the course's own answer" in result.text) == ("not attempted", True)
    assert check(name, use(name, use(name, None))).status == "not attempted"


def test_what_use_hands_out_is_what_it_was():
    with pytest.warns(UserWarning):
        a, b = use(CONTRAST, None), use(CHOICE, None)
    assert (a + 0.1, f"{a:.1f}", b + "!", isinstance(b, str)) == (0.5, "0.4", "b!", True)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda a, b: choose_max(a, b).tolist(), "np.array makes one of it"),
        (lambda a, b: choose_max(a, b).mean(), "one number"),
        (lambda a, b: float(choose_max(a, b).mean()), "not one for each of 12 x 17"),
    ],
)
def test_what_is_no_array_is_told_what_was_wanted(answer, said):
    assert said in check(DETAILS, answer).message


def test_a_title_that_asks_goes_on():
    assert check(CHOICE, None).text == "○ What does each machine see: not attempted yet."


def test_exercise_without_three_mistakes_cannot_be_declared():
    wrong = (WrongAnswer("one", 1.0, "value", "Look."),)
    with pytest.raises(ValueError, match="at least 3"):
        Exercise("x.y", "number", 2.0, wrong=wrong)


def test_print_of_a_learner_is_left_alone(capsys):
    def chatty(a, b):
        print("here")
        return choose_max(a, b)

    assert check(DETAILS, chatty).passed
    assert "here" in capsys.readouterr().out


def test_an_answer_that_leaves_the_interpreter_is_refused():
    def leaves(*images):
        raise SystemExit

    result = check("transforms.pyramid.laplacian", leaves)
    assert result.status == "refused" and "SystemExit" in result.text
