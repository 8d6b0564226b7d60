"""``{part}`` on a part's opening page and ``{syllabus}``: what a part holds, and what leads to what."""

import html
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.exercises.catalogue import list_exercises
from medfuse_course.methods import list_methods
from medfuse_course.publishing.measured_time import measured_seconds
from medfuse_course.publishing.numbering import chapter_numbers
from medfuse_course.publishing.reading_time import in_fives, page_time
from medfuse_course.publishing.syllabus import Part, read_syllabus

_WIDTH, _STEM, _ROW, _GAP = 780, 408, 25, 14
"""Pixels of the map: its width, where the dots stand, one chapter, and the space above a part."""


class PartTable(SphinxDirective):
    """``{part}``: the part that this page opens: how long it takes, what comes before it, its chapters."""

    def run(self) -> list[nodes.Node]:
        """Return the lines and the table."""
        root = _depend(self)
        part = next((one for one in read_syllabus(root) if one.opening == self.env.docname), None)
        if part is None:
            raise self.error(f"{self.env.docname} opens no part; put it before a numbered part in _toc.yml")
        return self.parse_text_to_nodes(part_lines(part, root))


class Syllabus(SphinxDirective):
    """``{syllabus}``: all chapters as a map with arcs to what they need, and the same as a list; or only its counts.

    With ``:counts:`` the content is a sentence, in which the names of `counts` in braces are filled in.
    """

    has_content = True
    option_spec: ClassVar = {"counts": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Return the map, or the sentence."""
        root = _depend(self)
        parts = read_syllabus(root)
        if "counts" in self.options:
            return self.parse_text_to_nodes("\n".join(self.content).format(**counts(parts, root)))
        builder = self.env.app.builder
        links = {c.docname: builder.get_relative_uri(self.env.docname, c.docname) for p in parts for c in p.chapters}
        return [nodes.raw("", drawn(parts, links), format="html"), *self.parse_text_to_nodes(listed(parts))]


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("part", PartTable)
    app.add_directive("syllabus", Syllabus)


def part_lines(part: Part, root: Path) -> str:
    """What a part takes and holds, as Markdown."""
    paths = [root / f"{chapter.docname}.md" for chapter in part.chapters]
    times = [page_time(path) for path in paths]
    seconds = sum(measured_seconds(chapter.docname) or 0 for chapter in part.chapters)
    reading, exercises = (in_hours(sum(getattr(t, what) for t in times)) for what in ("reading", "exercises"))
    before = ", ".join(_link(docname) for docname in part.before)
    said = f"{before}. Each chapter says what it needs of these" if before else "nothing"
    rows = [
        f"| {chapter.number} | {_link(chapter.docname)} | {in_fives(t.reading)} | {in_fives(t.exercises)} |"
        for chapter, t in zip(part.chapters, times, strict=True)
    ]
    return "\n".join(
        [
            f"- **How long**: about {reading} of reading and {exercises} of exercises. All cells ran in "
            f"{max(seconds / 60, 1):.0f} min on one CPU thread.",
            f"- **Read before it**: {said}.",
            "",
            "| | Chapter | Reading (min) | Exercises (min) |",
            "|---:|---|---:|---:|",
            *rows,
        ]
    )


def in_hours(minutes: float) -> str:
    """Minutes as whole hours, and at least one."""
    hours = max(round(minutes / 60), 1)
    return f"{hours} hour{'s' if hours > 1 else ''}"


def counts(parts: list[Part], root: Path) -> dict[str, str]:
    """How many parts, chapters, methods and exercises there are, and hours of reading and of exercises."""
    chapters = [chapter for part in parts for chapter in part.chapters]
    times = [page_time(root / f"{chapter.docname}.md") for chapter in chapters]
    return {
        "parts": str(len(parts)),
        "chapters": str(len(chapters)),
        "methods": str(len(list_methods())),
        "exercising": str(len(list_exercises())),
        "reading": in_hours(sum(t.reading for t in times)),
        "exercises": in_hours(sum(t.exercises for t in times)),
    }


def listed(parts: list[Part]) -> str:
    """Every chapter with what it needs, by part, as Markdown."""
    lines: list[str] = []
    for part in parts:
        opening = f"[{part.title}](/{part.opening}.md)" if part.opening else part.title
        lines += ["", f"**{opening}**", ""]
        for chapter in part.chapters:
            needs = ", ".join(_link(need) for need in chapter.needs) or "nothing"
            lines.append(f"{chapter.number}. {_link(chapter.docname)}; needs {needs}")
    return "\n".join(lines)


def drawn(parts: list[Part], links: dict[str, str]) -> str:
    """The map as SVG: chapters in order, and from each an arc up to every chapter that it needs.

    The list below it says the same, so readers of screens and of phones are shown only that.
    """
    places = dict(_places(parts))
    titles = [
        f'<text class="part" x="0" y="{places[part.chapters[0].docname] - _ROW}">{html.escape(part.title)}</text>'
        for part in parts
    ]
    rows = []
    for chapter in (chapter for part in parts for chapter in part.chapters):
        y = places[chapter.docname]
        arcs = "".join(f'<path d="{_arc(y, places[need])}"/>' for need in chapter.needs)
        name = f"{chapter.number}. {chapter.title}"
        rows.append(
            f'<g>{arcs}<a href="{html.escape(links[chapter.docname])}" tabindex="-1">'
            f'<text x="0" y="{y}">{html.escape(name)}</text></a><circle cx="{_STEM}" cy="{y - 4}" r="4"/></g>'
        )
    height = max(places.values()) + _ROW
    return (
        f'<svg class="syllabus-map" viewBox="0 0 {_WIDTH} {height}" aria-hidden="true">'
        f"{''.join(titles)}{''.join(rows)}</svg>"
    )


def _places(parts: list[Part]) -> Iterator[tuple[str, int]]:
    y = 0
    for part in parts:
        y += _GAP + _ROW
        for chapter in part.chapters:
            y += _ROW
            yield chapter.docname, y


def _arc(start: int, end: int) -> str:
    reach = _STEM + 24 + (_WIDTH - _STEM - 24) * min(abs(start - end) / (30 * _ROW), 1) ** 0.7
    return f"M{_STEM},{start - 4} C{reach:.0f},{start - 4} {reach:.0f},{end - 4} {_STEM},{end - 4}"


def _link(docname: str) -> str:
    return f"[](/{docname}.md)"


def _depend(directive: SphinxDirective) -> Path:
    """The book's folder; the page is made again when a chapter or the order of chapters has changed."""
    root = Path(directive.env.srcdir)
    files: Iterable[Path] = [root / "_toc.yml", *(root / f"{name}.md" for name in chapter_numbers(root / "_toc.yml"))]
    for path in files:
        directive.env.note_dependency(str(path))
    return root
