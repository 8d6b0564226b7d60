"""Landmarks along rays: of drawn heads whose radii are known, before and after a known enlargement."""

import numpy as np
import pytest

from medfuse_course.metrics import landmark_error, ray_landmarks

CENTER = (62.3, 66.8)
LEVELS = {"surface": -500.0, "bone": 300.0}


def drawn(scale=1.0, skull=1000.0):
    """Air, soft tissue within 50 pixels, bone from 40 to 46 pixels: sharp to a tenth of a pixel."""
    y, x = np.indices((128, 132))
    radius = np.hypot(y - CENTER[0], x - CENTER[1]) / scale

    def within(limit):
        return np.clip((limit - radius) * scale + 0.5, 0, 1)

    return -1000 + 1040 * within(50) + (skull - 40) * (within(46) - within(40))


def test_a_drawn_head_has_the_radii_it_was_drawn_with():
    surface, skull = ray_landmarks(drawn(), CENTER, **LEVELS, depth=12)
    np.testing.assert_allclose(surface, 50, atol=0.2)
    np.testing.assert_allclose(skull, 43, atol=0.2)


def test_an_enlarged_head_is_off_by_as_much():
    assert landmark_error(drawn(), drawn(), CENTER, **LEVELS) == 0
    found = landmark_error(drawn(1.08), drawn(), CENTER, **LEVELS)
    assert found == pytest.approx(0.08 * (50 + 45.5) / 2, abs=0.3)  # the skull is looked for close under the surface


def test_brightness_moves_no_landmark():
    assert landmark_error(drawn(skull=700), drawn(), CENTER, **LEVELS) < 0.1


def test_what_is_not_there_is_not_found():
    assert np.isnan(ray_landmarks(np.full((20, 20), -1000.0), (10, 10), **LEVELS)).all()
    assert np.isnan(landmark_error(np.full((128, 132), -1000.0), drawn(), CENTER, **LEVELS))
