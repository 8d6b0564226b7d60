import numpy as np
import pytest
from scipy import fft

from medfuse_course.transforms.sparse_coding import (
    average_patches,
    dct_dictionary,
    extract_patches,
    learn_dictionary,
    orthogonal_matching_pursuit,
)


def naive_pursuit(signal, dictionary, atoms, eps):
    """The algorithm as textbooks write it: one signal, an ordinary least-squares fit at every step."""
    chosen, code, rest = [], np.zeros(dictionary.shape[1]), signal
    while len(chosen) < atoms and np.linalg.norm(rest) > eps:
        chosen.append(int(np.argmax(np.abs(dictionary.T @ rest))))
        fit = np.linalg.lstsq(dictionary[:, chosen], signal, rcond=None)[0]
        rest = signal - dictionary[:, chosen] @ fit
        code[:] = 0
        code[chosen] = fit
    return code


def random_dictionary(rng, rows, columns):
    dictionary = rng.standard_normal((rows, columns))
    return dictionary / np.linalg.norm(dictionary, axis=0)


def test_the_dictionary_by_hand():
    """Two pixels, four cosines: cos(pi k n / 4) is (1, 1), (1, .707), (1, 0), (1, -.707); centered but the first."""
    flat, slope = np.array([1, 1]) / 2**0.5, np.array([1, -1]) / 2**0.5
    axis = [flat, slope, slope, slope]
    expected = np.stack([np.outer(row, column).ravel() for row in axis for column in axis], axis=1)
    np.testing.assert_allclose(dct_dictionary(2), expected, atol=1e-12)


def test_the_dictionary_has_atoms_of_length_one_that_span_all_patches():
    dictionary = dct_dictionary()
    assert dictionary.shape == (64, 256)
    np.testing.assert_allclose(np.linalg.norm(dictionary, axis=0), 1)
    np.testing.assert_allclose(dictionary[:, 1:].sum(axis=0), 0, atol=1e-12)
    assert np.linalg.matrix_rank(dictionary) == 64
    assert not dictionary.flags.writeable


def test_the_first_pixels_of_each_cosine():
    atom = np.cos(np.pi * 3 * np.arange(8) / 16)
    atom -= atom.mean()
    np.testing.assert_allclose(
        dct_dictionary()[:, 3].reshape(8, 8), np.tile(atom / np.linalg.norm(atom), (8, 1)) / 8**0.5, atol=1e-12
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("shape", "size", "stride"), [((16, 16), 8, 2), ((17, 30), 8, 2), ((31, 45), 8, 5), ((16, 9), 4, 4)]
)
def test_patches_come_back_to_the_image(shape, size, stride, dtype):
    image = np.random.default_rng(0).random(shape).astype(dtype)
    patches = extract_patches(image, size, stride)
    again = average_patches(patches, shape, size, stride)
    assert again.dtype == patches.dtype == dtype
    np.testing.assert_allclose(again, image, atol=1e-6)


def test_patches_lie_on_a_grid_and_at_the_border():
    image = np.arange(5 * 6.0).reshape(5, 6)
    patches = extract_patches(image, 2, 2)
    assert patches.tolist()[:3] == [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]]
    assert len(patches) == 9  # rows 0, 2 and 3; columns 0, 2 and 4
    assert patches[-1].tolist() == [22, 23, 28, 29]


def test_overlaps_are_averaged():
    """Two patches in a row of three columns: the middle column is in both."""
    patches = np.array([[1.0, 1, 1, 1], [3, 3, 3, 3]])
    np.testing.assert_array_equal(average_patches(patches, (2, 3), 2, 1), [[1, 2, 3], [1, 2, 3]])


@pytest.mark.parametrize(("atoms", "eps"), [(1, 0.0), (5, 0.0), (10, 0.5), (24, 1e-3)])
def test_pursuit_agrees_with_least_squares_one_signal_at_a_time(atoms, eps):
    rng = np.random.default_rng(1)
    dictionary, signals = random_dictionary(rng, 24, 60), rng.standard_normal((50, 24))
    signals[7] = 0
    signals[8] = 1e-4 * dictionary[:, 3]
    expected = np.stack([naive_pursuit(signal, dictionary, atoms, max(eps, 1e-12)) for signal in signals])
    codes = orthogonal_matching_pursuit(signals, dictionary, atoms=atoms, eps=eps)
    np.testing.assert_allclose(codes, expected, atol=1e-9)
    if eps == 0.5:
        assert len(np.unique(np.count_nonzero(codes, axis=1))) > 1  # some stop early, some go on


def test_pursuit_in_the_cosine_dictionary_agrees_too():
    """Its atoms are very much alike, the least squares badly conditioned; in float32 the rest is as short."""
    rng = np.random.default_rng(2)
    signals = rng.standard_normal((30, 64)).cumsum(axis=1) / 20
    signals -= signals.mean(axis=1, keepdims=True)
    expected = np.stack([naive_pursuit(signal, dct_dictionary(), 16, 0.05) for signal in signals])
    codes = orthogonal_matching_pursuit(signals, dct_dictionary(), atoms=16, eps=0.05)
    np.testing.assert_allclose(codes, expected, atol=1e-8)
    single = orthogonal_matching_pursuit(signals.astype(np.float32), dct_dictionary(), atoms=16, eps=0.05)
    assert single.dtype == np.float32
    rest, reference = (np.linalg.norm(signals - c @ dct_dictionary().T, axis=1) for c in (single, expected))
    np.testing.assert_allclose(rest, reference, atol=0.01)


def test_a_basis_gives_its_largest_coefficients():
    """Orthonormal atoms: the code is the transform, cut off after the largest."""
    signals = np.random.default_rng(3).standard_normal((20, 16))
    codes = orthogonal_matching_pursuit(signals, fft.idct(np.eye(16), axis=0, norm="ortho"), atoms=4)
    expected = fft.dct(signals, axis=1, norm="ortho")
    small = np.argsort(np.abs(expected), axis=1)[:, :-4]
    np.put_along_axis(expected, small, 0, axis=1)
    np.testing.assert_allclose(codes, expected, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pursuit_ends_where_rounding_does(dtype):
    """Signals of two atoms, no limit that matters: two atoms come back, not a tail of rounding errors."""
    rng = np.random.default_rng(4)
    dictionary = random_dictionary(rng, 24, 60)
    true = np.zeros((20, 60))
    for k, code in enumerate(true[1:]):
        code[[k, k + 30]] = 2, -1
    codes = orthogonal_matching_pursuit((true @ dictionary.T).astype(dtype), dictionary, atoms=24)
    np.testing.assert_array_equal(codes != 0, true != 0)
    np.testing.assert_allclose(codes, true, atol=1e-5)


def test_chunks_do_not_show():
    rng = np.random.default_rng(5)
    dictionary, signals = random_dictionary(rng, 8, 12), rng.standard_normal((2500, 8))
    codes = orthogonal_matching_pursuit(signals, dictionary, atoms=2)
    some = orthogonal_matching_pursuit(signals[1000:1100], dictionary, atoms=2)
    np.testing.assert_allclose(codes[1000:1100], some, atol=1e-12)


def test_learning_finds_the_dictionary_that_made_the_signals():
    """The experiment of Aharon, Elad and Bruckstein (2006): 20 x 50, three atoms a signal, up to sign and order."""
    rng = np.random.default_rng(6)
    true = random_dictionary(rng, 20, 50)
    signals = np.zeros((1500, 20))
    for signal in signals:
        signal += true[:, rng.choice(50, 3, replace=False)] @ rng.standard_normal(3)
    start = random_dictionary(rng, 20, 50)
    learned = learn_dictionary(signals, start, atoms=3, iterations=30)
    found = np.abs(learned.T @ true).max(axis=0) > 0.99
    assert found.mean() > 0.8
    assert (np.abs(start.T @ true).max(axis=0) > 0.99).mean() == 0
    np.testing.assert_allclose(np.linalg.norm(learned, axis=0), 1)


def test_one_round_of_learning_by_the_formulas():
    """Atom by atom: ``E_k = X - sum_{j != k} d_j c_j`` of the signals that use it, and its leading singular pair."""
    rng = np.random.default_rng(9)
    signals, dictionary = rng.standard_normal((80, 6)), random_dictionary(rng, 6, 9)
    learned = learn_dictionary(signals, dictionary, atoms=2, iterations=1)
    codes = np.stack([naive_pursuit(signal, dictionary, 2, 0) for signal in signals])
    for k in range(9):
        users, others = np.flatnonzero(codes[:, k]), np.arange(9) != k
        error = signals[users] - codes[np.ix_(users, others)] @ dictionary[:, others].T
        _, vectors = np.linalg.eigh(error.T @ error)
        dictionary[:, k] = vectors[:, -1]
        codes[users, k] = error @ vectors[:, -1]
    np.testing.assert_allclose(np.abs((learned * dictionary).sum(axis=0)), 1, atol=1e-9)


def test_learning_is_repeatable_and_replaces_idle_atoms():
    rng = np.random.default_rng(7)
    signals = np.outer(rng.standard_normal(40), [1.0, 2, 2, 0]) + 0.01 * rng.standard_normal((40, 4))
    start = random_dictionary(rng, 4, 9)
    first, again, other = (learn_dictionary(signals, start, atoms=1, iterations=2, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-6
    assert np.abs(first.T @ np.array([1, 2, 2, 0]) / 3).max() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: extract_patches(x, 17), "size: expected at most the sides"),
        (lambda x: extract_patches(x, 4, 5), "stride: expected at most the size 4"),
        (lambda x: extract_patches(x, 4, 0), "stride: expected 1 or more"),
        (lambda x: extract_patches(x[0], 4), r"expected at most the sides of an image \(H, W\)"),
        (lambda x: dct_dictionary(1), "size: expected 2 or more, got 1"),
        (lambda x: orthogonal_matching_pursuit(x, np.eye(8)), "dictionary: expected 16 rows"),
        (lambda x: orthogonal_matching_pursuit(x, 2 * np.eye(16)), "dictionary: expected columns of length 1"),
        (lambda x: orthogonal_matching_pursuit(x, np.eye(16), atoms=0), "atoms: expected 1 or more"),
        (lambda x: orthogonal_matching_pursuit(x, np.eye(16), eps=-1), "eps: expected a length"),
        (lambda x: learn_dictionary(np.zeros((3, 16)), np.eye(16)), "signals: expected some that are not 0"),
        (lambda x: learn_dictionary(x, np.eye(16), iterations=0), "iterations: expected 1 or more"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(8).random((16, 16)))


@pytest.mark.parametrize("signals", [[[1.0]], np.ones((2, 2), int), np.ones(4)])
def test_signals_must_be_a_table_of_floats(signals):
    with pytest.raises(TypeError, match="signals: expected a two-dimensional array of floats"):
        orthogonal_matching_pursuit(signals, np.eye(4))
