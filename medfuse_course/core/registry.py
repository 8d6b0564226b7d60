"""A named collection whose members are declared as data and found by name, with a suggestion for a near miss."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class UnknownNameError(ValueError):
    """No entry has this name; the message suggests the nearest ones."""


class Registry(Generic[T]):
    """Entries by name, in the order of their declaration.

    Parameters
    ----------
    kind
        What an entry is, for the error: ``"method"``, ``"metric"``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def add(self, name: str, entry: T) -> T:
        """Declare ``entry`` under ``name``; a second entry of that name is an error."""
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is declared twice; choose another name")
        self._entries[name] = entry
        return entry

    def __getitem__(self, name: str) -> T:
        return lookup(self.kind, name, self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def values(self) -> tuple[T, ...]:
        """All entries, in the order of their declaration."""
        return tuple(self._entries.values())


def lookup(kind: str, name: str, table: Mapping[str, T]) -> T:
    """The entry of that name, or the error that suggests the nearest ones."""
    return table[check_name(kind, name, table)]


def check_name(kind: str, name: str, known: Collection[str]) -> str:
    """Return the name if it is a known one; the error for any other suggests the nearest.

    Raises
    ------
    TypeError
        The name is not a string.
    UnknownNameError
        Nothing has that name.
    """
    if not isinstance(name, str):
        raise TypeError(f"{kind}: expected a name (str), got {type(name).__name__}")
    if name not in known:
        raise UnknownNameError(unknown(kind, name, known))
    return name


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The message for an unknown name, or what is none: it suggests the nearest names, or lists all."""
    names = list(known)
    near = _near(str(name).lower().replace("-", "_").replace(" ", "_"), names)
    if near:
        return f"unknown {kind} {name!r}; did you mean {' or '.join(repr(n) for n in near)}?"
    return f"unknown {kind} {name!r}; there is {', '.join(names) or 'none yet'}"


def _near(name: str, names: list[str]) -> list[str]:
    """At most three names like this one: typing errors first, then looser likeness, then names that contain it."""
    for likeness in (0.85, 0.55):
        close = difflib.get_close_matches(name, names, 3, likeness)
        if close:
            return close
    return [n for n in names if name and name in n][:3]


def load_object(where: str) -> Any:
    """Import what ``"package.module:attribute"`` points at."""
    given: Any = where
    if not isinstance(given, str):
        what = f"the function {given.__name__}" if hasattr(given, "__name__") else type(given).__name__
        raise TypeError(f"expected the text 'package.module:attribute', got {what}; a declaration imports nothing")
    module, _, attribute = where.partition(":")
    if not attribute:
        raise ValueError(f"expected 'package.module:attribute', got {where!r}")
    return getattr(import_module(module), attribute)
