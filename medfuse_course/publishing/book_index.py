"""Where everything in the book is: labels, titles, chapter numbers, the short form of a citation.

The student notebooks need it, because outside the book nobody else resolves a cross-reference.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

_HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*$")
_TARGET = re.compile(r"^\((?P<label>[\w:.-]+)\)=\s*$")
_OPTION = re.compile(r"^\s*:?(?:label|name):\s*(?P<label>[\w:.-]+)\s*$")
_EXERCISE = re.compile(r"^(`{3,}|:{3,})\{exercise(-start)?\}\s*(?P<title>.*?)\s*$")
_ENTRY = re.compile(r"@\w+\{\s*(?P<key>[^,\s]+)\s*,(?P<body>.*?)\n\}", re.S)
_FIELD = re.compile(r"^\s*(?P<name>author|year)\s*=\s*[{\"](?P<value>.*?)[}\"],?\s*$", re.M | re.I)


@dataclass(frozen=True)
class Place:
    """Where a label points: a page of the book, and what a link without words of its own says."""

    docname: str
    label: str
    title: str


@dataclass(frozen=True)
class BookIndex:
    """What the pages say about themselves.

    Attributes
    ----------
    root
        Folder of the book: the one that holds ``chapters``.
    places
        Label to place.
    citations
        Citation key to short form, such as ``"Burt and Adelson, 1983"``.
    numbers
        Page to its chapter number; pages of unnumbered parts are missing.
    """

    root: Path
    places: Mapping[str, Place]
    citations: Mapping[str, str]
    numbers: Mapping[str, int]

    def title(self, docname: str) -> str:
        """Return the first heading of a page."""
        lines = (self.root / f"{docname}.md").read_text(encoding="utf8").splitlines()
        return next((found["title"] for line in lines if (found := _HEADING.match(line))), docname)


def read_index(chapters: Path) -> BookIndex:
    """Read all pages below ``chapters``, their bibliography and the table of contents beside the folder."""
    root = chapters.parent
    numbers = _numbers(root / "_toc.yml")
    places: dict[str, Place] = {}
    for path in sorted(chapters.rglob("*.md")):
        docname = path.relative_to(root).with_suffix("").as_posix()
        for place in _places(docname, path.read_text(encoding="utf8"), numbers.get(docname)):
            places[place.label] = place
    citations: dict[str, str] = {}
    for path in sorted(chapters.rglob("*.bib")):
        citations |= _citations(path.read_text(encoding="utf8"))
    return BookIndex(root, places, citations, numbers)


def exercise_number(chapter: int | None, count: int) -> str:
    """Return the number that the book gives the exercise: ``"3.2"`` in chapter 3, ``"2"`` outside of any."""
    return f"{chapter}.{count}" if chapter else str(count)


def _places(docname: str, text: str, chapter: int | None) -> list[Place]:
    found: list[Place] = []
    waiting: list[str] = []
    exercise, count = "", 0
    for line in text.splitlines():
        if target := _TARGET.match(line):
            waiting.append(target["label"])
        elif heading := _HEADING.match(line):
            found += [Place(docname, label, heading["title"]) for label in waiting]
            waiting = []
        elif _EXERCISE.match(line):
            count += 1
            exercise = f"Exercise {exercise_number(chapter, count)}"
        elif option := _OPTION.match(line):
            found.append(Place(docname, option["label"], exercise))
            exercise = ""
        elif line.strip() and not line.startswith((":", "`")):
            exercise = ""
    return found + [Place(docname, label, "") for label in waiting]


def _citations(text: str) -> dict[str, str]:
    return {entry["key"]: _short(entry["body"]) or entry["key"] for entry in _ENTRY.finditer(text)}


def _short(body: str) -> str:
    fields = {found["name"].lower(): re.sub(r"[{}]", "", found["value"]) for found in _FIELD.finditer(body)}
    names = [name.split(",")[0].strip() for name in re.split(r"\s+and\s+", fields.get("author", "")) if name.strip()]
    who = names[0] + " et al." if len(names) > 2 else " and ".join(names)
    return ", ".join(part for part in (who, fields.get("year", "")) if part)


def _numbers(toc: Path) -> dict[str, int]:
    """Number the chapters of numbered parts through the whole book, as the book itself does."""
    if not toc.is_file():
        return {}
    table = yaml.safe_load(toc.read_text(encoding="utf8"))
    parts = table.get("parts") or [table]
    files = [entry["file"] for part in parts if part.get("numbered") for entry in part.get("chapters", [])]
    return {docname.removesuffix(".md"): number for number, docname in enumerate(files, start=1)}
