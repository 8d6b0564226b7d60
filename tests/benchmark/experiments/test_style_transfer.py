"""Two centers: what a reading is worth, said by hand; nobody is seen in both centers; the scale of B is undone."""

import numpy as np
import pytest

from medfuse_course.benchmark.experiments.style_transfer import (
    ARMS,
    OTHER,
    calibrated,
    ideal_case,
    judge,
    shipped_translations,
)
from medfuse_course.benchmark.experiments.style_transfer import PATIENTS as TRIED
from medfuse_course.datasets.centers import CENTERS
from medfuse_course.datasets.examinations import SCANNERS, ideal_images, made_like, seen_by

PATIENT = TRIED[2]


def test_the_truth_is_right_in_every_column():
    case, fused = ideal_case(PATIENT)
    row = judge(ideal_images(PATIENT), case.lesions, fused.target, PATIENT)
    assert row["dice"] == 1 and row["ssim"] == pytest.approx(1) and row["lesion_error"] == pytest.approx(0, abs=1e-4)
    assert row["lesions"] > 0
    assert [row[name] for name in ("missed", "invented", "erased", "made_up")] == [0, 0, 0, 0]


def test_what_is_erased_and_made_up_is_counted():
    case, fused = ideal_case(PATIENT)
    count, images = int(judge(ideal_images(PATIENT), case.lesions, fused.target, PATIENT)["lesions"]), None
    images = np.where(case.lesions, 0.5 * ideal_images(PATIENT), ideal_images(PATIENT)).astype(np.float32)
    assert judge(images, case.lesions, fused.target, PATIENT)["lesion_error"] == pytest.approx(50, abs=0.1)
    images[1][case.lesions] = 0.2
    lung = np.argwhere((case.labels == 1) & (np.indices(case.labels.shape)[0] > 30))[0]
    mask = np.zeros_like(case.lesions)
    mask[tuple(lung)] = True
    row = judge(images, mask, fused.target, PATIENT)
    assert row["dice"] == 0 and (row["missed"], row["invented"]) == (count, 1)
    assert row["erased"] == sum(x >= 2.5 for x in _peaks(case)) and row["made_up"] == 0
    images[1][lung[0] : lung[0] + 2, lung[1] : lung[1] + 2] = 0.3
    assert judge(images, mask, fused.target, PATIENT)["made_up"] == 1


def _peaks(case):
    from scipy import ndimage

    numbers, count = ndimage.label(case.lesions, np.ones((3, 3)))
    return [case.target[numbers == k].max() for k in range(1, count + 1)]


def test_calibration_undoes_the_scale_and_nothing_else():
    images = np.stack([np.full((4, 4), 0.3), SCANNERS[OTHER].handed_out(np.full((4, 4), 4.0)) / 10])
    undone = calibrated(images)
    np.testing.assert_allclose(undone, np.stack([np.full((4, 4), 0.3), np.full((4, 4), 0.4)]), rtol=1e-5)
    assert SCANNERS[OTHER].gain == 0.6 and CENTERS["B"].gain == 1


def test_a_match_brings_a_center_nearer_to_another():
    change = made_like(OTHER, "A", pool=2)
    given, wanted = (seen_by(name, PATIENT) for name in (OTHER, "A"))
    hot = given.mask
    before, after = (abs(x[1][hot].mean() - wanted.images[1][hot].mean()) for x in (given.images, change(given.images)))
    assert after < before


@pytest.mark.torch
def test_the_other_way_round_only_the_images_of_a_change():
    from medfuse_course.training import Budget
    from medfuse_course.training.data.center_slices import CenterReadings

    budget = Budget(steps=1, batch=2, patch=96, pool=2)
    plain, alike = (CenterReadings("A", x).batch(0, 0, budget, slice(0, 2)) for x in ("", OTHER))
    for name in ("mask", "fused"):
        np.testing.assert_array_equal(plain[name], alike[name])
    change, x = made_like("A", OTHER, pool=2), plain["x"].numpy()
    wanted = np.stack([change(row) for row in x])
    mirrored = np.stack([change(row[..., ::-1])[..., ::-1] for row in x])
    got = alike["x"].numpy()
    off = np.minimum(abs(got - wanted).max(axis=(1, 2, 3)), abs(got - mirrored).max(axis=(1, 2, 3)))
    assert off.max() < 1e-5 and abs(got - x).max() > 0.1


@pytest.mark.torch
def test_only_the_oracle_sees_a_patient_in_both_centers():
    import torch

    from medfuse_course.training import Budget
    from medfuse_course.training.data.center_slices import TwoCenters

    budget = Budget(steps=1, batch=3, patch=96, pool=2)
    unpaired, paired = (TwoCenters(paired=answer).batch(0, 0, budget, slice(0, 3)) for answer in (False, True))
    of_a = [seen_by("A", seed).images for seed in CENTERS["A"].patients[:2]]
    for row in range(3):
        mine = unpaired["b"][row].numpy()
        assert any(np.array_equal(mine, x) or np.array_equal(mine, x[..., ::-1]) for x in of_a)
    ct = [np.corrcoef(paired["a"][row, 0].ravel(), paired["b"][row, 0].ravel())[0, 1] for row in range(3)]
    assert min(ct) > 0.95 and torch.isfinite(paired["a"]).all()
    assert not set(CENTERS["A"].patients) & set(CENTERS["B"].patients) and not set(TRIED) & set(CENTERS["A"].patients)


def test_shipped_translations_are_examinations():
    assert "cyclegan" in ARMS
    for patient, images in shipped_translations().items():
        assert patient in TRIED and images.shape == (2, 96, 96) and 0 <= images.min() <= images.max() <= 1
