"""``{path}``: a way through the course for a class, with its minutes; one that does not fit is an error.

A path is written on the instructors' page, one chapter a line, by its label: ``pyramids`` is the whole page in class,
``pyramids, lesson 1`` what its first lesson holds, ``pyramids, exercises`` a page that was read at home. Its slides are
made by `slides` and have its name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.publishing.reading_time import LESSON, Section, in_fives, lessons, sections
from medfuse_course.publishing.syllabus import labels_of, read_syllabus

PAGE = "chapters/atlas/instructors"
"""Where paths are written."""
DECKS = "slides"
"""Folder of their slides in the built book."""

_PATH = re.compile(
    r"^```\{path\} (?P<name>\w+)\n:title: (?P<title>[^\n]+)\n:minutes: (?P<minutes>\d+)\n(?P<steps>.*?)^```$",
    re.M | re.S,
)


@dataclass(frozen=True)
class Step:
    """A chapter of a path.

    Attributes
    ----------
    docname
        The page.
    how
        ``"lesson 1"`` or ``"lesson 2"``, ``"exercises"``, or ``""`` for all of it in class.
    sections
        What of the page it holds.
    """

    docname: str
    how: str
    sections: tuple[Section, ...]

    @property
    def in_class(self) -> float:
        """Minutes in the classroom."""
        return sum(one.exercises + (0 if self.how == "exercises" else one.reading) for one in self.sections)

    @property
    def at_home(self) -> float:
        """Minutes of reading before it."""
        return sum(one.reading for one in self.sections) if self.how == "exercises" else 0


@dataclass(frozen=True)
class TeachingPath:
    """A way through the course: its name, what it is called, minutes in class, and its chapters."""

    name: str
    title: str
    minutes: int
    steps: tuple[Step, ...]


class PathTable(SphinxDirective):
    """``{path}``: a table of the chapters of a path, its minutes, and a button that opens its slides."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"title": directives.unchanged_required, "minutes": directives.nonnegative_int}

    def run(self) -> list[nodes.Node]:
        """Return them; an error where the path does not fit."""
        root = Path(self.env.srcdir)
        path = next(path for path in read_paths(root) if path.name == self.arguments[0])
        for step in path.steps:
            self.env.note_dependency(str(root / f"{step.docname}.md"))
        if faults := path_faults(path, root):
            raise self.error("; ".join(faults))
        depth = "../" * self.env.docname.count("/")
        button = f'<p><a class="button" href="{depth}{DECKS}/{path.name}.html">Slides: {path.title}</a></p>'
        return [*self.parse_text_to_nodes(path_table(path)), nodes.raw("", button, format="html")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("path", PathTable)


def read_paths(root: Path) -> Iterator[TeachingPath]:
    """Read the paths of the instructors' page; none where there is no such page.

    Yields
    ------
    The paths, in their order.

    Raises
    ------
    ValueError
        A step names no chapter or no part of one.
    """
    page = root / f"{PAGE}.md"
    text = page.read_text(encoding="utf8") if page.is_file() else ""
    labels = labels_of(root) if text else {}
    for found in _PATH.finditer(text):
        steps = tuple(_step(line, labels, root) for line in found["steps"].splitlines() if line.strip())
        yield TeachingPath(found["name"], found["title"], int(found["minutes"]), steps)


def path_faults(path: TeachingPath, root: Path) -> list[str]:
    """Say where a path takes longer than it has, or comes to a chapter before what that needs."""
    total = sum(step.in_class for step in path.steps)
    faults = [f"{path.name}: {total:.0f} minutes do not fit in {path.minutes}"] if total > path.minutes else []
    needs = {chapter.docname: chapter.needs for part in read_syllabus(root) for chapter in part.chapters}
    taught: set[str] = set()
    for step in path.steps:
        faults += [f"{path.name}: {step.docname} needs {need}" for need in needs[step.docname] if need not in taught]
        if step.how and step.in_class > LESSON:
            faults.append(f"{path.name}: {step.docname}, {step.how}: {step.in_class:.0f} minutes are no lesson")
        taught.add(step.docname)
    return faults


def path_table(path: TeachingPath) -> str:
    """The chapters of a path with their minutes, and their sums, as Markdown."""
    home = in_fives(sum(step.at_home for step in path.steps))
    said = f", and {home} of reading at home" if home else ""
    rows = [
        f"| {number} | [](/{step.docname}.md){f', {step.how}' if step.how else ''} | {in_fives(step.in_class)} |"
        + (f" {in_fives(step.at_home)} |" if home else "")
        for number, step in enumerate(path.steps, start=1)
    ]
    total = in_fives(sum(step.in_class for step in path.steps))
    return "\n".join(
        [
            f"{total} of {path.minutes} minutes in class{said}.",
            "",
            "| | Chapter | In class (min) |" + (" At home (min) |" if home else ""),
            "|---:|---|---:|" + ("---:|" if home else ""),
            *rows,
        ]
    )


def _step(line: str, labels: dict[str, str], root: Path) -> Step:
    label, _, how = (part.strip() for part in line.partition(","))
    if label not in labels:
        raise ValueError(f"{PAGE}: expected the label of a chapter in a path, got {label!r}")
    page = root / f"{labels[label]}.md"
    if how in ("", "exercises"):
        return Step(labels[label], how, tuple(sections(page)))
    cut = {f"lesson {number}": lesson for number, lesson in enumerate(lessons(page), start=1)}
    if how not in cut:
        raise ValueError(f"{PAGE}: expected exercises or one of {', '.join(cut)} after {label!r}, got {how!r}")
    return Step(labels[label], how, tuple(cut[how]))
