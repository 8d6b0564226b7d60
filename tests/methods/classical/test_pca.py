import numpy as np
import pytest

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.pca import pca_weight


def test_weights_by_hand():
    # a = (0, 1, 0, 1), b = a / 2: covariance [[1/4, 1/8], [1/8, 1/16]], eigenvector (2, 1), weights 2/3 and 1/3
    a = np.array([[0.0, 1, 0, 1]])
    assert pca_weight(a, a / 2) == pytest.approx(2 / 3)


def test_weights_agree_with_an_eigenvalue_solver(gray_pair):
    a, b = gray_pair[0], (0.3 * gray_pair[0] + 0.5 * gray_pair[1]).astype(np.float32)
    values, vectors = np.linalg.eigh(np.cov(a.ravel(), b.ravel()))
    leading = np.abs(vectors[:, np.argmax(values)])
    assert pca_weight(a, b) == pytest.approx(leading[0] / leading.sum(), abs=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "weight"),
    [
        ([0.0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3], 1),  # a constant source has no say
        ([0.3, 0.3, 0.3, 0.3], [0.0, 1, 0, 1], 0),
        ([0.3, 0.3, 0.3, 0.3], [0.7, 0.7, 0.7, 0.7], 0.5),  # two constants
        ([0.0, 1, 0, 1], [0.0, 1, 0, 1], 0.5),
        ([0.0, 1, 0, 1], [1.0, 0, 1, 0], 0.5),  # opposites of equal spread: no leading axis of one sign
        ([0.0, 1, 0, 1], [0.5, 0, 0.5, 0], 1),  # negative correlation: the weaker source would enter inverted
        ([0.5, 0, 0.5, 0], [0.0, 1, 0, 1], 0),
        ([0.0, 1, 0, 1], [0.0, 0, 1, 1], 0.5),  # uncorrelated, equal spread
    ],
)
def test_degenerate_pairs(a, b, weight):
    assert pca_weight(np.array([a]), np.array([b])) == pytest.approx(weight)


def test_fused_by_hand():
    a = np.tile([0.0, 1.0], (16, 8))
    np.testing.assert_allclose(fuse(a, a / 2, "pca"), a * 2 / 3 + a / 2 / 3, atol=1e-6)
