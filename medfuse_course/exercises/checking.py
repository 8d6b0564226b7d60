"""`check`, `hint` and `use`: all that a notebook needs of an exercise."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from medfuse_course.exercises.attempt import Attempt, NotAttempted, Refused, is_starter, without_tensors
from medfuse_course.exercises.catalogue import get_exercise
from medfuse_course.exercises.chapters import writing
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.lent import is_lent, lend
from medfuse_course.exercises.page import Writing
from medfuse_course.exercises.result import Hint, Notice, Result, tell

_given: dict[str, int] = {}
"""How many hints of each exercise this session has shown."""


def check(name: str, answer: Any) -> Result:
    """Say whether an answer is right, and if not, the first thing that does not hold and what to look at.

    Parameters
    ----------
    name
        The exercise, such as ``"transforms.pyramid.laplacian"``.
    answer
        The learner's function, or the chosen option or number. None, ``...``, a function that raises
        NotImplementedError, and what `use` handed out are not attempted yet.

    Returns
    -------
    A `Result` that shows itself as one line; ``passed`` says it to a program. Nothing that the answer does raises.

    Examples
    --------
    >>> from medfuse_course import check
    >>> check("transforms.pyramid.fuse_details", None)
    ○ Choose the stronger detail: not attempted yet.
    """
    exercise = get_exercise(name)
    return _checked(exercise, Attempt(answer) if exercise.is_function and callable(answer) else answer)


def _checked(exercise: Exercise, asked: Any) -> Result:
    """Check an answer, a function as an `Attempt`."""
    written, answer = writing(exercise.name), asked.function if isinstance(asked, Attempt) else asked
    if answer is None or answer is ... or (exercise.is_function and is_starter(answer)):
        return Result(written.title, "not attempted")
    if is_lent(answer):
        return Result(written.title, "not attempted", "this is the course's own answer, which use() handed out")
    if exercise.is_function and not callable(answer):
        message = f"expected your function, got {type(answer).__name__}"
        return Result(written.title, "refused", message, "Pass the function itself, without brackets.", "function")
    try:
        return _ask(exercise, written, asked if exercise.is_function else without_tensors(asked))
    except NotAttempted:
        return Result(written.title, "not attempted")


def hint(name: str, level: int | None = None) -> Hint:
    """The next hint of an exercise, or the one of that number.

    Parameters
    ----------
    name
        The exercise.
    level
        From 1; without it each call goes one step further, and stays at the last.

    Returns
    -------
    The hint, which shows itself at the end of a cell.

    Examples
    --------
    >>> from medfuse_course import hint
    >>> hint("transforms.pyramid.fuse_details", 1)
    Hint 1 of 3: A detail may be negative: a dark line is as much a detail as a bright one.
    """
    hints = writing(get_exercise(name).name).hints
    total = len(hints)
    if level is None:
        level = min(_given.get(name, 0) + 1, total)
        _given[name] = level
    if isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= total:
        raise ValueError(f"level: expected 1 to {total}, got {level!r}")
    return Hint(level, total, hints[level - 1])


def use(name: str, answer: Any) -> Any:
    """Give back the learner's answer if it passes, else the library's, and say so in one line.

    So one stuck exercise never ends a lesson: what follows works with what `use` returns. A function that returns
    tensors comes back as one that returns arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course import use
    >>> def my_choice(a, b):
    ...     return np.where(np.abs(a) >= np.abs(b), a, b)
    >>> fuse_details = use("transforms.pyramid.fuse_details", my_choice)
    >>> fuse_details(np.array([-3.0, 1.0]), np.array([2.0, 2.0]))
    array([-3.,  2.])
    """
    exercise = get_exercise(name)
    asked = Attempt(answer) if exercise.is_function and callable(answer) else answer
    result = _checked(exercise, asked)
    if result.passed:
        return _in_arrays(answer) if isinstance(asked, Attempt) and asked.gave_tensors else answer
    state = "is not attempted yet" if result.status == "not attempted" else "does not pass yet"
    tell(Notice(f"{result.title}: your answer {state}; the course goes on with its own."))
    return lend(exercise.solution())


def _in_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def in_arrays(*arguments: Any, **options: Any) -> Any:
        return without_tensors(function(*arguments, **options))

    return in_arrays


def _ask(exercise: Exercise, written: Writing, answer: Any) -> Result:
    for wanted in exercise.properties or (_value_property(exercise, written),):
        try:
            complaint = wanted.test(answer)
        except Refused as refused:
            complaint = str(refused)
        if complaint:
            mistake = _recognize(exercise, answer)
            words = mistake.hint if mistake else wanted.hint
            return Result(written.title, "refused", complaint, words, wanted.id, mistake.name if mistake else None)
    return Result(written.title, "passed", exercise.score(answer) if exercise.score else "")


def _value_property(exercise: Exercise, written: Writing) -> Property:
    """What must hold for a choice or a number: it is the reference."""
    if exercise.kind == "choice":
        return Property("choice", lambda answer: _choice_complaint(exercise, written, answer), written.hints[0])
    return Property("value", lambda answer: _number_complaint(exercise, answer), written.hints[0])


def _choice_complaint(exercise: Exercise, written: Writing, answer: Any) -> str | None:
    chosen = _option(answer)
    if not isinstance(chosen, str) or chosen not in written.choices:
        return f"expected one of {', '.join(map(repr, written.choices))}, got {_short(answer)}"
    return None if chosen == exercise.reference else f"{chosen!r} is not it"


def _option(answer: Any) -> Any:
    """The letter in what a reader may write for it: "B", "(b)", "b."."""
    return answer.strip(" \t\n()[].:*'\"").lower() if isinstance(answer, str) else answer


def _short(answer: Any) -> str:
    try:
        text = " ".join(repr(answer).split())
    except ValueError:  # Python writes no whole number of thousands of digits
        return f"a very long {type(answer).__name__}"
    return text if len(text) <= 40 else text[:37] + "..."


def _number(answer: Any) -> Any:
    """The number that stands in a text; anything else as it is."""
    try:
        return float(answer) if isinstance(answer, str) else answer
    except ValueError:
        return answer


def _number_complaint(exercise: Exercise, answer: Any) -> str | None:
    answer = _number(answer)
    if isinstance(answer, str):
        return f"expected a number, got the text {_short(answer)}; write digits, with a point, and no unit"
    if isinstance(answer, list | tuple | np.ndarray) and np.ndim(answer) != 0:
        return f"expected one number, got {type(answer).__name__}; take it out of its brackets"
    if isinstance(answer, bool) or not isinstance(answer, int | float | complex | np.number | np.ndarray):
        return f"expected a number, got {type(answer).__name__}"
    if not np.isreal(answer):
        return f"expected a real number, got {type(answer).__name__}"
    try:
        value = float(np.real(answer))
    except OverflowError:
        return "expected a number below 1.8e308, the largest that a float holds, got a longer one"
    except (TypeError, ValueError):
        return f"expected a number, got {type(answer).__name__}; give the number alone"
    if not np.isfinite(value):
        return f"expected a finite number, got {value}"
    return None if abs(value - exercise.reference) <= exercise.tolerance else f"{value:g} is not it"


def _recognize(exercise: Exercise, answer: Any) -> WrongAnswer | None:
    """The known mistake that gives the same as this answer on every trial."""
    answer = _option(answer) if exercise.kind == "choice" else _number(answer) if exercise.kind == "number" else answer
    for wrong in exercise.wrong:
        if exercise.is_function and exercise.trials is not None:
            if all(_same_outcome(answer, Attempt(wrong.answer), trial) for trial in exercise.trials()):
                return wrong
        elif exercise.facts:
            other = Attempt(wrong.answer)
            if all(_same_value(_fact(fact, answer), _fact(fact, other), 1e-5) for fact in exercise.facts):
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


def _fact(fact: Callable[[Attempt], Any], attempt: Attempt) -> Any:
    try:
        return fact(attempt)
    except Refused as refused:
        return type(refused.__cause__)


def _same_value(first: Any, second: Any, tolerance: float) -> bool:
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(
            _same_value(x, y, tolerance) for x, y in zip(first, second, strict=True)
        )
    if isinstance(first, (str, type)) or isinstance(second, (str, type)):
        return bool(isinstance(first, type(second)) and first == second)
    try:
        alike = np.shape(first) == np.shape(second)
        return alike and np.allclose(first, second, rtol=0, atol=tolerance, equal_nan=True)
    except (TypeError, ValueError, OverflowError):
        return False
