"""Student notebooks run from top to bottom, unanswered and solved, in the quickest profile."""

import re

import pytest

from medfuse_course.publishing.book_index import read_index
from medfuse_course.publishing.exercise_cells import checked_name
from medfuse_course.publishing.notebooks import notebook_text, solved_notebook
from tests.book.conftest import CHAPTERS, NOTEBOOKS, each_chapter, each_chapter_handed_out, each_chapter_run

ENVIRONMENT = {"MEDFUSE_PROFILE": "smoke", "OMP_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def _run(text, folder, monkeypatch):
    """Execute a notebook away from the checkout; return what each check said, in order."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.reads(text, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
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
    assert said and {name: text for name, text in said.items() if "not attempted" not in text} == {}


@pytest.mark.filterwarnings("ignore")
@each_chapter_run
def test_solved_every_check_passes(page, tmp_path, monkeypatch):
    said = _run(notebook_text(solved_notebook(page)), tmp_path, monkeypatch)
    assert said and {name: text for name, text in said.items() if "passed" not in text} == {}


@each_chapter
def test_every_exercise_of_a_chapter_has_its_check(page):
    exercises = len(re.findall(r"^(?:`{3,}|:{3,})\{exercise-start\}", page.read_text(encoding="utf8"), re.M))
    code = ["".join(cell["source"]) for cell in solved_notebook(page)["cells"] if cell["cell_type"] == "code"]
    assert len({checked_name(source) for source in code} - {""}) == exercises >= 2


def test_every_label_of_the_book_is_defined_once():
    text = "\n".join(path.read_text(encoding="utf8") for path in sorted(CHAPTERS.rglob("*.md")))
    labels = re.findall(r"^\(([\w:.-]+)\)=\s*$", text, re.M)
    assert sorted(labels) == sorted(set(labels)) and set(labels) <= set(read_index(CHAPTERS).places)
