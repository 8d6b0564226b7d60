"""Answers in one small file, for an instructor: values as they are, functions as their source with what it uses."""

import builtins
import inspect
import json
import sys
import textwrap
import types
import zipfile
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from medfuse_course.core.files import atomic_path
from medfuse_course.exercises.catalogue import get_exercise
from medfuse_course.exercises.plain import Odd, kind_of, plain, without_tensors
from medfuse_course.exercises.result import Notice

MEMBER, KIND = "answers.json", "medfuse answers 1"
MOST_NUMBERS = 10_000

answered: dict[str, Any] = {}
"""What `check` was given last in this session, by exercise."""


class _Unwritable(Exception):
    """It cannot be written down; the message says why."""


def save_answers(path: str | PathLike[str] = "answers.zip") -> Notice:
    """Write the answers that `check` has seen in this session to one small file, which ``medfuse grade`` takes.

    Values are written as they are. Of a function the source is written, with the imports, functions and numbers of the
    notebook that it uses, so that it runs alone.

    Parameters
    ----------
    path
        The file, replaced if it is there.

    Returns
    -------
    A line that says how many answers are in it, and which are not and why.

    Raises
    ------
    ValueError
        No answer has been checked yet.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from medfuse_course.exercises import check, save_answers
    >>> check("transforms.gradient_pyramid.missing_factor", 0.5).passed  # right or wrong, it is written down
    False
    >>> with TemporaryDirectory() as folder:
    ...     save_answers(Path(folder) / "answers.zip")
    answers.zip holds ... answers...
    """
    cells: list[str] = []
    values: dict[str, Any] = {}
    left_out: list[str] = []
    for name, answer in answered.items():
        try:
            if get_exercise(name).is_function:
                cells.append(_cell(name, answer))
            else:
                values[name] = _value(answer)
        except (_Unwritable, Odd) as why:
            left_out.append(f"{name} ({why})")
    if not answered:
        raise ValueError("expected answers that were checked, got none; run the cells with check(...) first")
    text = json.dumps({"kind": KIND, "cells": cells, "values": values}, indent=1)
    with atomic_path(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(MEMBER, text)
    said = f"{Path(path).name} holds {len(cells) + len(values)} of {len(answered)} answers"
    return Notice(f"{said}; not in it: {'; '.join(left_out)}." if left_out else f"{said}.")


def _value(answer: Any) -> Any:
    made = plain(without_tensors(answer))
    made = made.item() if isinstance(made, np.ndarray | np.generic) and np.ndim(made) == 0 else made
    if not isinstance(made, bool | int | float | str):
        raise _Unwritable(f"{kind_of(answer)} is no number and no word")
    return made


def _cell(name: str, answer: Any) -> str:
    """A cell that defines what the function uses and the function, and checks it."""
    lines: dict[str, str] = {}
    known = _write_down(answer, lines)
    return "\n\n".join([*lines.values(), f'check("{name}", {known})'])


def _write_down(answer: Any, lines: dict[str, str]) -> str:
    """Add the source of a function or class and of all that it uses; return its name."""
    if not isinstance(answer, type | types.FunctionType):
        raise _Unwritable(f"{kind_of(answer)} has no source")
    if getattr(answer, "__closure__", None):
        raise _Unwritable("it uses names of the function around it")
    try:
        source = textwrap.dedent(inspect.getsource(answer))
        code = compile(source, "<answer>", "exec")
    except (OSError, TypeError, SyntaxError) as error:
        raise _Unwritable("its source is not at hand; define it with def, in a cell of its own") from error
    space = vars(sys.modules[answer.__module__]) if isinstance(answer, type) else answer.__globals__
    known = next((key for key, value in space.items() if value is answer), answer.__name__)
    lines[known] = ""  # a function that calls itself
    for used in sorted(set(_names(code))):
        if used in space and used not in lines and not hasattr(builtins, used):
            lines[used] = _line(used, space[used], lines)
    del lines[known]
    lines[known] = source.rstrip()
    return known


def _line(name: str, value: Any, lines: dict[str, str]) -> str:
    if isinstance(value, types.ModuleType):
        return f"import {value.__name__} as {name}"
    home, there = getattr(value, "__module__", None) or "numpy", getattr(value, "__name__", "")  # a ufunc has no module
    if home != "__main__" and there and getattr(sys.modules.get(home), there, None) is value:
        return f"from {home} import {there} as {name}"
    if isinstance(value, type | types.FunctionType):
        known = _write_down(value, lines)
        return lines[name] if known == name else f"{name} = {known}"
    made = plain(without_tensors(value))
    if isinstance(made, np.ndarray) and made.size <= MOST_NUMBERS and made.dtype.kind in "biuf":
        return f"import numpy\n{name} = numpy.array({made.tolist()!r}, dtype={made.dtype.str!r})"
    if isinstance(made, np.ndarray | np.generic | Mapping):
        raise _Unwritable(f"it uses {name}, {kind_of(value)}; compute that inside")
    return f"{name} = {made!r}"


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from _names(part)
