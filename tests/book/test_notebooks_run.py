"""Student notebooks run from top to bottom, unanswered and solved, in the quickest profile.

`make book` executes the cells of solved notebooks, which tests/publishing/test_execution.py proves the same, and
fails if a check does not pass. So here they run once a week, with the packages that Colab has then.
"""

import re

import pytest

from medfuse_course.exercises import check
from medfuse_course.exercises.cells import checked_name
from medfuse_course.exercises.page import read_page
from medfuse_course.publishing.book_index import read_index
from medfuse_course.publishing.notebooks import notebook_text, solved_notebook
from tests.book.conftest import CHAPTERS, NOTEBOOKS, code_of, each_chapter, each_chapter_handed_out, each_chapter_run
from tests.kernels import run_notebook

ENVIRONMENT = {"MEDFUSE_PROFILE": "smoke", "OMP_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def _run(text, folder, monkeypatch):
    """Execute a notebook away from the checkout; return what each check said, in order."""
    nbformat = pytest.importorskip("nbformat")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.reads(text, as_version=4)
    run_notebook(notebook, folder)
    return {
        checked_name(cell.source): " ".join(_shown(output) for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code" and checked_name(cell.source)
    }


def _shown(output):
    return output.get("text", "") + output.get("data", {}).get("text/plain", "")


@pytest.mark.filterwarnings("ignore")
@each_chapter_handed_out
def test_unanswered_every_check_says_not_attempted(page, tmp_path, monkeypatch):
    path = NOTEBOOKS / page.relative_to(CHAPTERS).with_suffix(".ipynb")
    said = _run(path.read_text(encoding="utf8"), tmp_path, monkeypatch)
    assert list(said) == [one.name for one in read_page(page.read_text(encoding="utf8"), page.name).exercises]
    assert said == {name: check(name, None).text for name in said}  # what the book shows before it is solved


@pytest.mark.weekly
@pytest.mark.filterwarnings("ignore")
@each_chapter_run
def test_solved_every_check_passes(page, tmp_path, monkeypatch):
    said = _run(notebook_text(solved_notebook(page)), tmp_path, monkeypatch)
    assert list(said) == [one.name for one in read_page(page.read_text(encoding="utf8"), page.name).exercises]
    assert {name: text for name, text in said.items() if "passed" not in text} == {}


@each_chapter
def test_every_exercise_of_a_chapter_has_its_check(page):
    exercises = read_page(page.read_text(encoding="utf8"), page.name).exercises
    assert [name for source in code_of(page) if (name := checked_name(source))] == [one.name for one in exercises]


def test_every_label_of_the_book_is_defined_once():
    text = "\n".join(path.read_text(encoding="utf8") for path in sorted(CHAPTERS.rglob("*.md")))
    labels = re.findall(r"^\(([\w:.-]+)\)=\s*$", text, re.M)
    assert sorted(labels) == sorted(set(labels)) and set(labels) <= set(read_index(CHAPTERS).places)
