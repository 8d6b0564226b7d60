"""The pages of methods in the built book: none is missing, their pictures are those of `fuse`, the border moves."""

import io

import numpy as np
import pytest
from PIL import Image

from medfuse_course.color.pseudocolor import apply_table
from medfuse_course.core.checks import to_uint8
from medfuse_course.datasets import load_pair
from medfuse_course.methods import fuse, list_methods
from medfuse_course.publishing.gallery.scenes import CUTS, scenes_of
from medfuse_course.publishing.method_links import page_of
from tests.browser.conftest import each_method

PICTURES = "_images/gallery"
PAGE = f"{page_of('laplacian_pyramid')}.html"


def test_every_method_has_a_page_and_a_picture_of_each_scene(site):
    wanted = [f"{page_of(m.slug)}.html" for m in list_methods()]
    wanted += [f"_images/{scene.file(m.slug)}" for m in list_methods() for scene in scenes_of(m.task)]
    assert [name for name in wanted if not (site / name).is_file()] == []


def test_the_gallery_leads_to_every_page(site):
    gallery = (site / "chapters/atlas/gallery.html").read_text(encoding="utf8")
    assert [m.slug for m in list_methods() if f'href="methods/{m.slug}.html"' not in gallery] == []


def test_every_page_says_how_its_method_fails_in_the_words_of_the_chapter(site):
    pages = {m.slug: (site / f"{page_of(m.slug)}.html").read_text(encoding="utf8") for m in list_methods()}
    assert [slug for slug, text in pages.items() if "<blockquote>" not in text] == []


@each_method("fusion")
def test_a_picture_is_what_fuse_gives(site, method):
    name, cut = "thorax/ct-pet", CUTS["thorax/ct-pet"]
    pair = load_pair(name, lesions=2)
    a, b = np.ascontiguousarray(pair.a[cut]), np.ascontiguousarray(apply_table(pair.b, "hot")[cut])
    shown = np.asarray(Image.open(site / f"{PICTURES}/ct-pet/{method.slug}.webp"))
    assert np.abs(shown.astype(int) - to_uint8(fuse(a, b, method.slug))).max() <= 1  # of another machine


@pytest.fixture
def page(visit_file):
    """A method's page as a file, without a server."""
    return visit_file(PAGE, "phone")


def stage(page) -> np.ndarray:
    """What the reader sees, ``(H, W, 3)``."""
    page.wait_for_function("[...document.querySelectorAll('.swipe img')].every(i => i.complete && i.naturalWidth)")
    return np.asarray(Image.open(io.BytesIO(page.locator(".swipe-stage").screenshot())).convert("RGB")).astype(int)


SHOWN = "e => [e.src, e.getAttribute('style'), JSON.stringify(e.getBoundingClientRect())]"
"""Which picture, how it is cut, and where it lies."""


def part(page, name):
    return page.locator(f".swipe [data-part={name}]")


def sides(image):
    """Left and right part, without the border and the names at the bottom."""
    height, width = image.shape[:2]
    return image[: int(0.85 * height), : int(0.45 * width)], image[: int(0.85 * height), int(0.55 * width) :]


def test_another_method_changes_the_right_side_only(page):
    before, first = stage(page), part(page, "first").evaluate(SHOWN)
    part(page, "other").select_option("gradient_pyramid")
    after = stage(page)
    assert part(page, "first").evaluate(SHOWN) == first
    left, right = (np.abs(one - two).max() for one, two in zip(sides(before), sides(after), strict=True))
    assert left <= 1 and right > 10  # drawn anew, the same picture may be rounded otherwise
    assert part(page, "second").get_attribute("src").endswith("gallery/mri-pet/gradient_pyramid.webp")
    assert "Gradient pyramid" in part(page, "second").get_attribute("alt")


def test_every_choice_has_its_picture(page):
    for scene in part(page, "scene").locator("option").all():
        part(page, "scene").select_option(scene.get_attribute("value"))
        for choice in part(page, "other").locator("option").all():
            part(page, "other").select_option(choice.get_attribute("value"))
            page.wait_for_function("document.querySelector('[data-part=second]').complete")
            assert part(page, "second").evaluate("i => i.naturalWidth") > 0, choice.text_content()


def test_the_border_moves_by_key_and_by_finger(page):
    place = part(page, "place")
    place.focus()
    page.keyboard.press("Home")
    other = stage(page)
    page.keyboard.press("End")
    mine = stage(page)
    assert np.abs(other - mine)[: int(0.85 * len(mine))].max() > 10
    page.keyboard.press("ArrowLeft")
    assert place.input_value() == "99" and "99 %" in place.get_attribute("aria-valuetext")
    box = page.locator(".swipe-stage").bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 20)
    page.mouse.up()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 20)
    assert abs(int(place.input_value()) - 25) <= 1


def test_sources_take_the_names_of_the_chosen_images_and_equal_pictures_differ_by_nothing(page):
    part(page, "scene").select_option(label="Thorax phantom: CT and FDG-PET, with 2 lesions")
    assert part(page, "other").locator("[value=given-0]").text_content() == "CT"
    part(page, "other").select_option("given-0")
    part(page, "mode").select_option("difference")
    different = stage(page)[5:-5, 5:-5].mean()
    assert part(page, "place").is_disabled()
    page.evaluate("document.querySelector('[data-part=second]').src = document.querySelector('[data-part=first]').src")
    assert stage(page)[5:-5, 5:-5].mean() < 0.5 < 5 < different  # each picture is scaled to the screen by itself
