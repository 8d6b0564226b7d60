import numpy as np
import pytest
from scipy import signal

from medfuse_course.datasets import load_pair
from medfuse_course.transforms import nsst
from medfuse_course.transforms.complex_shearlet import analyse, synthesise
from tests.transforms import laws
from tests.transforms.test_nsst import line

SHIFTS = np.arange(9)


@pytest.mark.parametrize("dtype", laws.TOLERANCE)
@pytest.mark.parametrize("shape", laws.SHAPES)
def test_perfect_reconstruction(shape, dtype):
    laws.assert_perfect_reconstruction(analyse, synthesise, shape, dtype)


def test_exactly_covariant_to_circular_shifts():
    assert laws.largest_shift_error(analyse, (31, 46)) < 1e-12


def test_linear():
    laws.assert_linear(analyse, (17, 24))


@pytest.mark.parametrize("shape", [(32, 32), (17, 24), (21, 33)])
def test_bands_are_the_analytic_signals_of_the_real_ones(shape):
    """An independent Hilbert transform: that of scipy.signal, along the main axis of each cone."""
    image = laws.noise(shape)
    for band, real in zip(analyse(image).details, nsst.analyse(image).details, strict=True):
        for k, degrees in enumerate(nsst.orientations(len(real))):
            flat = degrees <= 45 or degrees > 135  # lines nearer to the horizontal vary from row to row
            np.testing.assert_allclose(band[k], signal.hilbert(real[k], axis=0 if flat else 1), atol=1e-12)
        np.testing.assert_array_equal(band.real, real)


def passing_by(image_of, angle):
    """The coefficients at the middle pixel, one list a level, as a structure moves across it pixel by pixel."""
    bands = [analyse(image_of(shift)) for shift in SHIFTS]
    return [
        np.array([b.details[level][list(np.round(nsst.orientations(count))).index(angle), 48, 48] for b in bands])
        for level, count in enumerate(nsst.DIRECTIONS)
    ]


def step(shift):
    """A soft vertical step; its twin, where the image wraps around, is far away."""
    return np.tile(1 / (1 + np.exp(-(np.arange(96) - 48.0 - shift) / 0.7)), (96, 1))


def ridge(shift):
    return np.roll(line(90), shift, axis=1)


@pytest.mark.parametrize("image_of", [step, ridge])
def test_the_magnitude_is_steady_where_the_real_part_oscillates(image_of):
    """As a structure goes away the magnitude only falls, by less than 10 % for one pixel; the real part comes back.

    The finest scale, whose waves have 2 to 4 pixels, loses up to 20 % in one pixel.
    """
    for level, c in enumerate(passing_by(image_of, 90)):
        magnitude = np.abs(c) / np.abs(c[0])
        assert magnitude[1] > (0.9 if level else 0.8)
        assert np.diff(magnitude).max() < 0.01
        assert np.diff(np.abs(c.real) / np.abs(c[0])).max() > 0.1


def test_the_phase_tells_a_ridge_from_a_step():
    for c in passing_by(ridge, 90):
        assert np.abs(np.angle(c[0])) < 0.01
    for c in passing_by(step, 90):
        assert np.abs(np.angle(c[0])) == pytest.approx(np.pi / 2, abs=0.1)


def test_precision_and_shapes():
    bands = analyse(laws.noise((30, 41), np.float32), 2, [6, 4])
    assert [band.shape for band in bands.details] == [(6, 30, 41), (4, 30, 41)]
    assert {band.dtype for band in bands.details} == {np.dtype(np.complex64)}
    assert bands.base.dtype == np.float32


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="levels: expected 1 to 4"):
        analyse(np.zeros((16, 16)), 5)
    with pytest.raises(ValueError, match="directions: expected even numbers"):
        analyse(np.zeros((16, 16)), 1, [5])
    with pytest.raises(TypeError, match="directions: expected a number for each level"):
        analyse(np.zeros((16, 16)), 1, 8)


@pytest.mark.parametrize("seed", [0, 3])
def test_between_a_head_and_its_moved_copy_the_complex_magnitude_chooses_steadily(seed):
    """Real magnitudes have zeros, at which the weaker source wins: more than half of all neighbors differ."""
    head = load_pair("head/mri-ct", seed=seed).a
    sources = head, np.float32(0.9) * np.roll(head, 1, axis=1)
    bands = [analyse(source, 3, (8, 8, 8)).details[1][4] for source in sources]
    assert _changes(*(np.abs(band.real) for band in bands)) > 0.5
    assert _changes(*(np.abs(band) for band in bands)) < 0.3


def _changes(a, b):
    return np.mean(np.diff(a > b, axis=1))
