"""Finding, tabbing, folding: what a reader does besides reading."""

from pathlib import Path

import pytest

from medfuse_course.exercises import check
from medfuse_course.exercises.page import read_page
from medfuse_course.publishing.links import link_faults
from medfuse_course.publishing.lint import site_faults
from tests.browser.conftest import ROOT, SITE

FOCUSED = "document.activeElement.closest('article, main') !== null"


def test_internal_links_resolve(site):
    assert link_faults(site) == []


def test_no_page_has_a_fault(site):
    assert site_faults(site) == []


@pytest.mark.parametrize("word", ["pyramid", "fusion"])
def test_search_finds(visit, word):
    page = visit(f"search.html?q={word}")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li a").count() >= 1
    page.locator("#search-results li a").first.click()
    page.wait_for_url("**/chapters/**")
    page.locator("article").get_by_text(word).first.wait_for()


def test_a_reader_can_search_from_any_page(visit):
    page = visit("chapters/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("maximum")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")


def test_the_skip_link_is_first_and_leads_to_the_content(visit):
    page = visit("chapters/index.html")
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate("document.activeElement.textContent").lower()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)


def test_tabbing_alone_reaches_the_content(visit):
    page = visit("chapters/index.html")
    stops = page.locator("a, button, input, summary").count()
    for _ in range(stops):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED):
            return
    pytest.fail(f"{stops} times Tab, once for all that takes it, and the focus was never in the content")


def exercises_of(name):
    return read_page((ROOT / Path(name).with_suffix(".md")).read_text(encoding="utf8"), name).exercises


def test_no_exercise_looks_solved_before_its_solution_is_opened_by_keyboard(chapter):
    name, page = chapter
    exercises = exercises_of(name)
    boxes = page.locator("div.exercise").all()
    for exercise, box in zip(exercises, boxes, strict=True):
        solution, passed = box.locator("details.course-solution"), box.get_by_text(": passed")
        hidden = [solution.locator("pre").first, passed]
        assert box.get_by_text(check(exercise.name, None).text).is_visible()
        assert not any(one.is_visible() for one in hidden)
        solution.locator("summary").focus()
        page.keyboard.press("Enter")
        assert all(one.is_visible() for one in hidden)


def test_hints_are_folded(chapter):
    name, page = chapter
    hints = page.locator("details.course-hint").all()
    assert bool(hints) == bool(exercises_of(name))
    assert not any(hint.locator("p").first.is_visible() for hint in hints)
    for hint in hints[:1]:
        hint.locator("summary").click()
        assert hint.locator("p").first.is_visible()


def test_the_buttons_hand_out_the_student_notebook(chapter):
    name, page = chapter
    notebook = name.replace("chapters/", "notebooks/").replace(".html", ".ipynb")
    assert page.locator(f"a[href$='{notebook}'][download], a[href$='../{notebook}']").count() >= 1
    assert page.locator(f"a[href$='{notebook}'][href*='colab']").count() >= 1
    assert (SITE / notebook).read_bytes() == (ROOT / notebook).read_bytes()


def test_formulas_are_typeset(chapter):
    _, page = chapter
    if page.locator(".math").count():
        page.wait_for_selector("mjx-container")
        assert page.locator("mjx-merror").count() == 0
