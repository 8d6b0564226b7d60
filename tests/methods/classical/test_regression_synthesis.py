"""Regression from MRI to CT: the arithmetic by brute force, and the truth of heads that it has not seen."""

import numpy as np
import pytest

from medfuse_course import synthesize
from medfuse_course.datasets.catalogue import load_case
from medfuse_course.methods import solve
from medfuse_course.methods.classical.regression_synthesis import TRAINING_SEED, _learned, describe
from medfuse_course.metrics import score


def test_each_pixel_is_the_mean_of_its_nearest_training_pixels():
    tree, scale, values = _learned()
    (x,) = load_case("head/mri-to-ct", seed=2).inputs.values()
    result, (features, near) = synthesize(x, neighbors=5), describe(x)
    for i, j in np.argwhere(near)[::4001]:
        distance = ((np.asarray(tree.data) - features[i, j] / scale) ** 2).sum(axis=1)
        assert result[i, j] == pytest.approx(values[np.argsort(distance)[:5]].mean(), abs=1e-5)
    assert (result[~near] == 0).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_heads_it_has_not_seen(seed):
    """Brain MRI to CT errs by 80 to 137 HU in the literature's patients; a phantom is easier."""
    case = load_case("head/mri-to-ct", seed=seed)
    assert seed < TRAINING_SEED
    assert score(solve(case), case, "mae")["mae"] < 60
    bone = case.target > 300
    assert 2 * (bone & (solve(case) > 300)).sum() / (bone.sum() + (solve(case) > 300).sum()) > 0.85


def test_what_the_mri_does_not_show_is_not_found():
    """Without its skull's shape the air of a sinus and bone look alike: the phantom's T1 knows no HU."""
    case = load_case("head/mri-to-ct", seed=0, contrast="t2")
    t1 = load_case("head/mri-to-ct", seed=0)
    assert score(solve(case), case, "mae")["mae"] > 2 * score(solve(t1), t1, "mae")["mae"]


def test_the_number_of_neighbors_is_checked():
    for wrong in (0, 2.5, True, 501):
        with pytest.raises(ValueError, match="neighbors: expected a whole number from 1 to 500"):
            synthesize(np.zeros((16, 16)), neighbors=wrong)
    assert synthesize(load_case("head/mri-to-ct").inputs["MRI"], neighbors=1).max() > 0.5
