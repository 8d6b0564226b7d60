"""Directives and roles become Markdown that needs no book around it."""

from pathlib import Path

import pytest

from medfuse_course.publishing.book_index import BookIndex, Place, read_index
from medfuse_course.publishing.plain_markdown import PlainMarkdown
from medfuse_course.publishing.project import Project

PROJECT = Project("p", "1.2", "https://github.com/Owner/name", ("A",), ())
PAGE = "https://owner.github.io/name/chapters/a/b.html"
ROOT = Path(__file__).parents[2]
BOOK = Path(__file__).parent / "fixtures" / "book"


@pytest.fixture
def plain():
    places = {"sec": Place("chapters/a/b", "sec", "A section"), "eq_one": Place("chapters/a/b", "eq_one", "")}
    names = {("chapters/a/b", 7): "Table 3.2"}
    index = BookIndex(Path(), places, {"key": "Ray, 1999"}, {"chapters/a/b": 3}, names)
    return PlainMarkdown("chapters/a/b", index, PROJECT)


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("```{note}\nText\n```", "> **Note**\n>\n> Text"),
        (":::{admonition} Take *care*\n:class: x\n\nText\n:::", "> **Take *care***\n>\n> Text"),
        ("````{note}\nA\n```{tip}\nB\n```\n````", "> **Note**\n>\n> A\n>\n> > **Tip**\n> >\n> > B"),
        (
            "```{admonition} Why?\n:class: dropdown\n\nSo.\n```",
            "<details><summary>Why?</summary>\n\nSo.\n\n</details>",
        ),
        ("- item\n\n  ```{note}\n  Text\n  ```", "- item\n\n  > **Note**\n  >\n  > Text"),
        ("```{table} Costs\n:name: t\n\n| a |\n| --- |\n```", "**Costs**\n\n| a |\n| --- |"),
        (
            "Try:\n\n```{gan-lab}\n```",
            "Try:\n\nThe book's page has a trainer here that runs in the browser, without Python: "
            f"[train a GAN in the page]({PAGE}#gan-lab).",
        ),
        ("(sec)=\n## Here\n% unseen\n\n+++\n\nText", "## Here\n\nText"),
        ("```python\n{role}`kept`\n```", "```python\n{role}`kept`\n```"),
        ("`{ref}`kept", "`{ref}`kept"),
        ("{term}`pixel` and {term}`pixels <pixel>`", "pixel and pixels"),
        (
            "- a {term}`long\n  word <x>`, then\n  {term}`y`\n\n> {term}`z`\n> on",
            "- a long\n  word, then\n  y\n\n> z\n> on",
        ),
        ("| {term}`a` | b |\n| --- | --- |\n| {term}`c` | `{d}` |", "| a | b |\n| --- | --- |\n| c | `{d}` |"),
        ("$[a](b)$ and\n\n$$\n[a](b) {term}`c`\n$$", "$[a](b)$ and\n\n$$\n[a](b) {term}`c`\n$$"),
        ("**{ref}`sec`**", f"**[A section]({PAGE}#sec)**"),
        ("{numref}`sec`", f"[A section]({PAGE}#sec)"),
        ("{ref}`there <sec>` [](#sec)", f"[there]({PAGE}#sec) [A section]({PAGE}#sec)"),
        ("[there](sec)", f"[there]({PAGE}#sec)"),
        ("{cite:p}`key`", "([Ray, 1999](https://owner.github.io/name/chapters/atlas/references.html))"),
        ("{cite:t}`key`", "[Ray, 1999](https://owner.github.io/name/chapters/atlas/references.html)"),
        ("[a {term}`x`](../c/d.md#e)", "[a x](https://owner.github.io/name/chapters/c/d.html#e)"),
        ("[x](https://e.org) <https://e.org>", "[x](https://e.org) <https://e.org>"),
        ("![An *a*](a.png)", "![An *a*](https://github.com/Owner/name/raw/v1.2/chapters/a/a.png)"),
        ("A  \nhard \\* break", "A  \nhard \\* break"),
    ],
)
def test_translation(plain, source, made):
    assert plain.translate(source) == made


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("\n```{mermaid}\nx\n```", "chapters/a/b:8: directive '{mermaid}'"),
        ("Text\n- and\n  {unknown}`x`", "chapters/a/b:9: role 'unknown'"),
        ("{ref}`nowhere`", "chapters/a/b:7: reference to 'nowhere'"),
        ("[x](nowhere)", "chapters/a/b:7: reference to 'nowhere'"),
        ("```{note}\n:class: x\n\nA\n{eq}`y`\n```", "chapters/a/b:11: role 'eq'"),
        ("[x][y]\n\n[y]: z.md", "chapters/a/b:7: link '[x][y]'"),
    ],
)
def test_what_has_no_plain_form_is_an_error_that_names_page_and_line(plain, source, said):
    with pytest.raises(ValueError) as told:
        plain.translate(source, 7)
    assert said in str(told.value)


def test_a_table_has_the_number_of_its_line(plain):
    assert plain.translate("Text\n\n```{table} Costs\n| a |\n```", 5) == "Text\n\n**Table 3.2: Costs**\n\n| a |"


def test_the_index_finds_labels_titles_and_citations():
    index = read_index(BOOK / "chapters")
    assert index.places["second"].title == "Second section"
    assert index.places["ex-read"].title == "Exercise 1.2"
    assert index.places["fig-panel"].docname == "chapters/part/trial"
    assert index.citations == {"burt1983laplacian": "Burt and Adelson, 1983"}


def test_accents_of_latex_become_letters(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_toc.yml").write_text("root: i\nparts: []\n")
    entry = '@article{key,\n  author = {Kr{\\"a}henb{\\"u}hl, P. and Cand{\\`e}s, E. J.},\n  year = {2011},\n}\n'
    (tmp_path / "chapters" / "r.bib").write_text(entry)
    assert read_index(tmp_path / "chapters").citations == {"key": "Krähenbühl and Candès, 2011"}


def test_no_citation_of_the_book_shows_latex():
    shown = read_index(ROOT / "chapters").citations
    assert shown and not [short for short in shown.values() if set(short) & set("\\{}")]


def test_chapters_are_numbered_through_all_numbered_parts(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_toc.yml").write_text(
        "root: i\nparts:\n- numbered: 1\n  chapters: [{file: a}]\n- chapters: [{file: b}]\n"
        "- numbered: 1\n  chapters: [{file: c}]\n"
    )
    assert read_index(tmp_path / "chapters").numbers == {"a": 1, "c": 2}


def test_minutes_are_those_of_the_page():
    plain = PlainMarkdown("chapters/part/trial", read_index(BOOK / "chapters"), PROJECT)
    assert plain.translate("{minutes}`exercises` minutes") == "20 minutes"
    with pytest.raises(ValueError, match=r"trial: expected 'reading' or 'exercises' .* got 'all'"):
        plain.translate("{minutes}`all`")
