"""The table of a CT beside a low-dose PET: which CTs are given, what an image is worth, and the shipped trainings."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.benchmark import find_experiment, run_experiment, shipped_rows
from medfuse_course.benchmark.experiments import low_dose_ct
from medfuse_course.benchmark.experiments.low_dose_ct import CTS, NETWORKS, PATIENTS, TRIED, judge, tried_scan
from medfuse_course.datasets import load_case
from medfuse_course.training.data.patches import TRAIN_SEEDS

NUMBERS = ("psnr", "ssim", "suv_bias", "contrast", "erased", "made_up")


@pytest.fixture(scope="module")
def faint():
    return tried_scan("faint", 0.05, 1)


@pytest.fixture(scope="module")
def cold():
    return tried_scan("cold", 0.05, 1)


def test_the_right_ct_is_that_of_the_scan_and_the_others_are_not(faint):
    same = load_case("thorax/pet-ct-lesions", seed=1, lesions=4, lesion_size=12.0, lesion_suv=5.0)
    np.testing.assert_array_equal(faint.cts["right"], same.inputs["CT"])
    np.testing.assert_array_equal(same.target, faint.case.lesions)
    np.testing.assert_array_equal(faint.cts["shifted"][:, 6:], faint.cts["right"][:, :-6])
    assert faint.cts["right"][faint.case.lesions].mean() > -300 > faint.cts["breath"][faint.case.lesions].mean()
    assert set(faint.cts) == set(CTS)


def test_a_cold_nodule_is_seen_by_the_ct_alone(faint, cold):
    np.testing.assert_array_equal(cold.case.lesions, faint.case.lesions)
    np.testing.assert_array_equal(cold.cts["right"], faint.cts["right"])
    assert cold.case.target[cold.case.lesions].max() < 1.5 < 2.5 < faint.case.target[faint.case.lesions].max()


def test_what_an_image_is_worth_by_hand(faint, cold):
    target = faint.case.target
    assert judge(target, faint) == dict(zip(NUMBERS, (math.inf, 1, 0, 1, 0, 0), strict=True))
    less = judge(0.8 * target, faint)
    assert (less["suv_bias"], less["contrast"]) == (pytest.approx(-20, abs=1e-3), pytest.approx(0.8, abs=1e-6))
    assert judge(0 * target, faint)["erased"] == 100
    numbers, count = ndimage.label(cold.case.lesions)
    hot = np.where(numbers == 1, np.float32(3), cold.case.target)
    judged = judge(hot, cold)
    assert (count, judged["made_up"], judged["suv_bias"] > 10) == (4, 25, True)
    assert math.isnan(judged["contrast"]) and math.isnan(judged["erased"])


def test_where_no_lesion_reaches_the_threshold_none_can_be_erased(faint):
    pale = replace(faint, case=replace(faint.case, target=0.3 * faint.case.target))
    assert math.isnan(judge(faint.case.target, pale)["erased"])


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:lowdose_")
@pytest.mark.parametrize("network", NETWORKS)
def test_a_training_without_and_one_with_each_of_the_cts(network, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(low_dose_ct, "TRIED", (("cold", 0.05),))
    monkeypatch.setattr(low_dose_ct, "PATIENTS", (1,))
    rows = list(find_experiment("low_dose_ct").run_unit(network, 1, "smoke"))
    assert [row.ct for row in rows] == ["none", *CTS]
    assert {(row.network, row.seed, row.lesions, row.dose, row.patient) for row in rows} == {
        (network, 1, "cold", 0.05, 1)
    }
    assert len({row.psnr for row in rows}) == 4


def test_the_shipped_table_has_every_training_and_every_patient():
    shipped = shipped_rows("low_dose_ct")
    assert [(r.network, r.seed, r.ct, r.lesions, r.dose, r.patient) for r in shipped] == [
        ("lowdose_l1", seed, ct, *tried, patient)
        for seed in range(5)
        for given in (("none",), CTS)
        for tried in TRIED
        for patient in PATIENTS
        for ct in given
    ]
    assert max(PATIENTS) < TRAIN_SEEDS


@pytest.mark.torch
@pytest.mark.weekly
def test_a_part_of_the_shipped_table_comes_out_again(monkeypatch):
    """Where sums are rounded otherwise a training ends a little otherwise."""
    pytest.importorskip("torch")
    monkeypatch.setattr(low_dose_ct, "PATIENTS", (1,))
    again = list(run_experiment("low_dose_ct", ["lowdose_l1"], [2]))
    recorded = [r for r in shipped_rows("low_dose_ct") if (r.network, r.seed, r.patient) == ("lowdose_l1", 2, 1)]
    assert len(again) == len(recorded) == 4 * len(TRIED)
    for row, told in zip(again, recorded, strict=True):
        assert (row.ct, row.lesions, row.dose) == (told.ct, told.lesions, told.dose)
        assert row.psnr == pytest.approx(told.psnr, abs=0.3) and row.suv_bias == pytest.approx(told.suv_bias, abs=5)
