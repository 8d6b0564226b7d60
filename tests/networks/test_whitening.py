"""ZCA by hand, against a loop in NumPy, and what whitening must leave: equal strength in each direction."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks.whitening import EPS, zca  # noqa: E402


def by_loops(features, eps):
    """The authors' MATLAB, written again: singular value decomposition, one channel after the other."""
    out = np.empty_like(features)
    for index in np.ndindex(features.shape[:-2]):
        x = features[index]
        mean = x.sum() / x.size
        if mean == 0:
            out[index] = x
            continue
        covariance = np.zeros((len(x), len(x)))
        for i in range(len(x)):
            for j in range(len(x)):
                covariance[i, j] = ((x[i] - mean) * (x[j] - mean)).sum()
        u, s, _ = np.linalg.svd(covariance)
        out[index] = u @ np.diag(1 / np.sqrt(s + eps)) @ u.T @ (x - mean)
    return out


def rectified(*shape, seed=0):
    return np.maximum(np.random.default_rng(seed).normal(0.2, 1, shape), 0)


def test_two_by_two_by_hand():
    """Mean 2 leaves [[1, -1], [-1, 1]], whose C has the eigenvalues 4, of (1, -1), and 0."""
    expected = np.array([[0.5, -0.5], [-0.5, 0.5]])
    whitened = zca(torch.tensor([[3.0, 1.0], [1.0, 3.0]], dtype=torch.float64), eps=1e-12).numpy()
    np.testing.assert_allclose(whitened, expected, atol=1e-9)
    np.testing.assert_allclose(whitened @ whitened.T, [[0.5, -0.5], [-0.5, 0.5]], atol=1e-9)  # a projector


@pytest.mark.parametrize("shape", [(2, 5, 8, 8), (3, 9, 4), (6, 13), (1, 2, 1, 7), (2, 7, 1)])
def test_all_channels_at_once_are_what_a_loop_gives(shape):
    features = rectified(*shape)
    features[..., : shape[-2] // 3, :] *= 0.01
    np.testing.assert_allclose(zca(torch.from_numpy(features)).numpy(), by_loops(features, EPS), atol=1e-8)


def test_an_empty_channel_stays_empty_and_one_of_mean_zero_as_it_is():
    features = torch.zeros(2, 4, 4)
    features[1, 0, :2] = torch.tensor([3.0, -3.0])
    assert torch.equal(zca(features), features)
    flat = zca(torch.full((1, 5, 6), 0.7))  # no variation: nothing may be made of rounding
    assert flat.abs().max() < 1e-4


def test_the_covariance_is_the_identity_where_eigenvalues_are_large():
    whitened = zca(torch.from_numpy(rectified(3, 6, 40)))
    np.testing.assert_allclose(whitened @ whitened.mT, np.broadcast_to(np.eye(6), (3, 6, 6)), atol=1e-4)
    tall = zca(torch.from_numpy(rectified(9, 4, seed=1)))  # four columns: four directions
    np.testing.assert_allclose(np.linalg.eigvalsh(tall @ tall.mT), [0, 0, 0, 0, 0, 1, 1, 1, 1], atol=1e-4)


def test_the_strength_of_features_is_forgotten_up_to_eps():
    """A hundred times stronger, and the same comes out; where all is fainter than eps, it stays faint."""
    features = torch.from_numpy(rectified(4, 8, 20))
    torch.testing.assert_close(zca(100 * features), zca(features), atol=1e-4, rtol=0)
    assert zca(1e-6 * features).abs().max() < 1e-2
    torch.testing.assert_close(zca(features.float()), zca(features).float(), atol=1e-5, rtol=0)


def test_it_is_the_singular_values_made_equal_so_rows_or_columns_do_not_matter():
    """Another way to compute it, without any covariance, on both sides at once."""
    features = rectified(3, 9, 14, seed=2)
    u, s, v = np.linalg.svd(features - features.mean(axis=(1, 2), keepdims=True), full_matrices=False)
    expected = u * (s / np.sqrt(s**2 + EPS))[:, None] @ v
    np.testing.assert_allclose(zca(torch.from_numpy(features)).numpy(), expected, atol=1e-10)
    np.testing.assert_allclose(zca(torch.from_numpy(features).mT).mT.numpy(), expected, atol=1e-10)


def test_wrong_arguments_are_answered():
    for eps in (0, -1, np.nan):
        with pytest.raises(ValueError, match=f"eps: expected a positive number, got {eps}"):
            zca(torch.ones(2, 2), eps=eps)
    with pytest.raises(ValueError, match=r"features: expected \(..., h, w\) with at least one value, got shape \(3,\)"):
        zca(torch.ones(3))
