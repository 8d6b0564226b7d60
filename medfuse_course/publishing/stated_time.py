"""What pages say of their time: ``{minutes}`` on a card, ``{lessons}`` and ``{section-times}`` for who teaches."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from medfuse_course.publishing.numbering import chapter_numbers
from medfuse_course.publishing.reading_time import in_fives, lessons, page_time, sections, stated
from medfuse_course.publishing.solutions import details
from medfuse_course.publishing.syllabus import title_of


class Minutes(SphinxRole):
    """``{minutes}`reading``` and ``{minutes}`exercises```: of the page where it stands."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the number."""
        return [nodes.Text(stated(Path(self.env.doc2path(self.env.docname)), self.text))], []


class Lessons(SphinxDirective):
    """``{lessons}``: minutes of every chapter, and how far one lesson goes."""

    def run(self) -> list[nodes.Node]:
        """Return the table; it follows every chapter."""
        root = Path(self.env.srcdir)
        return self.parse_text_to_nodes(lesson_table(_chapters(self, root), root))


class SectionTimes(SphinxDirective):
    """``{section-times}``: minutes of every section, a folded table for each chapter."""

    def run(self) -> list[nodes.Node]:
        """Return the tables; they follow every chapter."""
        root = Path(self.env.srcdir)
        made: list[nodes.Node] = []
        for path in _chapters(self, root):
            made += details(title_of(path), *self.parse_text_to_nodes(section_table(path)), kind="answer")
        return made


def _chapters(directive: SphinxDirective, root: Path) -> list[Path]:
    """All chapters; the page is made again when one of them has changed."""
    chapters = [root / f"{docname}.md" for docname in chapter_numbers(root / "_toc.yml")]
    for path in chapters:
        directive.env.note_dependency(str(path))
    return chapters


def lesson_table(chapters: list[Path], root: Path) -> str:
    """Reading, exercises and lessons of chapters below ``root``, as a table in Markdown."""
    rows = []
    for path in chapters:
        whole, cut = page_time(path), lessons(path)
        reach = f"before *{cut[1][0].title}*" if len(cut) > 1 else "the whole chapter"
        link = f"[](/{path.relative_to(root).as_posix()})"
        rows.append(f"| {link} | {in_fives(whole.reading)} | {in_fives(whole.exercises)} | {reach} | {len(cut)} |")
    return "\n".join(
        ["| Chapter | Reading | Exercises | The first lesson ends | Lessons |", "|---|---|---|---|---|", *rows]
    )


def section_table(path: Path) -> str:
    """Reading and exercises of each section of a chapter, in whole minutes, as Markdown."""
    rows = [
        f"| {section.title or '(before the first heading)'} | {section.reading:.0f} | {section.exercises:.0f} |"
        for section in sections(path)
    ]
    return "\n".join(["| Section | Reading | Exercises |", "|---|---:|---:|", *rows])


def setup(app: Sphinx) -> None:
    """Register role and directive."""
    app.add_role("minutes", Minutes())
    app.add_directive("lessons", Lessons)
    app.add_directive("section-times", SectionTimes)
