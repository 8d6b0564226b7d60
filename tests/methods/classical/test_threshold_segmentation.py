"""Thresholds by hand: which pixels of a row of numbers reach 41 % of their region's maximum."""

import numpy as np
import pytest

from medfuse_course import segment
from medfuse_course.datasets.catalogue import load_case
from medfuse_course.methods.classical.threshold_segmentation import lungs


def row(*values):
    """A band of three equal rows in an empty image, as a PET."""
    pet = np.zeros((20, 24), np.float32)
    pet[8:11, 4 : 4 + len(values)] = values
    return pet


def marked(mask):
    assert (mask[8] == mask[9]).all()
    return np.flatnonzero(mask[9]) - 4


def test_41_percent_by_hand():
    pet = row(1, 4.0, 4.2, 10, 6, 4.1, 4.0, 1)  # 41 % of 10 is 4.1
    np.testing.assert_array_equal(marked(segment(pet, fraction=0.41)), [2, 3, 4, 5])
    np.testing.assert_array_equal(marked(segment(pet, fraction=0.5)), [3, 4])


def test_a_fixed_threshold_by_hand():
    pet = row(1, 2.5, 4, 8, 2.4, 0, 3)
    np.testing.assert_array_equal(marked(segment(pet, fraction=0, threshold=2.5, smallest=3)), [1, 2, 3, 6])
    np.testing.assert_array_equal(marked(segment(pet, fraction=0, threshold=4.0)), [2, 3])
    np.testing.assert_array_equal(marked(segment(pet, fraction=0, threshold=2.5)), [1, 2, 3])  # 3 pixels are few


def test_every_lesion_has_its_own_maximum():
    pet = row(0, 10, 5, 0, 0, 3, 1.5, 1.2, 0)  # 4.1 and 1.23
    np.testing.assert_array_equal(marked(segment(pet)), [1, 2, 5, 6])


def test_a_faint_lesion_leaks_into_what_surrounds_it():
    """41 % of SUV 3 is less than the blood beside it."""
    pet = np.full((20, 24), 1.7, np.float32)
    pet[8:11, 8:11] = 3
    assert segment(pet).all()
    assert segment(pet, fraction=0).sum() == 9


def test_only_the_lungs_count_where_a_ct_says_where_they_are():
    case = load_case("thorax/pet-ct-lesions", seed=2, slice=24, simulate="image_space")  # the heart is in the plane
    ct, pet = case.inputs.values()
    heart = np.isin(case.labels, (3, 4))
    free, kept = segment(pet, fraction=0), segment(ct, pet, fraction=0)
    assert (free & heart).sum() > 100
    assert (kept & heart).sum() < 0.1 * (free & heart).sum()
    np.testing.assert_array_equal(segment(ct, pet, within="body", fraction=0), free)
    assert (lungs(ct) & (case.labels == 1)).sum() > 0.95 * (case.labels == 1).sum()


def test_a_lesion_in_the_lung_and_one_at_its_wall_belong_to_it():
    ct = np.full((80, 80), 40.0)
    ct[:4] = ct[-4:] = ct[:, :4] = ct[:, -4:] = -1000
    ct[20:60, 20:60] = -800
    ct[36:44, 36:44] = ct[36:42, 20:25] = 40
    inside = lungs(ct)
    assert inside[36:44, 36:44].all()
    assert inside[37:41, 22:25].all()
    assert not inside[:18].any()
    assert not lungs(np.full((40, 40), -1000.0)).any()


def test_an_option_outside_its_range_is_answered():
    for options in ({"threshold": 0}, {"fraction": 1.5}, {"within": "liver"}):
        with pytest.raises(ValueError, match="expected"):
            segment(np.ones((16, 16)), **options)
