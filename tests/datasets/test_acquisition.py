"""Slices through the scanners: values come back, options do what they say."""

import numpy as np
import pytest

from medfuse_course.datasets.acquisition import ct_slice, pet_slice, spect_slice

SIZE, SPACING = 96, 3.0


def disk(radius_mm, row=0.0, column=0.0):
    y, x = (np.indices((SIZE, SIZE)) - (SIZE - 1) / 2) * SPACING
    return np.clip(0.5 + (radius_mm - np.hypot(y - row, x - column)) / SPACING, 0, 1).astype(np.float32)


HU = 1030 * disk(110) - 1000
ACTIVITY = disk(110) + 5 * disk(20, 40, -30)
CORE, HOT = (disk(20, -40, 30) == 1), (disk(8, 40, -30) == 1)


def test_ct_shows_ct_numbers_and_doses_noise():
    quiet = ct_slice(HU, spacing_mm=SPACING, seed=0, dose=0)
    assert quiet[disk(90) == 1].mean() == pytest.approx(30, abs=5)
    noise = [(ct_slice(HU, spacing_mm=SPACING, seed=1, dose=d) - quiet)[disk(80) == 1].std() for d in (0.25, 1, 4)]
    np.testing.assert_allclose(np.divide(noise[:-1], noise[1:]), 2, rtol=0.1)


@pytest.mark.parametrize("reconstruction", ["osem", "mlem", "fbp"])
def test_pet_shows_activity(reconstruction):
    image = pet_slice(ACTIVITY, HU, spacing_mm=SPACING, seed=0, counts=0, reconstruction=reconstruction)
    assert image[CORE].mean() == pytest.approx(1, abs=0.05)
    assert image[HOT].mean() == pytest.approx(6, rel=0.1)


def test_pet_without_correction_keeps_the_sum_and_loses_the_depth():
    image = pet_slice(ACTIVITY, HU, spacing_mm=SPACING, seed=0, counts=0, attenuation_correction=False)
    assert image.sum() == pytest.approx(ACTIVITY.sum(), rel=1e-3)
    rim = (disk(100) == 1) & (disk(90) == 0) & (np.indices((SIZE, SIZE))[0] < SIZE / 2)
    assert image[CORE].mean() < 0.6 * image[rim].mean()


@pytest.mark.parametrize("attenuation_correction", [True, False])
def test_spect_shows_activity_where_it_knows_of_depth(attenuation_correction):
    image = spect_slice(
        ACTIVITY, HU, spacing_mm=SPACING, seed=0, counts=0, attenuation_correction=attenuation_correction
    )
    middle = image[disk(15, -20, 10) == 1].mean() / image[(disk(95) == 1) & (disk(85, 0, 0) == 0)].mean()
    assert (0.85 < middle < 1.15) if attenuation_correction else (middle < 0.7)


def test_spect_is_blurrier_than_pet():
    pet = pet_slice(ACTIVITY, HU, spacing_mm=SPACING, seed=0, counts=0)
    spect = spect_slice(ACTIVITY, HU, spacing_mm=SPACING, seed=0, counts=0)
    assert np.abs(np.diff(spect, axis=0)).max() < 0.8 * np.abs(np.diff(pet, axis=0)).max()


@pytest.mark.parametrize("scan", [pet_slice, spect_slice])
def test_more_counts_less_noise(scan):
    quiet = scan(ACTIVITY, HU, spacing_mm=SPACING, seed=0, counts=0)
    few, many = (scan(ACTIVITY, HU, spacing_mm=SPACING, seed=1, counts=n) - quiet for n in (5e4, 5e6))
    assert few[disk(60) == 1].std() > 4 * many[disk(60) == 1].std()


def test_resolution_and_filter_blur():
    sharp, blurred, filtered = (
        pet_slice(ACTIVITY, HU, spacing_mm=SPACING, seed=0, counts=0, **o)
        for o in ({"resolution_mm": 2.0, "filter_mm": 0.0}, {"resolution_mm": 15.0, "filter_mm": 0.0},
                  {"resolution_mm": 2.0, "filter_mm": 15.0})
    )  # fmt: skip
    for softer in (blurred, filtered):
        assert np.abs(np.diff(softer, axis=0)).max() < 0.7 * np.abs(np.diff(sharp, axis=0)).max()


def test_seeds_repeat():
    one, two, other = (pet_slice(ACTIVITY, HU, spacing_mm=SPACING, seed=s) for s in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: ct_slice(np.zeros((64, 60)), spacing_mm=1, seed=0), "hu: expected a square map"),
    (lambda: ct_slice(HU, spacing_mm=1, seed=0, dose=-1), "dose: expected a number >= 0"),
    (lambda: pet_slice(ACTIVITY, HU, spacing_mm=1, seed=0, counts=np.nan), "counts: expected a number >= 0"),
    (lambda: pet_slice(ACTIVITY, HU * np.nan, spacing_mm=1, seed=0), "hu: expected finite"),
    (lambda: pet_slice(ACTIVITY, HU, spacing_mm=1, seed=0, reconstruction="osme"), "did you mean 'osem'"),
    (lambda: spect_slice(ACTIVITY, HU, spacing_mm=1, seed=0, reconstruction="fbp"), "unknown reconstruction"),
])  # fmt: skip
def test_impossible_scans_are_answered(call, words):
    with pytest.raises(ValueError, match=words):
        call()
