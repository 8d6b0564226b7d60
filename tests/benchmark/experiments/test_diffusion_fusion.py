"""Fusion by diffusion: its cases, its controls, its numbers."""

import numpy as np
import pytest

from medfuse_course.benchmark.experiments.choosing import choose, chosen_by_heads
from medfuse_course.benchmark.experiments.damaged_views import SIDE, small_pair, views
from medfuse_course.benchmark.experiments.diffusion_fusion import RIVALS, judged
from medfuse_course.benchmark.experiments.diffusion_fusion import run as run_unit


def test_views_show_one_slice_and_differ_where_either_is_damaged():
    a, b, truth, head = views(3, 1)
    assert a.shape == b.shape == truth.shape == head.shape == (SIDE, SIDE)
    again = views(3, 1)
    assert np.array_equal(a, again[0]) and not np.array_equal(a, views(4, 1)[0])
    off = [(np.abs(view - truth) > 0.25)[head] for view in (a, b)]
    assert all(0.03 < one.mean() < 0.3 for one in off) and (off[0] & off[1]).mean() < 0.1
    assert [image.shape for image in small_pair("head/mri-pet", 0)] == [(64, 64)] * 2


def test_numbers_by_hand():
    truth, head = np.zeros((2, 2), "f4"), np.array([[True, True], [True, False]])
    a, b = np.array([[0.4, 0.05], [0.2, 1]]), np.zeros((2, 2))
    drawn = np.array([[[0.2, 0], [0, 9]], [[0.4, 0], [0.02, 9]]])
    said = judged(drawn, a, b, truth, head)
    assert said["rmse"] == pytest.approx(np.sqrt((0.3**2 + 0.01**2) / 3))
    assert said["rmse_one"] == pytest.approx(np.mean([np.sqrt(0.04 / 3), np.sqrt((0.16 + 0.0004) / 3)]))
    assert said["spread"] == pytest.approx((0.1 + 0.01) / 3)
    assert said["auc_spread"] == said["auc_difference"] == said["auc_difference_apart"] == said["correlation"] == 1
    assert "spread" not in judged(drawn[:1], a, b, truth, head)


def test_who_chooses_takes_the_view_near_the_reference_and_the_mean_where_both_agree():
    a, b = np.full((2, 24, 24), 0.5, "f4")
    a[:, :12], b[:, :12] = 0.2, 0.9
    b[:, 12:] = 0.6
    for wanted in (a, b):
        chosen = choose(a, b, wanted)
        np.testing.assert_array_equal(chosen[:, :10], wanted[:, :10])
        np.testing.assert_allclose(chosen[:, 12:], 0.55)


def test_four_other_heads_know_what_belongs_there_without_a_network():
    a, b, truth, head = views(7, 0)
    off = {name: np.sqrt(np.mean((made - truth)[head] ** 2)) for name, made in (
        ("heads", chosen_by_heads(a, b)), ("average", (a + b) / 2)
    )}  # fmt: skip
    assert off["heads"] < 0.8 * off["average"]


@pytest.mark.torch
def test_without_a_prior_the_released_step_ends_near_the_average():
    pytest.importorskip("torch")
    rows = {arm: list(run_unit(arm, 0, "smoke")) for arm in ("average", "em", "none")}
    assert [row.case for row in rows["em"]] == ["mri-ct", "mri-pet", "views 0", "views 1"] and set(RIVALS) > {"average"}
    for arm in ("em", "none"):
        for row, mean in zip(rows[arm], rows["average"], strict=True):
            assert row.calls == 0 and row.arm == arm
            assert row.rmse == pytest.approx(mean.rmse, abs=0.01, nan_ok=True)
    assert np.isnan(rows["em"][2].spread) and rows["none"][2].spread < 0.03
