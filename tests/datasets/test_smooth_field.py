"""Random fields: standard, as smooth as asked for, the same for the same seed, and continuous in space."""

import numpy as np
import pytest

from medfuse_course.datasets.smooth_field import SpaceField

X = np.arange(-100.0, 100.0, 2.0)


def field(seed=0, stream="a", fwhm=40.0):
    return SpaceField(seed, ("test", stream), fwhm, (-200.0, -200.0, -200.0), (41, 41, 41), 10.0)


def test_standard_and_repeatable():
    planes = np.stack([field().plane(X, X, z) for z in range(-150, 151, 30)])
    assert planes.mean() == pytest.approx(0, abs=0.2)
    assert planes.std() == pytest.approx(1, abs=0.2)
    np.testing.assert_array_equal(planes[0], field().plane(X, X, -150))
    for other in (field(seed=1), field(stream="b")):
        assert abs(np.corrcoef(other.plane(X, X, 0).ravel(), field().plane(X, X, 0).ravel())[0, 1]) < 0.4


def test_correlation_falls_to_a_quarter_within_the_width():
    # White noise blurred by a Gaussian of width w is correlated like a Gaussian of width sqrt(2) w: 1/4 at lag w.
    planes = np.concatenate([field(seed).plane(X, X, 0) for seed in range(6)])
    lag = round(40.0 / 2.0)
    correlation = (planes[:, lag:] * planes[:, :-lag]).mean() / (planes**2).mean()
    assert correlation == pytest.approx(0.25, abs=0.12)


def test_planes_belong_to_one_field():
    one, other = field().plane(X, X, 10.0), field().plane(X, X, 10.5)
    assert 0 < np.abs(one - other).max() < 0.1
