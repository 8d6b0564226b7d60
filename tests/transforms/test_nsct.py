"""The nonsubsampled contourlet transform against laws, gratings, lines, and a filter bank of plain sums."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import fft

from medfuse_course.transforms import nonsubsampled_pyramid, nsct
from tests.transforms.laws import (
    SHAPES,
    assert_linear,
    assert_perfect_reconstruction,
    largest_shift_error,
    noise,
)


def grating(angle, period, side=64):
    """Waves whose crests run at this angle, counterclockwise from horizontal."""
    rows, columns = np.mgrid[:side, :side]
    normal = np.radians(angle)
    return np.cos(2 * np.pi / period * (columns * np.sin(normal) + rows * np.cos(normal)))


def energies(bands):
    """Of each band, away from the border, where a grating that is not periodic has an edge."""
    return (bands[:, 16:-16, 16:-16] ** 2).sum(axis=(1, 2))


def fan_taps(matrix):
    """``{(row, column): tap}`` of ``s(u) s(v)``, ``u = (a w_1 + b w_2) / 2``, ``v = (c w_1 + d w_2) / 2``.

    By hand: the square wave is a sum of sines ``b_k sin((2 k + 1) t)``, ``b_k ~ C(11, 5 - k) / (2 k + 1)``, which is
    the integral of ``cos(t)^11`` written out; and a product of sines is half a difference of cosines.
    """
    (a, b), (c, d) = matrix
    sines = {n: math.comb(11, (11 - n) // 2) / n for n in range(1, 12, 2)}
    top = sum(value * (-1) ** ((n - 1) // 2) for n, value in sines.items())
    taps = {}
    for (n, of_u), (m, of_v), sign in product(sines.items(), sines.items(), (1, -1)):
        column, row = (n * a - sign * m * c) // 2, (n * b - sign * m * d) // 2
        for one in ((row, column), (-row, -column)):
            taps[one] = taps.get(one, 0) + sign * of_u * of_v / top**2 / 4
    return taps


def filter_plainly(image, taps):
    return sum(tap * np.roll(image, shift, axis=(0, 1)) for shift, tap in taps.items())


def branch(image, sign, matrix, spread=1):
    """One branch of one node: the published analysis prototype, 1, k, k (1 - 2^0.5) over 2^0.5 with k = 2^-0.5."""
    taps = {(i * spread, j * spread): sign * tap for (i, j), tap in fan_taps(matrix).items()}
    once = filter_plainly(image, taps)
    k = 2**-0.5
    return (image + k * once + k * (1 - 2**0.5) * filter_plainly(once, taps)) * k


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_reconstruction_is_perfect(shape, dtype):
    assert_perfect_reconstruction(nsct.analyse, nsct.synthesise, shape, dtype)


@pytest.mark.parametrize("shape", [(32, 32), (31, 45)])
def test_a_shift_of_the_image_shifts_every_band(shape):
    assert largest_shift_error(nsct.analyse, shape) < 1e-10


def test_it_is_linear():
    assert_linear(nsct.analyse, (31, 45))


def test_bands_have_the_size_and_precision_of_the_image():
    bands = nsct.analyse(noise((33, 40), np.float32), 3, (16, 4, 2))
    assert [band.shape for band in bands.details] == [(16, 33, 40), (4, 33, 40), (2, 33, 40)]
    assert {band.dtype for band in (*bands.details, bands.base)} == {np.dtype(np.float32)}


def test_a_flat_image_has_no_details():
    bands = nsct.analyse(np.full((32, 36), 0.3))
    assert max(np.abs(band).max() for band in bands.details) < 1e-12
    np.testing.assert_allclose(bands.base, 0.3, atol=1e-12)


@pytest.mark.parametrize("spread", [1, 2])
@pytest.mark.parametrize(
    ("band", "path"),
    [
        # lines at 14 degrees: flat of steep, then slopes above 0, then below 1/2 (frequencies w_1 against w_2)
        (0, [(-1, ((1, 1), (1, -1))), (1, ((0, 2), (2, 0))), (-1, ((0, 2), (4, -2)))]),
        # lines at 104 degrees: steep, then slopes below 0, then above -1/2 (frequencies w_2 against w_1)
        (4, [(1, ((1, 1), (1, -1))), (-1, ((2, 0), (0, 2))), (1, ((2, 0), (2, 4)))]),
    ],
)
def test_a_path_through_the_tree_is_three_plain_convolutions(spread, band, path):
    image = noise((21, 26))
    expected = image
    for sign, matrix in path:
        expected = branch(expected, sign, matrix, spread)
    filters, _ = nsct.directional_responses(image.shape, 8, spread)
    np.testing.assert_allclose(fft.irfft2(fft.rfft2(image) * filters[band], s=image.shape), expected, atol=1e-12)


def test_each_level_is_a_band_of_the_pyramid_cut_by_direction():
    image = noise((30, 41))
    bands, rings = nsct.analyse(image, 2, (8, 4)), nonsubsampled_pyramid.analyse(image, 2)
    filters, _ = nsct.directional_responses(image.shape, 4, 2)
    expected = fft.irfft2(fft.rfft2(rings.details[1]) * filters, s=image.shape)
    np.testing.assert_allclose(bands.details[1], expected, atol=1e-12)
    np.testing.assert_allclose(bands.base, rings.base, atol=1e-12)


@pytest.mark.parametrize("count", [2, 4, 8, 16])
@pytest.mark.parametrize("level", [0, 1])
def test_a_grating_is_found_in_the_band_of_its_direction(count, level):
    directions = (count,) * (level + 1)
    for k, angle in enumerate(nsct.orientations(count)):
        found = energies(nsct.analyse(grating(angle, 2.8 * 2**level), level + 1, directions).details[level])
        assert np.argmax(found) == k
        assert found[k] > 0.65 * found.sum()


def test_a_thin_line_is_found_in_the_band_of_its_direction():
    rows, columns = np.mgrid[:64, :64] - 32
    rising = np.exp(-((columns + rows) ** 2) / 2)  # up to the right: 45 degrees, between two bands
    found = energies(nsct.analyse(rising, 1, (4,)).details[0])
    assert set(np.argsort(found)[-2:]) == {0, 1}  # 27 and 63 degrees
    rather_flat = np.exp(-((columns + 3 * rows) ** 2) / 10)  # one row up for three columns: 18 degrees
    assert np.argmax(energies(nsct.analyse(rather_flat, 1, (16,)).details[0])) == 1  # 21 degrees


def test_bands_of_a_mirrored_image_are_mirrored_bands():
    """Swapping rows and columns turns the angle v into 90 - v (mod 180)."""
    image = noise((24, 24))
    upright, mirrored = (nsct.analyse(x, 1, (8,)).details[0] for x in (image, image.T))
    for k in range(8):
        np.testing.assert_allclose(mirrored[k], upright[(3 - k) % 8].T, atol=1e-12)


def test_energy_is_nearly_kept():
    """Nearly tight: by da Cunha and others' prototypes, no frequency gains, and none loses much."""
    filters, _ = nsct.directional_responses((64, 64), 16)
    power = (filters**2).sum(axis=0)
    assert 0.91 < power.min() < power.max() < 1 + 1e-12


def test_orientations_are_those_of_equally_spaced_slopes():
    assert nsct.orientations(2) == (0, 90)
    expected = [math.degrees(math.atan(0.5)), math.degrees(math.atan(2))]
    np.testing.assert_allclose(nsct.orientations(4), [*expected, 180 - expected[1], 180 - expected[0]])
    assert all(len(nsct.orientations(n)) == n for n in nsct.COUNTS)


def test_filters_of_a_size_are_made_once(monkeypatch):
    nsct.analyse(noise((20, 22)))
    monkeypatch.setattr(nsct, "directional_responses", None)  # a second making would fail
    nsct.synthesise(nsct.analyse(noise((20, 22))))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: nsct.analyse(noise((16, 16)), 5), ValueError, "levels: expected 1 to 4"),
        (lambda: nsct.analyse(noise((16, 16)), 2, (8,)), ValueError, "directions: expected a number for each of 2"),
        (lambda: nsct.analyse(noise((16, 16)), 1, (6,)), ValueError, "directions: expected one of 2, 4, 8, 16, 32"),
        (lambda: nsct.analyse(np.zeros((16, 16), int)), TypeError, "image: expected a NumPy array of float32"),
        (lambda: nsct.orientations(3), ValueError, "count: expected one of 2, 4, 8, 16, 32, got 3"),
        (lambda: nsct.orientations(4.0), ValueError, "count: expected one of 2, 4, 8, 16, 32, got 4.0"),
    ],
)
def test_what_is_wrong_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
