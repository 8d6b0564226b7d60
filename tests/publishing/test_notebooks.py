"""Student notebooks: repeatable, clean, without solutions, and valid."""

import ast
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from medfuse_course.exercises.page import read_page
from medfuse_course.publishing.notebooks import install_cell, notebook_text, solved_notebook, write_notebooks
from medfuse_course.publishing.project import project
from tests.house import ROOT

BOOK = Path(__file__).parent / "fixtures" / "book"


@pytest.fixture
def chapters(tmp_path):
    shutil.copytree(BOOK, tmp_path / "book")
    return tmp_path / "book" / "chapters"


@pytest.fixture
def trial(chapters, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    (path,) = write_notebooks(chapters, tmp_path / "notebooks")
    return nbformat.read(path, as_version=4)


def _text(notebook, kind):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == kind)


def test_only_pages_with_cells_become_notebooks_and_parts_are_kept(chapters, tmp_path):
    assert write_notebooks(chapters, tmp_path / "out") == [tmp_path / "out" / "part" / "trial.ipynb"]


def test_two_runs_give_the_same_bytes(chapters, tmp_path):
    (first,) = write_notebooks(chapters, tmp_path / "one")
    (second,) = write_notebooks(chapters, tmp_path / "two")
    assert first.read_bytes() == second.read_bytes()
    assert b"\r" not in first.read_bytes()


def test_an_inserted_paragraph_leaves_the_other_cells_ids_alone(chapters, tmp_path):
    def ids():
        return [cell["id"] for cell in solved_notebook(chapters / "part" / "trial.md")["cells"]]

    before = ids()
    page = chapters / "part" / "trial.md"
    page.write_text(page.read_text().replace("## Second section\n", "## Second section\n\nMore words.\n"))
    assert len(set(before) - set(ids())) == 1


@pytest.mark.parametrize(("tag", "folded"), [("hide-input", False), ("hide-cell", True), ("remove-input", True)])
def test_what_a_page_folds_to_save_room_is_open_in_the_notebook(chapters, tag, folded):
    page = chapters / "part" / "trial.md"
    page.write_text(f"{page.read_text()}\n```{{code-cell}} ipython3\n---\ntags: [{tag}]\n---\n40 + 2\n```\n")
    cell = next(cell for cell in solved_notebook(page)["cells"] if cell["source"] == ["40 + 2"])
    assert ("jupyter" in cell["metadata"]) == folded


def test_the_notebook_is_valid_and_has_no_outputs(trial):
    import nbformat

    nbformat.validate(trial)
    assert all(not cell.get("outputs") for cell in trial.cells)
    assert len({cell.id for cell in trial.cells}) == len(trial.cells)


def test_no_solution_is_left_and_every_starter_stands(trial):
    code = _text(trial, "code")
    assert "SOLUTION" not in code and "np.where" not in code
    assert 'raise NotImplementedError("your code here")' in code
    assert "answer = None" in code


def test_the_solved_notebook_keeps_the_solutions(chapters):
    code = notebook_text(solved_notebook(chapters / "part" / "trial.md"))
    assert "return np.where(" in code and 'NotImplementedError(\\"your' not in code and "SOLUTION" not in code


def test_no_directive_role_or_label_is_left(trial):
    words = _text(trial, "markdown")
    assert "```{" not in words and ":::" not in words and ")=" not in words
    assert "{cite" not in words and "{ref" not in words and "{term" not in words


def test_the_title_comes_first_and_leads_to_the_published_page(trial):
    assert trial.cells[0].source.startswith("# 1. A trial chapter\n")
    assert project().page("chapters/part/trial") in trial.cells[0].source
    assert _text(trial, "markdown").count("A trial chapter\n") == 1


@pytest.mark.parametrize("gpu", [True, False])
def test_a_gpu_is_asked_for_only_where_the_page_says_so(chapters, gpu):
    page = chapters / "part" / "trial.md"
    page.write_text(page.read_text().replace("gpu: true\n", "gpu: true\n" if gpu else ""))
    assert (solved_notebook(page)["metadata"].get("accelerator") == "GPU") is gpu


def test_check_names_what_differs_and_changes_nothing(chapters, tmp_path):
    out = tmp_path / "notebooks"
    (path,) = write_notebooks(chapters, out)
    assert write_notebooks(chapters, out, check=True) == []
    path.write_text("{}")
    orphan = out / "gone.ipynb"
    orphan.write_text("{}")
    assert write_notebooks(chapters, out, check=True) == [path, orphan]
    assert path.read_text() == "{}" and orphan.is_file()
    write_notebooks(chapters, out)
    assert write_notebooks(chapters, out, check=True) == [] and not orphan.exists()


def test_hints_stand_folded_before_the_starter_and_are_what_hint_says(trial):
    where = next(k for k, cell in enumerate(trial.cells) if "Hint 1" in cell.source)
    hints = read_page((BOOK / "chapters/part/trial.md").read_text(), "trial").exercises[0].hints
    assert re.findall(r"<details><summary>Hint \d</summary>\n\n(.*)\n\n</details>", trial.cells[where].source) == [
        *hints
    ]
    assert "NotImplementedError" in trial.cells[where + 1].source


def test_what_explains_the_solution_is_folded(trial):
    folded = "<details><summary>Explanation</summary>\n\nA tie goes to the first image.\n\n</details>"
    assert [cell.source for cell in trial.cells if "A tie goes" in cell.source] == [folded]


def test_an_unknown_directive_stops_the_generator(chapters, tmp_path):
    page = chapters / "part" / "trial.md"
    page.write_text(page.read_text() + "\n```{mermaid}\ngraph\n```\n")
    with pytest.raises(ValueError, match="mermaid"):
        write_notebooks(chapters, tmp_path / "out")


def test_the_install_cell_installs_only_on_colab_and_never_numpy_or_torch(monkeypatch):
    cell = install_cell(project())
    ast.parse(cell)
    assert f"git+{project().repository}@{project().tag}" in cell and "--no-deps" in cell
    listed = ast.literal_eval(cell[cell.index("packages = ") + 11 : cell.index("}\n") + 1])
    assert not {"numpy", "torch"} & set(listed)
    assert listed["scikit-image"] == "skimage"
    monkeypatch.setattr("subprocess.run", lambda *a, **k: pytest.fail("installed something outside Colab"))
    exec(cell.split("from medfuse_course")[0], {})


def test_a_page_that_trains_asks_for_what_training_needs():
    listed = set(ast.literal_eval(re.search(r"packages = (\{.*?\})", install_cell(project(), learning=True), re.S)[1]))
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]["optional-dependencies"]
    needed = {re.split(r"[<>=]", need)[0] for need in extra["torch"]} - {"torch"}
    assert needed <= listed
    assert not needed & set(re.findall(r'"([\w-]+)":', install_cell(project())))
    trains = {path for path in (ROOT / "notebooks").rglob("*.ipynb") if "accelerate" in path.read_text(encoding="utf8")}
    assert {path.parent.name for path in trains} == {"atlas", "challenges", "cnn", "extractors", "gan", "transformers"}


def test_on_colab_the_course_is_installed_without_its_dependencies(monkeypatch):
    import importlib.util
    import subprocess
    import sys

    calls = []
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    monkeypatch.setattr(subprocess, "run", lambda command, check: calls.append(command))
    absent = {"medfuse_course", "pywt"}
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in absent else found(name))
    exec(install_cell(project()).split("from medfuse_course")[0], {})
    assert len(calls) == 2
    assert "PyWavelets" in calls[0] and not any("torch" in word or word == "numpy" for word in calls[0])
    assert calls[1][-2:] == ["--no-deps", f"git+{project().repository}@{project().tag}"]
