"""The real chapters and their student notebooks."""

from functools import cache
from pathlib import Path

import pytest

from medfuse_course.exercises.cells import solved
from medfuse_course.exercises.page import CELL, read_page
from medfuse_course.publishing.notebooks import executed_pages, install_cell
from medfuse_course.publishing.project import project

ROOT = Path(__file__).parents[2]
CHAPTERS = ROOT / "chapters"
NOTEBOOKS = ROOT / "notebooks"
PAGES = executed_pages(CHAPTERS)
NAMES = [path.relative_to(CHAPTERS).with_suffix("").as_posix() for path in PAGES]

WITHOUT_TORCH = ("foundations", "classical")
"""Parts of the book that run without PyTorch."""


@cache
def code_of(page: Path) -> tuple[str, ...]:
    """The cells of code of a solved page; the first is the notebook's own, which installs.

    Read off the page without its words, for which a notebook reads the whole book; tests/publishing/test_execution.py
    holds both to be the same.
    """
    blocks = read_page(page.read_text(encoding="utf8"), page.stem).blocks
    return (install_cell(project()), *(solved(block.text) for block in blocks if block.kind == CELL))


def _chapters(classical=(), learned=(), seldom=()):
    """Every chapter, with marks for those that run without PyTorch, for those that need it, and more for some of these.

    Some: all but the first and the last of each part.
    """
    chosen = []
    for page in PAGES:
        part = [other for other in PAGES if other.parent == page.parent]
        more = [] if page in (part[0], part[-1]) else [*seldom]
        chosen.append(classical if page.parent.name in WITHOUT_TORCH else [*learned, *more])
    rows = zip(PAGES, chosen, NAMES, strict=True)
    return pytest.mark.parametrize("page", [pytest.param(page, marks=marks, id=name) for page, marks, name in rows])


each_chapter = _chapters()
each_chapter_run = _chapters(learned=[pytest.mark.torch])
each_chapter_handed_out = _chapters(
    classical=pytest.mark.handed_out, learned=[pytest.mark.torch, pytest.mark.slow], seldom=[pytest.mark.weekly]
)
"""Unanswered notebooks run where students run them, with Colab's packages; of the others, which train, two of each part
run here with every change, and all once a week. The book runs all of them solved."""
