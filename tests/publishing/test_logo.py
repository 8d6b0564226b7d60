"""The committed mark and favicon are what the code draws."""

import io

import numpy as np
import pytest
from PIL import Image

from medfuse_course.publishing import logo
from medfuse_course.publishing.assets import STATIC


def test_the_committed_files_are_what_the_code_draws():
    assert (STATIC / "mark.svg").read_text() == logo.mark_svg()
    committed, made = (Image.open(io.BytesIO(data)) for data in ((STATIC / "favicon.ico").read_bytes(), logo.favicon()))
    assert committed.info["sizes"] == made.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    np.testing.assert_array_equal(np.asarray(committed), np.asarray(made))


@pytest.mark.parametrize("side", [16, 64])
def test_the_mark_shows_two_discs_and_their_overlap(side):
    pixels = logo.mark_pixels(side)
    middle = side // 2
    assert tuple(pixels[middle, middle]) == (*logo.BOTH, 255)
    assert tuple(pixels[middle, side // 8]) == (*logo.COOL, 255)
    assert tuple(pixels[middle, side - 1 - side // 8]) == (*logo.WARM, 255)
    assert pixels[0, 0, 3] == 0
