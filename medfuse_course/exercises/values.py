"""Answers that are values: an option of several, or a number, in whatever way a reader may write them."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from medfuse_course.exercises.attempt import Refused, refusing
from medfuse_course.exercises.exercise import Exercise, Property
from medfuse_course.exercises.page import Writing
from medfuse_course.exercises.plain import Odd, plain, without_tensors


def plain_value(exercise: Exercise, written: Writing, answer: Any) -> Any:
    """The answer, of plain kinds; raise `Refused` for what is none."""
    wanted = "a number" if exercise.kind == "number" else f"one of {', '.join(map(repr, written.choices))}"
    with refusing(f"expected {wanted}, and what came"):
        if type(answer) in (Fraction, Decimal):
            return answer
        try:
            return plain(without_tensors(answer))
        except Odd as odd:
            raise Refused(f"expected {wanted}, got {odd}") from odd


def value_property(exercise: Exercise, written: Writing) -> Property:
    """What must hold for a choice or a number: it is the reference."""
    if exercise.kind == "choice":
        return Property("choice", lambda answer: _choice_complaint(exercise, written, answer), written.hints[0])
    return Property("value", lambda answer: _number_complaint(exercise, answer), written.hints[0])


def _choice_complaint(exercise: Exercise, written: Writing, answer: Any) -> str | None:
    chosen = _option(answer)
    if not isinstance(chosen, str) or chosen not in written.choices:
        return f"expected one of {', '.join(map(repr, written.choices))}, got {_short(answer)}"
    return None if chosen == exercise.reference else f"{chosen!r} is not it"


def meant(exercise: Exercise, answer: Any) -> Any:
    """What an answer that is a value stands for: "(B)." is the option b, "0.4" a number; any other is as it was."""
    return _option(answer) if exercise.kind == "choice" else _number(answer) if exercise.kind == "number" else answer


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
    """The number that stands in a text or a fraction; anything else as it is."""
    try:
        return float(answer) if isinstance(answer, str | Fraction | Decimal) else answer
    except ValueError:
        return answer
    except OverflowError:
        return int(answer)


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
