"""The table of lesions on CT and PET: what a mask is worth, what is trained, and the shipped trainings."""

import numpy as np
import pytest

from medfuse_course.benchmark import run_experiment, shipped_rows
from medfuse_course.benchmark.experiments import segmentation
from medfuse_course.benchmark.experiments.lesion_table import (
    NETWORKS,
    STRATEGIES,
    WORLDS,
    SegmentationRow,
    lesion_means,
    segmentation_table,
)
from medfuse_course.benchmark.experiments.segmentation import PATIENTS, fused_as_ct, judge_mask, tried_patient
from medfuse_course.training.data.patches import TRAIN_SEEDS

ROW = SegmentationRow("early", 0, "both", "mimics", 3, 0.5, 2, 1, 0, 2, 1, 0.5, 0, 0, 0.0, 1, 1, 0.9)


@pytest.fixture(scope="module")
def tried():
    return tried_patient("mimics", 3)


def test_what_a_mask_is_worth_by_hand(tried):
    truth = tried.case.target
    right = judge_mask(truth, tried)
    lesions = sum(right[size] for size in ("small", "middle", "large"))
    found = sum(right[f"{size}_{what}"] for size in ("small", "middle", "large") for what in ("found", "dice"))
    assert (right["dice"], right["invented"], right["clots"], right["benign"]) == (1, 0, 0, 0)
    assert lesions > 0 and found == 2 * lesions
    more = judge_mask(truth | tried.masks["clots"] | tried.masks["benign"], tried)
    assert (more["clots"], more["benign"], more["invented"]) == (2, 2, 4) and more["dice"] < 1
    assert judge_mask(np.zeros_like(truth), tried)["dice"] == 0


def test_a_fused_image_stands_on_the_scale_of_the_ct(tried):
    ct, pet = tried.case.inputs.values()
    fused = fused_as_ct(ct, pet)
    assert fused.shape == ct.shape and -1000 <= fused.min() < fused.max() <= 400
    dense = (ct > -200) & (ct < 200) & tried.masks["lesions"]
    assert fused[dense].mean() > -700


def test_means_by_hand():
    other = SegmentationRow("early", 1, "both", "mimics", 3, 0.7, 0, 0, 2, 2, 2, 1.5, 1, 0, 0.0, 0, 0, 0.0)
    found = lesion_means([ROW, other])
    assert found["dice"] == pytest.approx(0.6) and found["invented"] == 1 and found["clots"] == 1
    assert (found["small"], found["small_dice"], found["middle"], found["large"]) == (0.75, 0.5, 0, 1)
    lines = segmentation_table([ROW, other]).splitlines()
    assert lines[0] == "## mimics" and lines[4].startswith("| early | both | 2 | 0.60 ± 0.14 | 0.75 ± 0.35 |")


@pytest.mark.torch
@pytest.mark.slow
def test_a_short_training_gives_rows_for_each_world_and_modality(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(segmentation, "PATIENTS", (3,))
    rows = list(run_experiment("segmentation", ["percent_41", "late", "fused_first"], [3], "smoke"))
    assert [(r.strategy, r.seed, r.given, r.world) for r in rows] == [
        ("percent_41", 0, "both", "lesions"),
        ("percent_41", 0, "both", "mimics"),
        ("late", 3, "both", "lesions"),
        *[("late", 3, given, "mimics") for given in ("both", "ct", "pet")],
        ("fused_first", 3, "both", "lesions"),
        ("fused_first", 3, "both", "mimics"),
    ]


def test_the_shipped_table_has_every_patient():
    """Of each strategy, trained or not, that it holds; those that need no training are all there."""
    shipped = shipped_rows("segmentation")
    held = {(r.strategy, r.seed) for r in shipped}
    assert held >= {(name, 0) for name in STRATEGIES if name not in NETWORKS}
    for strategy, seed in held:
        rows = [r for r in shipped if (r.strategy, r.seed, r.given) == (strategy, seed, "both")]
        assert {(r.world, r.patient) for r in rows} == {(w, p) for w in WORLDS for p in PATIENTS}
    assert max(PATIENTS) < TRAIN_SEEDS


@pytest.mark.torch
@pytest.mark.weekly
def test_the_shipped_table_comes_out_again():
    """All that is not trained, the network that ships included."""
    pytest.importorskip("torch")
    names = [name for name in STRATEGIES if name not in NETWORKS]
    told = [r for r in shipped_rows("segmentation") if r.strategy in names]
    again = list(run_experiment("segmentation", names, [0]))
    assert [(r.strategy, r.world, r.patient, r.given) for r in again] == [
        (r.strategy, r.world, r.patient, r.given) for r in told
    ]
    for row, known in zip(again, told, strict=True):
        assert row.dice == pytest.approx(known.dice, abs=0.01)
