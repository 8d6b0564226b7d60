"""``{model-answer} fig-name``: the question under a figure, taken from its caption, and a folded answer to it."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.exercises.page import CELL, read_page
from medfuse_course.publishing.numbering import caption_of, chapter_numbers, figure_of
from medfuse_course.publishing.solutions import details

PAGE = "chapters/atlas/model_answers"
"""Where answers are written."""

_ANSWER = re.compile(r"^```\{model-answer\} (?P<name>\S+)\n(?P<answer>.*?)^```$", re.M | re.S)


class ModelAnswer(SphinxDirective):
    """``{model-answer}``: the content answers the caption of the figure of this name."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the caption over the folded answer; an error where no caption of this name asks."""
        root = Path(self.env.srcdir)
        self.assert_has_content()
        name = self.arguments[0]
        asked = asking_captions(root)
        if name not in asked:
            raise self.error(f"no caption of a figure called {name!r} ends in a question; see the chapters")
        docname, caption = asked[name]
        self.env.note_dependency(str(root / f"{docname}.md"))
        answer = self.parse_text_to_nodes("\n".join([f"[](#{name}): ", *self.content]))
        return details(caption, *answer, kind="answer")


def asking_captions(root: Path) -> dict[str, tuple[str, str]]:
    """Return the figures whose captions ask something, in the order of the book: name to page and caption."""
    found: dict[str, tuple[str, str]] = {}
    for docname in chapter_numbers(root / "_toc.yml"):
        page = read_page((root / f"{docname}.md").read_text(encoding="utf8"), docname)
        for cell in (block for block in page.blocks if block.kind == CELL and "?" in caption_of(block)):
            found[str(figure_of(cell).get("name", ""))] = docname, caption_of(cell)
    return found


def written_answers(root: Path) -> dict[str, str]:
    """Return figure to answer, without marks of Markdown; empty where no page holds any."""
    page = root / f"{PAGE}.md"
    text = page.read_text(encoding="utf8") if page.is_file() else ""
    return {found["name"]: " ".join(re.sub(r"[*`]", "", found["answer"]).split()) for found in _ANSWER.finditer(text)}


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("model-answer", ModelAnswer)
