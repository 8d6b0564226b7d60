"""Blocks of neighboring slices: by hand, and whether their intervals keep what they promise."""

import math

import numpy as np
import pytest

from medfuse_course.benchmark import block_means, paired_interval
from medfuse_course.benchmark.blocks import neighbor_correlation


def autoregressive(r, count, rng):
    values = np.empty(count)
    values[0] = rng.normal()
    for k in range(1, count):
        values[k] = r * values[k - 1] + math.sqrt(1 - r * r) * rng.normal()
    return values


def test_the_correlation_of_neighbors_by_hand():
    """About the mean: -1.5, -.5, .5, 1.5; neighbors give .75 - .25 + .75 = 1.25 of 5, and (1 + .75) / 4 is added."""
    assert neighbor_correlation([np.arange(4.0)]) == pytest.approx(0.25 + 1.75 / 4)


def test_a_series_of_its_own_mean_each():
    one = np.arange(4.0)
    assert neighbor_correlation([one, one + 100]) == pytest.approx(0.25 + 1.75 / 8)


@pytest.mark.parametrize("r", [0.0, 0.5, 0.8])
def test_it_finds_the_correlation_that_was_put_in(r):
    rng = np.random.default_rng(0)
    found = [neighbor_correlation([autoregressive(r, 90, rng)]) for _ in range(300)]
    assert np.mean(found) == pytest.approx(r, abs=0.02)


def test_neighbors_that_are_not_alike_are_blocks_of_their_own():
    assert block_means([[1.0, -1.0, 1.0, -1.0]]) == [1.0, -1.0, 1.0, -1.0]


def test_blocks_keep_to_their_subject():
    steps = [0.0] * 20 + [1.0] * 20
    assert len(block_means([steps, steps])) == 2


def test_values_that_do_not_vary_tell_nothing():
    assert block_means([[0.3] * 20]) == [] == block_means([])


def test_intervals_over_blocks_cover_what_intervals_over_slices_do_not():
    """90 slices with neighbors correlated at .7, 400 times: slices promise .95 and keep about .6, blocks about .9."""
    rng = np.random.default_rng(1)
    samples = [autoregressive(0.7, 90, rng) for _ in range(400)]

    def covered(differences):
        low, high = paired_interval(differences, resamples=499)
        return math.nan if math.isnan(low) else float(low <= 0 <= high)

    slices = np.mean([covered(sample) for sample in samples])
    blocks = np.nanmean([covered(block_means([sample])) for sample in samples])
    assert slices < 0.7
    assert blocks > 0.86
