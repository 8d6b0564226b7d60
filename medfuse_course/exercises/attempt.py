"""A learner's function, called safely: copies in, mistakes of the mechanical kind reported in one sentence."""

import copy
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
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *arguments: Any) -> Any:
        """What the function returns.

        Raises
        ------
        NotAttempted
            It raised NotImplementedError, as the starter does.
        Refused
            It raised anything else, changed its arguments, or returned nothing.
        """
        given = copy.deepcopy(arguments)
        where = _describe(arguments)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = self.function(*given)
        except NotImplementedError as error:
            raise NotAttempted from error
        except Exception as error:  # a learner's function may raise anything; the check answers in one line
            raise Refused(f"it raised {type(error).__name__} for {where}: {_one_line(error)}") from error
        if any(_changed(before, after) for before, after in zip(arguments, given, strict=True)):
            raise Refused(f"it changed its own input for {where}; work on a copy, or write an expression without +=")
        if result is None:
            raise Refused("it returned None; is the return statement there?")
        return result

    def image(self, *arguments: Any, shape: tuple[int, ...] | None = None) -> FloatArray:
        """The result as an array of finite floats with the shape of the first argument, or the `shape` given."""
        return as_floats(self(*arguments), np.shape(arguments[0]) if shape is None else shape)


def as_floats(result: Any, shape: tuple[int, ...], what: str = "it") -> FloatArray:
    """Return a result that is an array of finite floats of this shape; raise `Refused` for anything else."""
    if not isinstance(result, np.ndarray):
        raise Refused(f"{what} returned {type(result).__name__}, not a NumPy array")
    if result.shape != shape:
        raise Refused(f"{what} returned the shape {result.shape}, not {shape}")
    if not np.issubdtype(result.dtype, np.floating):
        raise Refused(f"{what} returned dtype {result.dtype}, not floats; images here are floats in [0, 1]")
    if not np.isfinite(result).all():
        raise Refused(f"{what} returned NaN or infinite values")
    return result


def _changed(before: Any, after: Any) -> bool:
    return isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True)


def _describe(arguments: tuple[Any, ...]) -> str:
    parts = [
        f"{v.shape[0]} x {v.shape[1]}" if isinstance(v, np.ndarray) and v.ndim > 1 else f"{v!r:.30}" for v in arguments
    ]
    return ", ".join(dict.fromkeys(parts)) or "no argument"


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 120 else text[:117] + "..."
