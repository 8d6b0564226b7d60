"""Values of plain kinds: what an answer returns is turned into them before anything is compared.

So whoever judges runs no code of the answer by accident: no ``__eq__``, no ``__array__``, no ``__repr__`` of its own.
"""

import inspect
import sys
from typing import Any

import numpy as np

MOST_VALUES = 2**27
"""Larger arrays are not looked at: half a gigabyte of float32, and no exercise asks for a hundredth of it."""

_NUMBERS_AND_WORDS = frozenset(
    [
        bool,
        int,
        float,
        complex,
        str,
        *(k for k in np.sctypeDict.values() if issubclass(k, np.bool_ | np.number | np.str_)),
    ]
)


class Odd(TypeError):
    """A value of a kind that no check looks into; the message describes it."""


def without_tensors(result: Any) -> Any:
    """Return tensors as arrays, those in a tuple or list too; anything else is returned as it is."""
    if isinstance(result, tuple | list):
        plain = [without_tensors(part) for part in result]
        same = all(one is other for one, other in zip(plain, result, strict=True))
        return result if same or hasattr(result, "_fields") else type(result)(plain)
    torch = sys.modules.get("torch")
    if not torch or not isinstance(result, torch.Tensor):
        return result
    dense = result.detach().to_dense() if result.layout is not torch.strided else result.detach()
    dense = dense.float() if dense.dtype is torch.bfloat16 else dense  # NumPy has no such type
    return dense.cpu().resolve_conj().resolve_neg().numpy()


def plain(value: Any) -> Any:
    """Return a value if it is of plain kinds: numbers, words, arrays, and tuples, lists and dictionaries of them.

    What only behaves like one of these is turned into it, by Python's own functions: what is compared afterwards runs
    no code of whoever made the value.

    Raises
    ------
    Odd
        It is of another kind, or an array too large to look at; the message describes it.
    """
    kind = type(value)
    if value is None or kind in _NUMBERS_AND_WORDS:
        return value
    if kind is np.ndarray:
        if value.dtype.kind not in "biufcU":
            raise Odd(f"an array of {value.dtype}, not of numbers")
        if value.size > MOST_VALUES:
            raise Odd(f"an array of shape {value.shape}; so many values are not looked at")
        return value
    if kind in (tuple, list):
        return kind(plain(part) for part in value)
    if kind is dict:
        return {plain(key): plain(part) for key, part in value.items()}
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return kind(*(plain(part) for part in tuple.__iter__(value)))
    for base, make in ((int, int.__int__), (float, float.__float__), (str, str.__str__)):
        if issubclass(kind, base):
            return make(value) if base is not str else str.__getitem__(value, slice(None))
    raise Odd(described(value))


def described(value: Any) -> str:
    """What a value is, with what makes a plain one of it."""
    kind = type(value)
    if issubclass(kind, type):
        return f"the class {type.__dict__['__name__'].__get__(value)}; write brackets behind it to call it"
    if inspect.isroutine(value):
        return f"the function {getattr(value, '__name__', '')}; write brackets behind it to call it"
    words = kind_of(value)
    for known, help_ in _HELP.items():
        if any(known == base.__name__ for base in kind.__mro__):
            return f"{words}; {help_}"
    return words


def form(value: Any) -> str:
    """What kind of plain value it is, without saying which: an array of this shape, a tuple of two, a float."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and {value.dtype}"
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return {"str": "a text", "int": "an int"}.get(type(value).__name__, f"a {type(value).__name__}")


def kind_of(value: Any) -> str:
    """The name of its class, whatever that class says of itself."""
    return str(type.__dict__["__name__"].__get__(type(value)))


_HELP = {
    "generator": "yield gives values one by one, return gives the result",
    "coroutine": "write def, not async def",
    "Fraction": "float() makes a float of it",
    "Decimal": "float() makes a float of it",
    "MaskedArray": "its masked values have no meaning here, and .filled() gives them one",
    "matrix": "np.asarray makes an array of it",
    "spmatrix": ".toarray() makes an array of it",
    "sparray": ".toarray() makes an array of it",
    "Tensor": "only tensors that hold numbers become arrays",
    "DataFrame": ".to_numpy() makes an array of it",
    "Series": ".to_numpy() makes an array of it",
    "ndarray": "np.asarray makes a plain array of it",
    "Image": "np.asarray makes an array of it",
    "set": "a set has no order; return a list or an array",
}
