"""Every page in every look: quiet, whole, readable."""

import pytest

from medfuse_course.publishing.project import NOTICE
from tests.browser.conftest import each_page, page_names

IMAGES = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
NO_WORDS = "[...document.querySelectorAll('article img')].filter(i => i.alt.length < 8).map(i => i.src)"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CROWDED = """[...document.querySelectorAll('article .cell_output td')].filter(e => {
  const style = getComputedStyle(e);
  return parseFloat(style.paddingLeft) + parseFloat(style.paddingRight) < 12;
}).map(e => e.textContent)"""
PALE = """() => {
  const numbers = c => c.match(/[\\d.]+/g).map(Number);
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const paper = e => {
    const color = numbers(getComputedStyle(e).backgroundColor);
    return color.length === 3 || color[3] === 1 ? color : e.parentElement ? paper(e.parentElement) : [255, 255, 255];
  };
  const contrast = e => {
    const [text, behind] = [light(numbers(getComputedStyle(e).color)), light(paper(e))];
    return (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
  };
  const words = 'p, li, a, summary, td, th, h1, h2, h3, pre span, code, figcaption';
  return [...document.querySelectorAll(`article :is(${words})`)]
    .filter(e => e.checkVisibility() && e.textContent.trim() && !e.closest('svg, .headerlink'))
    .map(e => [contrast(e).toFixed(1), e.tagName, e.textContent.trim().slice(0, 40)])
    .filter(([ratio]) => ratio < 4.5);
}"""


@each_page()
def test_a_page_is_whole_readable_and_asks_nobody(on_desktop, name):
    check_whole(on_desktop(name), name, "light")


@each_page()
def test_a_page_is_whole_and_readable_in_dark_mode(on_desktop, name):
    """As when evening comes while a reader reads: the same page, which a machine that turns dark makes dark."""
    page = on_desktop(name)
    page.emulate_media(color_scheme="dark")
    try:
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        check_whole(page, name, "dark")
    finally:
        page.emulate_media(color_scheme="light")


def test_a_page_that_is_opened_in_the_dark_is_dark_and_asks_nobody(visit):
    name = "chapters/index.html"
    check_whole(visit(name, "dark"), name, "dark")


@each_page()
def test_a_page_is_whole_on_a_phone_and_as_a_file_without_a_server(visit, visit_file, name):
    # Browsers do not let a file read others, so the search page shows titles without extracts there.
    check_whole((visit if name == "search.html" else visit_file)(name, "phone"), name, "light")


def check_whole(page, name, theme):
    page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    page.wait_for_function("[...document.images].every(i => i.complete)")
    assert page.evaluate(IMAGES) == []
    assert page.evaluate(NO_WORDS) == []
    assert page.evaluate(TOO_WIDE) <= 2
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    if name.startswith("chapters/"):
        assert page.evaluate(PALE) == []
        assert page.evaluate(CROWDED) == []


def test_panels_are_dark_in_light_mode(visit):
    page = visit("chapters/index.html", "desktop")
    assert page.locator(".panel").first.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(13, 17, 23)"


def test_text_on_a_phone_is_large_enough(visit):
    page = visit("chapters/index.html", "phone")
    assert page.locator("article p").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 15


@pytest.mark.parametrize("name", [name for name in page_names() if name.startswith("chapters/")])
def test_every_page_says_what_it_is_not_for(site, name):
    assert NOTICE in (site / name).read_text(encoding="utf8")
