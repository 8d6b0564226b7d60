"""The committed student notebooks are what the chapters make, byte for byte."""

import json

import pytest

from medfuse_course.publishing.notebooks import write_notebooks
from tests.book.conftest import CHAPTERS, NOTEBOOKS

COMMITTED = sorted(NOTEBOOKS.rglob("*.ipynb"))


def test_the_committed_notebooks_are_current():
    assert write_notebooks(CHAPTERS, NOTEBOOKS, check=True) == [], "run: medfuse notebooks"


def test_two_runs_give_the_same_bytes(tmp_path):
    first, second = (write_notebooks(CHAPTERS, tmp_path / run) for run in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_a_committed_notebook_is_valid_clean_and_spoils_nothing(path):
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    text = json.dumps([cell.source for cell in notebook.cells])
    assert "BEGIN SOLUTION" not in text and "```{" not in text
