"""Options written as text, ``levels=5`` or ``name:levels=5,rule=max``: one reader for every command and table."""

import ast
import re
from collections.abc import Mapping
from typing import Any

_WORDS = {"true": True, "false": False, "none": None}


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
