"""How long a page takes: counted from its source, so that what a page says of its time follows from what is on it.

Reading is words, formulas, lines of code that are not folded, pictures, printed results, and a guess at each question.
Exercises come on top, with their prompts. Only the rate of words is measured by others: most adults read English
non-fiction silently at 175 to 300 words a minute, in a second language more slowly (Brysbaert, 2019, "How many words do
we read per minute?", Journal of Memory and Language 109, 104047); the course takes the lower end. All other rates are
its own estimate.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from medfuse_course.exercises.catalogue import get_exercise
from medfuse_course.exercises.page import CELL, END, PROSE, START, Block, read_page
from medfuse_course.publishing.numbering import caption_of

SECONDS = {
    "word": 60 / 175,
    "question": 15,
    "formula": 20,
    "line": 5,
    "picture": 30,
    "sliders": 60,
    "trainer": 300,
    "result": 15,
}
"""Reading; a formula is one that stands by itself, a result what a cell prints or returns, a trainer ``{gan-lab}``."""
EXERCISE_MINUTES = {"choice": 3, "number": 5, "function": 15, "module": 20, "lab": 30}
"""By `Exercise.kind`."""
LESSON = 90
"""Minutes in a classroom."""

_FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
_NOT_WORDS = re.compile(r"^(?:\s*(?:`{3,}|:{3,}).*|\s*:[\w-]+:.*|\([\w:.-]+\)=|%.*|\+\+\+)$", re.M)
_FORMULA = re.compile(r"\$\$.*?\$\$|\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.S)
_INLINE = re.compile(r"\$[^$]+\$")
_LINK = re.compile(r"\{[\w:]+\}`([^`<]*)(?:<[^`]*>)?`|\]\([^)\s]*\)")
_TRAINER = re.compile(r"^(?:`{3,}|:{3,})\{gan-lab\}", re.M)
_HEADING = re.compile(r"^## (.+)$", re.M)


@dataclass(frozen=True)
class Section:
    """A stretch of a page under one heading of the second level.

    Attributes
    ----------
    title
        The heading; empty before the first.
    counts
        How many there are of each key of `SECONDS` and of `EXERCISE_MINUTES`.
    """

    title: str
    counts: Counter[str]

    @property
    def reading(self) -> float:
        """Minutes to read it."""
        return sum(seconds * self.counts[what] for what, seconds in SECONDS.items()) / 60

    @property
    def exercises(self) -> float:
        """Minutes to do its exercises."""
        return sum(minutes * self.counts[kind] for kind, minutes in EXERCISE_MINUTES.items())


def page_time(path: Path) -> Section:
    """A page as one section, of no title."""
    return Section("", sum((section.counts for section in sections(path)), Counter()))


def sections(path: Path) -> list[Section]:
    """What stands under each heading of a chapter, in order; raise ValueError where its source is broken."""
    page = read_page(path.read_text(encoding="utf8"), path.stem)
    names = iter(page.exercises)
    found, inside = [Section("", Counter())], False
    for block in page.blocks:
        if block.kind == START:
            found[-1].counts[get_exercise(next(names).name).kind] += 1
        inside = block.kind == START or (inside and block.kind != END)
        if block.kind == PROSE and not inside:
            first, *rest = _HEADING.split(block.text)
            found[-1].counts.update(_in_prose(first))
            found += [
                Section(title, Counter(_in_prose(f"{title} {text}")))
                for title, text in zip(rest[::2], rest[1::2], strict=True)
            ]
        elif block.kind == CELL and not inside:
            found[-1].counts.update(_in_cell(block))
    return found


def lessons(path: Path) -> list[list[Section]]:
    """Cut a page at its headings into lessons of at most `LESSON` minutes with their exercises, as full as they go."""
    made: list[list[Section]] = []
    for section in sections(path):
        lesson = [*(made[-1] if made else []), section]
        fits = sum(one.reading + one.exercises for one in lesson) <= LESSON
        made = [*made[:-1], lesson] if made and fits else [*made, [section]]
    return made


def in_fives(minutes: float) -> int:
    """Minutes as a page says them: to the nearest five, and never none where there are some."""
    return 5 * max(round(minutes / 5), int(minutes > 0))


def stated(path: Path, what: str) -> str:
    """What ``{minutes}`what``` says on a page: its minutes of ``"reading"`` or of ``"exercises"``."""
    if what not in ("reading", "exercises"):
        raise ValueError(f"{path.stem}: expected 'reading' or 'exercises' in {{minutes}}, got {what!r}")
    return str(in_fives(getattr(page_time(path), what)))


def _in_prose(text: str) -> Iterator[str]:
    yield from ["trainer"] * len(_TRAINER.findall(text))
    text, formulas = _FORMULA.subn(" ", _NOT_WORDS.sub("", text))
    text = _LINK.sub(r" \1 ", _INLINE.sub(" x ", text))
    yield from ["formula"] * formulas
    yield from ["question"] * text.count("?")
    yield from ("word" for token in text.split() if re.search(r"\w", token))


def _in_cell(cell: Block) -> Iterator[str]:
    tags = (yaml.safe_load(cell.options) or {}).get("tags", [])
    yield from ("line" for line in cell.text.splitlines() if line.strip() and not _FOLDED.intersection(tags))
    yield from _in_prose(caption_of(cell))
    tree = ast.parse(cell.text)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    shown = ["sliders" if _name(call) == "explore" else "picture" for call in calls if _is_picture(call)]
    last = tree.body[-1]
    printed = isinstance(last, ast.Expr) and not (isinstance(last.value, ast.Call) and _name(last.value) == "claim")
    yield from shown or (["result"] if printed or "print" in map(_name, calls) else [])


def _is_picture(call: ast.Call) -> bool:
    """Every picture has words for those who cannot see it, and no other call has."""
    return any(keyword.arg == "alt" for keyword in call.keywords) or _name(call) in ("explore", "Figure")


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))
