"""Options: what each may be, and one reader of those written as text, ``levels=5`` or ``name:levels=5,rule=max``."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from medfuse_course.color.luminance import SPACES
from medfuse_course.core.registry import check_name

_WORDS = {"true": True, "false": False, "none": None}


@dataclass(frozen=True)
class Bounds:
    """Which numbers an option may be: from `low` to `high`, both among them.

    What depends on the image or on another option, and an end that does not belong, the method says itself.

    Attributes
    ----------
    low, high
        The ends. No method needs more than `high`; it keeps a slip of the keyboard from taking all memory, or days.
    whole
        Whole numbers only.
    none
        None is allowed too.
    several
        A tuple or list of such whole numbers, at most `high` of them.
    """

    low: float
    high: float
    whole: bool = False
    none: bool = False
    several: bool = False

    def __contains__(self, value: object) -> bool:
        if self.none and value is None:
            return True
        if self.several:
            return isinstance(value, tuple | list) and len(value) <= self.high and all(map(self._holds, value))
        return self._holds(value)

    def __str__(self) -> str:
        kind = "several whole numbers" if self.several else "a whole number" if self.whole else "a number"
        more = ", such as (8, 8)" if self.several else " or None" if self.none else ""
        return f"{kind} from {self.low:.12g} to {self.high:.12g}{more}"

    def _holds(self, value: object) -> bool:
        if isinstance(value, bool | np.bool_) or not isinstance(value, Integral if self.whole else Real):
            return False
        return bool(self.low <= value <= self.high)  # type: ignore[operator]  # NaN is in no range


_PIXELS, _LOOKS = 4096, 10_000
BOUNDS = {
    "atoms": Bounds(1, _PIXELS, whole=True),
    "base_eps": Bounds(0, 1000),
    "base_radius": Bounds(1, _PIXELS, whole=True),
    "block": Bounds(3, _PIXELS, whole=True, none=True),
    "detail_eps": Bounds(0, 1000),
    "detail_radius": Bounds(1, _PIXELS, whole=True),
    "directions": Bounds(1, 64, whole=True, several=True),
    "distance": Bounds(1, 101, whole=True),
    "eps": Bounds(0, 1000),
    "eta": Bounds(0, 1),
    "fraction": Bounds(0, 1),
    "fwhm": Bounds(0, 1000),
    "fwhm_slices": Bounds(0, 1000),
    "guard": Bounds(0, 1),
    "iterations": Bounds(0, _LOOKS, whole=True),
    "levels": Bounds(1, 16, whole=True),
    "margin": Bounds(0, 512, whole=True),
    "neighbors": Bounds(1, 500, whole=True),
    "passes": Bounds(0, 1000, whole=True),
    "patch": Bounds(1, 101, whole=True),
    "radius": Bounds(1, _PIXELS, whole=True),
    "readability": Bounds(0, 1),
    "seed": Bounds(0, 2**32 - 1, whole=True),
    "sigma": Bounds(0, 1e12, none=True),
    "size": Bounds(2, 8, whole=True),
    "small": Bounds(0, 1),
    "smallest": Bounds(1, 2**31 - 1, whole=True),
    "stage": Bounds(1, 5, whole=True),
    "steps": Bounds(1, 1000, whole=True),
    "strength": Bounds(0, 1000),
    "stride": Bounds(1, _PIXELS, whole=True),
    "suv": Bounds(0, 1e12),
    "temperature": Bounds(1e-6, 1000),
    "threshold": Bounds(-1, 1000),
    "tile": Bounds(1, 2**20, whole=True, none=True),
    "weight": Bounds(0, 1),
}
"""What each option of a method that is a number may be; one name means the same in all methods that have it."""


def check_value(name: str, value: Any, default: Any, *, bounded: bool = True) -> None:
    """Say that a value cannot be that of an option: of another kind than its default, or out of its bounds.

    Parameters
    ----------
    name, value
        Of the option.
    default
        Of the option.
    bounded
        Whether `BOUNDS` hold: not for options of a function of the reader's own.
    """
    if isinstance(default, bool) and not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected True or False, got {_shown(value)}")
    if isinstance(default, int | float) and isinstance(value, str):
        raise TypeError(f"{name}: expected a number, got the text {value!r}")
    if not bounded:
        return
    if isinstance(default, str) and not isinstance(value, str):
        raise TypeError(f"{name}: expected a name such as {default!r}, got {_shown(value)}")
    if name in BOUNDS and value not in BOUNDS[name]:
        raise ValueError(f"{name}: expected {BOUNDS[name]}, got {_shown(value)}")
    if name == "color":
        try:
            check_name("color space", value, SPACES)
        except ValueError as error:
            raise ValueError(f"color: {error}") from error


def _shown(value: Any) -> str:
    """A value as it is written, or what it is where that takes lines."""
    return repr(value) if isinstance(value, str | Real | tuple | list | None) else type(value).__name__


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """``"name:key=value,key=value"`` as the name and the texts of its options.

    A comma that no ``key=`` follows belongs to the value, as in ``window_a=percentile:0.5,99.5``.

    Returns
    -------
    The name, and each option's value as it was written.
    """
    name, _, rest = text.partition(":")
    parts = re.split(r",(?=\w+=)", rest) if rest else []
    try:
        return name, dict(split_option(part) for part in parts)
    except ValueError as error:
        raise ValueError(f"{text}: expected name:key=value,key=value after the colon; {error}") from None


def split_option(text: str) -> tuple[str, str]:
    """``"key=value"`` as its two halves."""
    key, equals, value = text.partition("=")
    if not (key.isidentifier() and equals and value):
        raise ValueError(f"expected key=value such as levels=4, got {text!r}")
    return key, value


def read_options(texts: Mapping[str, str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Options as values of the kind that their defaults have.

    Parameters
    ----------
    texts
        Each option's value as it was written.
    defaults
        What may be given, with its default. A default of ``None`` says nothing about the kind; a name that is not
        among them is read all the same, for whoever takes the options to refuse.

    Returns
    -------
    Each option's value.

    Raises
    ------
    ValueError
        A text that is no value of that kind: a word where the default is a number or True or False.
    """
    return {name: _as_kind(name, text, defaults.get(name)) for name, text in texts.items()}


def read_value(text: str) -> Any:
    """A Python literal as its value, true, false and none in any spelling too; anything else is a text."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _as_kind(name: str, text: str, default: Any) -> Any:
    value = read_value(text)
    match default:
        case bool():
            kind, fits = "true or false", isinstance(value, bool)
        case int():
            kind, fits = "a whole number", isinstance(value, int) and not isinstance(value, bool)
        case float():
            kind, fits = "a number", isinstance(value, int | float) and not isinstance(value, bool)
            value = float(value) if fits else value
        case str():  # a text that looks like a number is still a text; quotes around it are not part of it
            return value if isinstance(value, str) else text
        case tuple() | list():
            kind, fits = "several values such as 4,2,1", isinstance(value, tuple | list)
        case _:
            return value
    if not fits:
        raise ValueError(f"{name}: expected {kind}, got {text!r}")
    return value
