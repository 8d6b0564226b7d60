"""CT: what goes in comes out in HU, and the noise is that of the photons."""

import numpy as np
import pytest

from medfuse_course.physics import (
    ct_counts,
    ct_line_integrals,
    ct_logarithm,
    filtered_backprojection,
    parallel_projector,
    reconstruct_ct,
)
from tests.physics.test_projector import disk

SIZE, SPACING = 96, 3.0


@pytest.fixture(scope="module")
def scan():
    projector = parallel_projector(SIZE, 120, fold=True)
    insert = np.roll(disk(SIZE, 7), (12, 8), axis=(0, 1))
    hu = -1000 + 1050 * disk(SIZE, 33) + insert * 250  # 50 HU with an insert of 300
    return projector, hu.astype(np.float32)


def test_ct_numbers_come_back(scan):
    projector, hu = scan
    lines = ct_line_integrals(hu, projector, spacing_mm=SPACING)
    image = reconstruct_ct(lines, projector, spacing_mm=SPACING)
    body = (disk(SIZE, 30) == 1) & (np.roll(disk(SIZE, 11), (12, 8), axis=(0, 1)) == 0)
    assert image[body].mean() == pytest.approx(50, abs=4)
    assert image[np.roll(disk(SIZE, 4), (12, 8), axis=(0, 1)) == 1].mean() == pytest.approx(300, abs=6)
    assert image[projector.seen() & (disk(SIZE, 38) == 0)].mean() == pytest.approx(-1000, abs=6)


def test_a_line_through_the_middle_integrates_water(scan):
    projector, _ = scan
    water = (1000 * disk(SIZE, 100 / SPACING) - 1000).astype(np.float32)
    lines = ct_line_integrals(water, projector, spacing_mm=SPACING)
    assert lines[:, SIZE // 2].mean() == pytest.approx(200 * 0.0193, rel=0.01)


def test_counts_follow_poisson(scan):
    projector, hu = scan
    photons = 2e4
    lines = ct_line_integrals(hu, projector, spacing_mm=SPACING)
    counts = ct_counts(hu, projector, spacing_mm=SPACING, photons=photons, seed=4)
    expected = photons * np.exp(-lines)
    deviation = (counts - expected) / np.sqrt(expected)
    assert deviation.mean() == pytest.approx(0, abs=0.05)
    assert deviation.std() == pytest.approx(1, abs=0.03)
    np.testing.assert_allclose(ct_logarithm(expected, photons), lines, atol=1e-4)


def test_background_noise_falls_with_the_root_of_the_dose(scan):
    projector, hu = scan
    quiet = reconstruct_ct(ct_line_integrals(hu, projector, spacing_mm=SPACING), projector, spacing_mm=SPACING)
    photons = np.array([1e4, 4e4, 1.6e5, 6.4e5])
    body, noise = disk(SIZE, 28) == 1, []
    for i0 in photons:
        counts = ct_counts(hu, projector, spacing_mm=SPACING, photons=i0, seed=9)
        image = reconstruct_ct(ct_logarithm(counts, i0), projector, spacing_mm=SPACING)
        noise.append((image - quiet)[body].std())
    slope = np.polyfit(np.log(photons), np.log(noise), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.03)


def test_a_starved_ray_stays_finite():
    assert np.isfinite(ct_logarithm(np.zeros(3), 1e4)).all()


def test_ct_numbers_are_a_thousandth_of_what_water_adds_to_nothing():
    projector = parallel_projector(24, 30)
    lines = np.random.default_rng(0).random(projector.sinogram_shape).astype(np.float32)
    mu = filtered_backprojection(lines, projector, window="ramp") / 4.0  # per mm
    hu = reconstruct_ct(lines, projector, spacing_mm=4.0, window="ramp")
    np.testing.assert_allclose(hu, 1000 * (mu - 0.0193) / 0.0193, rtol=2e-5, atol=1e-2)
