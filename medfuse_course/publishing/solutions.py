"""Exercises on a page, as a reader meets them: the starter, what its check says of it, and the rest folded.

Hints and solution stand in the chapter, and the page is executed with the solution. What that computed in the exercise,
and what the chapter says of it there, is folded with the solution. Without this extension the hints are admonitions
that open with a click.
"""

import html
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from medfuse_course.exercises import check
from medfuse_course.exercises.cells import checked_name, has_solution, solved, starter
from medfuse_course.exercises.page import read_page


class FoldSolutions(SphinxTransform):
    """Fold every solution and number the hints, after the gated exercises have been put together."""

    default_priority = 400

    def apply(self) -> None:
        """Change the document in place."""
        path = Path(self.env.doc2path(self.env.docname))
        exercises = read_page(path.read_text(encoding="utf8"), self.env.docname).exercises
        numbers = [n for exercise in exercises for n, _ in enumerate(exercise.hints, start=1)]
        hints = list(self.document.findall(nodes.hint))
        if len(hints) != len(numbers):
            raise ValueError(
                f"{self.env.docname}: the page shows {len(hints)} hints, its exercises have {len(numbers)}; "
                "begin each {hint} at the left margin, between exercise-start and exercise-end"
            )
        for number, hint in zip(numbers, hints, strict=True):
            hint["classes"] = []  # docutils would hand them on to the opening tag, and wrap it in a <div>
            hint.replace_self(details(f"Hint {number}", *hint.children, kind="hint"))
        for cell in [cell for cell in self.document.findall(_is_cell) if has_solution(_block(cell).astext())]:
            _fold(cell)


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_transform(FoldSolutions)


def details(summary: str, *content: nodes.Node, kind: str) -> list[nodes.Node]:
    """Return nodes that a reader opens with a click or the keyboard."""
    opening = f'<details class="course-{kind}"><summary>{html.escape(summary)}</summary>'
    return [nodes.raw("", opening, format="html"), *content, nodes.raw("", "</details>", format="html")]


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _block(cell: nodes.container) -> nodes.literal_block:
    return next(cell.findall(nodes.literal_block))


def _fold(cell: nodes.container) -> None:
    """Move what the solution is, made, and has said about it, to the end of the exercise."""
    exercise = cell.parent
    folded: list[nodes.Node] = []
    for node in exercise.children[exercise.index(cell) :]:
        if not _is_cell(node):
            exercise.remove(node)
            folded.append(node)
        elif (answered := _split(node)).children:
            folded.append(answered)
    exercise += details("Solution", *folded, kind="solution")


def _split(cell: nodes.container) -> nodes.container:
    """Leave the reader's side of a cell in its place; return the other: the solution, and what came out."""
    answered, block = cell.copy(), _block(cell)
    source = block.astext()
    if has_solution(source):
        answered += nodes.container("", _code(block, solved(source)), **block.parent.attributes)
        block.replace_self(_code(block, starter(source)))
    for output in [child for child in cell.children if child.get("nb_element") == "cell_code_output"]:
        cell.remove(output)
        answered += output
    if name := checked_name(source):
        cell += _untouched(name)
    return answered


def _untouched(name: str) -> nodes.container:
    """What a check says of the starter."""
    line = nodes.raw("", check(name, None)._repr_html_(), format="html", classes=["output", "text_html"])
    return nodes.container("", line, classes=["cell_output"])


def _code(block: nodes.literal_block, text: str) -> nodes.literal_block:
    made = block.copy()
    made.rawsource = text
    made += nodes.Text(text)
    return made
