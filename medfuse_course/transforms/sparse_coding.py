"""Patches as mixtures of few atoms: dictionaries, orthogonal matching pursuit, and the way from patches to an image.

A patch of 8 x 8 pixels is written as ``x = D c`` with an overcomplete dictionary D (64 x 256, columns of length 1) and
a code c with few entries that are not 0. It is no exact transform: what the allowed atoms cannot represent is lost.

References: Y. C. Pati, R. Rezaiifar and P. S. Krishnaprasad, "Orthogonal matching pursuit", Asilomar Conference on
Signals, Systems and Computers 1993, 40-44; M. Aharon, M. Elad and A. Bruckstein, "K-SVD", IEEE Transactions on Signal
Processing 54(11), 4311-4322, 2006. Textbook mathematics; the form with the Gram matrix and a growing triangular factor
is the common fast one, worked on many patches at a time.
"""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms._pursuit import pursue

CHUNK = 1024
"""Signals worked on at a time: bounds the memory, and is faster than all at once because it fits the cache."""


@lru_cache(maxsize=8)
def dct_dictionary(size: int = 8, oversampling: int = 2) -> FloatArray:
    """The overcomplete cosine dictionary, ``(size^2, (oversampling size)^2)``, float64 and read-only.

    Along one axis: ``d_k[n] = cos(pi k n / K)`` for ``n < size`` and ``k < K = oversampling size``, the mean taken out
    for k > 0, scaled to length 1. In two dimensions: all products ``d_k[row] d_l[column]``. Column ``k K + l`` is one
    atom, its rows run over the patch row by row.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.sparse_coding import dct_dictionary
    >>> dictionary = dct_dictionary()
    >>> dictionary.shape, bool(np.allclose(np.linalg.norm(dictionary, axis=0), 1))
    ((64, 256), True)
    >>> dictionary[:3, 0].round(4).tolist()  # the first atom is constant: 1 / 8, so that its length is 1
    [0.125, 0.125, 0.125]
    """
    for name, value, low in (("size", size, 2), ("oversampling", oversampling, 1)):
        _check_integer(name, value, low)
    count = oversampling * size
    atoms = np.cos(np.pi * np.outer(np.arange(size), np.arange(count)) / count)
    atoms[:, 1:] -= atoms[:, 1:].mean(axis=0)
    atoms /= np.linalg.norm(atoms, axis=0)
    dictionary: FloatArray = np.einsum("ik,jl->ijkl", atoms, atoms).reshape(size * size, count * count)
    dictionary.flags.writeable = False
    return dictionary


def extract_patches(image: FloatArray, size: int = 8, stride: int = 2) -> FloatArray:
    """Square patches of an image, each a row of ``(patches, size^2)``.

    Their top left corners lie on a grid of `stride` pixels, row by row. The last row and column of patches touch the
    border even where that is off the grid, so every pixel is in at least one patch.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.sparse_coding import extract_patches
    >>> extract_patches(np.arange(12).reshape(3, 4), size=2, stride=2).tolist()  # the lower two touch the border
    [[0, 1, 4, 5], [2, 3, 6, 7], [4, 5, 8, 9], [6, 7, 10, 11]]
    """
    rows, columns = _corners(image.shape, size, stride)
    windows = sliding_window_view(image, (size, size))
    return windows[np.ix_(rows, columns)].reshape(-1, size * size)


def average_patches(patches: FloatArray, shape: tuple[int, int], size: int = 8, stride: int = 2) -> FloatArray:
    """Put patches back where `extract_patches` took them from; where they overlap, their mean.

    Parameters
    ----------
    patches
        ``(patches, size^2)``.
    shape
        ``(H, W)`` of the image.
    size, stride
        As for `extract_patches`.

    Returns
    -------
    ``(H, W)``, in the precision of the patches.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.sparse_coding import average_patches, extract_patches
    >>> image = np.arange(12.0).reshape(3, 4)
    >>> patches = extract_patches(image, size=2, stride=2)
    >>> np.array_equal(average_patches(patches, (3, 4), size=2, stride=2), image)
    True
    >>> patches[2:] = 0  # the lower two: where they overlap the upper ones, half is left
    >>> average_patches(patches, (3, 4), size=2, stride=2).tolist()
    [[0.0, 1.0, 2.0, 3.0], [2.0, 2.5, 3.0, 3.5], [0.0, 0.0, 0.0, 0.0]]
    """
    rows, columns = _corners(shape, size, stride)
    stack = patches.reshape(rows.size, columns.size, size, size)
    total, count = np.zeros(shape, patches.dtype), np.zeros(shape, patches.dtype)
    for i in range(size):
        for j in range(size):
            place = np.ix_(rows + i, columns + j)
            total[place] += stack[:, :, i, j]
            count[place] += 1
    return total / count


def orthogonal_matching_pursuit(
    signals: FloatArray, dictionary: FloatArray, *, atoms: int = 16, eps: float = 0.0
) -> FloatArray:
    """Write each signal as a mixture of few atoms, chosen greedily.

    Take the atom that correlates most with what is left of the signal, fit all atoms taken so far by least squares, see
    what is left; stop at `atoms` atoms or when the length of what is left is at most `eps`.

    Parameters
    ----------
    signals
        ``(signals, n)``, one in each row.
    dictionary
        ``(n, K)``, columns of length 1.
    atoms
        Most atoms a signal may use; n is the most that makes sense.
    eps
        Euclidean length of the rest, in the units of the signals. At 0 it ends where rounding does.

    Returns
    -------
    Codes ``(signals, K)`` in the precision of `signals`, so that ``signals ~ codes @ dictionary.T``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.sparse_coding import orthogonal_matching_pursuit
    >>> dictionary = np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.8]])  # three atoms for two dimensions
    >>> signals = np.array([[3.0, 4.0], [0.0, 2.0]])
    >>> orthogonal_matching_pursuit(signals, dictionary, atoms=2).round(6).tolist()  # 5 of the third, 2 of the second
    [[0.0, 0.0, 5.0], [0.0, 2.0, 0.0]]
    """
    _check_problem(signals, dictionary, atoms, eps)
    columns = np.ascontiguousarray(dictionary, dtype=signals.dtype)
    gram = columns.T @ columns
    codes = np.empty((len(signals), columns.shape[1]), signals.dtype)
    for start in range(0, len(signals), CHUNK):
        part = slice(start, start + CHUNK)
        codes[part] = pursue(signals[part], columns, gram, min(atoms, len(columns)), eps)
    return codes


def learn_dictionary(
    signals: FloatArray, dictionary: FloatArray, *, atoms: int = 4, iterations: int = 10, seed: int = 0
) -> FloatArray:
    """K-SVD: make a dictionary fit signals like those given, starting from `dictionary`.

    Code all signals; then, atom by atom, take the signals that use it, add its part back to what is left of them, and
    replace atom and coefficients by the best approximation of rank 1 (their leading singular vectors). An atom that no
    signal uses becomes a signal drawn at random.

    Parameters
    ----------
    signals
        ``(signals, n)``, not all 0; for patches, take out their means first.
    dictionary
        ``(n, K)``: where to start, columns of length 1.
    atoms
        Most atoms a signal may use.
    iterations
        How often all signals are coded and all atoms replaced.
    seed
        For the atoms that are replaced.

    Returns
    -------
    ``(n, K)`` float64, columns of length 1.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.sparse_coding import learn_dictionary
    >>> signals = np.outer([1.0, 2.0, -3.0], [0.6, 0.8])  # multiples of one direction
    >>> learned = learn_dictionary(signals, np.array([[1.0], [0.0]]), atoms=1)
    >>> abs(learned).round(6).tolist()
    [[0.6], [0.8]]
    """
    _check_problem(signals, dictionary, atoms, 0.0)
    _check_integer("iterations", iterations, 1)
    rng = generator(seed, "dictionary")
    learned, x = np.array(dictionary, np.float64), signals.astype(np.float64)
    worth = np.flatnonzero(np.linalg.norm(x, axis=1) > 0)
    if not worth.size:
        raise ValueError("signals: expected some that are not 0, got none; choose patches that show something")
    for _ in range(iterations):
        codes = orthogonal_matching_pursuit(x, learned, atoms=atoms)
        left = x - codes @ learned.T
        for k in range(learned.shape[1]):
            users = np.flatnonzero(codes[:, k])
            if users.size:
                own = left[users] + np.outer(codes[users, k], learned[:, k])
                u, s, vt = np.linalg.svd(own, full_matrices=False)
                learned[:, k], codes[users, k] = vt[0], s[0] * u[:, 0]
                left[users] = own - np.outer(codes[users, k], vt[0])
            else:
                signal = x[rng.choice(worth)]
                learned[:, k] = signal / np.linalg.norm(signal)
    return learned


def _corners(shape: tuple[int, ...], size: int, stride: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    _check_integer("size", size, 2)
    _check_integer("stride", stride, 1)
    if len(shape) != 2 or min(shape) < size:
        raise ValueError(f"size: expected at most the sides of an image (H, W), got {size} for {tuple(shape)}")
    if stride > size:
        raise ValueError(f"stride: expected at most the size {size}, so that no pixel is left out, got {stride}")
    lasts = [n - size for n in shape]
    rows, columns = (np.unique([*range(0, last, stride), last]).astype(np.intp) for last in lasts)
    return rows, columns


def _check_problem(signals: FloatArray, dictionary: FloatArray, atoms: int, eps: float) -> None:
    for name, value in (("signals", signals), ("dictionary", dictionary)):
        if not isinstance(value, np.ndarray) or not np.issubdtype(value.dtype, np.floating) or value.ndim != 2:
            raise TypeError(f"{name}: expected a two-dimensional array of floats, got {type(value).__name__}")
    if signals.shape[1] != dictionary.shape[0]:
        raise ValueError(
            f"dictionary: expected {signals.shape[1]} rows, one for each entry of a signal, got {dictionary.shape[0]}"
        )
    if not np.allclose(np.linalg.norm(dictionary, axis=0), 1, atol=1e-5):
        raise ValueError("dictionary: expected columns of length 1; divide each column by its norm")
    _check_integer("atoms", atoms, 1)
    if not eps >= 0:
        raise ValueError(f"eps: expected a length, 0 or more, got {eps!r}")


def _check_integer(name: str, value: int, low: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: expected an integer, got {type(value).__name__}")
    if value < low:
        raise ValueError(f"{name}: expected {low} or more, got {value}")
