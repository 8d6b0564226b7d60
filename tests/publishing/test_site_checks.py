"""The checks of a built site see what they should, each on a page with one fault."""

import pytest

from medfuse_course.publishing.links import link_faults
from medfuse_course.publishing.lint import LARGEST_PAGE, site_faults, source_faults

GOOD = '<article><h1 id="top">T</h1><img src="a.png" alt="A gray ramp"><a href="b.html#there">b</a></article>'


@pytest.fixture
def site(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "b.html").write_text('<p id="there"></p><a href="sub/">s</a><a href="https://e.org/gone">e</a>')
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_text('<a href="../index.html#top">up</a><a href="#">self</a>')
    (tmp_path / "index.html").write_text(GOOD)
    return tmp_path


def test_a_good_site_has_no_faults(site):
    assert site_faults(site) == [] and link_faults(site) == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (GOOD.replace(' alt="A gray ramp"', ""), "no alt text"),
        (GOOD.replace("A gray ramp", "_images/a-1.png"), "file name as alt"),
        (GOOD.replace("A gray ramp", "  "), "no alt text"),
        (GOOD + '<div class="course-figure" aria-label=""></div>', "plotly figure has no alt"),
        (GOOD + '<script type="application/vnd.jupyter.widget-view+json">{}</script>', "raw ipywidgets"),
        (GOOD + '<script src="https://cdn.e.org/x.js"></script>', "another machine"),
        (GOOD + '<link rel="stylesheet" href="//e.org/x.css">', "another machine"),
        (GOOD + "<p>| arm | dice |\n| --- | ---: |\n| a | 0.5 |</p>", "shown as text"),
        (GOOD + "<p>| arm | dice |\n| — | —: |\n| a | 0.5 |</p>", "shown as text"),
        (GOOD + "<!--" + "x" * LARGEST_PAGE + "-->", "3.0 MB"),
    ],
)
def test_a_fault_on_a_page_is_named(site, page, words):
    (site / "index.html").write_text(page)
    (fault,) = site_faults(site)
    assert fault.startswith("index.html: ") and words in fault


def test_decoration_needs_no_words(site):
    (site / "index.html").write_text(GOOD.replace('alt="A gray ramp"', 'alt="" role="presentation"'))
    assert site_faults(site) == []


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ('<a href="gone.html">', "no file"),
        ('<a href="b.html#gone">', "no anchor 'gone'"),
        ('<a href="#gone">', "no anchor 'gone'"),
        ('<a href="../outside.html">', "out of the site"),
        ('<img src="gone.png" alt="Gone picture">', "no file"),
        ('<script src="gone.js"></script>', "no file"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(site, link, words):
    (site / "index.html").write_text(GOOD + link)
    (fault,) = link_faults(site)
    assert fault.startswith("index.html: ") and words in fault


CELL = "# T\n\n```{code-cell} ipython3\n1\n```\n"


@pytest.mark.parametrize(
    ("text", "faulty"),
    [
        (CELL, True),
        ("---\ntitle: x\n---\n" + CELL, True),
        ("---\njupytext:\n  text_representation:\n    format_name: myst\n---\n" + CELL, False),
        ("# T\n\nno cells\n", False),
    ],
)
def test_cells_without_a_jupytext_header_are_a_fault(text, faulty):
    assert bool(source_faults(text)) is faulty
