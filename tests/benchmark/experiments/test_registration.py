"""The registration experiment: what its measures say of displacements that are known, and what was found."""

import numpy as np
import pytest

from medfuse_course.benchmark.experiments import registration
from medfuse_course.datasets import load_pair


@pytest.fixture(scope="module")
def moved():
    return registration.move(load_pair("head/mri-ct", seed=6, slice=30), 6, "shift", 6)


def test_the_truth_leaves_nothing_and_doing_nothing_leaves_the_shift(moved):
    none, oracle = (registration.judge(arm, 0, moved, registration.aligned(arm, moved)) for arm in ("none", "oracle"))
    assert none.landmark_mm == pytest.approx(6, abs=1e-3) and oracle.landmark_mm == pytest.approx(0, abs=1e-6)
    assert none.folded == oracle.folded == 0 and oracle.ssim > none.ssim + 0.1


def test_a_displacement_that_mirrors_folds_everywhere():
    flow = np.zeros((2, 8, 8))
    flow[1] = -2 * np.arange(8)
    assert registration.share_folded(flow, np.ones((8, 8), bool)) == 1
    assert registration.share_folded(0 * flow, np.ones((8, 8), bool)) == 0


def test_landmarks_are_where_two_tissues_meet():
    labels = np.zeros((9, 9), np.uint8)
    labels[2:7, 2:7] = 1
    found = registration.landmarks(labels)
    assert found.sum() == 16 and not found[4, 4] and not found[1, 4]  # the rim of a square of five, from inside


def test_tissues_overlap_as_a_shift_by_hand_says():
    """Looked at five pixels further down than it lies, a square of ten by ten keeps half of its rows."""
    labels = np.zeros((32, 32), np.uint8)
    labels[10:20, 10:20] = 3
    labels[2:4, 2:4] = 1  # too small to count
    still, down = np.zeros((2, 32, 32)), np.zeros((2, 32, 32))
    down[0] = 5
    assert registration.overlap(labels, still, still) == registration.overlap(labels, down, down) == 1
    assert registration.overlap(labels, still, down) == registration.overlap(labels, down, still) == 0.5
    assert registration.overlap(labels, down, -down) == 0


@pytest.mark.parametrize("elastic", [False, True])
def test_mutual_information_finds_a_shift(moved, elastic):
    pytest.importorskip("SimpleITK", reason="SimpleITK is not installed; pip install 'medfuse-course[registration]'")
    from medfuse_course.benchmark.experiments.registration.sceptic import register

    row = registration.judge("x", 0, moved, register(moved.before.a, moved.b, elastic=elastic))
    assert row.landmark_mm < 1.5
