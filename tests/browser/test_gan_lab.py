"""The trainer of a small GAN in the page: by mouse, keyboard and finger, the same run for the same seed, no request."""

import shutil

import numpy as np
import pytest

from medfuse_course.color.pseudocolor import tables
from medfuse_course.publishing.assets import STATIC
from medfuse_course.publishing.gan_lab import DATA, OBJECTIVES, SCRIPTS, STYLE, TURNS, page_html
from tests.browser.conftest import serving, visiting

PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Trial</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="favicon.ico"><link rel="stylesheet" href="course.css"><link rel="stylesheet" href="{style}">
<style>* {{ box-sizing: border-box; }}</style>{scripts}</head>
<body><article class="bd-article">{lab}</article></body></html>"""
LAB = "document.querySelector('.gan-lab').lab"
AWAY = (
    f"(() => {{ const {{centers}} = {LAB}.data, s = {LAB}.shown; let sum = 0;"
    "for (let k = 0; k < s.length; k += 2)"
    " sum += Math.min(...centers.map(([x, y]) => Math.hypot(x - s[k], y - s[k + 1])));"
    "return sum / (s.length / 2); })()"
)
"""How far a sample of the picture lies from its nearest center, in the mean."""


@pytest.fixture(scope="module")
def lab_address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    for name in (*SCRIPTS, STYLE, "course.css", "favicon.ico"):
        shutil.copyfile(STATIC / name, folder / name)
    scripts = "".join(f'<script defer src="{name}"></script>' for name in SCRIPTS)
    (folder / "index.html").write_text(PAGE.format(style=STYLE, scripts=scripts, lab=page_html("gan-lab")))
    with serving(folder) as address:
        yield address


@pytest.fixture
def visit_lab(browser, lab_address):
    """Open the trainer on a page of its own."""
    with visiting(browser, lab_address) as open_page:

        def opened(look="desktop"):
            page = open_page("index.html", look)
            page.wait_for_selector(".gan-lab[data-ready]")
            return page

        yield opened


def part(page, name):
    return page.locator(f"[data-part={name}]")


def steps(page):
    return page.evaluate(f"{LAB}.game.steps")


def play(page, button, until):
    """Press a button and wait for the pause after so many steps."""
    part(page, button).click()
    page.wait_for_function(f"{LAB}.game.steps === {until} && !{LAB}.running")


def weights(page):
    return page.evaluate(f"[{LAB}.game.generator, {LAB}.game.discriminator].flatMap(n => [...n.weights])")


def test_it_starts_pauses_and_says_so_but_never_by_itself(visit_lab):
    page = visit_lab()
    page.wait_for_timeout(300)
    assert steps(page) == 0 and "Ready: 25 modes, seed 1" in part(page, "state").text_content()
    part(page, "start").click()
    page.wait_for_function(f"{LAB}.game.steps >= 5")
    assert part(page, "start").text_content() == "Pause" and part(page, "state").text_content() == "Training."
    part(page, "start").click()
    reached = steps(page)
    page.wait_for_timeout(200)
    assert steps(page) == reached and part(page, "start").text_content() == "Start"
    said = part(page, "state").text_content()
    assert f"Paused at step {reached}: " in said and "of 25 modes found" in said and "KL" in said
    assert part(page, "state").get_attribute("aria-live") == "polite"
    assert said in page.locator("canvas").get_attribute("aria-label")


def test_samples_move_to_the_data_and_the_picture_with_them(visit_lab):
    page = visit_lab()
    part(page, "data").select_option("ring")
    before, picture = page.evaluate(AWAY), page.locator("canvas").screenshot()
    assert before > 1
    play(page, "hundred", 100)
    play(page, "hundred", 200)
    assert page.evaluate(AWAY) < 0.6 * before
    assert page.locator("canvas").screenshot() != picture
    assert part(page, "step").text_content() == "200"


def test_every_entry_of_every_menu_plays(visit_lab):
    page = visit_lab()
    for menu, entries in {"data": DATA, "objective": OBJECTIVES, "turns": TURNS}.items():
        for entry in entries:
            part(page, menu).select_option(entry)
            assert steps(page) == 0
            play(page, "one", 1)
            play(page, "one", 2)
            numbers = page.locator(".gan-numbers dd").all_text_contents()
            assert all(number.strip() and "NaN" not in number for number in numbers)
    part(page, "turns").select_option("0")
    usual = dict.fromkeys(("saturating", "non_saturating", "lsgan"), 1) | dict.fromkeys(("wgan", "wgan_gp"), 5)
    for objective, turns in usual.items():
        part(page, "objective").select_option(objective)
        assert page.evaluate(f"{LAB}.game.turns") == turns
        assert part(page, "turns").locator("option").first.text_content() == f"usual ({turns} : 1)"


def test_a_choice_begins_anew_and_a_running_game_goes_on_with_it(visit_lab):
    page = visit_lab()
    part(page, "start").click()
    page.wait_for_function(f"{LAB}.game.steps >= 3")
    part(page, "objective").select_option("lsgan")
    page.wait_for_function(f"{LAB}.game.steps >= 1")
    assert page.evaluate(f"[{LAB}.running, {LAB}.objective]") == [True, "lsgan"]
    part(page, "start").click()


def test_the_same_seed_is_the_same_run_and_another_is_not(visit_lab):
    page = visit_lab()
    part(page, "objective").select_option("wgan_gp")
    begun = weights(page)
    play(page, "hundred", 100)
    ended = weights(page)
    part(page, "reset").click()
    assert steps(page) == 0 and weights(page) == begun != ended
    part(page, "start").click()  # by another way, with pauses
    page.wait_for_function(f"{LAB}.game.steps >= 4")
    part(page, "start").click()
    rest = 100 - steps(page)
    page.evaluate(f"{LAB}.start(100)")
    page.wait_for_function(f"{LAB}.game.steps === 100 && !{LAB}.running")
    assert rest > 0 and weights(page) == ended
    part(page, "seed").fill("2")
    part(page, "seed").press("Tab")
    assert weights(page) != begun


def test_everything_works_by_keyboard(visit_lab):
    page = visit_lab()
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.part"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "solid" in outline and "0px" not in outline
    assert reached == ["data", "objective", "turns", "seed", "start", "one", "hundred", "reset"]
    part(page, "one").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{LAB}.game.steps === 1")
    part(page, "data").focus()
    page.keyboard.type("Own")
    page.wait_for_function(f"{LAB}.own.length === 3 && {LAB}.drawing")
    part(page, "clear").press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "CANVAS"
    for key in ("ArrowRight", "Shift+ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    np.testing.assert_allclose(page.evaluate(f"{LAB}.own.at(-1)"), [-0.1, 0.4], atol=1e-12)
    assert part(page, "state").text_content() == "Point 4 at x -0.1, y 0.4."
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Backspace")
    assert page.evaluate(f"{LAB}.own.length") == 3


def test_points_are_drawn_with_a_pointer_and_become_the_data(visit_lab):
    page = visit_lab()
    canvas = page.locator("canvas")
    canvas.click(position={"x": 50, "y": 50})
    assert page.evaluate(f"{LAB}.own.length") == 3  # the grid is not drawn on
    part(page, "data").select_option("own")
    part(page, "clear").click()
    part(page, "start").click()
    assert steps(page) == 0 and part(page, "state").text_content() == "Draw a point first."
    assert canvas.evaluate("e => getComputedStyle(e).touchAction") == "none"
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4, steps=20)
    page.mouse.up()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    drawn = page.evaluate(f"{LAB}.own")
    assert 3 <= len(drawn) <= 6
    np.testing.assert_allclose(drawn[0], [-1.1, 1.1], atol=0.03)
    assert np.ptp(drawn, axis=0)[0] > 0.8 and np.ptp(drawn, axis=0)[1] < 0.02
    play(page, "one", 1)
    assert f"of {len(drawn)} modes found" in part(page, "state").text_content()
    part(page, "undo").click()
    assert page.evaluate(f"{LAB}.own.length") == len(drawn) - 1


def test_a_finger_draws_where_it_taps(browser, lab_address):
    context = browser.new_context(viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{lab_address}index.html")
    page.wait_for_selector(".gan-lab[data-ready]")
    part(page, "data").select_option("own")
    page.locator("canvas").tap(position={"x": 30, "y": 200})
    assert page.evaluate(f"{LAB}.own.length") == 4
    context.close()


@pytest.mark.parametrize("data", DATA)
def test_on_a_phone_nothing_is_wider_than_the_page(visit_lab, data):
    page = visit_lab("phone")
    page.set_viewport_size({"width": 360, "height": 800})
    part(page, "data").select_option(data)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert part(page, "start").bounding_box()["height"] >= 40
    assert page.locator("canvas").bounding_box()["width"] >= 280
    texts = "[...document.querySelectorAll('.gan-lab :is(button, dd)')]"
    cut = page.evaluate(f"{texts}.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)")
    assert cut == []


def test_who_wants_little_motion_sees_a_picture_a_second(visit_lab):
    page = visit_lab()
    page.emulate_media(reduced_motion="reduce")
    begun = page.evaluate(f"[performance.now(), {LAB}.frames]")
    part(page, "start").click()
    page.wait_for_function(f"{LAB}.game.steps >= 60")
    part(page, "start").click()
    ended = page.evaluate(f"[performance.now(), {LAB}.frames]")
    assert ended[1] - begun[1] <= (ended[0] - begun[0]) / 1000 + 3


def test_a_game_that_breaks_stops_and_says_why(visit_lab):
    page = visit_lab()
    page.evaluate(f"{LAB}.game.generator.weights.fill(Infinity)")
    part(page, "start").click()
    page.wait_for_function(f"!{LAB}.running")
    assert "the loss is no number any more" in part(page, "state").text_content()


def test_it_loads_its_own_files_and_then_nothing(visit_lab):
    page = visit_lab()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    play(page, "hundred", 100)
    part(page, "data").select_option("own")
    play(page, "one", 1)
    assert asked == []


def test_every_control_has_a_name_and_every_objective_a_scale(visit_lab):
    page = visit_lab("dark")
    unnamed = page.evaluate(
        "[...document.querySelectorAll('.gan-lab :is(select, input, button)')]"
        ".filter(e => !(e.labels && e.labels.length ? e.labels[0].textContent : e.textContent).trim()).length"
    )
    assert unnamed == 0
    assert page.locator(".gan-lab :disabled").count() == 0
    for known in ("medfuseGan.OBJECTIVES", "medfuseGanDraw.SHOWN"):
        assert page.evaluate(f"Object.keys({known})") == list(OBJECTIVES)


def test_the_surface_has_the_first_colors_of_viridis(visit_lab):
    colors = np.array(visit_lab().evaluate("medfuseGanDraw.COLORS")) / 255
    table = np.asarray(tables()["viridis"].colors)[: len(colors)]
    np.testing.assert_allclose(colors, table / (255 if table.max() > 1 else 1), atol=1e-6)


def test_a_step_takes_milliseconds(visit_lab):
    """Generous: a few on an idle laptop, and 30 pictures a second need no more than twenty."""
    page = visit_lab()
    took = page.evaluate(
        f"[...Array(30)].map(() => {{ const t = performance.now(); {LAB}.train(); return performance.now() - t; }})"
    )
    assert np.median(took) < 200
