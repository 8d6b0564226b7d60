"""PET: corrected it is right, uncorrected it is hollow, exactly as theory says."""

import numpy as np
import pytest
from scipy import integrate

from medfuse_course.physics import (
    filtered_backprojection,
    hu_to_mu,
    parallel_projector,
    pet_background,
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
    unfiltered = reconstruct_pet(counts, projector, spacing_mm=SPACING, mu=mu, iterations=2)
    np.testing.assert_array_equal(unfiltered, rough, "no filter unless one is asked for")
    assert smooth[core].std() < 0.5 * rough[core].std()
    assert smooth.sum() == pytest.approx(rough.sum(), rel=1e-4)


def test_a_lesion_keeps_its_contrast_at_every_dose(scan):
    """Noise grows by the root, the mean stays: the second half of the dose curve."""
    projector, body, mu = scan
    spot = disk(SIZE, 6) == 1
    expected = pet_expected(body + 4 * spot, projector, spacing_mm=SPACING, mu=mu, resolution_mm=0)
    ring = (disk(SIZE, 24) == 1) & (disk(SIZE, 12) == 0)
    for total in (4e5, 1e5, 2e4):
        counts = poisson_counts(expected, total, seed=8) * (expected.sum() / total)
        image = reconstruct_pet(counts, projector, spacing_mm=SPACING, mu=mu, iterations=4, filter_mm=4)
        inner = disk(SIZE, 4) == 1
        assert image[inner].mean() / image[ring].mean() == pytest.approx(5, rel=0.15)


def test_scatter_and_randoms_have_their_shares_and_scatter_is_broad(scan):
    projector, body, mu = scan
    true = pet_expected(body, projector, spacing_mm=SPACING, mu=mu)
    beside = pet_background(true, scatter=0.3, randoms=0.2)
    assert beside.sum() / (true.sum() + beside.sum()) == pytest.approx(0.5, rel=1e-4)
    np.testing.assert_allclose(pet_background(true, scatter=0, randoms=0.2), 0.25 * true.mean(), rtol=1e-4)
    scattered = pet_background(true, scatter=0.3, randoms=0)[0]
    assert np.ptp(scattered) / scattered.mean() < 0.7 * np.ptp(true[0]) / true[0].mean()
    with pytest.raises(ValueError, match="scatter, randoms: expected shares"):
        pet_background(true, scatter=0.6, randoms=0.4)


def test_a_background_that_the_model_knows_adds_noise_and_no_activity(scan):
    projector, body, mu = scan
    true = pet_expected(body, projector, spacing_mm=SPACING, mu=mu)
    beside, core = pet_background(true, scatter=0.3, randoms=0.2), disk(SIZE, 24) == 1
    options = {"spacing_mm": SPACING, "mu": mu, "iterations": 2}
    quiet = reconstruct_pet(true, projector, **options)
    known = reconstruct_pet(true + beside, projector, background=beside, **options)
    believed_none = reconstruct_pet(true + beside, projector, **options)
    assert known[core].mean() == pytest.approx(quiet[core].mean(), rel=0.02)
    assert believed_none[core].mean() > 1.5 * quiet[core].mean()


def test_the_noise_of_a_background_stays_once_the_iterations_are_enough(scan):
    """As many true pairs: with as many others beside them the noise is up to sqrt(2) times as large. Too few
    iterations hide it, since the background slows them down."""
    projector, body, mu = scan
    true = pet_expected(body, projector, spacing_mm=SPACING, mu=mu)
    beside, core, unit = pet_background(true, scatter=0.3, randoms=0.2), disk(SIZE, 24) == 1, true.sum() / 1e6

    def noise(background, iterations):
        expected = true if background is None else true + background
        images = [
            reconstruct_pet(
                poisson_counts(expected, float(expected.sum() / unit), seed=seed) * unit, projector,
                spacing_mm=SPACING, mu=mu, background=background, iterations=iterations, filter_mm=8,
            )
            for seed in (1, 2)
        ]  # fmt: skip
        return (images[0] - images[1])[core].std()

    assert 1.15 < noise(beside, 16) / noise(None, 16) < 1.05 * np.sqrt(2)
    assert noise(beside, 2) < noise(None, 2)
