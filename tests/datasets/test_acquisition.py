"""Slices through the scanners: values come back, options do what they say."""

import numpy as np
import pytest

from medfuse_course.datasets import acquisition
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


def results_of(monkeypatch, name):
    """What a function of `physics` gives back whenever a scan asks it."""
    given, function = [], getattr(acquisition, name)

    def call(*arguments, **named):
        given.append(function(*arguments, **named))
        return given[-1]

    monkeypatch.setattr(acquisition, name, call)
    return given


def point(row, column):
    """One pixel of the coarse grid of emission, of 6 mm."""
    image = np.zeros((SIZE, SIZE), dtype=np.float32)
    image[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = 1
    return image


def width_mm(camera, row):
    """Full width at half maximum of a point in view 0, from two neighboring bins; pixel and bin taken off."""
    profile = camera.project(point(row, 24)[::2, ::2])[0].astype(np.float64)
    variance = 1 / (2 * np.log(profile[24] / profile[25]))  # in pixels
    return 2.3548 * 6 * np.sqrt(variance - 2 / 12)


@pytest.mark.parametrize(
    ("asked", "at_face", "growth"), [({}, 4.0, 0.035), ({"resolution_mm": (9.0, 0.01)}, 9.0, 0.01)]
)
def test_spect_sees_through_the_collimator_it_is_said_to_have(asked, at_face, growth, monkeypatch):
    """By default a low-energy high-resolution one: 7.5 mm at 100 mm, as data sheets have it. The camera of view 0
    stands 144 mm above the middle; the scan and the reconstruction, which knows of no depth here, have the same."""
    cameras = results_of(monkeypatch, "spect_projector")
    spect_slice(ACTIVITY, HU, spacing_mm=SPACING, seed=0, counts=0, attenuation_correction=False, **asked)
    assert len(cameras) == 2
    for camera in cameras:
        assert camera.sinogram_shape == (60, 48)
        for row in (12, 44):
            distance = 144 + 6 * (row - 23.5)
            assert width_mm(camera, row) == pytest.approx(at_face + growth * distance, rel=0.02)


def test_each_photon_is_weakened_by_its_own_energy(monkeypatch):
    """In the middle of water of 110 mm: NIST's 0.0154 per mm at 140 keV, over a radius; 0.0096 at 511 keV, for both
    photons of a pair, over a diameter."""
    water = 1000 * disk(110) - 1000
    cameras, expected = (results_of(monkeypatch, name) for name in ("spect_projector", "pet_expected"))
    middle = point(24, 24)
    spect_slice(middle, water, spacing_mm=SPACING, seed=0, counts=0)
    assert cameras[0].project(middle[::2, ::2])[0].sum() == pytest.approx(np.exp(-0.0154 * 110), rel=0.06)
    for air in (water, np.full_like(water, -1000)):
        pet_slice(middle, air, spacing_mm=SPACING, seed=0, counts=0)
    assert expected[0].shape == (180, 48)
    assert expected[0].sum() / expected[1].sum() == pytest.approx(np.exp(-0.0096 * 220), rel=0.06)


@pytest.mark.parametrize(
    ("scan", "said"),
    [(pet_slice, {"counts": 1e6, "resolution_mm": 4.5, "filter_mm": 4.0, "reconstruction": "osem", "dose": 1.0}),
     (spect_slice, {"counts": 1.5e5, "resolution_mm": (4.0, 0.035), "filter_mm": 6.0, "reconstruction": "osem"})],
)  # fmt: skip
def test_a_scan_has_the_counts_it_is_said_to_have(scan, said, monkeypatch):
    """The sum of counts is a Poisson number as well. What is not said is what the signature says."""
    counted = results_of(monkeypatch, "poisson_counts")
    first, second = (scan(ACTIVITY, HU, spacing_mm=SPACING, seed=1, **options) for options in ({}, said))
    np.testing.assert_array_equal(first, second)
    assert counted[0].sum() == pytest.approx(said["counts"], abs=4 * np.sqrt(said["counts"]))


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
