"""Scans with their counts: what batches hold follows from seed and number, and what is said of them is so."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.datasets.thorax.counted import body_of, count_chest, counted_chest, lines  # noqa: E402
from medfuse_course.training import Budget, CountedScans  # noqa: E402
from medfuse_course.training.data.counted_scans import _mirror  # noqa: E402

BUDGET = Budget(steps=1, batch=4, pool=2)


def test_rows_follow_from_seed_and_number():
    whole = CountedScans().batch(3, 5, BUDGET, slice(None))
    part = CountedScans().batch(3, 5, BUDGET, slice(1, 3))
    for name, rows in whole.items():
        assert torch.equal(rows[1:3], part[name])
    assert not torch.equal(whole["low"], CountedScans().batch(3, 6, BUDGET, slice(None))["low"])


def test_a_mirrored_scan_is_the_scan_of_the_mirrored_chest():
    image = counted_chest(1).activity
    np.testing.assert_allclose(
        _mirror("counts", lines().project(image)), lines().project(image[:, ::-1].copy()), atol=1e-3
    )


def test_the_two_halves_are_the_counts_and_only_the_believed_ct_changes():
    chest = counted_chest(2)
    whole = count_chest(chest, 0.02, 7)
    halves = [count_chest(chest, 0.02, 7, share=0.5, part=part) for part in (0, 1)]
    np.testing.assert_array_equal(halves[0].counts + halves[1].counts, whole.counts)
    np.testing.assert_allclose(2 * halves[1].efficiency, whole.efficiency, rtol=1e-5)
    other = count_chest(chest, 0.02, 7, other_breath=True)
    np.testing.assert_array_equal(other.counts, whole.counts)
    assert other.efficiency.sum() > whole.efficiency.sum()  # more lung, less attenuation


def test_the_truth_explains_counts_without_noise_and_the_dome_is_cold_with_the_other_ct():
    chest = counted_chest(0)
    scan, other = (count_chest(chest, 0, 0, other_breath=breath) for breath in (False, True))
    np.testing.assert_allclose(scan.efficiency * lines().project(chest.activity), scan.counts, rtol=1e-4, atol=0.1)
    dome = chest.organ("liver") & (chest.other_hu < -500)
    assert other.pet[dome].mean() < 0.6 * scan.pet[dome].mean()


def test_lungs_are_in_the_body_and_the_air_around_it_is_not():
    hu = np.full((12, 12), -1000.0)
    hu[2:10, 2:10], hu[4:8, 4:8], hu[0, 0] = 40, -1000, 40
    body = body_of(hu)
    assert body[5, 5]
    assert body.sum() == 64
    assert not body_of(np.full((4, 4), -1000.0)).any()
