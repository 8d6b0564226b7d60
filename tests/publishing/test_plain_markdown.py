"""Directives and roles become Markdown that needs no book around it."""

from pathlib import Path

import pytest

from medfuse_course.publishing.book_index import BookIndex, Place, read_index
from medfuse_course.publishing.plain_markdown import PlainMarkdown
from medfuse_course.publishing.project import Project

PROJECT = Project("p", "1.2", "https://github.com/Owner/name", ("A",), ())
PAGE = "https://owner.github.io/name/chapters/a/b.html"
BOOK = Path(__file__).parent / "fixtures" / "book"


@pytest.fixture
def plain():
    places = {"sec": Place("chapters/a/b", "sec", "A section"), "eq_one": Place("chapters/a/b", "eq_one", "")}
    return PlainMarkdown("chapters/a/b", BookIndex(Path(), places, {"key": "Ray, 1999"}, {"chapters/a/b": 3}), PROJECT)


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("```{note}\nText\n```", "> **Note**\n>\n> Text"),
        (":::{admonition} Take *care*\nText\n:::", "> **Take *care***\n>\n> Text"),
        ("````{note}\nA\n```{tip}\nB\n```\n````", "> **Note**\n>\n> A\n>\n> > **Tip**\n> >\n> > B"),
        ("```{dropdown} Why?\nSo.\n```", "<details><summary>Why?</summary>\n\nSo.\n\n</details>"),
        ("```{hint}\n:class: dropdown\nLook.\n```", "<details><summary>Hint</summary>\n\nLook.\n\n</details>"),
        ("```{math}\n:label: eq_one\nx = 1\n```", "$$\nx = 1\n$$"),
        ("```{exercise-start} Do\n:label: ex\n```\nPlease.\n```{exercise-end}\n```", "### Exercise 3.1: Do\n\nPlease."),
        ("(sec)=\n## Here\n% unseen", "## Here"),
        ("```python\n{role}`kept`\n```", "```python\n{role}`kept`\n```"),
        ("`{ref}`kept", "`{ref}`kept"),
        ("{term}`pixel` and {term}`pixels <pixel>`", "pixel and pixels"),
        ("{math}`x^2` or $[a](b)$", "$x^2$ or $[a](b)$"),
        ("{ref}`sec`", f"[A section]({PAGE}#sec)"),
        ("{ref}`there <sec>` [](#sec)", f"[there]({PAGE}#sec) [A section]({PAGE}#sec)"),
        ("{eq}`eq_one`", f"[the equation]({PAGE}#equation-eq-one)"),
        ("{cite}`key`", "([Ray, 1999](https://owner.github.io/name/chapters/atlas/references.html))"),
        ("{cite:t}`key`", "[Ray, 1999](https://owner.github.io/name/chapters/atlas/references.html)"),
        ("[x](../c/d.md#e)", "[x](https://owner.github.io/name/chapters/c/d.html#e)"),
        ("[x](https://e.org){.button}", "[x](https://e.org)"),
        (
            "```{figure} a.png\n:alt: An a\n\nA *caption*.\n```",
            "![An a](https://github.com/Owner/name/raw/v1.2/chapters/a/a.png)\n\nA *caption*.",
        ),
        (
            "```{list-table} T\n:header-rows: 1\n* - a\n  - b\n* - 1\n  - 2\n```",
            "**T**\n\n| a | b |\n| --- | --- |\n| 1 | 2 |",
        ),
        (
            "```{literalinclude} ../../medfuse_course/x.py\n:pyobject: f\n```",
            "Source: [medfuse_course/x.py](https://github.com/Owner/name/blob/v1.2/medfuse_course/x.py) (`f`)",
        ),
        ("```{bibliography}\n```", ""),
    ],
)
def test_translation(plain, source, made):
    assert plain.translate(source) == made


@pytest.mark.parametrize("source", ["```{mermaid}\nx\n```", "{unknown}`x`", "{ref}`nowhere`"])
def test_what_has_no_plain_form_is_an_error_that_names_the_page(plain, source):
    with pytest.raises(ValueError, match="chapters/a/b"):
        plain.translate(source)


def test_the_index_finds_labels_titles_and_citations():
    index = read_index(BOOK / "chapters")
    assert index.places["second"].title == "Second section"
    assert index.places["ex-read"].title == "Exercise 1.2"
    assert index.places["fig-panel"].docname == "chapters/part/trial"
    assert index.citations == {"burt1983laplacian": "Burt and Adelson, 1983"}


def test_chapters_are_numbered_through_all_numbered_parts(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_toc.yml").write_text(
        "root: i\nparts:\n- numbered: 1\n  chapters: [{file: a}]\n- chapters: [{file: b}]\n"
        "- numbered: 1\n  chapters: [{file: c}]\n"
    )
    assert read_index(tmp_path / "chapters").numbers == {"a": 1, "c": 2}
