"""The syllabus agrees with the pages: what cards ask for exists and comes earlier, and every chapter is on the map."""

import re
import xml.etree.ElementTree as ET

import pytest

from medfuse_course.exercises import list_exercises
from medfuse_course.methods import list_methods
from medfuse_course.publishing.measured_time import measured_seconds
from medfuse_course.publishing.reading_time import page_time
from medfuse_course.publishing.syllabus import read_syllabus, title_of
from medfuse_course.publishing.syllabus_views import counts, drawn, in_hours, listed, part_lines
from tests.book.conftest import NAMES
from tests.house import ROOT

UNNUMBERED = ("how_do_i", "other_networks")
"""Pages of the atlas that run and are no chapters."""

TOC = """root: chapters/index
parts:
  - caption: One
    chapters:
      - file: chapters/one/index
  - numbered: 1
    chapters:
      - file: chapters/one/first
      - file: chapters/one/second
  - caption: Two
    numbered: 1
    chapters:
      - file: chapters/two/third
"""
NEEDS = {
    "one/first": "nothing; one CPU thread.",
    "one/second": "[the first](#first); [no need](third).",
    "two/third": "{ref}`a section <inside>` and\n  [the second](../one/second.md), and [the first](first); a GPU.",
}


@pytest.fixture
def book(tmp_path):
    def write(**needs):
        (tmp_path / "_toc.yml").write_text(TOC, encoding="utf8")
        for name, said in (NEEDS | needs).items():
            path = tmp_path / "chapters" / f"{name}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            card = f"```{{admonition}} About\n:class: chapter-card\n\n- **Needs**: {said}\n```\n"
            label = name.partition("/")[2]
            path.write_text(f"({label})=\n# The {label} & more\n\n{card}" + "\n(inside)=\n## In\n" * (label == "first"))
        return tmp_path

    return write


def test_needs_are_the_links_before_the_semicolon(book):
    one, two = read_syllabus(book())
    assert (one.title, one.opening, two.title, two.opening) == ("One", "chapters/one/index", "Two", None)
    assert [(c.number, c.title, c.needs) for part in (one, two) for c in part.chapters] == [
        (1, "The first & more", ()),
        (2, "The second & more", ("chapters/one/first",)),
        (3, "The third & more", ("chapters/one/first", "chapters/one/second")),
    ]
    assert (one.before, two.before) == ((), ("chapters/one/first", "chapters/one/second"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("[the last](third); a thread.", "got chapters/two/third"),
        ("[itself](second); a thread.", "got chapters/one/second"),
        ("[a page](nowhere); a thread.", "got nowhere"),
        ("no end", "say what to read first"),
    ],
)
def test_a_need_that_is_no_earlier_chapter_is_refused(book, said, words):
    with pytest.raises(ValueError, match=words):
        read_syllabus(book(**{"one/second": said}))


def test_the_map_of_the_real_book_has_every_chapter_and_every_need():
    parts = read_syllabus(ROOT)
    chapters = {chapter.docname: chapter for part in parts for chapter in part.chapters}
    assert {f"chapters/{name}" for name in NAMES} == chapters.keys() | {f"chapters/atlas/{page}" for page in UNNUMBERED}
    tree = ET.fromstring(drawn(parts, {name: f"{name}.html" for name in chapters}))
    assert [link.get("href") for link in tree.iter("a")] == [f"{name}.html" for name in chapters]
    assert [text.text for text in tree.iter("text") if not text.get("class")] == [
        f"{chapter.number}. {chapter.title}" for chapter in chapters.values()
    ]
    arcs = [len(row.findall("path")) for row in tree.findall("g")]
    assert arcs == [len(chapter.needs) for chapter in chapters.values()] and sum(arcs) > len(arcs)
    said = re.findall(r"^(\d+)\. \[\]\(/(.*?)\.md\); needs (.*)$", listed(parts), re.M)
    assert [(int(number), name) for number, name, _ in said] == [(c.number, c.docname) for c in chapters.values()]
    assert [tuple(re.findall(r"/(chapters/.*?)\.md", needs)) for *_, needs in said] == [
        chapter.needs for chapter in chapters.values()
    ]
    assert [needs for *_, needs in said].count("nothing") == 1, "only the first chapter needs nothing"


def test_arcs_end_where_their_chapters_stand():
    parts = read_syllabus(ROOT)
    chapters = {chapter.docname: chapter for part in parts for chapter in part.chapters}
    tree = ET.fromstring(drawn(parts, dict.fromkeys(chapters, "x")))
    heights = [int(circle.get("cy")) for circle in tree.iter("circle")]
    assert heights == sorted(set(heights)) and heights[-1] < float(tree.get("viewBox").split()[3])
    place = dict(zip(chapters, heights, strict=True))
    for chapter, row in zip(chapters.values(), tree.findall("g"), strict=True):
        ends = [re.fullmatch(r"M\d+,(\d+) C\d+,\d+ \d+,\d+ \d+,(\d+)", path.get("d")) for path in row.iter("path")]
        assert [(int(e[1]), int(e[2])) for e in ends] == [
            (place[chapter.docname], place[need]) for need in chapter.needs
        ]


def test_every_part_of_several_chapters_has_a_page_that_opens_it():
    for part in read_syllabus(ROOT):
        assert (part.opening is None) == (len(part.chapters) == 1), part.title
        if part.opening:
            text = (ROOT / f"{part.opening}.md").read_text(encoding="utf8")
            found = text.partition("## What it found")[2]
            assert title_of(ROOT / f"{part.opening}.md").endswith("?") and text.count("```{part}") == 1
            labels = [(ROOT / f"{c.docname}.md").read_text(encoding="utf8") for c in part.chapters]
            missing = [c.title for c, page in zip(part.chapters, labels, strict=True) if not _linked(page, found)]
            assert missing == [], f"{part.opening} says nothing of what these found"


def _linked(page, text):
    label = re.search(r"^\((.*)\)=\n+# ", page, re.M)
    words = re.sub(r"\s+", " ", text)
    return f"](#{label[1]})" in words or f"<{label[1]}>`" in words


def test_a_part_says_the_times_of_its_chapters():
    part = read_syllabus(ROOT)[0]
    times = [page_time(ROOT / f"{chapter.docname}.md") for chapter in part.chapters]
    text = part_lines(part, ROOT)
    seconds = sum(measured_seconds(chapter.docname) for chapter in part.chapters)
    reading, exercises = (in_hours(sum(getattr(t, what) for t in times)) for what in ("reading", "exercises"))
    assert f"{reading} of reading and {exercises} of exercises" in text and f"{max(seconds / 60, 1):.0f} min" in text
    assert text.count("\n| ") == len(part.chapters) + 1


@pytest.mark.parametrize(("minutes", "said"), [(0, "1 hour"), (89, "1 hour"), (91, "2 hours"), (1963.7, "33 hours")])
def test_hours_by_hand(minutes, said):
    assert in_hours(minutes) == said


def test_counts_are_those_of_the_syllabus():
    parts = read_syllabus(ROOT)
    found = counts(parts, ROOT)
    assert found["methods"] == str(len(list_methods())) and found["exercising"] == str(len(list_exercises()))
    assert found["parts"] == str(len(parts)) and found["chapters"] == str(sum(len(p.chapters) for p in parts))
