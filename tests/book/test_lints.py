"""What chapters promise: small functions, one definition each, stated objectives, words for every picture."""

import ast
import re
from collections import defaultdict

import pytest

from medfuse_course.exercises.page import read_page
from medfuse_course.publishing.lint import source_faults
from medfuse_course.publishing.reading_time import LESSON, lessons, page_time, sections
from tests.book.conftest import CHAPTERS, NAMES, PAGES, code_of, each_chapter

LONGEST = 25
SITTING = 75
"""Most minutes of reading, with the code."""
EVERY_PAGE = sorted(CHAPTERS.rglob("*.md"))


def _trees(page):
    return [ast.parse(source) for source in code_of(page)]


def test_there_are_chapters():
    assert PAGES


@each_chapter
def test_no_function_in_a_chapter_is_long(page):
    nodes = [node for tree in _trees(page) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in nodes}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_no_function_or_class_is_defined_in_two_chapters():
    homes = defaultdict(set)
    for name, page in zip(NAMES, PAGES, strict=True):
        for node in (node for tree in _trees(page) for node in tree.body):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                homes[node.name].add(name)
    assert {thing: sorted(names) for thing, names in homes.items() if len(names) > 1} == {}


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda path: path.stem)
def test_a_page_with_cells_has_its_jupytext_header(page):
    assert source_faults(page.read_text(encoding="utf8")) == []


@each_chapter
def test_a_chapter_states_objectives_time_and_needs(page):
    text = page.read_text(encoding="utf8")
    card = re.search(r"^```\{admonition\}[^\n]*\n:class: chapter-card\n(.*?)^```$", text, re.M | re.S)
    assert card, "begin the chapter with an admonition of class chapter-card"
    counted = ["**Time**: {minutes}`reading` minutes"]
    if read_page(text, page.stem).exercises:
        counted.append("{minutes}`exercises` more")
    assert [word for word in ("**You will be able to**", *counted, "**Needs**") if word not in card[1]] == []


@each_chapter
def test_a_chapter_is_read_in_one_sitting(page):
    by_section = {section.title: round(section.reading) for section in sections(page)}
    assert page_time(page).reading <= SITTING, f"shorten the page or cut it in two; minutes: {by_section}"


@each_chapter
def test_a_chapter_takes_two_lessons_or_one_after_reading_it(page):
    assert len(lessons(page)) <= 2 and page_time(page).exercises <= LESSON


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda path: path.stem)
def test_every_picture_of_a_page_has_words(page):
    text = page.read_text(encoding="utf8")
    bare = re.findall(r"!\[\s{0,7}\]\([^)]*\)", text)
    figures = re.findall(r"^(?:`{3,}|:{3,})\{(?:figure|image)\}.*?^(?:`{3,}|:{3,})$", text, re.M | re.S)
    assert bare == [] and [figure for figure in figures if not re.search(r"^:alt: .{8,}", figure, re.M)] == []


@each_chapter
def test_chapters_call_no_shell_and_ask_no_environment(page):
    code = "\n".join(code_of(page)[1:])
    assert not re.search(r"^[!%]|os\.environ|MEDFUSE_|\bCI\b", code, re.M)


@each_chapter
def test_a_chapter_claims_and_does_not_assert(page):
    code = "\n".join(code_of(page))
    assert re.findall(r"^\s*assert\b.*", code, re.M) == [], 'say claim("a plain sentence", condition)'


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda path: path.stem)
def test_no_link_means_a_label_and_a_page_at_once(page):
    links = re.findall(r"\]\(#?([\w-]+)\)", page.read_text(encoding="utf8"))
    both = [link for link in links if (page.parent / f"{link}.md").is_file()]
    assert both == [], "the book's build refuses it: write {ref}`words <label>` or [words](page.md)"
