"""The numbers of chapters, figures, tables and exercises: one rule for pages, prose and notebooks.

Chapters are numbered through all parts that ``_toc.yml`` calls numbered; exercises, figures and tables within their
chapter. A figure counts if it has a caption, a table if it has a title.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from medfuse_course.exercises.page import CELL, EXPLANATION, PROSE, START, Block, Page

_TABLE = re.compile(r"^[ \t]*(?:`{3,}|:{3,})\{table\}[ \t]*\S.*\n(?P<options>(?:[ \t]*:[\w-]+:.*\n)*)", re.M)
_LABEL = re.compile(r"^[ \t]*:?(?:name|label):[ \t]*(\S+)", re.M)


@dataclass(frozen=True)
class Numbered:
    """Something of a page that has a number.

    Attributes
    ----------
    line
        Where it begins.
    name
        What the book calls it: ``"Fig. 3.2"`` in chapter 3, ``"Fig. 2"`` outside of any.
    label
        What references to it say; may be empty.
    """

    line: int
    name: str
    label: str


def chapter_numbers(toc: Path) -> dict[str, int]:
    """Return page to number, for the chapters of numbered parts in the order of the table of contents."""
    if not toc.is_file():
        return {}
    table = yaml.safe_load(toc.read_text(encoding="utf8"))
    parts = table.get("parts") or [table]
    files = [entry["file"] for part in parts if part.get("numbered") for entry in part.get("chapters", [])]
    return {docname.removesuffix(".md"): number for number, docname in enumerate(files, start=1)}


def caption_of(cell: Block) -> str:
    """Return the caption that the book puts under the figure of a cell; empty if it has none."""
    return str(figure_of(cell).get("caption", "")).strip()


def numbered(page: Page, chapter: int | None) -> Iterator[Numbered]:
    """Number what a page has, each kind by itself."""
    counts: Counter[str] = Counter()
    for block in page.blocks:
        for kind, line, label in _kinds(block):
            counts[kind] += 1
            number = f"{chapter}.{counts[kind]}" if chapter else f"{counts[kind]}"
            yield Numbered(line, f"{kind} {number}", label)


def _kinds(block: Block) -> Iterator[tuple[str, int, str]]:
    if block.kind == CELL and caption_of(block):
        yield "Fig.", block.line, str(figure_of(block).get("name", ""))
    elif block.kind == START:
        yield "Exercise", block.line, _label(block.options)
    elif block.kind in (PROSE, EXPLANATION):
        for found in _TABLE.finditer(block.text):
            yield "Table", block.line + block.text.count("\n", 0, found.start()), _label(found["options"])


def _label(options: str) -> str:
    found = _LABEL.search(options)
    return found[1] if found else ""


def figure_of(cell: Block) -> dict[str, Any]:
    """Return what a cell says of its figure: ``name``, ``caption``; empty if nothing."""
    options = yaml.safe_load(cell.options) if "figure" in cell.options else None
    return dict((options or {}).get("mystnb", {}).get("figure") or {})
