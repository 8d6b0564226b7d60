"""What pages say of their time: ``{minutes}`` on the card of a chapter, ``{lessons}`` for who teaches."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from medfuse_course.publishing.numbering import chapter_numbers
from medfuse_course.publishing.reading_time import in_fives, lessons, page_time, stated


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
        chapters = [root / f"{docname}.md" for docname in chapter_numbers(root / "_toc.yml")]
        for path in chapters:
            self.env.note_dependency(str(path))
        return self.parse_text_to_nodes(lesson_table(chapters, root))


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


def setup(app: Sphinx) -> None:
    """Register role and directive."""
    app.add_role("minutes", Minutes())
    app.add_directive("lessons", Lessons)
