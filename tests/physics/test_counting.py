"""Thinning: what is left of a Poisson scan is a Poisson scan."""

import numpy as np
import pytest
from scipy import stats

from medfuse_course.physics import poisson_counts, thin_counts


def test_thinned_poisson_counts_are_poisson_counts():
    counts = poisson_counts(np.ones(40_000), 40_000 * 12.0, seed=1)
    thinned = thin_counts(counts, 0.25, seed=2)
    assert thinned.mean() == pytest.approx(3.0, rel=0.02)
    assert thinned.var() / thinned.mean() == pytest.approx(1.0, abs=0.03)
    observed = np.bincount(thinned.astype(int).clip(0, 9), minlength=10)
    expected = stats.poisson(3.0).pmf(np.arange(10))
    expected[9] = 1 - expected[:9].sum()
    assert stats.chisquare(observed, expected * thinned.size).pvalue > 1e-3


def test_the_rest_is_independent_of_what_is_kept():
    counts = poisson_counts(np.ones(40_000), 40_000 * 12.0, seed=1)
    kept = thin_counts(counts, 0.5, seed=2)
    assert abs(np.corrcoef(kept, counts - kept)[0, 1]) < 0.02
    assert np.corrcoef(kept, counts)[0, 1] == pytest.approx(np.sqrt(0.5), abs=0.02)


def test_all_and_nothing():
    counts = np.array([[0.0, 3.0], [7.0, 1.0]], dtype=np.float32)
    np.testing.assert_array_equal(thin_counts(counts, 1.0, 0), counts)
    np.testing.assert_array_equal(thin_counts(counts, 0.0, 0), 0)
    np.testing.assert_array_equal(thin_counts(counts * 100, 0.3, 5), thin_counts(counts * 100, 0.3, 5))


@pytest.mark.parametrize(("counts", "fraction", "words"), [
    ([0.5], 0.5, "counts: expected whole"), ([-1.0], 0.5, "counts: expected whole"),
    ([np.nan], 0.5, "counts: expected whole"), ([1.0], 1.5, "fraction: expected a number from 0 to 1"),
])  # fmt: skip
def test_what_cannot_be_thinned_is_answered(counts, fraction, words):
    with pytest.raises(ValueError, match=words):
        thin_counts(np.array(counts), fraction, 0)
