"""Runs the cells of a page that come after an exercise and use its function, with another function in its place.

Before them run those cells alone that define what they need, once for each exercise; figures call their function once
instead of once for each setting.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

from medfuse_course.exercises.cells import checked_name, solved
from medfuse_course.exercises.page import read_page
from tests.house import ROOT


class GoingOn:
    """What a page does with the answer to one exercise.

    Attributes
    ----------
    function
        The name that the answer has on the page.
    cells
        The cells after the check that use it, and what stands between these and is needed.
    """

    def __init__(self, exercise: str) -> None:
        texts, position = _where(exercise)
        found = re.search(r"check\(\s*[\w.\"']+,\s*(\w+)", texts[position])
        assert found, texts[position]
        self.function = found[1]
        names = [_Names(text) for text in texts]
        uses = [k for k in range(position + 1, len(texts)) if self.function in names[k].used]
        needed = _needed(names, uses, position)
        self._before = tuple(texts[k] for k in needed if k < min(uses))
        self.cells = tuple(texts[k] for k in sorted({*uses, *needed}) if k >= min(uses))
        self._ready: dict[str, Any] | None = None

    def with_answer(self, answer: Callable[..., Any]) -> None:
        """Run the cells; raises what they raise."""
        if self._ready is None:
            self._space: dict[str, Any] = {"__name__": "__main__"}
            for cell in self._before:
                _run(cell, self._space)
            self._ready = dict(self._space)
        try:
            self._space[self.function] = answer
            for cell in self.cells:
                _run(cell, self._space)
        finally:
            self._space.clear()
            self._space.update(self._ready)


class _Names(ast.NodeVisitor):
    """The names that a cell defines or changes, and those that it uses."""

    def __init__(self, text: str) -> None:
        self.made, self.changed, self.used = set[str](), set[str](), set[str]()
        self.visit(ast.parse(text))
        self.used -= set(dir(builtins))

    def visit_Name(self, node: ast.Name) -> None:
        (self.used if isinstance(node.ctx, ast.Load) else self.made).add(node.id)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.made.add(node.name)
        inside = _Names("")
        inside.generic_visit(node)
        self.used |= inside.used - inside.made - {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.made.add(node.name)
        self.generic_visit(node)
        self.made -= {part.name for part in node.body if isinstance(part, ast.FunctionDef)}

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.used |= set(re.findall(r"@(\w+)", node.value))  # the names in a query of pandas

    def visit_alias(self, node: ast.alias) -> None:
        self.made.add((node.asname or node.name).split(".")[0])

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            self.changed.add(node.value.id)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.used.add(node.target.id)
        self.generic_visit(node)


def _needed(names: Sequence[_Names], uses: Sequence[int], position: int) -> list[int]:
    """The cells, in order, on which those in `uses` rest."""
    wanted, taken = set[str](), set[int]()
    for k in range(max(uses, default=-1), -1, -1):
        if k in uses or (k != position and (names[k].made | names[k].changed) & wanted):
            wanted -= names[k].made
            wanted |= names[k].used
            taken.add(k)
    return sorted(taken - set(uses))


@cache
def _where(exercise: str) -> tuple[tuple[str, ...], int]:
    for path in sorted((ROOT / "chapters").rglob("*.md")):
        blocks = read_page(path.read_text(encoding="utf8"), path.stem).blocks
        texts = tuple(solved(block.text) for block in blocks if block.kind == "code-cell")
        for position, text in enumerate(texts):
            if checked_name(text) == exercise:
                return texts, position
    raise LookupError(exercise)


def _run(cell: str, space: dict[str, Any]) -> None:
    if re.fullmatch(r'check\("[\w.]+", \w+\)', cell.strip()):
        return
    exec(compile(cell, "<cell>", "exec"), space)
    if "explore" in space:
        space["explore"] = _explore


def _explore(draw: Callable[..., Any], *, alt: str, title: str = "", static: Any = None, **settings: Any) -> Any:
    """The figure at the first of its settings and at the last."""
    known = {name: tuple(_values(value)) for name, value in settings.items() if isinstance(value, list | tuple | dict)}
    for end in (0, -1):
        draw(**{name: values[end] for name, values in known.items() if values})
    return SimpleNamespace()


def _values(setting: Any) -> Iterator[Any]:
    if isinstance(setting, tuple) and len(setting) in (2, 3) and all(isinstance(x, int | float) for x in setting):
        low, high = setting[:2]
        yield from (low, high)
    else:
        yield from setting.values() if isinstance(setting, dict) else setting
