"""Answers that `use` hands out, marked, so that a check does not take them for the learner's."""

from functools import wraps
from inspect import getattr_static
from typing import Any


def lend(solution: Any) -> Any:
    """Return the same answer, marked: a function in a function, a class as its own child, a value of its own kind."""
    if isinstance(solution, type):
        return type(solution.__name__, (solution,), {"__module__": solution.__module__, "_lent": True})
    if isinstance(solution, str | int | float):
        kind = type(solution)
        return type(kind.__name__, (kind,), {"_lent": True})(solution)

    @wraps(solution)
    def lent(*arguments: Any, **options: Any) -> Any:
        return solution(*arguments, **options)

    lent._lent = True  # type: ignore[attr-defined]
    return lent


def is_lent(answer: Any) -> bool:
    """Whether an answer is one that `use` handed out."""
    return getattr_static(answer, "_lent", False) is True  # which runs no code of the answer
