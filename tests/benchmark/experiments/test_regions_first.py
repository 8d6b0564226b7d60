"""Regions first: what detectors mark, and what counts as seen."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.benchmark import shipped_rows  # noqa: E402
from medfuse_course.benchmark.experiments.regions_first import (  # noqa: E402
    ARMS,
    PATIENTS,
    contrast,
    covered,
    detect,
    each,
)


def test_detectors_by_hand():
    ct, pet = np.zeros((64, 64), np.float32), np.ones((64, 64), np.float32)
    pet[20:24, 20:24] = 8  # a whole coarse pixel
    pet[41:43, 41:43] = 4  # a quarter of one: 1.75 on average
    lesions = pet > 5
    assert not detect("nothing", ct, pet, lesions).any()
    np.testing.assert_array_equal(detect("oracle", ct, pet, lesions), lesions)
    np.testing.assert_array_equal(detect("hot, coarse", ct, pet, lesions), lesions)
    np.testing.assert_array_equal(detect("hot", ct, pet, lesions), pet > 2)


def test_a_lesion_is_covered_as_a_whole_or_not():
    lesion = np.zeros((20, 20), bool)
    lesion[5:8, 5:8] = True
    assert covered(lesion, ((0, 20, 0, 6), (0, 20, 6, 20)))
    assert not covered(lesion, ((0, 20, 0, 7),))
    assert [one.sum() for one in each(lesion)] == [9]


def test_contrast_is_that_to_a_ring_without_other_lesions():
    lesion = np.zeros((40, 40), bool)
    lesion[18:20, 18:20] = True
    other = np.zeros_like(lesion)
    other[18:20, 24:26] = True
    image = np.where(lesion, 0.9, np.where(other, 1.0, 0.2)).astype(np.float32)
    assert contrast(image, lesion, lesion | other) == pytest.approx(0.7, abs=1e-6)
    assert contrast(image, lesion, lesion) < 0.69


def test_every_patient_of_every_seed_is_there_once():
    rows = shipped_rows("regions_first")
    assert len({(r.arm, r.seed, r.patient) for r in rows}) == len(rows) == len(ARMS) * 5 * PATIENTS
    for row in rows:
        assert row.patient // PATIENTS == row.seed
        assert row.found <= row.lesions
        assert (row.arm == "nothing") == (row.boxes == 0)
    assert all(r.found == r.lesions for r in rows if r.arm == "oracle")
