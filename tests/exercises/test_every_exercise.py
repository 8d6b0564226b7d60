"""Laws that every exercise keeps: the check itself is checked."""

import re

import numpy as np
import pytest

from medfuse_course.exercises import check, get_exercise, list_exercises
from medfuse_course.exercises.cells import solved
from medfuse_course.exercises.chapters import writing

EXERCISES = {e.name: e for e in list_exercises()}
NETWORKS = {
    "training.lab.own_fuser",
    "training.lab.break_it",
    "training.adversaries.keep_apart",
    "methods.gan.dicyc.mend",
    "networks.registration.align",
    "networks.light.under_500",
    "methods.extractors.resnet_zca.own_weight",
} | {e.name for e in EXERCISES.values() if e.kind == "module"}  # their functions take nothing, or networks


OF_TORCH = NETWORKS | {
    "methods.extractors.short_frame_unet.lesions_back",
    "methods.remedies.ddfm.choose",
    "metrics.readability.both_ends",
}
"""And those whose function takes what a network drew, or whose solution asks torch."""


def with_torch(name, *more):
    return pytest.param(name, *more, marks=[pytest.mark.torch] * (name in OF_TORCH))


WRONG = [with_torch(e.name, w.name) for e in EXERCISES.values() for w in e.wrong]
each_exercise = pytest.mark.parametrize("name", [with_torch(name) for name in EXERCISES])
FUNCTIONS = [with_torch(e.name) for e in EXERCISES.values() if e.is_function and e.name not in NETWORKS]


def untouched(*_arguments, **_options):
    raise NotImplementedError("your code here")


@each_exercise
def test_solution_passes(name):
    result = check(name, EXERCISES[name].solution())
    assert result.passed, result.text


@each_exercise
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

    said = check(name, careless).text
    assert "changed its own input" in said
    assert "<function" not in said


@pytest.mark.parametrize("name", FUNCTIONS)
def test_integers_are_refused(name):
    solution = EXERCISES[name].solution()

    def eight_bit(*arguments):
        result = solution(*arguments)
        if isinstance(result, tuple):
            return tuple((255 * r).astype(np.uint8) for r in result)
        if isinstance(result, str):
            return np.uint8(len(result))
        return (255 * result).astype(np.uint8)

    assert "uint8" in check(name, eight_bit).text


@pytest.mark.parametrize("name", EXERCISES)
def test_hints_are_sentences_without_markup(name):
    steps = writing(name).hints
    assert [step for step in steps if not step.endswith((".", "?", "]")) or re.search(r"\$|\{\w+\}`|\]\(", step)] == []
    assert len(set(steps)) == len(steps)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_choice_and_nothing_else_has_choices_and_each_wrong_one_is_explained(name):
    exercise, choices = EXERCISES[name], writing(name).choices
    explained = {w.answer for w in exercise.wrong} | {exercise.reference} if exercise.kind == "choice" else set()
    assert set(choices) == explained


@pytest.mark.parametrize("name", [name for name, exercise in EXERCISES.items() if not exercise.is_function])
def test_the_solution_of_the_chapter_is_the_right_value(name):
    answers = {}
    exec(solved(writing(name).solution).split("check(")[0], {"np": np}, answers)
    (answer,) = answers.values()
    assert answer == pytest.approx(EXERCISES[name].reference, abs=EXERCISES[name].tolerance)


@pytest.mark.parametrize("name", EXERCISES)
def test_name_leads_to_the_exercise(name):
    assert get_exercise(name) is EXERCISES[name]
