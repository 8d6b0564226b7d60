"""The authors' transform; that it is theirs to the last pixel is tested with the method `pulse_coupled`."""

import numpy as np
import pytest

from medfuse_course.transforms import nonsubsampled_pyramid, nsst
from medfuse_course.transforms.replicas import nsst_toolbox
from medfuse_course.transforms.replicas.nsst_toolbox import analyse, synthesise
from tests.transforms import laws


@pytest.mark.parametrize("dtype", laws.TOLERANCE)
@pytest.mark.parametrize("shape", laws.SHAPES)
def test_perfect_reconstruction(shape, dtype):
    laws.assert_perfect_reconstruction(analyse, synthesise, shape, dtype)


def test_linear():
    laws.assert_linear(analyse, (17, 24))


def test_directions_keep_the_energy_of_their_scale():
    """The directional filters are a tight frame."""
    image = laws.noise((40, 52))
    scales = nonsubsampled_pyramid.analyse(image, 4, "symmetric")
    for band, scale in zip(analyse(image).details, scales.details, strict=True):
        assert (band**2).sum() == pytest.approx((scale**2).sum(), rel=1e-12)


def test_bands_are_moved_by_half_a_kernel():
    """An impulse shows eight pixels further down and right at the fine scales, where the kernels have 16 pixels."""
    impulse = np.zeros((96, 96))
    impulse[48, 48] = 1
    bands = analyse(impulse)
    for band in bands.details[:2]:
        power = (band**2).sum(axis=0)
        assert np.unravel_index(power.argmax(), power.shape) == (56, 56)
    power = (bands.details[2] ** 2).sum(axis=0)
    assert np.unravel_index(power.argmax(), power.shape) == (52, 52)


def test_a_window_drawn_by_hand():
    """Window 0 of 4 is 1/2, 1, 1/2 on the first three of eight rays; cells that more rays hit take the mean.

    The rays go from (row 0, column 3) to (3, 2) over columns 3, 3, 2, 2; down column 2; and over columns 1, 2, 2, 3.
    Cell (2, 2) is hit by all eight rays, (3, 3) by three, (1, 2), (1, 3) and (3, 2) by two.
    """
    half = 1 / 2
    expected = [[0, half, 1, half], [0, 0, 1.5 / 2, half / 2], [0, 0, 2 / 8, 0], [0, 0, 1.5 / 2, half / 3]]
    np.testing.assert_allclose(nsst_toolbox._drawn_windows(4)[0], expected, atol=1e-12)


def concentration(bands, shape):
    """How far the directions of each level differ: resultant of the doubled angles of their energy, 0 to 1."""
    f_y, f_x = np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])
    turn = np.exp(2j * np.arctan2(f_y, f_x))
    power = [np.abs(np.fft.fft2(band)) ** 2 for band in bands.details]
    return [float(np.mean(np.abs((p * turn).sum(axis=(1, 2))) / p.sum(axis=(1, 2)))) for p in power]


def test_small_kernels_have_no_direction_at_coarse_scales():
    impulse = np.zeros((128, 128))
    impulse[64, 64] = 1
    theirs, ours = (concentration(module.analyse(impulse), impulse.shape) for module in (nsst_toolbox, nsst))
    assert min(theirs[:2]) > 0.9
    assert theirs[2] < 0.75
    assert theirs[3] < 0.5
    assert min(ours) > 0.9


def test_the_first_direction_and_the_sense_of_rotation():
    """A wave along each ray of the toolbox's grid: from 126.9 degrees clockwise in frequency, y pointing down."""
    y, x = np.mgrid[:64, :64]
    for k, (f_y, f_x) in enumerate([(16, -12), (16, -8), (16, -4), (16, 0), (16, 4), (16, 8), (16, 12), (16, 16)]):
        band = analyse(np.cos(2 * np.pi * (f_y * y + f_x * x) / 64), 1).details[0]
        assert (band**2).sum(axis=(1, 2)).argmax() == k


def test_bad_directions_are_named():
    with pytest.raises(ValueError, match=r"directions: expected 4 to 16 for an image of \(16, 20\), got \(32, 8\)"):
        analyse(np.zeros((16, 20)), 2, [32, 8])
    with pytest.raises(ValueError, match="directions: expected 4 to 20"):
        analyse(np.zeros((20, 20)), 1, [2])
