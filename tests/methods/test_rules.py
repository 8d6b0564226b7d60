import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.methods import activity
from medfuse_course.methods.rules import (
    RULES,
    average,
    choose_max,
    choose_max_consistent,
    energy_laplacian,
    local_energy,
    majority,
    match_salience,
    saliency,
)

BANDS = hnp.arrays(np.float64, (6, 7), elements={"min_value": -1, "max_value": 1})
CHOOSERS = [choose_max, choose_max_consistent, local_energy, energy_laplacian]


def signed(seed, *shape):
    return generator(seed, "rules").uniform(-1, 1, shape)


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


def test_consistency_agrees_with_a_vote_counted_by_scipy():
    a, b = signed(1, 15, 18), signed(2, 15, 18)
    of_a, of_b = (ndimage.maximum_filter(np.abs(x), 3, mode="mirror") for x in (a, b))
    votes = ndimage.correlate((of_a > of_b).astype(int), np.ones((3, 3), int), mode="mirror")
    np.testing.assert_array_equal(choose_max_consistent(a, b), np.where(votes >= 5, a, b))


def test_a_majority_counts_signs_not_sizes():
    evidence = np.full((5, 5), -0.001)
    evidence[2, 1:4] = 1000.0
    votes = majority(evidence)
    assert votes[2, 2] == 3 - 6
    assert majority(np.zeros((3, 3))).max() == 0


def test_match_salience_by_hand():
    """Flat bands, b = r a: salience 9 a^2 and 9 r^2 a^2, match 2 r / (1 + r^2)."""
    a = np.full((4, 5), 0.6)
    for r in (0.9, 0.5, 0.2, 0.0, -0.9):
        match = 2 * r / (1 + r * r)
        smaller = 0.5 - 0.5 * (1 - match) / (1 - 0.75) if match > 0.75 else 0.0
        np.testing.assert_allclose(match_salience(a, r * a), (1 - smaller) * a + smaller * r * a, atol=1e-12)
    assert match_salience(a, 0.9 * a)[0, 0] == pytest.approx(0.6 * 0.95, abs=0.002)  # alike: nearly the mean
    np.testing.assert_array_equal(match_salience(a, 0.2 * a), a)  # unlike: the stronger


def test_match_salience_agrees_with_the_formulas_of_the_paper():
    a = signed(1, 12, 15)
    b = a + 0.8 * signed(2, 12, 15)
    window = np.ones((3, 3))
    s_a, s_b, both = (ndimage.correlate(x, window, mode="mirror") for x in (a * a, b * b, a * b))
    match = 2 * both / (s_a + s_b)
    smaller = np.where(match > 0.75, 0.5 - 0.5 * (1 - match) / 0.25, 0)
    weight_a = np.where(s_a > s_b, 1 - smaller, smaller)
    assert 0.1 < (match > 0.75).mean() < 0.9
    np.testing.assert_allclose(match_salience(a, b), weight_a * a + (1 - weight_a) * b, atol=1e-12)


def test_opposites_of_equal_strength_cancel_and_black_stays_black():
    """A tie is a tie even without a match: no source may win by its place in the list."""
    a = np.full((5, 5), 0.5)
    assert not match_salience(a, -a).any()
    assert not match_salience(np.zeros((5, 5)), np.zeros((5, 5))).any()


def test_local_energy_and_energy_laplacian_pick_by_their_measure():
    a, b = signed(1, 12, 15), signed(2, 12, 15)
    stronger = activity.local_energy(a) > activity.local_energy(b)
    np.testing.assert_array_equal(local_energy(a, b), np.where(stronger, a, b))
    product = [activity.weighted_local_energy(x) * activity.weighted_modified_laplacian(x) for x in (a, b)]
    np.testing.assert_array_equal(energy_laplacian(a, b), np.where(product[0] > product[1], a, b))
    assert (local_energy(a, b) != energy_laplacian(a, b)).any()


def test_saliency_weighs_by_share():
    a, b = signed(1, 12, 15), signed(2, 12, 15)
    of_a, of_b = activity.saliency(a), activity.saliency(b)
    np.testing.assert_allclose(saliency(a, b), (of_a * a + of_b * b) / (of_a + of_b), atol=1e-12)
    flat = np.full((12, 15), 0.8)
    np.testing.assert_allclose(saliency(flat, flat / 2), 0.6, atol=1e-12)  # nothing is salient


@pytest.mark.parametrize("name", list(RULES))
@given(a=BANDS, b=BANDS)
def test_every_rule_is_symmetric_idempotent_and_odd(name, a, b):
    rule = RULES[name]
    np.testing.assert_allclose(rule(a, b), rule(b, a), atol=1e-12)
    np.testing.assert_allclose(rule(a, a), a, atol=1e-12)
    np.testing.assert_allclose(rule(-a, -b), -rule(a, b), atol=1e-12)
    assert (rule(a, b) <= np.maximum(a, b) + 1e-12).all()
    assert (rule(a, b) >= np.minimum(a, b) - 1e-12).all()


@pytest.mark.parametrize("name", list(RULES))
@pytest.mark.parametrize("kind", [np.float64, np.complex128])
def test_directions_are_fused_one_by_one(name, kind):
    a, b = (signed(s, 3, 8, 9).astype(kind) * np.exp(0.3j * s if kind is np.complex128 else 0) for s in (1, 2))
    together = RULES[name](a, b)
    assert together.dtype == kind
    for x, y, one in zip(a, b, together, strict=True):
        np.testing.assert_allclose(RULES[name](x, y), one, atol=1e-12)


@pytest.mark.parametrize("name", list(RULES))
def test_a_complex_rule_follows_the_phase(name):
    """Turning both sources by one angle turns the result, and nothing else; they are alike, so that some are mixed."""
    a = signed(1, 8, 9) + 1j * signed(3, 8, 9)
    b = a + 0.7 * (signed(2, 8, 9) + 1j * signed(4, 8, 9))
    turn = np.exp(1.1j)
    np.testing.assert_allclose(RULES[name](turn * a, turn * b), turn * RULES[name](a, b), atol=1e-12)
    np.testing.assert_allclose(RULES[name](a, b), RULES[name](b, a), atol=1e-12)


@pytest.mark.parametrize("rule", CHOOSERS)
def test_complex_coefficients_move_whole(rule):
    """Never the magnitude of one source with the phase of the other."""
    a, b = signed(1, 8, 9) + 1j * signed(3, 8, 9), signed(2, 8, 9) + 1j * signed(4, 8, 9)
    fused = rule(a, b)
    assert ((fused == a) | (fused == b)).all()
    assert (fused == a).any() and (fused == b).any()


@pytest.mark.parametrize("name", list(RULES))
def test_single_precision_stays_single(name):
    a, b = signed(1, 2, 8, 9).astype(np.float32), signed(2, 2, 8, 9).astype(np.float32)
    before = a.copy(), b.copy()
    assert RULES[name](a, b).dtype == np.float32
    np.testing.assert_array_equal((a, b), before)
    assert RULES[name](a.astype(np.complex64), b.astype(np.complex64)).dtype == np.complex64
