import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from medfuse_course.methods.rules import RULES, average, choose_max, choose_max_consistent

BANDS = hnp.arrays(np.float64, (6, 7), elements={"min_value": -1, "max_value": 1})


def test_choose_max_by_hand():
    a = np.array([[0.3, -0.9, 0.2, -0.5]])
    b = np.array([[-0.4, 0.1, 0.2, 0.5]])
    np.testing.assert_allclose(choose_max(a, b), [[-0.4, -0.9, 0.2, 0.0]])


def test_average_by_hand():
    np.testing.assert_allclose(average(np.array([[1.0, -1]]), np.array([[0.0, 1]])), [[0.5, 0]])


def test_consistency_overrules_a_lone_pixel():
    """A strong pixel of b claims 3 x 3 by its activity; at the corners of that block the vote is 4 of 9 and fails."""
    a, b = np.full((9, 9), 0.5), np.zeros((9, 9))
    b[4, 4] = -1.0
    fused = choose_max_consistent(a, b)
    expected = np.where(a > 0, a, b)
    expected[3:6, 3:6] = b[3:6, 3:6]
    for corner in ((3, 3), (3, 5), (5, 3), (5, 5)):
        expected[corner] = a[corner]
    np.testing.assert_allclose(fused, expected)


@pytest.mark.parametrize("name", list(RULES))
@given(a=BANDS, b=BANDS)
def test_every_rule_is_symmetric_idempotent_and_odd(name, a, b):
    rule = RULES[name]
    np.testing.assert_allclose(rule(a, b), rule(b, a), atol=1e-12)
    np.testing.assert_allclose(rule(a, a), a, atol=1e-12)
    np.testing.assert_allclose(rule(-a, -b), -rule(a, b), atol=1e-12)
    assert (rule(a, b) <= np.maximum(a, b) + 1e-12).all()
    assert (rule(a, b) >= np.minimum(a, b) - 1e-12).all()
