"""The table of a physical loss: what is measured on images that are known, and baselines that keep what they say."""

import numpy as np
import pytest

from medfuse_course.benchmark.experiments import physical_loss
from medfuse_course.benchmark.experiments.physical_loss import baselines, contrast, judge, run, tried
from medfuse_course.datasets.thorax.counted import body_of, count_chest, counted_chest


def test_the_truth_is_right_in_everything():
    chest = counted_chest(1)
    found = judge(chest.activity, chest, count_chest(chest, 0, 0), "right")
    assert found["error"] == 0
    assert 0 < found["air"] < 8  # pixels half of skin
    assert found["counts"] == pytest.approx(0, abs=0.01)
    assert [found[name] for name in ("center", "edge", "dome")] == pytest.approx([0, 0, 0], abs=1e-4)
    assert found["lung_lesions"] == found["liver_lesion"] == pytest.approx(1)


def test_half_the_activity_is_half_of_everything():
    chest = counted_chest(1)
    found = judge(0.5 * chest.activity, chest, count_chest(chest, 0, 0), "right")
    assert [found[name] for name in ("center", "dome", "counts")] == pytest.approx([-50, -50, -50], abs=0.01)
    assert found["liver_lesion"] == pytest.approx(0.5)


def test_a_contrast_by_hand():
    """A lesion of 5 in 1 is shown as 3 in 1: half of its contrast is left."""
    lesion, made = np.zeros((9, 9), bool), np.ones((9, 9))
    lesion[4, 4] = True
    assert contrast(made + 2 * lesion, made + 4 * lesion, lesion, ~lesion) == pytest.approx(0.5)
    assert np.isnan(contrast(made, made, np.zeros_like(lesion), ~lesion))


def test_by_hand_there_is_nothing_in_the_air_and_no_count_is_lost():
    chest, scan = tried(3, "right")
    found = judge(baselines.by_hand(0.7 * scan.pet + 0.1, scan, chest.hu), chest, scan, "right")
    assert found["air"] == 0 and found["counts"] == pytest.approx(0, abs=1e-3)


def test_a_kernel_shares_counts_among_neighbors_of_one_kind():
    chest, scan = tried(3, "right")
    kernel = baselines.alike(chest.hu, scan.pet)
    np.testing.assert_allclose(kernel.sum(axis=1), 1, rtol=1e-5)
    hu = np.where(np.arange(64) < 32, -800.0, 50.0) * np.ones((64, 1))
    assert baselines.alike(hu, np.zeros((64, 64)))[30 * 64 + 31, 30 * 64 + 32] < 1e-6
    made, smooth = baselines.kernel_em(scan, chest.hu), baselines.filtered(scan)
    assert made[~body_of(chest.hu)].max() == 0
    errors = [judge(image, chest, scan, "right")["error"] for image in (made, smooth, scan.pet)]
    assert errors == sorted(errors)


@pytest.mark.torch
def test_a_unit_has_a_row_for_each_ct_and_patient(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(physical_loss, "PATIENTS", (0, 1))
    rows = list(run("joint", 0, "smoke"))
    assert [(row.ct, row.patient) for row in rows] == [("right", 0), ("right", 1), ("other", 0), ("other", 1)]
    assert all(np.isfinite(row.error) for row in rows)
