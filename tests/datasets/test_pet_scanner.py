"""A center in eight numbers: what it counts, what its two doses share, and what its patients are."""

from dataclasses import replace

import numpy as np
import pytest

from medfuse_course.datasets.pet_scanner import SIZE, PetScanner, draw_chest, paint_noise


@pytest.fixture(scope="module")
def chest():
    return draw_chest(703)


def test_a_patient_follows_from_the_seed_and_may_be_healthy(chest):
    healthy = draw_chest(703, lesions=False)
    assert chest.activity.shape == chest.hu.shape == (SIZE, SIZE) and chest.spacing_mm == pytest.approx(6.4)
    assert chest.lesions.any() and not healthy.lesions.any() and (chest.body == healthy.body).mean() > 0.99
    assert chest.activity[chest.lesions].min() > 1.5 > np.median(healthy.activity[chest.lesions])
    assert not chest.activity[~chest.body].any() or chest.activity[~chest.body].max() < 0.4
    np.testing.assert_array_equal(draw_chest(703).activity, chest.activity)


def test_without_noise_the_uptake_comes_back_scattered_or_not(chest):
    scanner = PetScanner(resolution_mm=0, filter_mm=0, iterations=20)
    for share in ({}, {"scatter": 0.0, "randoms": 0.0}):
        quiet = replace(scanner, **share).quiet(chest)
        assert quiet[chest.body].mean() == pytest.approx(chest.activity[chest.body].mean(), rel=0.02)
        assert np.corrcoef(quiet.ravel(), chest.activity.ravel())[0, 1] > 0.97


def test_noise_goes_with_the_root_of_the_counts_and_both_doses_share_some(chest):
    scanner = PetScanner()
    quiet, body = scanner.quiet(chest), chest.body
    pairs = [scanner.pair(chest, dose=0.1, seed=seed) for seed in range(4)]
    low, full = [pair.low - quiet for pair in pairs], [pair.full - quiet for pair in pairs]
    noise = [np.std([x[body] for x in scans]) for scans in (low, full)]
    assert 0.7 < noise[0] / noise[1] / np.sqrt(10) < 1.2
    shared = np.mean([np.corrcoef(a[body], b[body])[0, 1] for a, b in zip(low, full, strict=True)])
    assert shared == pytest.approx(np.sqrt(0.1), abs=0.1)
    again = scanner.pair(chest, dose=0.1, seed=0)
    np.testing.assert_array_equal(again.low - quiet, low[0])


def test_painted_noise_is_the_same_everywhere_and_never_negative(chest):
    flat = np.full((SIZE, SIZE), 5, dtype=np.float32)
    assert paint_noise(flat, 0.5, seed=1).std() == pytest.approx(0.5, rel=0.05)
    assert paint_noise(np.zeros_like(flat), 0.5, seed=1).min() == 0


def test_a_share_that_is_none_is_answered(chest):
    with pytest.raises(ValueError, match="dose: expected a share"):
        PetScanner().pair(chest, dose=1.5, seed=0)
