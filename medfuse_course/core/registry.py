"""A named collection whose members are declared as data and found by name, with a suggestion for a near miss."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class UnknownNameError(ValueError):
    """A name that no registry entry carries; the message suggests the nearest ones."""


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
    """Return the name of one of several things of a kind, or say that there is none of that name.

    Raises
    ------
    TypeError
        If it is no text.
    UnknownNameError
        If nothing has that name.
    """
    if not isinstance(name, str):
        raise TypeError(f"{kind}: expected a name (str), got {type(name).__name__}")
    if name not in known:
        raise UnknownNameError(unknown(kind, name, known))
    return name


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The sentence that answers an unknown name: the near misses, or all there is."""
    names = list(known)
    folded = name.lower().replace("-", "_").replace(" ", "_")
    near = next((n for cutoff in (0.85, 0.55) if (n := difflib.get_close_matches(folded, names, 3, cutoff))), None)
    near = near or [n for n in names if folded and folded in n][:3]
    if near:
        return f"unknown {kind} {name!r}; did you mean {' or '.join(repr(n) for n in near)}?"
    return f"unknown {kind} {name!r}; there is {', '.join(names) or 'none yet'}"


def load_object(where: str) -> Any:
    """Import what ``"package.module:attribute"`` points at."""
    module, _, attribute = where.partition(":")
    if not attribute:
        raise ValueError(f"expected 'package.module:attribute', got {where!r}")
    return getattr(import_module(module), attribute)
