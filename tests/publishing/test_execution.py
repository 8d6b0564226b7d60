"""Pages are executed side by side, once, and the book shows what came out; a check that does not pass is a fault."""

import ast
import os

import pytest

from medfuse_course.exercises.cells import solved
from medfuse_course.publishing.build import environment
from medfuse_course.publishing.execution import check_faults, execute_pages, executed_notebook, read_notebook
from medfuse_course.publishing.notebooks import executed_pages, solved_notebook
from tests.book.conftest import code_of
from tests.house import ROOT

PAGES = executed_pages(ROOT / "chapters")
HEADER = (
    "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n"
    "kernelspec:\n  display_name: Python 3\n  name: python3\n---\n# T\n\n```{code-cell} ipython3\n"
)
MEET = """from pathlib import Path
from time import monotonic, sleep

Path("{here}").touch()
end = monotonic() + 60
while not Path("{there}").exists():
    assert monotonic() < end, "the other page does not run"
    sleep(0.05)
```
"""


@pytest.fixture
def book(tmp_path):
    """A function that writes a book of small pages."""

    def write(**pages):
        (tmp_path / "chapters").mkdir()
        (tmp_path / "_config.yml").write_text("execute: {timeout: 90}\n")
        for name, code in pages.items():
            (tmp_path / f"chapters/{name}.md").write_text(HEADER + code)
        return tmp_path

    return write


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core runs one page at a time")
def test_two_pages_run_at_the_same_time_and_once(book):
    root = book(a=MEET.format(here="a", there="b"), b=MEET.format(here="b", there="a"))
    said = sorted(execute_pages(root, root / "_build", environment()))
    assert [line.split(" in ")[0] for line in said] == ["chapters/a.md: executed", "chapters/b.md: executed"]
    assert list(execute_pages(root, root / "_build", environment())) == []


def test_a_page_that_fails_is_left_to_sphinx_and_is_a_fault(book):
    root = book(a="1 / 0\n```\n", b="import os; os.environ['MEDFUSE_CLAIMS']\n```\n")
    said = sorted(execute_pages(root, root / "_build", environment()))
    assert said[0] == "chapters/a.md: stopped by CellExecutionError" and "executed" in said[1]
    assert (
        executed_notebook(root / "chapters/b.md", root / "_build").cells[0].outputs[0].data["text/plain"] == "'strict'"
    )
    assert check_faults(root, root / "_build") == ["chapters/a.md: was not executed"]


def test_a_solution_that_does_not_pass_its_check_is_a_fault(book):
    name = "methods.classical.average.contrast"
    ask = f'from medfuse_course.exercises import check\ncheck("{name}", ANSWER)\n```\n'
    root = book(
        right=ask.replace("ANSWER", "0.4"), wrong=ask.replace("ANSWER", "0.8"), none=ask.replace("ANSWER", "None")
    )
    list(execute_pages(root, root / "_build", environment()))
    faults = check_faults(root, root / "_build")
    assert [fault.split(":")[0] for fault in faults] == ["chapters/none.md", "chapters/wrong.md"]
    assert all(f"expected the solution to pass '{name}'" in fault for fault in faults)


def test_sphinx_takes_what_was_executed_and_executes_nothing_again(trial_book):
    from jupyter_cache import get_cache

    pages = executed_pages(trial_book / "chapters")
    records = get_cache(str(trial_book / "_build/.jupyter_cache")).list_cache_records()
    assert len(pages) == 2 and sorted(record.uri for record in records) == sorted(map(str, pages))
    assert all(executed_notebook(page, trial_book / "_build") is not None for page in pages)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_solved_notebook_is_what_the_book_executes(page):
    """Cell by cell the same text; the markers of a solution, which only the page has, are comments."""
    on_the_page = [cell.source for cell in read_notebook(page).cells if cell.cell_type == "code"]
    cells = ["".join(cell["source"]) for cell in solved_notebook(page)["cells"] if cell["cell_type"] == "code"]
    assert cells[1:] == [solved(source) for source in on_the_page] == [*code_of(page)[1:]]
    assert [ast.dump(ast.parse(source)) for source in cells[1:]] == [ast.dump(ast.parse(s)) for s in on_the_page]
