"""Masks by hand: overlap, lesions found by size, regions invented."""

from dataclasses import replace

import numpy as np
import pytest

from medfuse_course.metrics import MetricWarning, detect, score, sensitivity_by_size
from tests.metrics.test_agreement import case


def mask(*rows):
    return np.array([[pixel == "#" for pixel in row] for row in rows])


TRUE = mask("##......", "##......", ".......#", "...#...#")
FOUND = mask(".##.....", ".##.....", "........", ".....#.#")


def test_dice_by_hand():
    """The truth has 7 pixels, the mask 6, 3 in common."""
    known = _case(TRUE)
    assert score(FOUND, known, "dice")["dice"] == pytest.approx(2 * 3 / (7 + 6))
    assert score(TRUE, known, "dice")["dice"] == 1
    assert score(~TRUE, known, "dice")["dice"] == 0


def _case(lesions, spacing=(1.0, 1.0)):
    return replace(case(lesions, task="segmentation"), target=lesions, lesions=lesions, spacing=spacing)


def test_lesions_by_hand():
    """Three lesions of 4, 2 and 1 pixels; the first and the second are touched; one region touches none."""
    found = detect(FOUND, TRUE, (2.0, 3.0))
    assert found.found == (True, True, False)
    np.testing.assert_allclose(found.diameters, 2 * np.sqrt(np.array([4, 2, 1]) * 6 / np.pi))
    assert found.invented == 1
    values = score(FOUND, _case(TRUE))
    assert (values["lesion_sensitivity"], values["invented_lesions"]) == (pytest.approx(2 / 3), 1)


def test_regions_connect_along_corners():
    assert len(detect(mask("#.", ".#"), mask("#.", ".#")).found) == 1


def test_one_region_may_find_two_lesions():
    found = detect(mask("#####"), mask("#...#"))
    assert (found.found, found.invented) == ((True, True), 0)


def test_sensitivity_by_size_counts_over_images():
    """Diameters 4.5 and 2.8 and 2.3 mm (areas 16, 6, 4)."""
    one, other = detect(FOUND, TRUE, (2.0, 2.0)), detect(~TRUE, TRUE, (2.0, 2.0))
    assert sensitivity_by_size([one, other], (0, 3, 4, 9)) == {"0-3 mm": (0, 2), "3-4 mm": (1, 2), "4-9 mm": (1, 2)}


def test_nothing_marked_and_nothing_there_has_no_dice():
    empty = np.zeros((4, 4), bool)
    with pytest.warns(MetricWarning, match="dice is NaN"):
        assert np.isnan(score(empty, _case(empty), "dice")["dice"])


def test_what_is_no_mask_is_answered():
    with pytest.raises(TypeError, match="mask: expected a mask"):
        detect(TRUE.astype(float), TRUE)
    with pytest.raises(ValueError, match="mask: expected the grid of lesions"):
        detect(TRUE[:2], TRUE)
    with pytest.raises(ValueError, match="edges: expected at least two rising borders"):
        sensitivity_by_size([], (3, 3))
