"""A learner's function, called safely: it gets copies, and an error, a wrong shape or no return is one sentence."""

import copy
import dis
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from medfuse_course.core.types import FloatArray


class NotAttempted(Exception):
    """The starter has not been touched."""


class Refused(Exception):
    """A call went wrong in a way that needs no reference to see; the message is the sentence for the learner."""


class Attempt:
    """Calls the learner's function with copies of the arguments and looks at what comes back.

    Attributes
    ----------
    function
        What the learner wrote.
    gave_tensors
        Whether it has returned a tensor where an array would do.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.gave_tensors = False

    def __call__(self, *arguments: Any) -> Any:
        """What the function returns, tensors as arrays; raises what `call` raises."""
        result = self.call(*arguments)
        plain = without_tensors(result)
        self.gave_tensors |= plain is not result
        return plain

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
        where = _describe(arguments)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = self.function(*given)
        except NotImplementedError as error:
            raise NotAttempted from error
        except (
            Exception,
            SystemExit,
        ) as error:  # whatever it raises, the check answers in one line
            raise Refused(f"it raised {type(error).__name__} for {where}: {one_line(error)}") from error
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
    code = getattr(answer, "__code__", None)
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


def without_tensors(result: Any) -> Any:
    """Return tensors as arrays, those in a tuple or list too; anything else is returned as it is."""
    if isinstance(result, tuple | list):
        plain = [without_tensors(part) for part in result]
        same = all(one is other for one, other in zip(plain, result, strict=True))
        return result if same or hasattr(result, "_fields") else type(result)(plain)
    torch = sys.modules.get("torch")
    return result.detach().cpu().numpy() if torch and isinstance(result, torch.Tensor) else result


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
    text = " ".join(str(error).split())
    return text if len(text) <= 120 else text[:117] + "..."
