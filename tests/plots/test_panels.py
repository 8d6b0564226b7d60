"""Panels as a PNG."""

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from medfuse_course.plots import render_panels


def flat(value, height=64, width=64):
    return np.full((height, width), value, np.float32)


def read(png):
    return np.asarray(PillowImage.open(io.BytesIO(png)).convert("RGBA"))


def test_png_has_one_pixel_for_each_pixel_of_a_panel():
    picture = read(render_panels({"": flat(0.5)}, panel=64))
    assert picture.shape == (64, 64, 4)
    assert np.abs(picture[..., :3].astype(int) - 128).max() <= 1


def test_panels_stand_side_by_side_under_their_titles():
    picture = read(render_panels({"dark": flat(0.2), "light": flat(0.8)}, panel=100))
    assert picture.shape == (124, 210, 4)
    assert abs(int(picture[80, 50, 0]) - 51) <= 1
    assert abs(int(picture[80, 160, 0]) - 204) <= 1
    assert picture[80, 105, 3] == 0  # the gap lets the page through


def test_titles_are_written_in_the_ink_given():
    black = read(render_panels({"title": flat(0.5)}, panel=100, background="white", ink="black"))
    white = read(render_panels({"title": flat(0.5)}, panel=100, background="white", ink="white"))
    assert black[:24, :, 0].min() < 60
    assert white[:24, :, 0].min() == 255


def test_tall_image_gets_a_tall_panel():
    assert read(render_panels({"": flat(0.5, 90, 30)}, panel=60)).shape == (180, 60, 4)


def test_same_input_gives_the_same_bytes():
    assert render_panels({"a": flat(0.3)}) == render_panels({"a": flat(0.3)})


def test_bad_image_is_named():
    with pytest.raises(TypeError, match=r"images\['CT'\]"):
        render_panels({"CT": np.zeros((4, 4), np.uint8)})
