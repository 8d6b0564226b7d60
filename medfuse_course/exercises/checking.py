"""`check`, `hint` and `use`: all that a notebook needs of an exercise."""

import sys
import warnings
from typing import Any

import numpy as np

from medfuse_course.exercises.attempt import Attempt, NotAttempted, Refused
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.registry import get_exercise
from medfuse_course.exercises.result import Hint, Notice, Result

_given: dict[str, int] = {}
"""How many hints of each exercise this session has shown."""


def check(name: str, answer: Any) -> Result:
    """Say whether an answer is right, and if not, the first thing that does not hold and what to look at.

    Parameters
    ----------
    name
        The exercise, such as ``"transforms.pyramid.laplacian"``.
    answer
        The learner's function, or the chosen option or number. None, ``...`` and a function that raises
        NotImplementedError are not attempted yet.

    Returns
    -------
    A `Result` that shows itself as one line; ``passed`` says it to a program. Nothing that the answer does raises.
    """
    exercise = get_exercise(name)
    if answer is None or answer is ...:
        return Result(exercise.title, "not attempted")
    if exercise.is_function and not callable(answer):
        message = f"expected your function, got {type(answer).__name__}"
        return Result(exercise.title, "refused", message, "Pass the function itself, without brackets.", "function")
    try:
        return _ask(exercise, Attempt(answer) if exercise.is_function else answer)
    except NotAttempted:
        return Result(exercise.title, "not attempted")


def hint(name: str, level: int | None = None) -> Hint:
    """The next hint of an exercise, or the one of that number.

    Parameters
    ----------
    name
        The exercise.
    level
        From 1; without it each call goes one step further, and stays at the last.
    """
    exercise = get_exercise(name)
    total = len(exercise.hints)
    if level is None:
        level = min(_given.get(name, 0) + 1, total)
        _given[name] = level
    if isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= total:
        raise ValueError(f"level: expected 1 to {total}, got {level!r}")
    return Hint(level, total, exercise.hints[level - 1])


def use(name: str, answer: Any) -> Any:
    """Give back the learner's answer if it passes, else the library's, and say so in one line.

    So one stuck exercise never ends a lesson: what follows works with what `use` returns.
    """
    result = check(name, answer)
    if result.passed:
        return answer
    state = "is not attempted yet" if result.status == "not attempted" else "does not pass yet"
    _tell(Notice(f"{result.title}: your answer {state}; the course goes on with its own."))
    return get_exercise(name).solution()


def _ask(exercise: Exercise, answer: Any) -> Result:
    for wanted in exercise.properties or (_value_property(exercise),):
        try:
            complaint = wanted.test(answer)
        except Refused as refused:
            complaint = str(refused)
        if complaint:
            mistake = _recognize(exercise, answer)
            words = mistake.hint if mistake else wanted.hint
            return Result(exercise.title, "refused", complaint, words, wanted.id, mistake.name if mistake else None)
    return Result(exercise.title, "passed", exercise.score(answer) if exercise.score else "")


def _value_property(exercise: Exercise) -> Property:
    """What must hold for a choice or a number: it is the reference."""
    if exercise.kind == "choice":
        return Property("choice", lambda answer: _choice_complaint(exercise, answer), "Look at the figure again.")
    return Property("value", lambda answer: _number_complaint(exercise, answer), exercise.hints[0])


def _choice_complaint(exercise: Exercise, answer: Any) -> str | None:
    if not isinstance(answer, str) or answer not in exercise.choices:
        return f"expected one of {', '.join(map(repr, exercise.choices))}, got {_short(answer)}"
    return None if answer == exercise.reference else f"{answer!r} is not it"


def _short(answer: Any) -> str:
    text = " ".join(repr(answer).split())
    return text if len(text) <= 40 else text[:37] + "..."


def _number_complaint(exercise: Exercise, answer: Any) -> str | None:
    if isinstance(answer, (bool, str)) or np.ndim(answer) != 0 or not np.isreal(answer):
        return f"expected a number, got {type(answer).__name__}"
    if not np.isfinite(answer):
        return f"expected a finite number, got {answer}"
    close = abs(float(answer) - exercise.reference) <= exercise.tolerance
    return None if close else f"{float(answer):g} is not it"


def _recognize(exercise: Exercise, answer: Any) -> WrongAnswer | None:
    """The known mistake that gives the same as this answer on every trial."""
    for wrong in exercise.wrong:
        if exercise.is_function and exercise.trials is not None:
            if all(_same_outcome(answer, Attempt(wrong.answer), trial) for trial in exercise.trials()):
                return wrong
        elif not exercise.is_function and _same_value(answer, wrong.answer, exercise.tolerance):
            return wrong
    return None


def _same_outcome(one: Attempt, other: Attempt, trial: tuple[Any, ...]) -> bool:
    first, second = (_outcome(attempt, trial) for attempt in (one, other))
    return _same_value(first, second, 1e-5)


def _outcome(attempt: Attempt, trial: tuple[Any, ...]) -> Any:
    try:
        return attempt(*trial)
    except Refused as refused:
        return type(refused.__cause__)  # the kind of error is the outcome


def _same_value(first: Any, second: Any, tolerance: float) -> bool:
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(
            _same_value(x, y, tolerance) for x, y in zip(first, second, strict=True)
        )
    if isinstance(first, (str, type)) or isinstance(second, (str, type)):
        return bool(isinstance(first, type(second)) and first == second)
    try:
        return np.shape(first) == np.shape(second) and np.allclose(first, second, rtol=0, atol=tolerance)
    except (TypeError, ValueError):
        return False


def _tell(notice: Notice) -> None:
    """Show a line where the learner looks: in the notebook's output, or as a warning of a plain interpreter."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        sys.modules["IPython"].display.display(notice)
    else:
        warnings.warn(notice.text, stacklevel=3)
