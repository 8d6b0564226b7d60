"""Which names are public, where each is written, and which pages of the book use it."""

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer

from medfuse_course.exercises.page import CELL, has_cells, read_page

ROOT = "medfuse_course"
ROOMS = (
    "color", "physics", "datasets", "transforms", "networks", "losses", "metrics", "training", "methods",
    "deployment", "benchmark", "plots", "widgets", "exercises",
)  # fmt: skip
"""Packages with a page of their own, in the order in which they may import each other."""

Kind = Literal["class", "function", "data", "module"]


@dataclass(frozen=True)
class Name:
    """A public name.

    Attributes
    ----------
    package, short
        How it is imported: ``from package import short``.
    module, original
        The file where it is written, as a dotted name, and what it is called there.
    value
        What it stands for.
    """

    package: str
    short: str
    module: str
    original: str
    value: Any

    @property
    def full(self) -> str:
        """Package and name, such as ``"medfuse_course.color.luma"``."""
        return f"{self.package}.{self.short}"

    @property
    def kind(self) -> Kind:
        """What the name is, in Sphinx's words."""
        if inspect.isclass(self.value):
            return "class"
        if inspect.isroutine(self.value):
            return "function"
        return "module" if inspect.ismodule(self.value) else "data"

    @property
    def doc(self) -> str:
        """Its docstring; of a constant, the string below it."""
        if self.kind != "data":
            return inspect.getdoc(self.value) or ""
        try:
            found = ModuleAnalyzer.for_module(self.module).find_attr_docs()
        except PycodeError:
            return ""
        return "\n".join(found.get(("", self.original), ())).strip()


@cache
def names_of(room: str) -> tuple[Name, ...]:
    """Return the public names of a package: those in ``__all__``, or else those of each of its files."""
    package = importlib.import_module(f"{ROOT}.{room}" if room else ROOT)
    listed: list[str] = getattr(package, "__all__", [])
    if listed:
        named = (
            Name(package.__name__, name, *_origin(package.__name__, name), getattr(package, name)) for name in listed
        )
        return tuple(name for name in named if name.kind != "module")
    files = [file.name for file in pkgutil.iter_modules(package.__path__) if not file.name.startswith("_")]
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in files]
    return tuple(name for module in modules if not hasattr(module, "__path__") for name in _own(module))


@cache
def public_names() -> Mapping[str, Name]:
    """Return all public names by how they are imported, the root's left out: each is a room's as well."""
    return {name.full: name for room in ROOMS for name in names_of(room)}


def resolve(module: str, name: str) -> str:
    """Return the entry of what a page imports as ``from module import name``; empty if it has none."""
    full = f"{module}.{name}"
    if full in public_names():
        return full
    if module == ROOT:
        return next((other for other in public_names() if other.rpartition(".")[2] == name), "")
    return ""


@cache
def uses(path: Path) -> tuple[str, ...]:
    """Return the entries of the names that the cells of a page import, in order."""
    text = path.read_text(encoding="utf8")
    if not has_cells(text):
        return ()
    cells = [block.text for block in read_page(text, path.stem).blocks if block.kind == CELL]
    return tuple(dict.fromkeys(found for cell in cells for found in _imported(cell)))


def _imported(cell: str) -> Iterator[str]:
    tree = ast.parse(re.sub(r"^[%!].*$", "", cell, flags=re.M))
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == ROOT:
            for alias in node.names:
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                if found := resolve(str(node.module), alias.name):
                    yield found
    for node in ast.walk(tree):  # from medfuse_course.transforms import pyramid; pyramid.reduce(...)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            found = resolve(modules[node.value.id], node.attr)
            if found:
                yield found


def _own(module: ModuleType) -> Iterator[Name]:
    """Public functions and classes that a file defines itself."""
    for name, value in vars(module).items():
        is_code = inspect.isroutine(value) or inspect.isclass(value)  # a cached function is not `isfunction`
        defined = is_code and getattr(value, "__module__", "") == module.__name__
        if defined and not name.startswith("_"):
            yield Name(module.__name__, name, module.__name__, name, value)


def _origin(module: str, name: str) -> tuple[str, str]:
    """In which file a name is written and what it is called there, followed through what packages hand on."""
    source = importlib.util.find_spec(module)
    if source is None or not source.origin or not source.origin.endswith(".py"):
        return module, name
    for node in ast.walk(ast.parse(Path(source.origin).read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (
                    (alias.asname or alias.name) == name
                    and (node.module or "").startswith(ROOT)
                    and node.module != module
                ):
                    return _origin(str(node.module), alias.name)
    return module, name
