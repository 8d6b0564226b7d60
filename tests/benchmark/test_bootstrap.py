"""The paired bootstrap, against SciPy's and against Student's theory."""

import math
import re

import numpy as np
import pytest
from scipy import stats

from medfuse_course.benchmark import bootstrap_draws, paired_interval, tail_of
from medfuse_course.core.random import generator


@pytest.mark.parametrize("count", [5, 12, 60])
def test_equals_scipy_at_the_same_tails(count):
    a, b = np.random.default_rng(count).exponential(size=(2, count))
    confidence = 1 - 2 * tail_of(count, 0.9)
    theirs = stats.bootstrap(
        (a - b,), np.mean, confidence_level=confidence, n_resamples=2000, method="percentile",
        rng=generator(4, "bootstrap"),
    ).confidence_interval  # fmt: skip
    assert paired_interval(a - b, confidence=0.9, resamples=2000, seed=4) == pytest.approx((theirs.low, theirs.high))


def test_agrees_with_scipy_bca_on_many_skewed_differences():
    """Another interval by another route: for many differences they meet."""
    values = np.random.default_rng(1).exponential(size=400)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=4000, rng=np.random.default_rng(2)).confidence_interval
    low, high = paired_interval(values)
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.12 * (theirs.high - theirs.low))


@pytest.mark.parametrize("count", [8, 20, 100])
def test_is_students_interval_on_normal_differences(count):
    values = stats.norm.ppf((np.arange(count) + 0.5) / count) + 0.3  # an ideal normal sample
    student = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    assert paired_interval(values, resamples=40_000) == pytest.approx(student, abs=0.05 * (student[1] - student[0]))


def test_covers_the_truth_as_often_as_it_promises():
    samples = np.random.default_rng(3).normal(2.0, 5.0, (1500, 8))
    ends = [paired_interval(sample, resamples=999) for sample in samples]
    covered = np.mean([low <= 2.0 <= high for low, high in ends])
    # The plain percentile interval covers about 0.89 here; the standard error of a share of 1500 is 0.006.
    assert covered == pytest.approx(0.95, abs=0.02)


def test_the_tail_by_hand():
    """n = 10: Student's 97.5 % point with 9 degrees of freedom is 2.2622; times sqrt(10 / 9), 2.3846; Phi of -that."""
    assert tail_of(10, 0.95) == pytest.approx(0.00855, abs=1e-5)


def test_few_differences_have_no_interval():
    assert all(map(math.isnan, paired_interval([1.0, 2.0, 3.0, 4.0])))
    assert not any(map(math.isnan, paired_interval([1.0, 2.0, 3.0, 4.0, 5.0])))


def test_equal_differences_have_an_interval_without_width():
    assert paired_interval([0.25] * 6) == (0.25, 0.25)


def test_the_seed_repeats_and_moves_it():
    values = np.arange(9.0) ** 2
    assert paired_interval(values, seed=1) == paired_interval(values, seed=1) != paired_interval(values, seed=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"differences": [1.0, math.nan]}, "differences: expected a row of finite numbers"),
        ({"differences": [[1.0]]}, "differences"),
        ({"confidence": 95}, "confidence: expected a number between 0 and 1, got 95"),
        ({"resamples": 10}, "resamples: expected a whole number from 100"),
    ],
)
def test_what_is_wrong_is_said(arguments, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        paired_interval(**{"differences": [1.0] * 5, **arguments})


def test_the_interval_is_the_middle_of_the_means_over_the_draws():
    values = np.random.default_rng(5).normal(size=12)
    tail = tail_of(12, 0.95)
    ends = np.quantile(values[bootstrap_draws(12)].mean(axis=1), [tail, 1 - tail])
    assert paired_interval(values) == pytest.approx(tuple(ends))


def test_each_draw_takes_as_many_units_as_there_are():
    draws = bootstrap_draws(7, resamples=500, seed=1)
    assert draws.shape == (500, 7) and set(np.unique(draws)) == set(range(7)) and not draws.flags.writeable
