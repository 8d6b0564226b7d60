"""Passed means it: attacks on every function are refused, and whatever passes, the page goes on with."""

import numpy as np
import pytest

from medfuse_course.exercises import check, get_exercise, list_exercises
from tests.exercises.attacks import ANY, NETWORKS_ANY, NETWORKS_REFUSED, REFUSED
from tests.exercises.going_on import GoingOn

NAMES, NETWORKS = (
    [exercise.name for exercise in list_exercises() if exercise.kind == kind] for kind in ("function", "module")
)


def _same(first, second):
    if isinstance(first, tuple):
        return all(map(_same, first, second))
    return np.array_equal(first, second)


def _kinds(answer):
    return [np.asarray(x).dtype for x in (answer if isinstance(answer, tuple) else (answer,))]


def _is_the_solution(answer, exercise):
    """Whether nothing tells it from the solution, with which the book runs the page already."""
    solution = exercise.solution()
    with np.errstate(all="ignore"):  # what overflows or divides 0 by 0 is for the check to judge
        pairs = [(answer(*trial), solution(*trial)) for trial in exercise.trials()]
    return all(_same(*pair) and _kinds(pair[0]) == _kinds(pair[1]) for pair in pairs)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("attack", REFUSED)
def test_what_is_not_the_work_is_refused_with_a_hint(name, attack):
    exercise = get_exercise(name)
    solution = exercise.solution()
    answer = REFUSED[attack](solution)
    with np.errstate(invalid="ignore"):  # a solution may divide by a spread, and an attack may leave none
        if all(_same(answer(*trial), solution(*trial)) for trial in exercise.trials()):
            pytest.skip("it changes nothing here")
        result = check(name, answer)
    assert result.status == "refused" and result.hint, result.text


@pytest.mark.torch
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("attack", NETWORKS_REFUSED)
def test_what_is_not_a_network_that_learns_is_refused_with_a_hint(name, attack):
    pytest.importorskip("torch")
    result = check(name, NETWORKS_REFUSED[attack](get_exercise(name).solution()))
    assert result.status == "refused" and result.hint, result.text
    assert "\n" not in result.text


@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.parametrize("name", NAMES + NETWORKS)
def test_whatever_passes_the_page_goes_on(name, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setenv("MEDFUSE_PROFILE", "smoke")
    monkeypatch.setenv("MEDFUSE_CLAIMS", "friendly")  # of a training cut short
    exercise = get_exercise(name)
    page, solution = GoingOn(name), exercise.solution()
    changes = NETWORKS_ANY if name in NETWORKS else ANY
    passed = [answer for make in changes.values() if check(name, answer := make(solution))]
    assert len(passed) >= 2
    for answer in passed:
        if name in NETWORKS or not _is_the_solution(answer, exercise):
            page.with_answer(answer)
