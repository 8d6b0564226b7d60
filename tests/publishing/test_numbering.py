"""Chapters, exercises, figures and tables have one number: on the page, in prose, in the notebook, in every part."""

import json
import re

import pytest
import yaml

from medfuse_course.exercises.page import read_page
from medfuse_course.publishing.numbering import chapter_numbers, numbered
from tests.house import ROOT
from tests.publishing.conftest import LATER
from tests.publishing.numbers import in_the_notebook, on_the_page


def test_each_kind_is_counted_by_itself_and_labels_get_the_number():
    page = read_page((LATER / "chapters/later/next.md").read_text(encoding="utf8"), "next")
    there = list(numbered(page, 2))
    assert [(one.name, one.label) for one in there] == [
        ("Fig. 2.1", ""),
        ("Table 2.1", "tab-costs"),
        ("Fig. 2.2", "fig-ramp"),
        ("Exercise 2.1", "ex-next"),
    ]
    lines = (LATER / "chapters/later/next.md").read_text(encoding="utf8").splitlines()
    assert [re.sub(r"\W*(\S+)\}.*", r"\1", lines[one.line - 1]) for one in there] == [
        *("code-cell", "table", "code-cell", "exercise-start")
    ]
    assert [one.name for one in numbered(page, None)] == ["Fig. 1", "Table 1", "Fig. 2", "Exercise 1"]


def test_a_figure_without_a_caption_and_a_table_without_a_title_have_no_number():
    cell = "```{code-cell} ipython3\n---\nmystnb:\n  figure:\n    name: a\n---\nx\n```\n"
    assert list(numbered(read_page(cell + "\n```{table}\n:name: b\n\n| a |\n```\n", "page"), 4)) == []


def test_every_part_with_exercises_is_numbered_and_no_other():
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))["parts"]
    numbers = chapter_numbers(ROOT / "_toc.yml")
    for part in parts:
        for docname in (entry["file"] for entry in part["chapters"]):
            exercises = read_page((ROOT / f"{docname}.md").read_text(encoding="utf8"), docname).exercises
            assert (docname in numbers) == bool(exercises), docname
    assert sorted(numbers.values()) == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", ["part/trial", "later/next"])
def test_a_page_and_its_notebook_carry_the_same_numbers(trial_book, name):
    page = on_the_page((trial_book / f"_build/html/chapters/{name}.html").read_text(encoding="utf8"))
    notebook = json.loads((trial_book / f"notebooks/{name}.ipynb").read_text(encoding="utf8"))
    assert page == in_the_notebook(notebook["cells"])
    assert len(page[1]) >= 3 and (page[2] or name == "part/trial")
