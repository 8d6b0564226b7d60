"""Static explorations in a real browser: mouse, keyboard, touch and screen reader."""

import numpy as np
import pytest

from medfuse_course.benchmark import Results, summarize
from medfuse_course.plots import show_images
from medfuse_course.plots.benchmark import difference_dots
from medfuse_course.widgets import explore
from tests.benchmark.helpers import over_seeds

pytestmark = pytest.mark.browser

INKS = ["black", "gray", "white"]
ALT = "One gray square whose brightness the controls set"


def square(level=0.5, ink="black", invert=False):
    """An image whose gray tells the whole state: every control moves it by another amount."""
    return np.full((32, 32), 0.1 + 0.5 * level + 0.1 * INKS.index(ink) + 0.15 * invert, np.float32)


def static(*arguments, **controls):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDFUSE_STATIC", "1")
        return explore(*arguments, **controls)


def one_slider():
    return static(lambda bright=0.5: square(bright), alt=ALT, bright=(0.0, 1.0, 0.25))


def three_controls():
    return static(square, alt=ALT, level=(0.0, 1.0, 0.25), ink=INKS, invert=False)


def to_pick():
    """Two panels whose gray tells which of five columns and four rows is picked."""

    def panels(column=0, row=0):
        shown = np.full((32, 32), 0.1 + 0.15 * column + 0.03 * row, np.float32)
        return {"left": shown, "right": np.zeros((8, 40), np.float32)}

    return static(panels, alt=ALT, pick=("column", "row"), column=(0, 4), row=(0, 3))


@pytest.fixture(scope="module")
def page(open_figures):
    """One page for the tests that set all of what they look at: first the single slider, then the three controls."""
    return open_figures(one_slider(), three_controls())


def gray(page, number=0):
    """The gray level on the screen in the middle of a figure's image, in [0, 1], once the page has drawn."""
    page.evaluate("new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 80))")
    script = """async (number) => {
        const shown = document.querySelectorAll('.js-plotly-plot')[number].querySelector('.imagelayer image');
        const image = new Image();
        image.src = shown.getAttribute('href') || shown.getAttribute('xlink:href');
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = image.width; canvas.height = image.height;
        canvas.getContext('2d').drawImage(image, 0, 0);
        return canvas.getContext('2d').getImageData(16, 16, 1, 1).data[0] / 255;
    }"""
    return page.evaluate(script, number)


def expected(level, ink="black", invert=False):
    return pytest.approx(float(square(level, ink, invert)[0, 0]), abs=0.006)


def point_on_rail(page, share, number=0):
    rail = page.locator(".slider-rail-touch-rect").nth(number)
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    return box["x"] + 10 + share * (box["width"] - 20), box["y"] + box["height"] / 2


def press(page, role, name, *keys):
    page.get_by_role(role, name=name).focus()
    for key in keys:
        page.keyboard.press(key)


def test_single_slider_moves_by_mouse_with_plotly_alone(open_figures):
    page = open_figures(one_slider(), script=False)
    assert gray(page) == expected(0.5)
    page.mouse.click(*point_on_rail(page, 1.0))
    assert gray(page) == expected(1.0)


def test_single_slider_moves_by_mouse_beside_the_script(page):
    page.mouse.click(*point_on_rail(page, 0.25))
    assert gray(page) == expected(0.25)
    assert page.get_by_role("slider", name="bright").get_attribute("aria-valuetext") == "0.25"


def test_single_slider_moves_by_keyboard(page):
    press(page, "slider", "bright", "Home")
    assert gray(page) == expected(0.0)
    for key, level in (("ArrowRight", 0.25), ("ArrowUp", 0.5), ("End", 1.0), ("ArrowRight", 1.0), ("ArrowLeft", 0.75)):
        page.keyboard.press(key)
        assert gray(page) == expected(level), key
        assert page.get_by_role("slider", name="bright").get_attribute("aria-valuetext") == f"{level:.2f}"
    assert page.locator("text.slider-label").first.text_content() == "bright = 0.75"


def test_controls_keep_each_others_state(page):
    press(page, "combobox", "ink", "Home")
    press(page, "combobox", "invert", "Home")
    page.mouse.click(*point_on_rail(page, 1.0, number=1))
    assert gray(page, 1) == expected(1.0)
    press(page, "combobox", "ink", "ArrowDown")
    assert gray(page, 1) == expected(1.0, "gray")
    press(page, "combobox", "invert", "End")
    assert gray(page, 1) == expected(1.0, "gray", True)
    press(page, "slider", "level", "Home")
    assert gray(page, 1) == expected(0.0, "gray", True)


def test_menu_works_by_mouse(page):
    press(page, "slider", "level", "Home")
    press(page, "combobox", "invert", "Home")
    page.get_by_role("combobox", name="ink").click()
    page.wait_for_timeout(400)  # the list unfolds
    page.locator(".updatemenu-dropdown-button").nth(2).click()
    assert gray(page, 1) == expected(0.0, "white")
    assert page.get_by_role("combobox", name="ink: white").count() == 1


def test_menu_unfolds_by_keyboard(page):
    press(page, "combobox", "ink", "Enter")
    page.locator(".updatemenu-dropdown-button").nth(2).wait_for(state="attached")
    press(page, "combobox", "ink", "Enter")


def test_dragging_ends_at_the_position_under_the_mouse(page):
    press(page, "combobox", "ink", "Home")
    press(page, "combobox", "invert", "Home")
    press(page, "slider", "level", "End")
    page.mouse.move(*point_on_rail(page, 1.0, number=1))
    page.mouse.down()
    for share in np.linspace(1.0, 0.25, 10):
        page.mouse.move(*point_on_rail(page, share, number=1))
    page.mouse.up()
    assert gray(page, 1) == expected(0.25)


def test_focus_stays_on_the_control_and_is_visible(page):
    press(page, "combobox", "ink", "End", "Home", "ArrowDown")
    state = "[document.activeElement.getAttribute('aria-label'), getComputedStyle(document.activeElement).outlineStyle]"
    page.wait_for_timeout(100)
    assert page.evaluate(state) == ["ink: gray", "solid"]
    page.keyboard.press("Tab")
    assert page.evaluate(state)[0].startswith("invert")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(state) == ["level", "solid"]


def test_choice_of_a_menu_is_spoken(page):
    press(page, "combobox", "ink", "Home", "End")
    assert page.locator("[aria-live]").nth(1).text_content() == "ink: white"


def test_figure_speaks_its_alt_text(page):
    assert page.get_by_role("figure", name=ALT).count() == 2


@pytest.mark.parametrize("color", ["rgb(20, 20, 20)", "rgb(230, 230, 230)"])
def test_text_has_the_color_of_the_page(page, color):
    page.evaluate("color => document.body.style.color = color", color)
    for text in ("text.slider-label", "text.annotation-text"):
        assert page.evaluate("text => getComputedStyle(document.querySelector(text)).fill", text) == color


@pytest.fixture(scope="module")
def dots(open_figures):
    """Panels with axes of their own, and two labels of two lines below each other."""
    values = {"maximum": [0.3, 0.5, 0.4], "pca:levels=5": [0.4, 0.5, 0.6], "pca:levels=6": [0.2, 0.3, 0.4]}
    rows = tuple(row for slug in ("ssim", "nabf", "en") for row in over_seeds(slug, **values).rows)
    figure = difference_dots(summarize(Results(rows)), alt="Dots in three panels", columns=2)
    figure.update_layout(xaxis2_title="second x", yaxis3_title="third y")
    return open_figures(figure)


def test_text_of_every_panel_has_the_color_of_the_page(dots):
    color = "rgb(230, 230, 230)"
    dots.evaluate("color => document.body.style.color = color", color)
    fills = dots.evaluate(
        "[...document.querySelectorAll('.medfuse-figure text')].map(t => [t.textContent, getComputedStyle(t).fill])"
    )
    assert {"second x", "third y", "difference from maximum:"} <= {text for text, _ in fills}
    assert [text for text, fill in fills if fill != color] == []


def test_labels_of_two_lines_do_not_touch(dots):
    labels = [dots.locator(f".{axis}tick text").all() for axis in ("y", "y3")]
    for lower, upper in labels:
        low, high = lower.bounding_box(), upper.bounding_box()
        assert min(low["height"], high["height"]) > 25
        assert high["y"] + high["height"] + 4 <= low["y"]


def test_menus_turn_dark_with_the_page(page):
    fill = "getComputedStyle(document.querySelector('.updatemenu-item-rect')).fill"
    light = page.evaluate(fill)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = page.evaluate(fill)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert (light, dark) == ("rgb(243, 245, 247)", "rgb(35, 44, 55)")


def test_phone_shows_fewer_panels_in_a_row_and_takes_a_tap(open_figures):
    ramp = np.linspace(0, 1, 128 * 128, dtype=np.float32).reshape(128, 128)
    figure = show_images({f"panel {k}": ramp for k in range(4)}, alt="Four panels with the same gray ramp")
    phone = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 800}}
    page = open_figures(figure, three_controls(), **phone)
    boxes = [image.bounding_box() for image in page.locator(".js-plotly-plot").first.locator(".imagelayer image").all()]
    assert abs(boxes[0]["y"] - boxes[1]["y"]) < 1
    assert boxes[2]["y"] > boxes[0]["y"] + boxes[0]["height"]
    assert all(b["width"] > 150 and abs(b["width"] / b["height"] - 1) < 0.05 for b in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first, second = (plot.bounding_box() for plot in page.locator(".js-plotly-plot").all())
    assert first["y"] + first["height"] <= second["y"] + 1
    page.touchscreen.tap(*point_on_rail(page, 1.0))
    assert gray(page, 1) == expected(1.0)


@pytest.mark.parametrize("touch", [False, True])
def test_a_click_or_a_tap_on_a_picture_picks_a_place(open_figures, touch):
    page = open_figures(to_pick(), has_touch=touch, viewport={"width": 390 if touch else 900, "height": 800})
    box = page.locator(".imagelayer image").first.bounding_box()

    def pick(across, down):
        place = box["x"] + across * box["width"], box["y"] + down * box["height"]
        page.touchscreen.tap(*place) if touch else page.mouse.click(*place)
        seen = gray(page)  # waits until all is drawn
        told = [page.get_by_role("slider", name=name).get_attribute("aria-valuetext") for name in ("column", "row")]
        assert seen == pytest.approx(0.1 + 0.15 * int(told[0]) + 0.03 * int(told[1]), abs=0.006)
        return told

    assert pick(0.5, 0.1) == ["2", "0"]
    assert pick(0.95, 0.9) == ["4", "3"]
    press(page, "slider", "row", "Home")
    assert pick(0.95, 0.3) == ["4", "1"]
    page.mouse.click(box["x"] - 4, box["y"] + 5)  # beside the picture: nothing
    assert page.get_by_role("slider", name="column").get_attribute("aria-valuetext") == "4"
