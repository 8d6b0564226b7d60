"""The book folds the hints that the page's exercises have, no more and no fewer, and all that gives an answer away."""

from types import SimpleNamespace

import pytest

pytest.importorskip("sphinx")

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser
from docutils.utils import new_document

from medfuse_course.exercises import check, list_exercises
from medfuse_course.publishing.solutions import FoldSolutions

EXERCISE = """```{exercise-start} T
:label: ex-t
```

```{hint}
One.
```

```{hint}
Two.
```

```{code-cell}
# BEGIN SOLUTION
x = 1
# END SOLUTION
check("a.b", x)
```

```{exercise-end}
```
"""
STARTER, SOLUTION = "# BEGIN SOLUTION\nx = 1\n# END SOLUTION", "x = 1"
ONE_OF_EACH_KIND = [exercise.name for exercise in {one.kind: one for one in list_exercises()}.values()]


def _document(tmp_path, text):
    page = tmp_path / "page.md"
    page.write_text(text)
    document = new_document("page", get_default_settings(Parser))
    document.settings.env = SimpleNamespace(docname="page", doc2path=lambda _: str(page))
    return document


def _folded(tmp_path, hints):
    document = _document(tmp_path, EXERCISE)
    document += [nodes.hint("", nodes.paragraph("", text)) for text in hints]
    FoldSolutions(document).apply()
    return "".join(node.astext() for node in document.children)


def _cell(source, output=""):
    code = nodes.container("", nodes.literal_block(source, source), nb_element="cell_code_source")
    cell = nodes.container("", code, nb_element="cell_code", classes=["cell"])
    if output:
        cell += nodes.container("", nodes.literal_block(output, output), nb_element="cell_code_output")
    return cell


def _before_and_behind_the_click(tmp_path, *children):
    """What stands in the exercise, and what in its folded solution."""
    document = _document(tmp_path, "")
    document += nodes.section("", *children)
    document += nodes.paragraph("", "After.")
    FoldSolutions(document).apply()
    exercise, after = document.children
    assert after.astext() == "After."
    texts = [node.astext() for node in exercise.children]
    where = texts.index('<details class="course-solution"><summary>Solution</summary>')
    assert texts[-1] == "</details>"
    return exercise.children[:where], exercise.children[where + 1 : -1]


def test_hints_are_numbered_and_folded(tmp_path):
    opening = '<details class="course-hint"><summary>Hint {}</summary>'
    wanted = [f"{opening.format(n)}{text}</details>" for n, text in ((1, "One."), (2, "Two."))]
    assert _folded(tmp_path, ["One.", "Two."]) == "".join(wanted)


def test_a_hint_that_only_the_book_sees_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="page: the page shows 3 hints, its exercises have 2"):
        _folded(tmp_path, ["One.", "Two.", "A third, inside of a note."])


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_a_check_shows_what_it_says_of_the_starter_until_the_solution_is_opened(tmp_path, name):
    asks = _cell(f'check("{name}", x)', "T: passed.")
    (starter, asked), (solution, said) = _before_and_behind_the_click(tmp_path, _cell(STARTER), asks)
    assert starter.astext() == "x = None" and solution.astext() == SOLUTION
    source, line = asked.children
    assert source.astext() == f'check("{name}", x)' and said.astext() == "T: passed."
    assert line.astext() == check(name, None)._repr_html_() and "not attempted yet" in line.astext()


def test_a_cell_that_solves_and_checks_is_split_as_well(tmp_path):
    name = ONE_OF_EACH_KIND[0]
    one = _cell(f'{STARTER}\ncheck("{name}", x)', "T: passed.")
    (asked,), (said,) = _before_and_behind_the_click(tmp_path, one)
    assert [part.astext() for part in asked.children] == [
        f'x = None\ncheck("{name}", x)',
        check(name, None)._repr_html_(),
    ]
    assert [part.astext() for part in said.children] == [f'x = 1\ncheck("{name}", x)', "T: passed."]


def test_what_the_solution_made_and_has_said_about_it_is_folded_and_what_came_before_is_not(tmp_path):
    given = [nodes.paragraph("", "Look."), _cell("show()", "The figure that is asked about.")]
    later = [_cell("draw(x)", "A figure of the answer."), nodes.paragraph("", "It is 1."), _cell("y = 2")]
    seen, folded = _before_and_behind_the_click(tmp_path, *given, _cell(STARTER, "1"), *later)
    assert [node.astext() for node in seen] == [
        "Look.",
        "show()\n\nThe figure that is asked about.",
        "x = None",
        "draw(x)",
        "y = 2",
    ]
    assert [node.astext() for node in folded] == ["x = 1\n\n1", "A figure of the answer.", "It is 1."]
