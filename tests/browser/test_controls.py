"""Every slider and every menu changes its picture, by mouse and by keyboard."""

import time

SOON, PATIENCE = 0.08, 0.4
"""Seconds that a picture takes to change, and that it may take."""


def _look(figure):
    """What the figure shows, without its controls: sources of images, shapes of lines, places of dots."""
    return figure.evaluate(
        "f => [...f.querySelectorAll('.cartesianlayer image, .cartesianlayer path, .cartesianlayer .point')]"
        ".map(e => ['href', 'xlink:href', 'd', 'transform'].map(name => e.getAttribute(name)).join()).join()"
    )


def _look_anew(figure, seen):
    """Add what the figure shows as soon as it has not been seen; what it still shows after some patience, if not."""
    time.sleep(SOON)
    end = time.monotonic() + PATIENCE
    while (look := _look(figure)) in seen and time.monotonic() < end:
        time.sleep(0.02)
    seen.add(look)


def test_sliders_by_mouse(figures):
    page, drawn = figures
    for figure in drawn:
        for rail in figure.locator(".slider-rail-touch-rect").all():
            rail.scroll_into_view_if_needed()
            seen = set()
            for share in (0.04, 0.5, 0.96):
                box = rail.bounding_box()
                page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
                _look_anew(figure, seen)
            assert len(seen) >= 2


def test_menus_by_mouse(figures):
    page, drawn = figures
    for figure in drawn:
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
                _look_anew(figure, seen)
            assert len(seen) == entries >= 2


def test_controls_by_keyboard(figures):
    page, drawn = figures
    for figure in drawn:
        for control in figure.locator("[data-control]").all():
            assert control.get_attribute("tabindex") == "0" and control.get_attribute("aria-label")
            control.focus()
            seen = set()
            for key in ("Home", "ArrowRight", "End"):
                page.keyboard.press(key)
                _look_anew(figure, seen)
            assert len(seen) >= 2


def test_every_plotly_control_is_open_to_the_keyboard(figures):
    for figure in figures[1]:
        there = figure.locator(".slider-rail-touch-rect").count() + figure.locator(".updatemenu-header").count()
        assert figure.locator("[data-control]").count() == there


def test_the_first_chapter_has_something_to_play_with(visit):
    page = visit("chapters/foundations/first_fusion.html")
    page.wait_for_selector("[data-control]")
    assert page.locator("[data-control]").count() >= 2
