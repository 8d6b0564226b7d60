import numpy as np
import pytest
import pywt

from medfuse_course.transforms.swt import analyse, synthesise
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


def test_linear():
    assert_linear(lambda x: analyse(x, 3, wavelet="db2"), (20, 31))


@pytest.mark.filterwarnings("ignore:norm=True, but the wavelet.*:UserWarning")
@pytest.mark.parametrize("levels", [1, 2, 4])
@pytest.mark.parametrize("wavelet", ["db1", "db2", "db5", "sym4", "coif1", "bior2.2", "rbio1.3", "bior4.4"])
def test_bands_are_those_of_pywavelets(wavelet, levels):
    image = noise((48, 64))
    ours = analyse(image, levels, wavelet=wavelet)
    base, *coarse_first = pywt.swt2(image, wavelet, levels, norm=True, trim_approx=True)
    np.testing.assert_allclose(ours.base, base, atol=1e-12)
    for detail, theirs in zip(ours.details, reversed(coarse_first), strict=True):
        np.testing.assert_allclose(detail, theirs, atol=1e-12)


def test_the_way_back_from_changed_bands_is_that_of_pywavelets():
    """Fused bands are those of no image: what the inverse makes of them is part of the method."""
    bands = analyse(noise((32, 32)), 3, wavelet="db2")
    changed = [x * np.sign(noise(x.shape, seed=k) - 0.5) for k, x in enumerate(bands.details)]
    ours = synthesise(type(bands)(tuple(changed), bands.base, bands.wavelet))
    theirs = pywt.iswt2([bands.base, *(tuple(x) for x in reversed(changed))], "db2", norm=True)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("wavelet", ["db1", "db3", "bior2.2"])
@pytest.mark.parametrize("shape", [(64, 64), (33, 50)])
def test_shifts_shift_the_bands(wavelet, shape):
    assert largest_shift_error(lambda x: analyse(x, 4, wavelet=wavelet), shape) < 1e-10


def test_an_orthogonal_wavelet_keeps_energy():
    image = noise((30, 47))
    bands = analyse(image, 3, wavelet="db2")
    assert sum((x**2).sum() for x in (*bands.details, bands.base)) == pytest.approx((image**2).sum())


def test_haar_by_hand():
    image = np.zeros((4, 4))
    image[1, 1] = 4
    bands = analyse(image, 1)
    np.testing.assert_allclose(bands.base[:2, :2], 1)  # the mean of a pixel, the next below and the next on the right
    np.testing.assert_allclose(bands.details[0][0][:2, :2], [[-1, -1], [1, 1]])  # horizontal: this row minus the next
    assert bands.details[0].shape == (3, 4, 4)


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="levels: expected 1 to 4"):
        analyse(noise((16, 20)), 5)
    with pytest.raises(ValueError, match="unknown wavelet"):
        analyse(noise((16, 20)), 2, wavelet="haar2")
