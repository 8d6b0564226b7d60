"""Centers scan as their few numbers say, and the patient behind the scan is one and the same."""

from dataclasses import replace

import numpy as np
import pytest

from medfuse_course.datasets import Center, center_patient
from medfuse_course.datasets.centers import CENTERS, scan_ct, scan_pet
from medfuse_course.datasets.examinations import ideal_images, seen_by

QUIET = {"counts": 0, "ct_dose": 0}


def test_a_point_becomes_as_wide_as_the_center_says():
    point = np.zeros((65, 65), np.float32)
    point[32, 32] = 1000
    rows = np.indices(point.shape)[0] - 32
    for filter_mm in (0.0, 4.0, 8.0):
        image = scan_pet(point, Center("x", resolution_mm=8, filter_mm=filter_mm, **QUIET), 2.0, 0)
        variance = float((image * rows**2).sum() / image.sum())
        assert variance == pytest.approx((8 / 2.3548 / 2) ** 2, rel=0.02)  # in pixels of 2 mm
        assert image.sum() == pytest.approx(1000, rel=1e-4)


def test_the_scale_leaves_five_suv_and_its_inverse_brings_back_the_rest():
    b, c = CENTERS["B"], CENTERS["C"]
    np.testing.assert_allclose(b.handed_out(np.array([0, 5, 10.0])), [0, 5, 5 * 2**0.8], rtol=1e-6)
    np.testing.assert_allclose(c.handed_out(np.array([2.0])), [2.6], rtol=1e-6)
    some = np.array([0, 0.3, 2, 17], np.float32)
    for center in CENTERS.values():
        np.testing.assert_allclose(center.measured(center.handed_out(some)), some, rtol=1e-5)


def test_noise_is_that_of_the_counts_of_the_dose_and_of_the_streaks():
    even = np.full((200, 200), 2, np.float32)
    image = scan_pet(even, Center("x", resolution_mm=0, filter_mm=0, counts=0.5), 2.0, 0)
    assert image.mean() == pytest.approx(2, rel=0.02)
    assert image.var() == pytest.approx(1, rel=0.05)  # 4 counts a pixel, each worth half an SUV
    for center, deviation in (
        (Center("x", ct_dose=0.25), 24), (Center("x", ct_dose=0, streaks=30), 30), (Center("x", ct_dose=0), 0)
    ):  # fmt: skip
        assert scan_ct(even, center, 2.0, 0).std() == pytest.approx(deviation, abs=1e-3)
    streaks = scan_ct(even, Center("x", ct_dose=0, streaks=30), 2.0, 0)
    assert np.abs(np.diff(streaks, axis=0)).mean() > 5 * np.abs(np.diff(streaks, axis=1)).mean()


def test_a_seed_is_one_patient_in_every_center():
    a, b = (center_patient(name, 3, slice=30, step=4) for name in "AB")
    for name in ("mask", "hu", "activity", "labels"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert a.ct.shape == (64, 64) and a.spacing == 6.4 and (a.pet != b.pet).any()
    again = center_patient(CENTERS["B"], 3, slice=30, step=4)
    np.testing.assert_array_equal(again.pet, b.pet)
    twin = center_patient(replace(CENTERS["B"], name="its twin"), 3, slice=30, step=4)
    assert (twin.pet != b.pet).mean() > 0.5 and (twin.ct != b.ct).mean() > 0.5
    quiet = center_patient(Center("x", resolution_mm=0, filter_mm=0, **QUIET), 3, slice=30, step=4)
    np.testing.assert_allclose(quiet.pet, quiet.activity, rtol=1e-5)


def test_mimics_are_in_one_modality_and_no_lesions():
    wanted = {"slice": 40, "benign": 0, "lesions": 0}
    with_clot, without = (center_patient("A", 1, clots=n, **wanted) for n in (1, 0))
    assert with_clot.near.size and not with_clot.mask.any() and not without.near.size
    rows, columns = with_clot.near.T
    assert with_clot.activity[rows, columns].mean() > without.activity[rows, columns].mean() + 1.5
    np.testing.assert_array_equal(with_clot.hu, without.hu)


def test_no_two_centers_have_a_patient_in_common():
    seeds = [seed for center in CENTERS.values() for seed in center.patients]
    assert len(set(seeds)) == len(seeds) == sum(center.cases for center in CENTERS.values())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"filter_mm": 6.0}, "resolution_mm: expected"),
        ({"gamma": 0.0}, "gamma: expected"),
        ({"counts": -1.0}, "counts"),
    ],
)
def test_impossible_scanners_are_answered(wrong, said):
    with pytest.raises(ValueError, match=said):
        Center("x", **wrong)
    with pytest.raises(ValueError, match="did you mean|known|one of"):
        center_patient("Z", 0)
    with pytest.raises(ValueError, match="step: expected"):
        center_patient("A", 0, step=3)


def test_a_slice_that_is_asked_for_is_the_slice_and_there_is_a_last_one():
    low, high = (center_patient("A", 0, slice=k, step=4).hu for k in (6, 58))
    assert np.abs(low - high).max() > 500, "a belly is no upper chest"
    with pytest.raises(ValueError, match="from the belly to the upper chest"):
        center_patient("A", 0, slice=10_000, step=4)


def test_an_ideal_examination_is_of_the_same_patient_in_the_same_place():
    ideal, seen = ideal_images(200_000), seen_by("A", 200_000).images
    assert ideal.shape == seen.shape and not np.array_equal(ideal, seen)
    assert min(np.corrcoef(i.ravel(), s.ravel())[0, 1] for i, s in zip(ideal, seen, strict=True)) > 0.9
