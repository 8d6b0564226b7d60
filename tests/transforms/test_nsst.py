import math

import numpy as np
import pytest

from medfuse_course.transforms import nonsubsampled_pyramid
from medfuse_course.transforms.nsst import analyse, orientations, synthesise, windows
from tests.transforms import laws


def line(angle, shape=(96, 96), width=1.0):
    """A soft line through the middle, `angle` degrees counterclockwise from the horizontal."""
    y, x = np.mgrid[: shape[0], : shape[1]] - np.array(shape)[:, None, None] // 2
    distance = x * math.sin(math.radians(angle)) + y * math.cos(math.radians(angle))
    return np.exp(-((distance / width) ** 2) / 2)


@pytest.mark.parametrize("dtype", laws.TOLERANCE)
@pytest.mark.parametrize("shape", laws.SHAPES)
def test_perfect_reconstruction(shape, dtype):
    laws.assert_perfect_reconstruction(analyse, synthesise, shape, dtype)


@pytest.mark.parametrize("shape", [(31, 45), (32, 20)])
def test_exactly_covariant_to_circular_shifts(shape):
    assert laws.largest_shift_error(analyse, shape) < 1e-12


def test_linear():
    laws.assert_linear(analyse, (17, 24))


def test_a_wave_on_a_ray_is_in_one_band_by_hand():
    """A wave of frequency (12, 6) / 64 lies on slope 1/2, ray 2 of 16: band 2 is all of the scale, the others 0."""
    y, x = np.mgrid[:64, :64]
    wave = np.cos(2 * np.pi * (12 * y + 6 * x) / 64)
    scales = nonsubsampled_pyramid.analyse(wave, 4)
    for band, scale in zip(analyse(wave).details, scales.details, strict=True):
        k = 2 * len(band) // 16
        np.testing.assert_allclose(band[k], scale, atol=1e-12)
        assert np.abs(np.delete(band, k, axis=0)).max() < 1e-12


def test_a_wave_between_two_rays_is_shared_by_hand():
    """Slope 1/8 lies midway between rays 0 and 1 of 16, where ``z(1/2) = 1/2``: both get ``cos(pi / 4)``."""
    y, x = np.mgrid[:64, :64]
    wave = np.cos(2 * np.pi * (24 * y + 3 * x) / 64)
    scale, band = nonsubsampled_pyramid.analyse(wave, 1).details[0], analyse(wave, 1).details[0]
    np.testing.assert_allclose(band[:2], np.stack([scale, scale]) / 2**0.5, atol=1e-12)
    assert np.abs(band[2:]).max() < 1e-12


@pytest.mark.parametrize("shape", [(16, 16), (17, 24), (24, 17), (21, 19)])
@pytest.mark.parametrize("count", [2, 6, 8, 16])
def test_squares_of_the_windows_sum_to_one(shape, count):
    assert windows(shape, count).shape == (count, shape[0], shape[1] // 2 + 1)
    np.testing.assert_allclose((windows(shape, count) ** 2).sum(axis=0), 1, atol=1e-12)


@pytest.mark.parametrize("shape", [(16, 16), (17, 24), (24, 17)])
def test_bands_are_those_of_the_whole_spectrum(shape):
    """A complex FFT with the windows mirrored to the other half gives the same, and no imaginary part."""
    image = laws.noise(shape)
    scale, half = nonsubsampled_pyramid.analyse(image, 1).details[0], windows(shape, 8)
    rows, columns = (-np.arange(shape[0]) % shape[0], np.arange(shape[1]))
    mirrored = np.where(columns < half.shape[2], columns, shape[1] - columns)
    whole = np.where(columns < half.shape[2], half[..., mirrored], half[:, rows][..., mirrored])
    bands = np.fft.ifft2(np.fft.fft2(scale) * whole)
    assert np.abs(bands.imag).max() < 1e-13
    np.testing.assert_allclose(analyse(image, 1, [8]).details[0], bands.real, atol=1e-12)


@pytest.mark.parametrize("shape", [(32, 32), (33, 40)])
def test_mirroring_the_image_mirrors_the_directions(shape):
    image = laws.noise(shape)
    for band, mirrored in zip(analyse(image).details, analyse(image[:, ::-1]).details, strict=True):
        swapped = mirrored[-np.arange(len(band)) % len(band)][..., ::-1]
        np.testing.assert_allclose(band, swapped, atol=1e-12)


def test_orientations_by_hand():
    third = math.degrees(math.atan(1 / 2))
    expected = [0, third, 45, 90 - third, 90, 90 + third, 135, 180 - third]
    np.testing.assert_allclose(orientations(8), expected, atol=1e-12)


@pytest.mark.parametrize("shape", [(96, 96), (96, 128)])
@pytest.mark.parametrize("k", range(8))
def test_a_line_lights_up_its_own_direction_at_every_scale(k, shape):
    """Directions are angles in the image, whatever its shape."""
    for band in analyse(line(orientations(8)[k], shape), 4, [8] * 4).details:
        middle = band[:, 32:-32, 32:-32]
        energy = (middle**2).sum(axis=(1, 2))
        assert energy.argmax() == k
        assert energy[k] > 0.6 * energy.sum()


def test_a_line_stays_where_it_is():
    for band in analyse(line(45)).details:
        strongest = np.abs(band[len(band) // 4, 48]).argmax()
        assert strongest == 48


def test_a_constant_is_all_base():
    bands = analyse(np.full((20, 27), 0.7))
    np.testing.assert_allclose(bands.base, 0.7, atol=1e-12)
    assert max(np.abs(detail).max() for detail in bands.details) < 1e-12


def test_shapes_and_the_cache():
    bands = analyse(laws.noise((30, 41), np.float32), 3, [6, 4, 2, 99])
    assert [band.shape for band in bands.details] == [(6, 30, 41), (4, 30, 41), (2, 30, 41)]
    assert {band.dtype for band in (*bands.details, bands.base)} == {np.dtype(np.float32)}
    assert windows((30, 41), 4, np.float32) is windows((30, 41), 4, np.float32)
    with pytest.raises(ValueError, match="read-only"):
        windows((30, 41), 4)[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("directions", "error", "words"),
    [
        ([8, 8], ValueError, "a number for each of 4 levels, got 2"),
        ([8, 8, 8, 7], ValueError, "even numbers from 2 to 64, got 7"),
        ([8, 8, 8, 0], ValueError, "even numbers from 2 to 64, got 0"),
        ([8, 8, 8, 8.0], TypeError, "expected integers, got float"),
    ],
)
def test_bad_directions_are_named(directions, error, words):
    with pytest.raises(error, match=f"directions: .*{words}"):
        analyse(np.zeros((32, 32)), 4, directions)
