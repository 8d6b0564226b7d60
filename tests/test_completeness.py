"""Nothing is half added: a method, a metric or an exercise that lacks one of its places is named here."""

import re

import pytest
from pybtex.database import parse_file

from medfuse_course.exercises.catalogue import list_exercises
from medfuse_course.exercises.chapters import read_writings
from medfuse_course.methods import list_methods
from medfuse_course.methods.flow import flows_of
from medfuse_course.metrics import list_metrics
from tests.house import ROOT

CHAPTERS = {path: path.read_text(encoding="utf8") for path in sorted((ROOT / "chapters").rglob("*.md"))}
TEXT = "\n".join(CHAPTERS.values())
BIBLIOGRAPHY = set(parse_file(ROOT / "chapters/references.bib").entries)  # a slip in it would stop the book at its end
METHODS = {method.slug: method for method in list_methods()}


def _section(slug):
    """What stands between a method's label and the next one's."""
    (chapter,) = (text for text in CHAPTERS.values() if f"(method-{slug})=" in text)
    return re.split(r"\n\(method-\w+\)=", chapter.split(f"(method-{slug})=")[1])[0]


@pytest.mark.parametrize("slug", METHODS)
def test_a_method_has_its_four_places(slug):
    method = METHODS[slug]
    assert method.module.startswith(f"medfuse_course.methods.{method.family}."), "1. its file lies in its family"
    tests = ROOT / "tests/methods" / method.family / f"test_{slug}.py"
    assert tests.is_file(), f"2. {tests.relative_to(ROOT)}: a reference value from outside our own code"
    assert TEXT.count(f"(method-{slug})=") == 1, f"3. its section in a chapter, labeled (method-{slug})="
    assert method.citation in BIBLIOGRAPHY, "4. its citation in chapters/references.bib"


@pytest.mark.parametrize("slug", METHODS)
def test_a_section_shows_its_method_as_a_flowchart(slug):
    family = METHODS[slug].family
    assert slug in flows_of(family), f"1. its flow in medfuse_course/methods/{family}/flows.py"
    assert f'\nflowchart("{slug}")\n' in _section(slug), f'3. a cell of its section draws it: flowchart("{slug}")'


@pytest.mark.parametrize("slug", METHODS)
def test_a_section_says_how_its_method_fails(slug):
    fails = r"(\*\*How it fails\.\*\* |\n### How it fails\n\n)\S(.(?!\n\n)){30}"
    paragraph = re.search(fails, _section(slug), re.S)
    assert paragraph, "3. its section has a paragraph that begins **How it fails.**, or a heading with these words"


@pytest.mark.parametrize("metric", list_metrics(task=None), ids=lambda m: m.slug)
def test_a_metric_has_its_reference(metric):
    assert metric.reference in BIBLIOGRAPHY or metric.reference == ""


def test_every_exercise_is_in_a_chapter_and_every_check_is_declared():
    assert set(read_writings(ROOT / "chapters")) == {exercise.name for exercise in list_exercises()}


def test_every_chapter_has_two_to_five_exercises():
    for path, text in CHAPTERS.items():
        if path.parent.name not in {"chapters", "atlas", "reference"} and path.stem != "index":
            assert 2 <= text.count("{exercise-start}") <= 5, path.name


def test_every_entry_of_the_review_is_in_the_bibliography():
    """27 references and the review itself."""
    text = (ROOT / "chapters/references.bib").read_text(encoding="utf8")
    dois = """10.3760/cma.j.cn321828-20241201-00414 10.11834/jig.220603 10.1016/j.inffus.2019.07.011
    10.1016/j.inffus.2024.102666 10.1007/s10586-018-2026-1 10.1109/TIP.2020.2976190 10.1016/j.eswa.2021.114574
    10.23919/ICIF.2017.8009769 10.3390/s20082169 10.1016/j.inffus.2021.06.001 10.1016/j.inffus.2018.09.004
    10.1016/j.inffus.2020.10.015 10.3760/cma.j.cn321828-20220705-00212 10.1109/TMM.2019.2895292
    10.1016/j.image.2021.116295 10.48550/arXiv.1511.06434 10.48550/arXiv.1701.07875 10.1109/ICCV.2017.304
    10.48550/arXiv.1906.00225 10.3760/cma.j.cn321828-20210514-00164 10.1016/j.ijleo.2021.168084
    10.1016/j.dsp.2022.103745 10.3969/j.issn.1672-6197.2024.04.009 10.1016/j.infrared.2019.103039
    10.1016/j.compbiomed.2024.108463 10.1109/JBHI.2023.3264819 10.37188/OPE.20243202.0221
    10.3389/fmed.2025.1557449""".split()
    assert len(dois) == 28
    assert [doi for doi in dois if f"{{{doi}}}" not in text] == []
