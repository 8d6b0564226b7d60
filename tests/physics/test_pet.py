"""PET: corrected it is right, uncorrected it is hollow, exactly as theory says."""

import numpy as np
import pytest
from scipy import integrate

from medfuse_course.physics import (
    filtered_backprojection,
    hu_to_mu,
    parallel_projector,
    pet_expected,
    poisson_counts,
    reconstruct_pet,
)
from tests.physics.test_projector import disk

SIZE, SPACING, RADIUS = 81, 3.0, 100.0


@pytest.fixture(scope="module")
def scan():
    projector = parallel_projector(SIZE, 120)
    body = disk(SIZE, RADIUS / SPACING)
    return projector, body, body * np.float32(0.0096)


def cupping(r, radius, mu):
    """Abel inversion of 2 s exp(-2 mu s), the uncorrected projection of a uniform disk, s half the chord."""
    half = np.sqrt(radius**2 - r**2)

    def integrand(angle):
        x = 2 * mu * half * np.cos(angle)
        return np.exp(-x) * (1 - x)

    return 2 / np.pi * integrate.quad(integrand, 0, np.pi / 2)[0]


def test_an_uncorrected_disk_is_hollow_as_theory_says(scan):
    projector, body, mu = scan
    expected = pet_expected(body, projector, spacing_mm=SPACING, mu=mu, resolution_mm=0)
    found = filtered_backprojection(expected, projector)
    rows, columns = np.indices((SIZE, SIZE)) - SIZE // 2
    distance = SPACING * np.hypot(rows, columns)
    for r in (0, 20, 40, 60, 80):
        ring = np.abs(distance - r) < 3
        assert found[ring].mean() == pytest.approx(cupping(r, RADIUS, 0.0096), abs=0.01)
    assert cupping(0, RADIUS, 0.0096) < 0.3 * cupping(80, RADIUS, 0.0096)


def test_mlem_without_correction_is_hollow_and_with_it_flat(scan):
    projector, body, _ = scan
    mu = hu_to_mu(np.where(body > 0.5, 0.0, -1000.0), 511) * np.float32(0.5)  # weak enough to stay positive
    expected = pet_expected(body, projector, spacing_mm=SPACING, mu=mu, resolution_mm=0)
    core, rim = disk(SIZE, 8) == 1, (disk(SIZE, 29) == 1) & (disk(SIZE, 25) == 0)
    hollow = reconstruct_pet(expected, projector, spacing_mm=SPACING, iterations=8)
    flat = reconstruct_pet(expected, projector, spacing_mm=SPACING, mu=mu, iterations=8)
    assert hollow[core].mean() == pytest.approx(cupping(0, RADIUS, 0.0048), abs=0.03)
    assert hollow[core].mean() < 0.7 * hollow[rim].mean()
    assert flat[core].mean() == pytest.approx(1, abs=0.02)
    assert flat[rim].mean() == pytest.approx(1, abs=0.02)


def test_the_detectors_blur_by_what_they_say(scan):
    projector, _, _ = scan
    point = np.zeros((SIZE, SIZE), dtype=np.float32)
    point[SIZE // 2, SIZE // 2] = 1
    profile = pet_expected(point, projector, spacing_mm=SPACING, resolution_mm=12.0)[0].astype(np.float64)
    t = SPACING * (np.arange(SIZE) - SIZE // 2)
    sd = np.sqrt((profile * t**2).sum() / profile.sum())
    assert 2.3548 * sd == pytest.approx(12.0, rel=0.01)
    assert profile.sum() == pytest.approx(1, rel=1e-4)


def test_noise_falls_with_the_root_of_the_counts(scan):
    projector, body, mu = scan
    expected = pet_expected(body, projector, spacing_mm=SPACING, mu=mu)
    quiet = reconstruct_pet(expected, projector, spacing_mm=SPACING, mu=mu, iterations=2)
    core, totals, noise = disk(SIZE, 24) == 1, np.array([2e5, 8e5, 3.2e6, 1.28e7]), []
    for total in totals:
        counts = poisson_counts(expected, total, seed=3) * (expected.sum() / total)
        image = reconstruct_pet(counts, projector, spacing_mm=SPACING, mu=mu, iterations=2)
        noise.append((image - quiet)[core].std())
    assert np.polyfit(np.log(totals), np.log(noise), 1)[0] == pytest.approx(-0.5, abs=0.05)


def test_a_filter_smooths_and_keeps_the_sum(scan):
    projector, body, mu = scan
    counts = poisson_counts(pet_expected(body, projector, spacing_mm=SPACING, mu=mu), 1e6, seed=1)
    rough, smooth = (
        reconstruct_pet(counts, projector, spacing_mm=SPACING, mu=mu, iterations=2, filter_mm=f) for f in (0, 8)
    )
    core = disk(SIZE, 24) == 1
    assert smooth[core].std() < 0.5 * rough[core].std()
    assert smooth.sum() == pytest.approx(rough.sum(), rel=1e-4)
