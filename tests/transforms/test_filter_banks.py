import numpy as np
import pytest

from medfuse_course.core.registry import UnknownNameError
from medfuse_course.transforms.filter_banks import (
    WAVELETS,
    filter_matrix,
    from_quarters,
    quarters,
    wavelet_filters,
)


def test_a_matrix_by_hand():
    """y[k] = 1 x[1 + 2k] + 10 x[2k] + 100 x[2k - 1]: the first row reaches over the border."""
    wrapped = filter_matrix(6, [1, 10, 100], start=1, step=2).toarray()
    mirrored = filter_matrix(6, [1, 10, 100], start=1, step=2, border="mirror").toarray()
    inside = [[0, 100, 10, 1, 0, 0], [0, 0, 0, 100, 10, 1]]
    np.testing.assert_array_equal(wrapped, [[10, 1, 0, 0, 0, 100], *inside])
    np.testing.assert_array_equal(mirrored, [[110, 1, 0, 0, 0, 0], *inside])


def test_holes_by_hand():
    """y[k] = 1 x[k] + 10 x[k - 2], and a filter that goes round the border more than once."""
    holes = filter_matrix(4, [1, 10], start=0, spacing=2).toarray()
    np.testing.assert_array_equal(holes, [[1, 0, 10, 0], [0, 1, 0, 10], [10, 0, 1, 0], [0, 10, 0, 1]])
    np.testing.assert_array_equal(filter_matrix(2, [1, 10, 100, 1000], start=0).toarray(), [[101, 1010], [1010, 101]])


def test_quarters_are_put_together_again():
    mosaic = np.arange(24.0).reshape(4, 6)
    low, *details = quarters(mosaic)
    np.testing.assert_array_equal(low, [[0, 1, 2], [6, 7, 8]])
    np.testing.assert_array_equal(details[0], [[12, 13, 14], [18, 19, 20]])  # below: high-pass along axis 0
    np.testing.assert_array_equal(from_quarters(low, np.stack(details)), mosaic)


def test_filters_of_an_orthogonal_wavelet_are_their_own_inverse():
    low, high, low_back, high_back = wavelet_filters("db3")
    np.testing.assert_allclose(low_back, low)
    np.testing.assert_allclose(high_back, high)
    assert low @ low == pytest.approx(1)
    assert low @ high == pytest.approx(0, abs=1e-12)


def test_unknown_wavelets_are_answered():
    with pytest.raises(UnknownNameError, match="unknown wavelet 'bd2'; did you mean"):
        wavelet_filters("bd2")
    with pytest.raises(UnknownNameError, match="unknown wavelet 'dmey'"):
        wavelet_filters("dmey")
    with pytest.raises(TypeError, match=r"wavelet: expected a name \(str\), got int"):
        wavelet_filters(2)
    assert len(WAVELETS) > 100
