"""What a recipe is made of, in words and hashes: enough to see that two runs are the same, or what sets them apart.

Values count as they are. Code that a reader wrote (in a notebook, a script, a package of their own) counts by what it
does: the compiled function, the values it closes over, its defaults, and every function, class and constant that it
names, down to where the libraries begin; comments and layout do not count. Code of this library and of others counts by
its name, and a field that has its default is left out: so a new option, or a better layout, changes nothing of what the
weights that ship say of themselves. With ``library_code=True`` the code of this library counts as a reader's does.
"""

import argparse
import array
import ast
import builtins
import collections
import dataclasses
import decimal
import dis
import fractions
import functools
import hashlib
import inspect
import json
import os
import sys
import sysconfig
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

_LIBRARY = str(Path(__file__).parents[1])
_STANDARD = sysconfig.get_path("stdlib")
_FRAME = ("step", "closes over", "uses", "defaults", "arguments", "partial")
"""Words in a description that a phrase does without."""

_METHODS = ("__init__", "__post_init__", "__call__", "__getitem__", "__len__", "__iter__")
"""Methods with underscores that count."""

_SAID_BY_REPR = (
    *(bytes, bytearray, complex, range, slice, Path, np.dtype, np.ufunc, torch.dtype, torch.device),
    *(array.array, collections.deque, decimal.Decimal, fractions.Fraction),
)
"""Kinds of values whose `repr` says all of them."""


def describe(value: Any, *, library_code: bool = False) -> Any:
    """A value, function, class or object as nested mappings of plain values, the same in every session.

    Parameters
    ----------
    value
        Anything that a recipe may hold.
    library_code
        Whether code of this library counts as well, and not its name alone.

    Returns
    -------
    What JSON can hold.
    """
    return _Description(library_code).of(value)


def digest_of(parts: Any) -> str:
    """A hash of what `describe` returned: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def differences(old: Any, new: Any) -> list[str]:
    """What sets two descriptions apart, a phrase for each: ``"seed: 0 -> 1"``, ``"phase 1 (fuse): the code of f"``."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    phrases = []
    for path in dict.fromkeys((*before, *after)):
        was, now = before.get(path), after.get(path)
        if was == now:
            continue
        if path[-1] == "code" and was and now:
            name = str(after.get((*path[:-1], "name")))
            phrases.append(f"{path[0]}: the code of {name.partition(':')[2] or name}")
        else:
            phrases.append(f"{', '.join(word for word in path if word not in _FRAME)}: {_short(was)} -> {_short(now)}")
    return phrases


def hash_tensors(tensors: Mapping[str, torch.Tensor]) -> str:
    """A hash of names, types, shapes and values: 16 hexadecimal digits."""
    hashed = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        hashed.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
        values = tensor.detach().cpu()
        hashed.update((values.float() if values.dtype == torch.bfloat16 else values).numpy().tobytes())
    return hashed.hexdigest()[:16]


class _Description:
    """One walk over a value. A function or class is told once; containers that hold themselves end the walk."""

    def __init__(self, library_code: bool) -> None:
        self.library_code = library_code
        self.told: dict[int, Any] = {}  # by id; the value is kept, so that no id is used twice
        self.inside: list[int] = []

    def of(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, _SAID_BY_REPR):
            return repr(value)
        if isinstance(value, np.ndarray | np.generic):
            if value.dtype.hasobject:
                return self.of(value.tolist())
            return {"array": hashlib.sha256(f"{value.dtype} {value.shape}".encode() + value.tobytes()).hexdigest()[:16]}
        if isinstance(value, torch.Tensor):
            return {"tensor": hash_tensors({"": value})}
        if id(value) in self.inside:
            return "itself"
        self.inside.append(id(value))
        try:
            return self._code(value) if _is_code(value) else self._compound(value)
        finally:
            self.inside.pop()

    def _compound(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(key): self.of(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(item) for item in value]
        if isinstance(value, set | frozenset):
            return sorted(repr(self.of(item)) for item in value)
        if isinstance(value, types.ModuleType):
            return self._module(value)
        if isinstance(value, functools.partial):
            return {"partial": self.of(value.func), "arguments": self.of([*value.args, value.keywords])}
        return self._object(value)

    def _code(self, value: Any) -> Any:
        """A function, a method or a class."""
        if isinstance(value, types.MethodType):
            return {"method": value.__name__, "of": self.of(value.__self__)}
        while not self._counts(value) and _is_wrapper(value):  # a library's decorator around a reader's function
            value = value.__wrapped__
        if id(value) in self.told or not self._counts(value):
            return _name(value)
        self.told[id(value)] = value
        return self._class(value) if isinstance(value, type) else self._function(value)

    def _function(self, function: types.FunctionType) -> Any:
        code = function.__code__
        cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
        used = {name: function.__globals__[name] for name in _globals_of(code) if name in function.__globals__}
        said = {
            "closes over": {name: self.of(_content(cell)) for name, cell in cells},
            "defaults": self.of([*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()]),
            "uses": {name: self.of(value) for name, value in used.items()},
            "attributes": {name: self.of(value) for name, value in vars(function).items() if name != "__wrapped__"},
        }
        named = {"name": _name(function), "code": _hash_code(code, function.__doc__)}
        return named | {kind: what for kind, what in said.items() if what}

    def _class(self, kind: type) -> Any:
        members = {name: _plain_member(value) for name, value in vars(kind).items()}
        kept = {n: v for n, v in members.items() if n in _METHODS or not n.startswith(("__", "_abc_"))}
        bases = [self.of(base) for base in kind.__bases__ if base is not object]
        return {"name": _name(kind), "bases": bases} | {name: self.of(value) for name, value in kept.items()}

    def _module(self, module: types.ModuleType) -> Any:
        path = Path(getattr(module, "__file__", None) or "")
        made_by_hand = module.__spec__ is None and not path.name
        if not made_by_hand and (path.suffix != ".py" or not self._counts(module)):
            return module.__name__
        values = {n: v for n, v in vars(module).items() if isinstance(v, bool | int | float | str) and n[:2] != "__"}
        tree = "" if made_by_hand else ast.dump(ast.parse(path.read_text(encoding="utf8")))
        return {"name": module.__name__, "code": hashlib.sha256(tree.encode()).hexdigest()[:16]} | values

    def _object(self, value: Any) -> Any:
        kind = type(value)
        said: dict[str, Any] = {"kind": self.of(kind) if self._counts(kind) else kind.__qualname__}
        if isinstance(value, nn.Module):
            parts = {name: self._settings(part) for name, part in value.named_modules()}
            return said | {"tensors": hash_tensors(value.state_dict())} | {n: of for n, of in parts.items() if of}
        if dataclasses.is_dataclass(value):
            kept = (f for f in dataclasses.fields(value) if self.library_code or not _is_default(value, f))
            said |= {f.name: self.of(getattr(value, f.name)) for f in kept}
        elif isinstance(value, types.SimpleNamespace | argparse.Namespace) or _file_of(kind) not in (None, _LIBRARY):
            slots = [name for of in kind.__mro__ for name in np.atleast_1d(vars(of).get("__slots__", ())).tolist()]
            held = {name: getattr(value, name) for name in slots if hasattr(value, name)}
            said |= {name: self.of(item) for name, item in (held | getattr(value, "__dict__", {})).items()}
        if callable(getattr(kind, "identity", None)):  # data in files: which files
            said["holds"] = self.of(value.identity())
        return said

    def _settings(self, module: nn.Module) -> dict[str, Any]:
        """What a module holds beside tensors and parts, such as ``beta`` of ``SmoothL1Loss``."""
        held = {n: v for n, v in vars(module).items() if not n.startswith("_") and n != "training"}
        return {name: self.of(value) for name, value in held.items()}

    def _counts(self, thing: Any) -> bool:
        file = _file_of(thing)
        return self.library_code if file == _LIBRARY else file is not None


def _file_of(thing: Any) -> str | None:
    """Where code stands: in `_LIBRARY`, in another library or in Python (None), or in a file, a notebook, a string."""
    if isinstance(thing, types.ModuleType):
        file = getattr(thing, "__file__", None) or "<built-in>"
    elif isinstance(thing, type):
        module = sys.modules.get(thing.__module__)
        on_a_page = thing.__module__ == "__main__" or module is None  # also where a tool in site-packages is main
        unknown = thing.__module__ == "builtins" and not hasattr(builtins, thing.__name__)  # exec without a name
        file = "<page>" if on_a_page or unknown else getattr(module, "__file__", None) or "<built-in>"
    else:
        file = thing.__code__.co_filename if isinstance(thing, types.FunctionType) else "<built-in>"
    if file.startswith(f"{_LIBRARY}{os.sep}"):
        return _LIBRARY
    installed = file.startswith(("<built-in>", "<frozen", _STANDARD)) or "site-packages" in file
    return None if installed or "dist-packages" in file else file


def _is_code(value: Any) -> bool:
    """Whether a value is a function, a method or a class, asked of its type: an object may answer to any name."""
    return isinstance(value, type) or inspect.isroutine(value) or _is_wrapper(value)


def _is_wrapper(value: Any) -> bool:
    return inspect.getattr_static(value, "__wrapped__", None) is not None


def _name(thing: Any) -> str:
    """Module and name of a function or class."""
    return f"{getattr(thing, '__module__', None)}:{thing.__qualname__}"


def _plain_member(value: Any) -> Any:
    """The function inside a static method, a class method or a property."""
    if isinstance(value, staticmethod | classmethod):
        return value.__func__
    if isinstance(value, property):
        return value.fget
    if isinstance(value, functools.cached_property):
        return value.func
    return value


def _is_default(value: Any, field: "dataclasses.Field[Any]") -> bool:
    given = getattr(value, field.name)
    return field.default is given or (isinstance(given, bool | int | float | str | tuple) and field.default == given)


def _hash_code(code: types.CodeType, doc: str | None = None) -> str:
    """A hash of compiled code without its docstring, its file and its line numbers."""
    hashed = hashlib.sha256(code.co_code)
    told = [constant for constant in code.co_consts if doc is None or constant != doc]
    constants = [_hash_code(c) if isinstance(c, types.CodeType) else _constant(c) for c in told]
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    hashed.update(repr((names, code.co_argcount, code.co_kwonlyargcount, constants)).encode())
    return hashed.hexdigest()[:16]


def _constant(value: Any) -> str:
    return repr(sorted(map(repr, value)) if isinstance(value, frozenset) else value)


def _globals_of(code: types.CodeType) -> Iterator[str]:
    """Names that code, and the functions in it, read from its module and never write."""
    read: dict[str, None] = {}
    written = set()
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            read[instruction.argval] = None
        elif instruction.opname == "STORE_GLOBAL":
            written.add(instruction.argval)
    yield from (name for name in read if name not in written)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _globals_of(constant)


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _leaves(item, (*path, str(number)) if len(value) > 1 else path)
    else:
        yield path, value


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
