"""The labs on simulated cases and on federations: what looks right in one number, or in one unit, is refused."""

import numpy as np
import pytest

from medfuse_course.exercises import check
from medfuse_course.exercises.benchmark.simulated_cases import fitted_to_simulation
from medfuse_course.exercises.training.federated import personal

SHRUNK, TWO_PAIRS = "training.federated.personal", "benchmark.simulated_cases.two_pairs"


def test_lesions_that_come_up_with_everything_else_are_refused():
    result = check(TWO_PAIRS, lambda low: 1.03 * fitted_to_simulation(low))
    assert result.failed == "body" and result.hint, result.text


@pytest.mark.parametrize("known", [1.0, 0.25])
def test_a_variance_that_is_not_the_one_given_is_refused(known):
    assert check(SHRUNK, lambda x, cases, variance: personal(x, cases, known)).status == "refused"


def test_centers_that_lean_on_the_mean_alike_in_all_layers_are_refused():
    def leaning(x, cases, variance):
        mean = np.average(x, axis=0, weights=cases)
        return mean + (cases / (cases + 4))[:, None] * (x - mean)

    assert check(SHRUNK, leaning).failed == "error"
