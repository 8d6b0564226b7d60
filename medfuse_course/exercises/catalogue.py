"""Exercises by name. A module's path is the first part of the names in it, and it is imported when one is asked for."""

from functools import cache
from importlib import import_module
from pathlib import Path

from medfuse_course.core.registry import UnknownNameError, unknown
from medfuse_course.exercises.exercise import Exercise

_FOLDER = Path(__file__).parent


def get_exercise(name: str) -> Exercise:
    """The exercise of that name; an unknown name suggests the nearest ones.

    Examples
    --------
    >>> from medfuse_course.exercises import get_exercise
    >>> exercise = get_exercise("transforms.pyramid.fuse_details")
    >>> exercise.is_function, len(exercise.wrong) >= 3  # mistakes that it knows, each with a hint of its own
    (True, True)
    """
    if not isinstance(name, str):
        raise TypeError(f"name: expected the name of an exercise (str), got {type(name).__name__}; put it in quotes")
    module = name.rpartition(".")[0]
    found = {e.name: e for e in _exercises_in(module)} if module in _modules() else {}
    if name not in found:
        raise UnknownNameError(unknown("exercise", name, [e.name for e in list_exercises()]))
    return found[name]


def list_exercises() -> tuple[Exercise, ...]:
    """All exercises, in the order of their names' modules.

    Examples
    --------
    >>> from medfuse_course.exercises import list_exercises
    >>> "transforms.pyramid.fuse_details" in [exercise.name for exercise in list_exercises()]
    True
    """
    return tuple(exercise for module in _modules() for exercise in _exercises_in(module))


@cache
def _modules() -> tuple[str, ...]:
    """The modules in folders below this one: those beside this file are the machinery."""
    files = (path.relative_to(_FOLDER) for path in _FOLDER.rglob("*/*.py") if path.name != "__init__.py")
    return tuple(sorted(".".join(file.with_suffix("").parts) for file in files))


def _exercises_in(module: str) -> tuple[Exercise, ...]:
    exercises: tuple[Exercise, ...] = import_module(f"medfuse_course.exercises.{module}").EXERCISES
    return exercises
