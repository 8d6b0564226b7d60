"""``{api-room} color``: every public name of a package, below the file that it is written in."""

import importlib
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.exercises.page import has_cells
from medfuse_course.publishing.reference.names import ROOMS, ROOT, Name, names_of, resolve, uses

_LONGEST_VALUE = 70


class ApiRoom(SphinxDirective):
    """``{api-room} color``: the entries of a package."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return parsed(self, sections(self.arguments[0], Path(self.env.srcdir) / "chapters"))


class ApiRooms(SphinxDirective):
    """``{api-rooms}``: a line for each package, and what it holds in its own words."""

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        lines = []
        for room in ROOMS:
            doc = importlib.import_module(f"medfuse_course.{room}").__doc__ or ""
            lines += [f"{{doc}}`medfuse_course.{room} </chapters/reference/{room}>`", f": {doc.splitlines()[0]}", ""]
        return parsed(self, lines)


class ApiRoot(SphinxDirective):
    """``{api-root}``: the names that ``import medfuse_course`` gives, each with its first sentence."""

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        lines: list[str] = []
        for name in names_of(""):
            entry = resolve(ROOT, name.short) or name.full
            lines += [f"{{py:obj}}`{name.short} <{entry}>`", f": {first_sentence(name.doc)}", ""]
        for name in names_of(""):  # those that no package has
            lines += [] if resolve(ROOT, name.short) else rst(entry_lines(name))
        return parsed(self, lines)


def sections(room: str, chapters: Path) -> Iterator[str]:
    """Yield the lines of a package's page: Markdown with the entries in reStructuredText."""
    used = pages_by_name(chapters)
    own = f"{ROOT}.{room}."
    ordered = sorted(names_of(room), key=lambda name: (not name.module.startswith(own), name.module))
    for module, group in groupby(ordered, lambda name: name.module):
        doc = importlib.import_module(module).__doc__ or ""
        yield from (f"## `{_file(module, own)}`", "", *rst(doc.strip().splitlines()))
        for name in group:
            yield from rst(entry_lines(name, used.get(name.full, [])))


def entry_lines(name: Name, pages: Iterable[str] = ()) -> Iterator[str]:
    """Yield the entry of a name in reStructuredText, with the pages that use it."""
    if name.kind == "data":
        yield f".. py:data:: {name.full}"
        shown = repr(name.value)
        if len(shown) <= _LONGEST_VALUE and " object at " not in shown and " at 0x" not in shown:
            yield f"   :value: {shown}"
        body = name.doc.splitlines()
    else:
        yield f".. auto{name.kind}:: {name.full}"
        body = []
        if name.kind == "class":
            fields = ", ".join(getattr(name.value, "__dataclass_fields__", {}))
            yield "   :members:"
            if fields:
                yield f"   :exclude-members: {fields}"
    if links := ", ".join(f":doc:`/{page}`" for page in pages):
        body = [*body, "", f"*Used in:* {links}."]
    yield ""
    yield from (f"   {line}".rstrip() for line in body)
    yield ""


def pages_by_name(chapters: Path) -> dict[str, list[str]]:
    """Return which pages use each entry."""
    found: dict[str, list[str]] = {}
    for path in sorted(chapters.rglob("*.md")):
        page = path.relative_to(chapters.parent).with_suffix("").as_posix()
        for name in uses(path) if has_cells(path.read_text(encoding="utf8")) else ():
            found.setdefault(name, []).append(page)
    return found


def _file(module: str, own: str) -> str:
    """Path of a file below the package, or below the course for a file of another package."""
    return module.removeprefix(own).removeprefix(f"{ROOT}.").replace(".", "/") + ".py"


def first_sentence(doc: str) -> str:
    """The first paragraph of a docstring in one line."""
    return " ".join(textwrap.dedent(doc).strip().split("\n\n")[0].split())


def rst(lines: Iterable[str]) -> list[str]:
    """The lines as reStructuredText inside a page in Markdown."""
    return ["```````{eval-rst}", *lines, "```````", ""]


def parsed(directive: SphinxDirective, lines: Iterable[str]) -> list[nodes.Node]:
    """The nodes of lines in Markdown, headings included."""
    found, text = nodes.section(), StringList(list(lines), "reference")
    directive.state.nested_parse(text, directive.content_offset, found, match_titles=True)
    return found.children


def setup(app: Sphinx) -> None:
    """Register the directives."""
    for name, directive in (("api-room", ApiRoom), ("api-rooms", ApiRooms), ("api-root", ApiRoot)):
        app.add_directive(name, directive)
