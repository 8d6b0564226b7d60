import numpy as np
import pytest

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.pca import block_weights, pca_weight


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


def test_block_weights_agree_with_an_eigenvalue_solver_in_each_window():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 16, 19))
    b += 0.5 * a
    block, half = 5, 2
    x, y = (np.pad(image, 2 * half, mode="reflect") for image in (a, b))
    weights = np.empty((16 + 2 * half, 19 + 2 * half))
    for i, j in np.ndindex(weights.shape):
        window = (slice(i, i + block), slice(j, j + block))
        values, vectors = np.linalg.eigh(np.cov(x[window].ravel(), y[window].ravel(), bias=True))
        leading = vectors[:, np.argmax(values)]
        kept = np.maximum(leading * np.sign(leading.sum()), 0)
        weights[i, j] = kept[0] / kept.sum()
    inner = slice(4, -4)  # where no window needs the mirrored border
    expected = np.array([[weights[i : i + block, j : j + block].mean() for j in range(19)] for i in range(16)])
    found = block_weights(a, b, block)
    np.testing.assert_allclose(found[inner, inner], expected[inner, inner], atol=1e-9)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_blocks_follow_the_place():
    a, b = np.full((16, 32), 0.4), np.full((16, 32), 0.6)
    a[::2, :16] += 0.2  # texture of a on the left, of b on the right
    b[:, 16::2] -= 0.2
    fused = fuse(a, b, "pca", block=3)
    np.testing.assert_allclose(fused[:, :13], a[:, :13], atol=1e-6)
    np.testing.assert_allclose(fused[:, 19:], b[:, 19:], atol=1e-6)


def test_flat_blocks_are_averaged():
    a, b = np.full((40, 40), 0.3), np.full((40, 40), 0.9)
    np.testing.assert_array_equal(block_weights(a, b, 7), 0.5)
    a[:12, :12] = np.random.default_rng(0).random((12, 12))
    weights = block_weights(a, b, 7)
    np.testing.assert_allclose(weights[:9, :9], 1, atol=1e-9)  # only a varies here
    np.testing.assert_allclose(weights[20:], 0.5, atol=1e-9)
    np.testing.assert_allclose(weights[:, 20:], 0.5, atol=1e-9)


@pytest.mark.parametrize("block", [3, 9, 15])
def test_block_weights_have_no_seams(block):
    a, b = (np.random.default_rng(1).random((2, 30, 30)) > 0.5).astype(np.float32)
    weights = block_weights(a, 1 - b, block)
    steps = [np.abs(np.diff(weights, axis=axis)).max() for axis in (0, 1)]
    assert 0.001 < max(steps) <= 1 / block + 1e-9


@pytest.mark.parametrize("block", [3, 7])
def test_blocks_keep_the_laws(block, gray_pair):
    a, b = (image[:16, :17] for image in gray_pair)
    np.testing.assert_allclose(fuse(b, a, "pca", block=block), fuse(a, b, "pca", block=block), atol=1e-6)
    eight_bit = np.rint(255 * a) / np.float32(256)  # so that 1 - a is exact, and the spread of both equal
    np.testing.assert_allclose(fuse(eight_bit, 1 - eight_bit, "pca", block=block), 0.5, atol=1e-6)
    np.testing.assert_allclose(fuse(a, a, "pca", block=block), a, atol=1e-6)


@pytest.mark.parametrize("block", [4, 1, 0, -3, 17, 5.0, True, "5"])
def test_impossible_blocks_are_named(block, gray_pair):
    a, b = (image[:16, :17] for image in gray_pair)
    with pytest.raises(
        ValueError,
        match="block: expected (an odd|a whole) number (of pixels )?from 3 to (16|4096)",
    ):
        fuse(a, b, "pca", block=block)
