"""Where everything in the book is: labels, titles, chapter numbers, the short form of a citation.

The student notebooks need it, because outside the book nobody else resolves a cross-reference.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from medfuse_course.exercises.page import read_page
from medfuse_course.publishing.numbering import chapter_numbers, numbered

HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*$")
TARGET = re.compile(r"^\((?P<label>[\w:.-]+)\)=\s*$")
_OPTION = re.compile(r"^\s*:?(?:label|name):\s*(?P<label>[\w:.-]+)\s*$")
_ENTRY = re.compile(r"@\w+\{\s*(?P<key>[^,\s]+)\s*,(?P<body>.*?)\n\}", re.S)
_ACCENT = re.compile(r"""\\(?P<mark>[`'^"~])\{?(?P<letter>[A-Za-z])\}?""")
_MARKS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308"}
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
    names
        Page and line to the name of the exercise, figure or table there, such as ``"Fig. 3.2"``.
    """

    root: Path
    places: Mapping[str, Place]
    citations: Mapping[str, str]
    numbers: Mapping[str, int]
    names: Mapping[tuple[str, int], str]

    def title(self, docname: str) -> str:
        """Return the first heading of a page."""
        lines = (self.root / f"{docname}.md").read_text(encoding="utf8").splitlines()
        return next((found["title"] for line in lines if (found := HEADING.match(line))), docname)


def read_index(chapters: Path) -> BookIndex:
    """Read all pages below ``chapters``, their bibliography and the table of contents beside the folder."""
    root = chapters.parent
    numbers = chapter_numbers(root / "_toc.yml")
    places: dict[str, Place] = {}
    names: dict[tuple[str, int], str] = {}
    for path in sorted(chapters.rglob("*.md")):
        docname = path.relative_to(root).with_suffix("").as_posix()
        text = path.read_text(encoding="utf8")
        for place in _places(docname, text):
            places[place.label] = place
        for one in numbered(read_page(text, docname), numbers.get(docname)):
            names[docname, one.line] = one.name
            places |= {one.label: Place(docname, one.label, one.name)} if one.label else {}
    citations: dict[str, str] = {}
    for path in sorted(chapters.rglob("*.bib")):
        citations |= _citations(path.read_text(encoding="utf8"))
    return BookIndex(root, places, citations, numbers, names)


def _places(docname: str, text: str) -> list[Place]:
    found: list[Place] = []
    waiting: list[str] = []
    for line in text.splitlines():
        if target := TARGET.match(line):
            waiting.append(target["label"])
        elif heading := HEADING.match(line):
            found += [Place(docname, label, heading["title"]) for label in waiting]
            waiting = []
        elif option := _OPTION.match(line):
            found.append(Place(docname, option["label"], ""))
    return found + [Place(docname, label, "") for label in waiting]


def _citations(text: str) -> dict[str, str]:
    return {entry["key"]: _short(entry["body"]) or entry["key"] for entry in _ENTRY.finditer(text)}


def _short(body: str) -> str:
    fields = {found["name"].lower(): _plain(found["value"]) for found in _FIELD.finditer(body)}
    names = [name.split(",")[0].strip() for name in re.split(r"\s+and\s+", fields.get("author", "")) if name.strip()]
    who = names[0] + " et al." if len(names) > 2 else " and ".join(names)
    return ", ".join(part for part in (who, fields.get("year", "")) if part)


def _plain(text: str) -> str:
    r"""Letters with their accents in place of LaTeX's ``\"u``, and no braces."""
    accented = _ACCENT.sub(lambda found: unicodedata.normalize("NFC", found["letter"] + _MARKS[found["mark"]]), text)
    return re.sub(r"[{}]", "", accented)
