"""`check`, `hint` and `use`: all that a notebook needs of an exercise."""

import copy
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

import numpy as np

from medfuse_course.exercises.attempt import Attempt, NotAttempted, Refused, is_starter, refusing
from medfuse_course.exercises.catalogue import get_exercise
from medfuse_course.exercises.chapters import writing
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.guard import OutOfTime, guarded, replaced_before
from medfuse_course.exercises.handing_in import answered
from medfuse_course.exercises.lent import is_lent, lend
from medfuse_course.exercises.page import Writing
from medfuse_course.exercises.plain import Odd, form, plain, without_tensors
from medfuse_course.exercises.result import Hint, Notice, Result, tell
from medfuse_course.exercises.values import meant, plain_value, value_property

SECONDS = {"function": 60.0, "module": 600.0, "lab": 3600.0, "choice": 10.0, "number": 10.0}
"""How long an answer of each kind may take; the slowest solution needs a tenth of it on an old machine."""

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
    A `Result` that shows itself as one line; ``passed`` says it to a program. Nothing that the answer does raises. It
    may take a minute (a network ten, a lab an hour), after which it is stopped, unless compiled code holds it; it
    cannot end Python by ``exit`` or ``os._exit``; and what it sets (functions of NumPy, folder, environment, random
    state) is put back. This is for accidents, and no jail.

    Raises
    ------
    TypeError, UnknownNameError
        There is no exercise of that name.
    KeyboardInterrupt
        Ctrl-C, or the button that stops a cell.

    Examples
    --------
    >>> from medfuse_course import check
    >>> check("transforms.pyramid.fuse_details", None)
    ○ Choose the stronger detail: not attempted yet.
    """
    exercise = get_exercise(name)
    result = _checked(exercise, Attempt(answer) if exercise.is_function and callable(answer) else answer)
    if result.status != "not attempted":
        answered[name] = answer
    return result


def _checked(exercise: Exercise, asked: Any) -> Result:
    """Check an answer, a function as an `Attempt`, and hold what it does to the notebook."""
    written, answer = writing(exercise.name), asked.function if isinstance(asked, Attempt) else asked
    if answer is None or answer is ... or (exercise.is_function and is_starter(answer)):
        return Result(written.title, "not attempted")
    if is_lent(answer):
        return Result(written.title, "not attempted", "this is the course's own answer, which use() handed out")
    if exercise.is_function and not callable(answer):
        message = f"expected your function, got {type(answer).__name__}"
        return Result(written.title, "refused", message, "Pass the function itself, without brackets.", "function")
    if names := replaced_before():
        said = f"{_listed(names)} is not the library's own any more, so nothing here can be judged"
        return Result(written.title, "refused", said, _OWN_NAME + " Restart the kernel.", "replaced")
    seconds = SECONDS[exercise.kind]
    try:
        with guarded(seconds) as guard:
            result = _judged(exercise, written, asked)
    except OutOfTime:
        said = f"it had not come to an end after {seconds:.0f} seconds, and was stopped"
        return Result(written.title, "refused", said, "Is there a loop that never ends?", "time")
    if guard.replaced:
        said = f"it put something else in the place of {_listed(guard.replaced)}, which was put back"
        return Result(written.title, "refused", said, _OWN_NAME, "replaced")
    return result


_OWN_NAME = "Give a function of yours a name of its own: np.abs = ... changes NumPy for the whole notebook."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _judged(exercise: Exercise, written: Writing, asked: Any) -> Result:
    try:
        return _ask(exercise, written, asked if exercise.is_function else plain_value(exercise, written, asked))
    except NotAttempted:
        return Result(written.title, "not attempted")
    except Refused as refused:  # before any property was asked
        return Result(written.title, "refused", str(refused), written.hints[0], "value")


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
    for wanted in exercise.properties or (value_property(exercise, written),):
        complaint = _complaint(exercise, wanted, answer)
        if complaint:
            mistake = _recognized(exercise, answer)
            words = mistake.hint if mistake else wanted.hint
            return Result(written.title, "refused", complaint, words, wanted.id, mistake.name if mistake else None)
    return Result(written.title, "passed", exercise.score(answer) if exercise.score else "")


def _complaint(exercise: Exercise, wanted: Property, answer: Any) -> str | None:
    """What a property has to say; where it cannot even look at what came, what that was."""
    try:
        with refusing("the check"):
            return wanted.test(answer)
    except Refused as refused:
        if refused.__cause__ is None or not isinstance(answer, Attempt):
            return str(refused)
        if isinstance(refused.__cause__, Odd):
            return str(refused) + _expected(exercise, answer)
        if str(refused).startswith("the check raised") and answer.given is not None:
            return f"it returned {form(answer.gave)}, which the check cannot compute with" + _expected(exercise, answer)
        return str(refused)


def _expected(exercise: Exercise, answer: Attempt) -> str:
    """The kind of what the solution returns there; that of a lab may train, and is not asked."""
    if exercise.kind != "function" or answer.given is None:
        return ""
    with suppress(Exception):
        return f"; expected {form(plain(exercise.solution()(*copy.deepcopy(answer.given))))}"
    return ""


def _recognized(exercise: Exercise, answer: Any) -> WrongAnswer | None:
    """The known mistake, or None where the answer cannot be compared with any."""
    with suppress(Refused), refusing("it"):
        return _recognize(exercise, answer)
    return None


def _recognize(exercise: Exercise, answer: Any) -> WrongAnswer | None:
    """The known mistake that gives the same as this answer on every trial."""
    answer = meant(exercise, answer)
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
