"""What histogram and spectrum matching do to images whose answer can be said by hand."""

import numpy as np
import pytest

from medfuse_course.datasets.harmonization import match_histogram, match_spectrum
from medfuse_course.physics import gaussian_blur

RNG = np.random.default_rng(0)
SOME, OTHERS = RNG.random((6, 32, 32)), RNG.random((6, 32, 32))


def test_values_get_those_of_their_rank():
    change = match_histogram(SOME, OTHERS**2)
    np.testing.assert_allclose(change(SOME[0]), SOME[0] ** 2, atol=0.03)
    half = match_histogram([np.array([[0.0, 0.2], [0.4, 0.8]])], [np.array([[0.0, 0.1], [0.2, 0.4]])], most=1.0)
    np.testing.assert_allclose(half(np.array([[0.2, 0.4, 0.8, 1.0]])), [[0.1, 0.2, 0.4, 0.5]], atol=1e-3)
    np.testing.assert_allclose(match_histogram(SOME, SOME)(SOME[1]), SOME[1], atol=1e-6)


def test_above_the_last_rank_values_keep_their_proportion():
    change = match_histogram([np.linspace(0, 1, 101)], [np.linspace(0, 0.5, 101)], most=0.8)
    np.testing.assert_allclose(change(np.array([0.4, 0.8, 0.9, 1.0])), [0.2, 0.4, 0.45, 0.5], atol=1e-3)


def test_frequencies_get_the_amplitude_they_have_in_the_other_collection():
    sharp = [x.astype(np.float32) for x in 0.5 + (SOME - 0.5) / 3]
    blurred = [gaussian_blur(x, 1.5, 1.0) for x in sharp]
    down, up = match_spectrum(sharp, blurred, smooth=0), match_spectrum(blurred, sharp, smooth=0, most=20)
    assert np.abs(down(sharp[0]) - blurred[0]).mean() < 0.4 * np.abs(sharp[0] - blurred[0]).mean()
    assert np.abs(up(blurred[0]) - sharp[0]).mean() < 0.4 * np.abs(sharp[0] - blurred[0]).mean()
    assert match_spectrum(blurred, sharp)(blurred[0]).mean() == pytest.approx(blurred[0].mean(), abs=1e-4)


def test_the_gain_is_the_root_of_the_power_and_at_most_so_much():
    wave = 0.25 * np.sin(2 * np.pi * 4 * np.arange(32) / 32)
    rows = np.tile(wave, (32, 1))
    faint, strong = 0.5 + rows / 5, 0.5 + rows
    np.testing.assert_allclose(match_spectrum([strong], [faint], smooth=0)(strong), faint, atol=1e-5)
    np.testing.assert_allclose(match_spectrum([faint], [strong], smooth=0)(faint), 0.5 + 4 / 5 * rows, atol=1e-5)
    streaks = 0.5 + rows / 5 + rows.T / 5
    np.testing.assert_allclose(match_spectrum([streaks], [faint], smooth=0)(streaks), faint, atol=1e-5)


@pytest.mark.parametrize("match", [match_histogram, match_spectrum])
def test_what_cannot_be_matched_is_answered(match):
    with pytest.raises(ValueError, match="target: expected at least one image"):
        match(SOME, [])
    with pytest.raises(ValueError, match="most: expected"):
        match(SOME, OTHERS, most=0.0)


def test_images_of_other_sizes_are_refused_by_the_spectrum_alone():
    match_histogram(SOME, [OTHERS[0, :8, :8]])(SOME[0, :4])
    with pytest.raises(ValueError, match="target: expected images of"):
        match_spectrum(SOME, OTHERS[:, :16, :16])
    with pytest.raises(ValueError, match="image: expected"):
        match_spectrum(SOME, OTHERS)(SOME[0, :16, :16])


def test_a_smoothed_power_has_a_smoother_gain():
    rng = np.random.default_rng(0)
    flat, sharp = ([rng.random((32, 32)) for _ in range(2)] for _ in range(2))
    impulse = np.zeros((32, 32))
    impulse[16, 16] = 1
    spread = {}
    for smooth in (0, 3):
        change = match_spectrum(flat, sharp, smooth=smooth, most=1e6)
        gain = np.abs(np.fft.fft2(change(0.5 + 1e-3 * impulse) - change(np.full((32, 32), 0.5)))) / 1e-3
        spread[smooth] = np.std(gain)
    assert spread[3] < 0.3 * spread[0]
