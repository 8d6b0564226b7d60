"""Laws that every exercise keeps: the check itself is checked."""

import numpy as np
import pytest

from medfuse_course.exercises import check, get_exercise, hint, list_exercises

EXERCISES = {e.name: e for e in list_exercises()}
WRONG = [(e.name, w.name) for e in EXERCISES.values() for w in e.wrong]
FUNCTIONS = [e.name for e in EXERCISES.values() if e.is_function]


def untouched(*_arguments, **_options):
    raise NotImplementedError("your code here")


@pytest.mark.parametrize("name", EXERCISES)
def test_solution_passes(name):
    result = check(name, EXERCISES[name].solution())
    assert result.passed, result.text


@pytest.mark.parametrize("name", EXERCISES)
def test_starter_is_not_attempted(name):
    starters = [None, ...] + ([untouched] if EXERCISES[name].is_function else [])
    assert [check(name, starter).status for starter in starters] == ["not attempted"] * len(starters)


@pytest.mark.parametrize(("name", "mistake"), WRONG)
def test_known_mistake_is_refused_with_its_own_hint(name, mistake):
    wrong = next(w for w in EXERCISES[name].wrong if w.name == mistake)
    result = check(name, wrong.answer)
    assert (result.status, result.failed, result.recognized) == ("refused", wrong.refused_by, mistake), result.text
    assert result.hint == wrong.hint


@pytest.mark.parametrize("name", EXERCISES)
def test_at_least_three_mistakes_with_different_hints(name):
    exercise = EXERCISES[name]
    hints = {w.hint for w in exercise.wrong} | {p.hint for p in exercise.properties}
    assert len(exercise.wrong) >= (0 if exercise.kind == "lab" else 3)
    assert len(hints) == len(exercise.wrong) + len(exercise.properties)


@pytest.mark.parametrize("name", EXERCISES)
def test_mistakes_name_properties_that_exist(name):
    exercise = EXERCISES[name]
    known = {p.id for p in exercise.properties} or {"choice", "value"}
    assert {w.refused_by for w in exercise.wrong} <= known


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda *a: None, "return"),
        (lambda *a: 1 / 0, "ZeroDivisionError"),
        (lambda: 0, "TypeError"),
        (lambda *a: "image", "str"),
        (lambda *a: np.full(np.shape(a[0]), np.nan, np.float32), ""),
        (lambda *a: np.zeros((3, 3), np.float32), ""),
        (lambda *a: [[0.0]], "list"),
        (3, "int"),
    ],
)
def test_broken_functions_get_one_line_and_no_traceback(name, answer, said):
    result = check(name, answer)
    assert result.status == "refused"
    assert said in result.text
    assert "\n" not in result.text


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_that_changes_its_input_is_refused(name):
    solution = EXERCISES[name].solution()

    def careless(*arguments):
        result = solution(*arguments)
        arguments[0][:] = 0
        return result

    assert "changed its own input" in check(name, careless).text


@pytest.mark.parametrize("name", FUNCTIONS)
def test_integers_are_refused(name):
    solution = EXERCISES[name].solution()

    def eight_bit(*arguments):
        result = solution(*arguments)
        if isinstance(result, tuple):
            return tuple((255 * r).astype(np.uint8) for r in result)
        return (255 * result).astype(np.uint8)

    assert "uint8" in check(name, eight_bit).text


@pytest.mark.parametrize("name", EXERCISES)
def test_hints_are_sentences(name):
    steps = [hint(name, level).words for level in range(1, len(EXERCISES[name].hints) + 1)]
    assert all(step.endswith((".", "?", "]")) for step in steps)
    assert len(set(steps)) == len(steps)


@pytest.mark.parametrize("name", EXERCISES)
def test_name_leads_to_the_exercise(name):
    assert get_exercise(name) is EXERCISES[name]
