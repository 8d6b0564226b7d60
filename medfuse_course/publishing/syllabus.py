"""The syllabus as the pages state it: parts and order from ``_toc.yml``, prerequisites from the cards of the chapters.

A card says ``**Needs**: [pyramids](pyramids) and {ref}`judging <judging>`; one CPU thread to run.``: what is linked
before the semicolon has to be read first, what follows is the machine.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from medfuse_course.publishing.book_index import HEADING, TARGET
from medfuse_course.publishing.numbering import chapter_numbers

_NEEDS = re.compile(r"^- \*\*Needs\*\*: (?P<read>[^;]*);", re.M)
_LINK = re.compile(r"\]\(#?(?P<link>[^)\s]+)\)|\{ref\}`[^`<]*<(?P<label>[^>`]+)>`")


@dataclass(frozen=True)
class Chapter:
    """A page of a numbered part.

    Attributes
    ----------
    docname
        ``chapters/<part>/<topic>``.
    number
        Its number in the book.
    title
        Its first heading.
    needs
        Chapters that its card asks a reader to know, as it names them.
    """

    docname: str
    number: int
    title: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A numbered part of the book: its caption, its opening page (or None) and its chapters."""

    title: str
    opening: str | None
    chapters: tuple[Chapter, ...]

    @property
    def before(self) -> tuple[str, ...]:
        """What its chapters need of other parts, each once."""
        inside = {chapter.docname for chapter in self.chapters}
        needed = dict.fromkeys(need for chapter in self.chapters for need in chapter.needs)
        return tuple(need for need in needed if need not in inside)


def read_syllabus(root: Path) -> list[Part]:
    """Read the parts of the book below ``root``.

    Raises
    ------
    ValueError
        A card without a line of needs, or one that links to no chapter or to a later one.
    """
    numbers = chapter_numbers(root / "_toc.yml")
    labels = labels_of(root)
    parts: list[Part] = []
    caption, opening = "", None
    for entry in yaml.safe_load((root / "_toc.yml").read_text(encoding="utf8"))["parts"]:
        caption = entry.get("caption", caption)
        files = [one["file"] for one in entry["chapters"]]
        if entry.get("numbered"):
            chapters = tuple(_chapter(root, docname, numbers, labels) for docname in files)
            parts.append(Part(caption, opening, chapters))
        opening = files[0] if not entry.get("numbered") and files[0].endswith("/index") else None
    return parts


def labels_of(root: Path) -> dict[str, str]:
    """Return the labels that stand in the chapters, each with its page."""
    return {
        label["label"]: docname
        for docname in chapter_numbers(root / "_toc.yml")
        for line in (root / f"{docname}.md").read_text(encoding="utf8").splitlines()
        if (label := TARGET.match(line))
    }


def title_of(path: Path) -> str:
    """Return the first heading of a page."""
    lines = path.read_text(encoding="utf8").splitlines()
    return next(found["title"] for line in lines if (found := HEADING.match(line)))


def _chapter(root: Path, docname: str, numbers: dict[str, int], labels: dict[str, str]) -> Chapter:
    path = root / f"{docname}.md"
    found = _NEEDS.search(path.read_text(encoding="utf8"))
    if not found:
        raise ValueError(f"{docname}: expected '- **Needs**: ...; ...' on its card, got none; say what to read first")
    links = [one["link"] or one["label"] for one in _LINK.finditer(found["read"])]
    needs = tuple(dict.fromkeys(_page_of(link, path, root, labels) for link in links))
    if late := [need for need in needs if numbers.get(need, len(numbers) + 1) >= numbers[docname]]:
        raise ValueError(f"{docname}: expected chapters before it under **Needs**, got {', '.join(late)}")
    return Chapter(docname, numbers[docname], title_of(path), needs)


def _page_of(link: str, path: Path, root: Path, labels: dict[str, str]) -> str:
    if link.endswith(".md"):
        return (path.parent / link).resolve().relative_to(root.resolve()).with_suffix("").as_posix()
    return labels.get(link, link)
