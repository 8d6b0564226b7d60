"""Shares of the variance, against tables done by hand and SciPy's one-way analysis."""

import math

import numpy as np
import pytest
from scipy import stats

from medfuse_course.benchmark import variance_shares

NAMES = ("transform", "rule")


def test_by_hand():
    # Means of rows 2 and 6, of columns 3 and 5, of all 4; sums of squares 16 and 4 of 20 + 4 for the rest.
    shares = variance_shares([[0, 4], [6, 6]], NAMES)
    assert shares == pytest.approx({"transform": 16 / 24, "rule": 4 / 24, "together": 4 / 24})


def test_one_factor_alone_explains_all():
    assert variance_shares([[1, 1, 1], [5, 5, 5]], NAMES) == pytest.approx({"transform": 1, "rule": 0, "together": 0})


def test_choices_that_only_matter_together():
    assert variance_shares([[0, 1], [1, 0]], NAMES) == pytest.approx({"transform": 0, "rule": 0, "together": 1})


def test_scale_and_offset_do_not_matter():
    table = np.random.default_rng(0).random((4, 3, 5))
    names = (*NAMES, "base rule")
    assert variance_shares(7 * table - 3, names) == pytest.approx(variance_shares(table, names))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_share_follows_from_the_f_of_an_independent_analysis(axis):
    """F = (share / (L - 1)) / ((1 - share) / (N - L)) of the one-way analysis by this factor."""
    table = np.random.default_rng(1).random((4, 3, 5))
    groups = np.moveaxis(table, axis, 0).reshape(table.shape[axis], -1)
    f = stats.f_oneway(*groups).statistic
    freedom = (len(groups) - 1) / (table.size - len(groups))
    share = variance_shares(table, ("a", "b", "c"))["abc"[axis]]
    assert share == pytest.approx(f * freedom / (1 + f * freedom))


def test_no_variance_has_no_shares():
    assert all(math.isnan(share) for share in variance_shares(np.full((2, 3), 0.1), NAMES).values())


@pytest.mark.parametrize("values", [[1, 2], [[1, 2]], np.zeros((2, 2, 2)), [[1, 2], [3, math.nan]]])
def test_not_a_full_table(values):
    with pytest.raises(ValueError, match="values: expected"):
        variance_shares(values, NAMES)
