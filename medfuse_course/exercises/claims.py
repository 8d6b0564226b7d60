"""What a page says about its own numbers, beside the cell that computed them."""

import os
from typing import Any

import numpy as np

from medfuse_course.exercises.result import Notice, tell


class ClaimError(AssertionError):
    """A sentence of a page is not true of what its cell computed."""


def claim(sentence: str, condition: Any) -> None:
    """Say what holds for the numbers just computed; silent while it does.

    Parameters
    ----------
    sentence
        A plain sentence without its full stop, such as ``"the pyramid misses fewer edges than the average"``.
    condition
        Whether it holds: one truth value. Of several values, say ``.all()`` or ``.any()``.

    Raises
    ------
    ClaimError
        The condition is false, where the environment variable ``MEDFUSE_CLAIMS`` is ``strict``: the book's build and
        its tests set it. Elsewhere a false claim shows one line, because a reader's change may well make it false.
    TypeError
        The sentence is no text, or the condition is not one truth value.

    Examples
    --------
    >>> from medfuse_course import claim
    >>> claim("two is more than one", 2 > 1)
    """
    if not isinstance(sentence, str) or not sentence.strip():
        raise TypeError(f"sentence: expected what is claimed (str), got {sentence!r}")
    if not isinstance(condition, bool | np.bool_):
        raise TypeError(
            f"condition: expected one truth value, got {type(condition).__name__}; of an array say .all() or .any()"
        )
    if condition:
        return
    if os.environ.get("MEDFUSE_CLAIMS") == "strict":
        raise ClaimError(sentence)
    tell(Notice(f"Not with these values: {sentence.strip().rstrip('.')}."))
