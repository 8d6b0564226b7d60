"""A deck in the browser, from the disk: keys move slides, figures draw when they are shown, and nothing is fetched."""

import shutil

import plotly
import plotly.graph_objects as go
import pytest

from medfuse_course.publishing.assets import STATIC
from medfuse_course.publishing.paths import Step, TeachingPath
from medfuse_course.publishing.plotly_renderer import figure_html
from medfuse_course.publishing.reading_time import Section
from medfuse_course.publishing.slides import deck
from tests.browser.conftest import LOOKS, ROOT, visiting

DOCNAME = "chapters/foundations/first_fusion"
PLOTS = ".plotly-graph-div .main-svg"


def _figure(name, height):
    line = go.Figure(go.Scatter(y=[0, height]), layout={"meta": {"alt": "A line that rises."}, "height": 300})
    caption = f"<p>A line. How high? <a class='headerlink' href='#{name}'>#</a></p>"
    drawn = figure_html(line.to_plotly_json())
    return f'<figure class="align-default" id="{name}">{drawn}<figcaption>{caption}</figcaption></figure>'


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """A site with a deck of two figures, the first of which has a model answer."""
    site = tmp_path_factory.mktemp("decks")
    page = site / f"{DOCNAME}.html"
    page.parent.mkdir(parents=True)
    page.write_text(f"<h2>Lines</h2>{_figure('fig-profile', 1)}{_figure('fig-other', 2)}", encoding="utf8")
    (site / "chapters/atlas").mkdir()
    (site / "chapters/atlas/instructors.html").write_text("<p>Here.</p>")
    step = Step(DOCNAME, "", (Section("Lines", {}),))
    html, drawings = deck(TeachingPath("lesson", "One lesson", 90, (step, step)), site, ROOT)
    (site / "slides/figures").mkdir(parents=True)
    (site / "slides/lesson.html").write_text(html, encoding="utf8")
    for name, text in drawings.items():
        (site / "slides/figures" / name).write_text(text, encoding="utf8")
    static = site / "_static"
    shutil.copytree(ROOT / "vendor/reveal", static / "reveal")
    for name in ("course.css", "slides.css", "slides.js", "explore.js"):
        shutil.copyfile(STATIC / name, static / name)
    source = plotly.__path__[0] + "/package_data/plotly.min.js"
    shutil.copyfile(source, static / "plotly.min.js")
    return site


@pytest.fixture
def shown(browser, decks):
    """Open the deck without a server; at the end no error and no foreign request may have happened."""
    with visiting(browser, f"{decks.as_uri()}/") as open_page:
        yield lambda look="desktop": open_page("slides/lesson.html", look)


def _heading(page):
    return page.evaluate("Reveal.getCurrentSlide().querySelector('h1, h2, h3').textContent")


def test_keys_go_through_chapters_figures_and_answers(shown):
    page = shown()
    assert (_heading(page), page.locator(PLOTS).count()) == ("One lesson", 0)
    page.keyboard.press("ArrowRight")
    assert _heading(page) == "A first fusion"
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(f".present {PLOTS}")
    assert _heading(page) == "Lines"
    answer = page.locator(".present .present .answer")
    assert "visible" not in answer.get_attribute("class")
    page.keyboard.press("Space")
    page.wait_for_selector(".present .answer.visible")
    assert "takes away from the peak" in answer.inner_text()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 2
    page.keyboard.press("Escape")
    page.wait_for_selector(".reveal.overview")


def test_a_figure_is_drawn_once_and_only_when_it_is_shown(shown):
    page = shown()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(f".present {PLOTS}")
    first = page.locator("script[src^='figures/']").count()
    for key in ("ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    assert first == page.locator("script[src^='figures/']").count() == 1


@pytest.mark.parametrize("look", list(LOOKS))
def test_a_slide_fits_its_screen_in_light_and_dark(shown, look):
    page = shown(look)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(f".present {PLOTS}")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 2
    page.wait_for_function("document.querySelector('.present .present .plotly-graph-div').clientWidth > 200")
    paper, ink = page.evaluate(
        "['backgroundColor', 'color'].map(k => getComputedStyle(document.querySelector('.reveal-viewport'))[k])"
    )
    light = [sum(map(int, color[4:-1].split(","))) for color in (paper, ink)]
    assert (light[0] < light[1]) == (look == "dark")
