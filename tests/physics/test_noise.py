"""Noise has laws: of Poisson's, variance equals mean; of Rice's, the second moment is known exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from medfuse_course.physics import poisson_counts, rician_noise


def test_variance_equals_mean():
    activity = np.where(np.arange(200_000) % 2, 8.0, 2.0)
    counts = poisson_counts(activity, 200_000 * 20.0, seed=3)
    for level, expected in ((8.0, 32.0), (2.0, 8.0)):
        drawn = counts[activity == level]
        assert drawn.mean() == pytest.approx(expected, rel=0.01)
        assert drawn.var() == pytest.approx(expected, rel=0.02)


def test_counts_are_whole_numbers_and_none_where_nothing_is_active():
    counts = poisson_counts(np.array([[0.0, 1.0], [3.0, 0.0]]), 1000, seed=0)
    np.testing.assert_array_equal(counts, np.rint(counts))
    assert counts[0, 0] == counts[1, 1] == 0
    assert counts.sum() == pytest.approx(1000, abs=5 * 1000**0.5)


def test_more_counts_less_relative_noise():
    activity = np.full((100, 100), 2.0)
    low, high = (poisson_counts(activity, total, seed=1) * activity.sum() / total for total in (1e5, 1e7))
    assert low.std() / high.std() == pytest.approx(10, rel=0.05)


@pytest.mark.parametrize(
    ("activity", "total", "words"),
    [
        ([-1.0, 2.0], 10, "activity: expected finite values >= 0"),
        ([np.nan, 2.0], 10, "activity: expected finite values >= 0"),
        ([0.0, 0.0], 10, "activity: expected a positive sum"),
        ([], 10, "activity: expected a positive sum"),
        ([1.0], 0, "total_counts: expected a number > 0"),
        ([1.0], np.inf, "total_counts: expected a number > 0"),
    ],
)
def test_what_cannot_be_counted_is_answered(activity, total, words):
    with pytest.raises(ValueError, match=words):
        poisson_counts(np.array(activity), total, seed=0)


def test_without_signal_the_noise_has_a_rayleigh_law():
    noise = rician_noise(np.zeros((400, 400)), 3.0, seed=5)
    assert noise.mean() == pytest.approx(3.0 * np.sqrt(np.pi / 2), rel=0.01)
    assert noise.std() == pytest.approx(3.0 * np.sqrt(2 - np.pi / 2), rel=0.01)


@pytest.mark.parametrize("signal", [0.0, 2.0, 50.0])
def test_the_second_moment_is_signal_squared_plus_two_sigma_squared(signal):
    noisy = rician_noise(np.full((400, 400), signal), 2.0, seed=6).astype(np.float64)
    assert (noisy**2).mean() == pytest.approx(signal**2 + 8.0, rel=0.01)


@pytest.mark.parametrize("draw", [lambda seed: poisson_counts(np.ones(50), 500, seed),
                                  lambda seed: rician_noise(np.ones(50), 1.0, seed)])  # fmt: skip
def test_the_seed_decides(draw):
    np.testing.assert_array_equal(draw(4), draw(4))
    assert (draw(4) != draw(5)).any()
    stream = np.random.default_rng(0)
    assert (draw(stream) != draw(stream)).any()


@given(arrays(np.float32, array_shapes(max_dims=3), elements=st.floats(0, 1000, width=32)), st.floats(0, 100))
def test_any_signal_gives_finite_noise_of_its_shape_and_is_left_alone(signal, sigma):
    before = signal.copy()
    noisy = rician_noise(signal, sigma, seed=1)
    assert noisy.shape == signal.shape and np.isfinite(noisy).all() and noisy.min() >= 0
    if signal.sum() > 0:
        counts = poisson_counts(signal, 100, seed=1)
        assert counts.shape == signal.shape and not counts[signal == 0].any()
    np.testing.assert_array_equal(signal, before)


def test_no_noise_is_the_signal_and_wrong_input_is_answered():
    signal = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(rician_noise(signal, 0.0, seed=0), signal)
    with pytest.raises(ValueError, match="sigma: expected a number >= 0, got -1"):
        rician_noise(signal, -1, seed=0)
    with pytest.raises(ValueError, match="signal: expected finite values >= 0"):
        rician_noise(-signal, 1, seed=0)


def test_shares_are_counted_whatever_they_add_up_to():
    counts = poisson_counts(np.array([0.1, 0.3]), total_counts=4e6, seed=0)
    np.testing.assert_allclose(counts, [1e6, 3e6], rtol=5e-3)
