import numpy as np
import pytest
import pywt

from medfuse_course.transforms.dwt import analyse, synthesise
from medfuse_course.transforms.filter_banks import WAVELETS
from tests.transforms.laws import (
    SHAPES,
    assert_linear,
    assert_perfect_reconstruction,
    largest_shift_error,
    noise,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("wavelet", ["db1", "db4", "bior4.4"])
def test_synthesis_undoes_analysis(wavelet, shape, dtype):
    assert_perfect_reconstruction(lambda x: analyse(x, 4, wavelet=wavelet), synthesise, shape, dtype)


def test_every_wavelet_gives_the_image_back():
    image = noise((32, 48))
    for wavelet in WAVELETS:
        again = synthesise(analyse(image, 3, wavelet=wavelet))
        np.testing.assert_allclose(again, image, atol=1e-10, err_msg=wavelet)


def test_linear():
    assert_linear(lambda x: analyse(x, 3, wavelet="db2"), (20, 31))


@pytest.mark.parametrize("levels", [1, 3, 5])
@pytest.mark.parametrize("wavelet", ["db1", "db2", "db5", "sym4", "coif1", "bior2.2", "rbio1.3", "bior4.4"])
@pytest.mark.filterwarnings("ignore:Level value")
def test_bands_are_those_of_pywavelets(wavelet, levels):
    image = noise((64, 96))
    ours = analyse(image, levels, wavelet=wavelet)
    base, *coarse_first = pywt.wavedec2(image, wavelet, mode="periodization", level=levels)
    np.testing.assert_allclose(ours.base, base, atol=1e-12)
    for detail, theirs in zip(ours.details, reversed(coarse_first), strict=True):
        np.testing.assert_allclose(detail, theirs, atol=1e-12)


def test_haar_by_hand():
    image = np.array([[1.0, 2.0], [3.0, 6.0]])
    bands = analyse(image, 1)
    assert bands.base == pytest.approx(6)  # (1 + 2 + 3 + 6) / 2
    np.testing.assert_allclose(bands.details[0].ravel(), [-3, -2, 1])  # top - bottom, left - right, 1 - 2 - 3 + 6


def test_an_orthogonal_wavelet_keeps_energy_and_number():
    image = noise((64, 32))
    bands = analyse(image, 4, wavelet="db3")
    everything = np.concatenate([x.ravel() for x in (*bands.details, bands.base)])
    assert everything.size == image.size
    assert (everything**2).sum() == pytest.approx((image**2).sum())


def test_stripes_go_to_their_band():
    across = np.tile([[0.0], [1.0]], (16, 32))  # horizontal stripes
    horizontal, vertical, diagonal = (np.abs(x).max() for x in analyse(across, 1).details[0])
    assert horizontal == pytest.approx(1)
    assert vertical == diagonal == 0
    assert np.abs(analyse(across.T.copy(), 1).details[0][1]).max() == pytest.approx(1)


def test_the_transform_is_not_shift_covariant():
    """A shift by one pixel gives other coefficients, wherever one looks for the old ones; a shift by two gives them."""
    image = noise((64, 64))
    before, one, two = (analyse(np.roll(image, k, axis=0), 1).details[0] for k in (0, 1, 2))
    nearest = min(np.abs(np.roll(before, k, axis=1) - one).max() for k in range(32))
    assert nearest > 0.5
    np.testing.assert_allclose(np.roll(before, 1, axis=1), two, atol=1e-12)
    assert largest_shift_error(lambda x: analyse(x, 1), (64, 64)) > 0.5


def test_odd_sizes_keep_their_shape_and_precision():
    bands = analyse(noise((33, 50), np.float32), 3)
    assert [x.shape for x in bands.details] == [(3, 20, 28), (3, 10, 14), (3, 5, 7)]
    assert bands.base.dtype == bands.details[0].dtype == np.float32
    assert bands.base.shape == (5, 7)


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="levels: expected 1 to 4"):
        analyse(noise((16, 20)), 5)
    with pytest.raises(ValueError, match="unknown wavelet 'haar2'"):
        analyse(noise((16, 20)), 2, wavelet="haar2")
