"""Exercises on a page: the starter is visible, hints and solution are folded, the executed solution's output shows.

The author writes one cell with the solution between its markers; nothing else has to be said on the page.
"""

import html

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from medfuse_course.publishing.exercise_cells import checked_name, has_solution, solved, starter
from medfuse_course.publishing.hints import hints_of


class FoldSolutions(SphinxTransform):
    """Split every solution cell, after the gated exercises have been put together."""

    default_priority = 400

    def apply(self) -> None:
        """Change the document in place."""
        cells = [(cell, block) for cell in self.document.findall(_is_cell) if (block := _source(cell)) is not None]
        shown: set[str] = set()
        for cell, block in list(cells):
            source = block.astext()
            if has_solution(source):
                name = _next_check(block, [b for _, b in cells])
                _fold(block, source, _hints(name))
                shown.add(name)
            elif (name := checked_name(source)) and name not in shown:
                cell.parent.insert(cell.parent.index(cell), _hints(name))
                shown.add(name)


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_transform(FoldSolutions)


def details(summary: str, *content: nodes.Node, kind: str) -> list[nodes.Node]:
    """Return nodes that a reader opens with a click or the keyboard."""
    opening = f'<details class="course-{kind}"><summary>{html.escape(summary)}</summary>'
    return [nodes.raw("", opening, format="html"), *content, nodes.raw("", "</details>", format="html")]


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _source(cell: nodes.container) -> nodes.literal_block | None:
    return next(cell.findall(nodes.literal_block), None)


def _next_check(block: nodes.literal_block, blocks: list[nodes.literal_block]) -> str:
    """Return the name under which a cell's solution is checked: there, or in the next cell that checks anything."""
    following = blocks[next(i for i, other in enumerate(blocks) if other is block) :]
    return next(filter(None, (checked_name(other.astext()) for other in following)), "")


def _fold(block: nodes.literal_block, source: str, hints: list[nodes.Node]) -> None:
    solution = details("Solution", _code(block, solved(source)), kind="solution")
    block.replace_self([_code(block, starter(source)), *hints, *solution])


def _code(block: nodes.literal_block, text: str) -> nodes.literal_block:
    made = block.copy()
    made.rawsource = text
    made += nodes.Text(text)
    return made


def _hints(name: str) -> list[nodes.Node]:
    folded = (
        details(f"Hint {n}", nodes.paragraph("", hint), kind="hint") for n, hint in enumerate(hints_of(name), start=1)
    )
    return [node for nodes_of_one in folded for node in nodes_of_one]
