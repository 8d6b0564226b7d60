"""Finding, tabbing, folding: what a reader does besides reading."""

import pytest

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
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED):
            return
    pytest.fail("60 times Tab, and the focus was never in the content")


def test_solutions_are_folded_open_by_keyboard_and_their_checks_show(chapter):
    _, page = chapter
    folded = page.locator("details.course-solution")
    assert folded.count() >= 1
    for number in range(folded.count()):
        one = folded.nth(number)
        assert not one.locator("pre").first.is_visible()
        one.locator("summary").focus()
        page.keyboard.press("Enter")
        assert one.locator("pre").first.is_visible()
    boxes = page.locator("div.exercise").all()
    assert boxes and all(box.locator(".cell_output").last.is_visible() for box in boxes)
    assert page.locator("article").get_by_text("not attempted").count() == 0


def test_hints_are_folded(chapter):
    _, page = chapter
    hints = page.locator("details.course-hint")
    assert hints.count() >= 1
    assert not any(hint.locator("p").first.is_visible() for hint in hints.all())
    hints.first.locator("summary").click()
    assert hints.first.locator("p").first.is_visible()


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
