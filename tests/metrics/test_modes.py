"""How well samples cover known modes."""

import math

import numpy as np
import pytest

from medfuse_course.metrics import ModeCoverage, mode_coverage

CENTERS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])


def test_three_numbers_by_hand():
    """Two samples in the first mode, one just within and one just outside the second, one nearest to the third."""
    samples = [[0.1, 0], [0, -0.2], [10.299, 0], [10, 0.301], [1, 9]]
    found = mode_coverage(samples, CENTERS, sigma=0.1)
    assert (found.found, found.modes, found.good) == (2, 4, 0.6)
    assert found.imbalance == pytest.approx(0.8 * math.log(4 * 0.4) + 0.2 * math.log(4 * 0.2))


def test_samples_everywhere_find_every_mode_and_are_not_good():
    grid = np.stack(np.meshgrid(*[np.arange(0, 11, 0.5)] * 2), axis=-1).reshape(-1, 2)
    found = mode_coverage(grid, CENTERS, sigma=0.1)
    assert found.found == 4 and found.good < 0.01 and found.imbalance < 0.02


def test_samples_of_one_mode_are_good_and_unbalanced():
    assert mode_coverage([[10.0, 10.0]] * 5, CENTERS, 0.1) == ModeCoverage(1, 4, 1.0, pytest.approx(math.log(4)))


def test_true_samples_are_nearly_all_good():
    rng = np.random.default_rng(0)
    samples = CENTERS[rng.integers(4, size=20_000)] + 0.1 * rng.standard_normal((20_000, 2))
    found = mode_coverage(samples, CENTERS, 0.1)
    assert found.found == 4 and found.imbalance < 0.001
    assert found.good == pytest.approx(1 - math.exp(-4.5), abs=0.003)
    assert mode_coverage(samples, CENTERS, 0.1, within=1).good == pytest.approx(1 - math.exp(-0.5), abs=0.01)


@pytest.mark.parametrize("samples", [np.zeros((0, 2)), np.zeros(4), np.zeros((4, 3))])
def test_what_are_no_samples_is_said(samples):
    with pytest.raises(ValueError, match="samples: expected"):
        mode_coverage(samples, CENTERS, 0.1)
