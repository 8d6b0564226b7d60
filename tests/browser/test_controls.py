"""Every slider and every menu changes its picture, by mouse and by keyboard."""

import pytest

from tests.browser.conftest import figure_pages

FIGURES = ".plotly-graph-div"


def _open(visit, name):
    page = visit(name)
    page.wait_for_function("[...document.querySelectorAll('.plotly-graph-div')].every(f => f._fullLayout)")
    page.wait_for_timeout(300)
    return page, page.locator(FIGURES).all()


def _look(page, figure):
    """What the figure shows, without its controls: sources of images, shapes of lines, places of dots."""
    page.wait_for_timeout(200)
    return figure.evaluate(
        "f => [...f.querySelectorAll('.cartesianlayer image, .cartesianlayer path, .cartesianlayer .point')]"
        ".map(e => ['href', 'xlink:href', 'd', 'transform'].map(name => e.getAttribute(name)).join()).join()"
    )


@pytest.mark.parametrize("name", figure_pages())
def test_sliders_by_mouse(visit, name):
    page, figures = _open(visit, name)
    for figure in figures:
        for rail in figure.locator(".slider-rail-touch-rect").all():
            rail.scroll_into_view_if_needed()
            seen = set()
            for share in (0.04, 0.5, 0.96):
                box = rail.bounding_box()
                page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
                seen.add(_look(page, figure))
            assert len(seen) >= 2


@pytest.mark.parametrize("name", figure_pages())
def test_menus_by_mouse(visit, name):
    page, figures = _open(visit, name)
    for figure in figures:
        for number in range(figure.locator(".updatemenu-header").count()):
            header = figure.locator(".updatemenu-header").nth(number)
            header.scroll_into_view_if_needed()
            header.click()
            page.wait_for_timeout(150)
            entries = figure.locator(".updatemenu-dropdown-button").count()
            header.click()
            page.wait_for_timeout(150)
            seen = set()
            for entry in range(entries):
                header.click()
                page.wait_for_timeout(150)
                figure.locator(".updatemenu-dropdown-button").nth(entry).click()
                seen.add(_look(page, figure))
            assert len(seen) == entries >= 2


@pytest.mark.parametrize("name", figure_pages())
def test_controls_by_keyboard(visit, name):
    page, figures = _open(visit, name)
    for figure in figures:
        for control in figure.locator("[data-control]").all():
            assert control.get_attribute("tabindex") == "0" and control.get_attribute("aria-label")
            control.focus()
            seen = set()
            for key in ("Home", "ArrowRight", "End"):
                page.keyboard.press(key)
                seen.add(_look(page, figure))
            assert len(seen) >= 2


@pytest.mark.parametrize("name", figure_pages())
def test_every_plotly_control_is_open_to_the_keyboard(visit, name):
    _, figures = _open(visit, name)
    for figure in figures:
        drawn = figure.locator(".slider-rail-touch-rect").count() + figure.locator(".updatemenu-header").count()
        assert figure.locator("[data-control]").count() == drawn


def test_the_book_has_something_to_play_with(visit):
    controls = sum(
        page.locator("[data-control]").count() for page, _ in (_open(visit, name) for name in figure_pages())
    )
    assert controls >= 2
