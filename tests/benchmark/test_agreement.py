"""Rank agreement, held to Kendall's formula counted pair by pair."""

from itertools import combinations
from math import sqrt

import numpy as np
import pytest

from medfuse_course.benchmark import phantom_scores, rank_agreement

SOME = ("average", "maximum", "laplacian_pyramid", "nsct", "dwt", "fw_net", "cddfuse", "mmif_inet")


def _counted(x, y):
    """Kendall (1945): concordant and discordant pairs, those tied in one of the two in the root."""
    signs = [(np.sign(x[i] - x[j]), np.sign(y[i] - y[j])) for i, j in combinations(range(len(x)), 2)]
    by_x, by_y = (sum(1 for pair in signs if pair[k] != 0) for k in (0, 1))
    return sum(a * b for a, b in signs) / sqrt(by_x * by_y)


@pytest.mark.parametrize("second", ["lesion_contrast_recovery", "missed_edges", "background_lift"])
def test_it_is_kendalls_tau_of_each_phantom(second):
    """Background lift ties several of these: they leave black black."""
    x, y = (phantom_scores(name, SOME, ["head/mri-ct"]) for name in ("qabf", second))
    expected = [_counted(x[:, k], y[:, k]) for k in range(x.shape[1])]
    assert len(expected) == 12
    np.testing.assert_allclose(rank_agreement("qabf", second, ["head/mri-ct"], SOME), expected, atol=1e-12)


def test_a_measure_is_held_against_itself_on_the_other_phantoms():
    """With its own phantom among the others the order would be another one, somewhere."""
    pairs = ["head/mri-spect"]
    x = phantom_scores("lesion_contrast_recovery", SOME, pairs)
    others = [_counted(x[:, k], np.delete(x, k, axis=1).mean(axis=1)) for k in range(x.shape[1])]
    everyone = [_counted(x[:, k], x.mean(axis=1)) for k in range(x.shape[1])]
    found = rank_agreement("lesion_contrast_recovery", "lesion_contrast_recovery", pairs, SOME)
    np.testing.assert_allclose(found, others, atol=1e-12)
    assert others != everyone


def test_two_methods_have_no_order_worth_the_name():
    with pytest.raises(ValueError, match="at least three"):
        rank_agreement("qabf", "ssim", methods=("average", "maximum"))
