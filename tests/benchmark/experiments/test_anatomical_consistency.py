"""The table of organs that are kept: distances and means by hand, and a training of each kind."""

import numpy as np
import pytest

from medfuse_course.benchmark.experiments import anatomical_consistency
from medfuse_course.benchmark.experiments.anatomical_consistency import (
    hausdorff_95,
    judge_organs,
    means_set,
    organ_case,
    run,
)


def test_distances_by_hand():
    true, moved = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    true[5:10, 5:10], moved[5:10, 8:13] = True, True
    assert hausdorff_95(true, true) == 0
    assert hausdorff_95(moved, true) == hausdorff_95(true, moved) == pytest.approx(3 * 6.4)
    assert hausdorff_95(np.zeros_like(true), true) == 100
    outlier = true.copy()
    outlier[15:18, 15:18] = True  # near one way, far the other
    assert hausdorff_95(outlier, true) == hausdorff_95(true, outlier) > 6 * 6.4


def test_means_are_set_organ_by_organ():
    fused, b, organs = np.full((4, 4), 0.5, "f4"), np.full((4, 4), 0.2, "f4"), np.zeros((2, 4, 4), bool)
    organs[0, :2] = True
    made = means_set(fused, b, organs)
    np.testing.assert_allclose(made[:2], 0.2, rtol=1e-6)
    np.testing.assert_array_equal(made[2:], fused[2:])
    np.testing.assert_array_equal(fused, 0.5)


def test_the_pet_itself_has_no_error_and_all_contrast():
    case = organ_case(1)
    row = judge_organs("pet", 0, 1, case.b, case.organs, ~case.organs)
    assert row.organ_error == 0 and row.liver_lesion == row.lung_lesions == pytest.approx(1)
    assert row.dice == 1 and row.judge < 0.01 and row.hausdorff == 0


@pytest.mark.torch
def test_a_unit_has_a_row_for_each_patient(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(anatomical_consistency, "PATIENTS", (0, 1))
    for arm in ("organs", "by_hand"):
        rows = list(run(arm, 0, "smoke"))
        assert [row.patient for row in rows] == [0, 1]
        assert all(0 <= row.dice <= 1 and np.isfinite(row.organ_error) for row in rows)
