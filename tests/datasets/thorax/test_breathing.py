"""A PET of a breathing patient beside a CT of a held breath."""

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.datasets.thorax.breathing import Breathing, inside_cage
from medfuse_course.datasets.thorax.pairs import load_ct_pet
from medfuse_course.datasets.thorax.planning import make_scan
from medfuse_course.datasets.thorax.scan import PET_FWHM, plane_height
from medfuse_course.datasets.thorax.tissues import LABELS

LUNG, LIVER = LABELS["lung"], LABELS["liver"]
QUIET = {"noise": 0.0, "window_b": "suv:0-8"}


def plain(slice, **options):
    return load_ct_pet(slice=slice, seed=0, lesions=0, **QUIET, **options)


def test_shares_of_a_breath_by_hand():
    """Lujan's mean lies 3/8 of the way below expiration; the point spread adds its variance."""
    heights, shares = Breathing(6.0, 12.0).heights(0.0, apart=1.0)
    assert shares.sum() == pytest.approx(1) and heights @ shares == pytest.approx(-6, abs=0.02)
    assert heights.min() >= -6 - 12 * 3 / 8 - 2.01 and heights.max() <= -6 + 12 * 5 / 8 + 2.01
    assert heights[shares.argmax()] == pytest.approx(-6 - 12 * 3 / 8, abs=1.01)  # the lung near expiration
    spread = (heights + 6) ** 2 @ shares
    _, still = Breathing().heights(0.0, apart=1.0)
    moved = 12**2 * (35 / 128 - (3 / 8) ** 2)  # variance of cos^4
    assert spread - np.array([1, 0, 1]) @ still == pytest.approx(moved, abs=0.3)


def test_without_breathing_nothing_changes():
    moved = plain(20, offset_mm=0.0, travel_mm=0.0)
    assert "suv seen" not in moved.truth.quantities
    assert moved.b.tobytes() == plain(20).b.tobytes()


def test_a_deep_breath_puts_liver_where_the_ct_has_lung():
    """The CT is that of the held breath; the PET sees what lies lower in the CT, but for wall and spine."""
    z, pair = plane_height(22), plain(22, offset_mm=15.0, simulate="image_space")
    seen, held = pair.truth.quantities["suv seen"], plain(22, simulate="image_space")
    assert pair.a.tobytes() == held.a.tobytes()
    below = make_scan(heights=(z,), seed=0, lesions=0, lesion_size=None, lesion_suv=None)
    moving = inside_cage(below, z)
    invaded = ndimage.binary_erosion((pair.truth.labels == LUNG) & (below.labels(z - 15) == LIVER), iterations=3)
    assert invaded.sum() > 50 and seen[invaded].mean() == pytest.approx(2.25, rel=0.15)
    assert held.b[invaded].mean() * 8 < 1 < 1.5 < pair.b[invaded].mean() * 8
    np.testing.assert_array_equal(seen[~moving], held.truth.quantities["suv"][~moving])


def test_breathing_makes_a_lesion_faint():
    """In the middle of its way a small lesion is there for a part of the time only."""
    with_lesion = {"slice": 36, "seed": 0, "lesions": 1, "lesion_size": 10.0, "lesion_suv": 8.0, **QUIET}
    still, breathing = (load_ct_pet(travel_mm=travel, offset_mm=0.0, **with_lesion) for travel in (0.0, 20.0))
    here = still.truth.lesions
    assert breathing.b[here].max() < 0.85 * still.b[here].max()
    lower = load_ct_pet(offset_mm=12.0, **with_lesion)
    assert lower.b[here].max() < 0.5 * still.b[here].max()


def test_a_lesion_of_the_liver_shows_in_the_lung_of_the_ct():
    pair, without = plain(22, offset_mm=15.0, liver_lesion=12.0), plain(22, offset_mm=15.0)
    lesion = pair.provenance["breathing"]["liver_lesion"]
    assert lesion["center"][2] == pytest.approx(plane_height(22) - 15) and lesion["radius"] == 6
    hot = pair.b - without.b > 0.2
    assert hot.any() and (pair.truth.labels[hot] == LUNG).mean() > 0.9
    assert pair.a.tobytes() == without.a.tobytes() and not pair.truth.lesions.any()
    assert hot.sum() * 1.6**2 < np.pi * (6 + PET_FWHM) ** 2


def test_a_ct_of_another_breath_corrects_too_little():
    """Lung where there was liver absorbs less, so the correction adds less: the uptake reads too low."""
    wrong = plain(22, offset_mm=15.0)
    seen = wrong.truth.quantities["suv seen"]
    invaded = ndimage.binary_erosion((wrong.truth.labels == LUNG) & (seen > 1.9), iterations=4)
    right = load_ct_pet(slice=17, seed=0, lesions=0, **QUIET)  # the CT of that height
    assert seen[invaded].mean() > 1.9 and wrong.b[invaded].mean() < 0.7 * right.b[invaded].mean()


@pytest.mark.parametrize(("options", "message"), [
    ({"offset_mm": 60.0}, "offset_mm: expected -40 to 40 mm, got 60"),
    ({"travel_mm": -1.0}, "travel_mm: expected 0 to 40 mm, got -1"),
    ({"liver_lesion": 3.0}, "liver_lesion: expected a diameter from 6 to 40 mm, got 3"),
    ({"liver_lesion": 10.0}, "liver_lesion: expected a plane where the PET sees 10 mm of liver and the CT lung"),
])  # fmt: skip
def test_what_cannot_be_is_answered(options, message):
    with pytest.raises(ValueError, match=message):
        plain(40, **options)
