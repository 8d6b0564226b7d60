"""A learner's function, called safely: it gets copies, and an error, a wrong shape or no return is one sentence."""

import copy
import dis
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.guard import STOPS
from medfuse_course.exercises.plain import Odd, kind_of, plain, without_tensors


class NotAttempted(Exception):
    """The starter has not been touched."""


class Refused(Exception):
    """A call went wrong in a way that needs no reference to see; the message is the sentence for the learner."""


@contextmanager
def refusing(who: str, where: str = "") -> Iterator[None]:
    """Inside, whatever an answer raises, SystemExit too, becomes `Refused`: one sentence that begins with `who`.

    Raises
    ------
    NotAttempted, Refused
        As they come.
    Interrupted, OutOfTime
        As they come: these are the reader's, and the guard's.
    """
    try:
        yield
    except (NotAttempted, Refused, *STOPS):
        raise
    except BaseException as error:  # KeyboardInterrupt of the answer's own making among them
        at = f" for {where}" if where else ""
        said = one_line(error)
        raise Refused(f"{who} raised {kind_of(error)}{at}" + (f": {said}" if said else "")) from error


class Attempt:
    """Calls the learner's function with copies of the arguments and looks at what comes back.

    Attributes
    ----------
    function
        What the learner wrote.
    gave_tensors
        Whether it has returned a tensor where an array would do.
    given, gave
        The arguments of the last call, None before the first, and what it returned.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.gave_tensors = False
        self.given: tuple[Any, ...] | None = None
        self.gave: Any = None

    def __call__(self, *arguments: Any) -> Any:
        """What the function returns, as plain numbers, words and arrays; tensors become arrays.

        Raises
        ------
        NotAttempted, Refused
            As `call` does, and `Refused` from `Odd` for what is nothing of these.
        """
        result = self.call(*arguments)
        with refusing("what it returned"):
            made = without_tensors(result)
            self.gave_tensors |= made is not result
            try:
                self.gave = plain(made)
            except Odd as odd:
                raise Refused(f"it returned {odd}") from odd
        return self.gave

    def call(self, *arguments: Any) -> Any:
        """What the function returns, as it is.

        Raises
        ------
        NotAttempted
            It raised NotImplementedError, as the starter does.
        Refused
            It raised anything else, changed its arguments, or returned nothing or a number that no float holds.
        """
        given = copy.deepcopy(arguments)
        self.given, where = arguments, _describe(arguments)
        with refusing("it", where):
            try:
                result = self.function(*given)
            except NotImplementedError as error:
                raise NotAttempted from error
        if any(_changed(before, after) for before, after in zip(arguments, given, strict=True)):
            raise Refused(f"it changed its own input for {where}; work on a copy, or write an expression without +=")
        if result is None:
            raise Refused("it returned None; is the return statement there?")
        if isinstance(result, int) and abs(result) > sys.float_info.max:
            raise Refused("it returned a whole number of more than 300 digits, which no float holds")
        return result

    def image(self, *arguments: Any, shape: tuple[int, ...] | None = None) -> FloatArray:
        """The result as an array of finite floats with the shape of the first argument, or the `shape` given."""
        return as_floats(self(*arguments), np.shape(arguments[0]) if shape is None else shape)


def is_starter(answer: Any) -> bool:
    """Whether a function can do nothing but raise NotImplementedError, whatever it is called with.

    Read off its code, so that nobody waits for the phantoms that it would be called with.
    """
    code = answer.__code__ if type(answer) is FunctionType else None
    if code is None or code.co_names != ("NotImplementedError",):
        return False
    steps = [step.opname for step in dis.get_instructions(code)]
    branches = ("JUMP", "POP_JUMP", "FOR_", "RETURN", "YIELD", "SEND", "SETUP")
    return "RAISE_VARARGS" in steps and not any(step.startswith(branches) for step in steps)


def as_floats(result: Any, shape: tuple[int, ...], what: str = "it") -> FloatArray:
    """Return a result that is an array of finite floats of this shape; raise `Refused` for anything else."""
    if isinstance(result, list | tuple):
        raise Refused(f"{what} returned a {type(result).__name__}, not a NumPy array; np.array makes one of it")
    if isinstance(result, float | int | np.generic) and shape:
        raise Refused(f"{what} returned one number ({float(result):.3g}), not one for each of {_sides(shape)}")
    if not isinstance(result, np.ndarray):
        raise Refused(f"{what} returned {type(result).__name__}, not a NumPy array")
    if result.shape != shape:
        raise Refused(f"{what} returned the shape {result.shape}, not {shape}")
    if result.dtype not in (np.float32, np.float64):
        raise Refused(f"{what} returned dtype {result.dtype}, not float32 or float64")
    if not np.isfinite(result).all():
        raise Refused(f"{what} returned NaN or infinite values")
    return result


def _sides(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} values" if len(shape) == 1 else " x ".join(map(str, shape))


def _changed(before: Any, after: Any) -> bool:
    return isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True)


def _describe(arguments: tuple[Any, ...]) -> str:
    parts = [
        _sides(v.shape) if isinstance(v, np.ndarray) and v.ndim > 1 else f"{v!r:.30}"
        for v in arguments
        if not callable(v)
    ]
    return ", ".join(dict.fromkeys(parts)) or "no argument"


def one_line(error: BaseException) -> str:
    """What an error says, without line breaks and not longer than a line."""
    try:
        text = " ".join(str(error).split())
    except STOPS:
        raise
    except BaseException:  # an exception of the answer's own making, which fails to say what it is
        text = ""
    return text if len(text) <= 120 else text[:117] + "..."
