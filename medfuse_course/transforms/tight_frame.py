"""Data-driven tight frame: filters learned from images, undecimated, and exactly invertible all the same.

There are ``r^2`` filters of ``r x r`` taps. Scaled to length 1 they are the columns of an orthonormal matrix A, and the
filters are ``a_i = A_i / r``. Then ``sum_i a_i(-.) * a_i = delta``: the unitary extension principle for a transform
without subsampling, so the adjoint of the analysis undoes it. Any orthonormal A will do, so A may follow the data.

Reference: J.-F. Cai, H. Ji, Z. Shen and G.-B. Ye, "Data-driven tight frame construction and image denoising", Applied
and Computational Harmonic Analysis 37(1), 89-105, 2014, known from its abstract and from the algorithm as it is
commonly described. Our reading: the first filter stays the average over r x r pixels, so that there is a base band; a
filter that the data do not determine stays as it was (a small proximal term); the border is periodic.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from medfuse_course.core.checks import plain_array
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms.bands import Bands

MAX_PATCHES = 8192
"""Patches of one image that `learn` looks at, at most: more change the filters little and cost time."""

STRIP = 32
"""Rows of an image worked on at a time: bounds the memory and keeps the work in the cache."""

INERTIA = 1e-5
"""Weight of the filters before an iteration of `learn`, as a share of that of the data."""


@dataclass(frozen=True, eq=False)
class TightFrameBands(Bands):
    """One detail level ``(r^2 - 1, H, W)`` and a base ``(H, W)``, the average over r x r pixels.

    Attributes
    ----------
    filters
        ``(r^2, r, r)``: what `synthesise` needs.
    """

    filters: FloatArray


@lru_cache(maxsize=8)
def dct_filters(size: int = 8) -> FloatArray:
    """The tensor products of the orthonormal cosine basis, ``(size^2, size, size)``, low frequencies first; read-only.

    Filter ``k size + l`` has frequency k along the rows (axis 0) and l along the columns; filter 0 is the average.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.tight_frame import dct_filters
    >>> dct_filters(2)[:3].round(6).tolist()  # the average, differences along a row and down a column
    [[[0.25, 0.25], [0.25, 0.25]], [[0.25, -0.25], [0.25, -0.25]], [[0.25, 0.25], [-0.25, -0.25]]]
    """
    _check_size(size)
    basis = fft.dct(np.eye(size), axis=0, norm="ortho")  # row k: frequency k
    return _frozen(np.einsum("ki,lj->klij", basis, basis).reshape(size * size, size, size) / size)


def learn(images: Sequence[FloatArray], *, size: int = 8, threshold: float = 0.1, iterations: int = 10) -> FloatArray:
    """Filters that describe the given images with few coefficients.

    From the cosine filters on, alternate: keep the coefficients ``V = A^T G`` of the patches G that reach `threshold`,
    set the others to 0; then take for A the orthonormal matrix that fits them best, ``A = U X^T`` with
    ``G V^T = U S X^T``. The first filter stays the average, the others stay orthogonal to it.

    Parameters
    ----------
    images
        ``(H, W)`` floats, at least one, each side at least `size`. The order of two makes no difference.
    size
        Side r of the filters.
    threshold
        In the units of a patch coefficient: a step of height h through the middle of a patch has one of ``h r / 2``.
    iterations
        How often to alternate. At 0 the cosine filters come back.

    Returns
    -------
    ``(size^2, size, size)`` float64, read-only. Nothing is drawn at random: the same images give the same filters.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.tight_frame import analyse, dct_filters, learn
    >>> y, x = np.mgrid[:40, :40]
    >>> stripes = ((x + 2 * y) % 10 < 5).astype(float)
    >>> learned = learn([stripes], size=5, threshold=1.0)
    >>> cosines, fitted = (5 * abs(analyse(stripes, some).details[0]) for some in (dct_filters(5), learned))
    >>> bool((fitted > 1).sum() < 0.9 * (cosines > 1).sum())  # fewer coefficients of a patch reach the threshold
    True
    """
    _check_size(size)
    if not threshold >= 0:
        raise ValueError(f"threshold: expected 0 or more, got {threshold!r}")
    if isinstance(iterations, bool) or not isinstance(iterations, (int, np.integer)) or iterations < 0:
        raise ValueError(f"iterations: expected an integer, 0 or more, got {iterations!r}")
    patches = [_sample(_check_image(image, size), size) for image in images]
    if not patches:
        raise ValueError("images: expected at least one image (H, W), got none")
    start = dct_filters(size).reshape(size * size, -1) * size  # rows: the columns of A
    details = without_mean = start[1:]
    for _ in range(iterations):
        pull = sum((_pull(x, details, threshold) for x in patches), np.zeros_like(details))
        pull = pull @ without_mean.T  # in these coordinates: means belong to the first filter, whatever rounding says
        inertia = INERTIA * float(np.linalg.norm(pull))
        pull += (inertia if inertia > 0 else 1.0) * (details @ without_mean.T)
        u, _, vt = np.linalg.svd(pull)
        details = u @ vt @ without_mean
    return _frozen(np.concatenate([start[:1], details]).reshape(-1, size, size) / size)


def analyse(image: FloatArray, filters: FloatArray | None = None) -> TightFrameBands:
    """One band for each filter: ``c_i = a_i(-.) * image``, the image repeated periodically.

    Parameters
    ----------
    image
        ``(H, W)`` floats, each side at least that of the filters; float32 and float64 keep their precision.
    filters
        ``(r^2, r, r)`` from `learn` or `dct_filters`, the first one the average; 8 x 8 cosine filters when None.

    Returns
    -------
    One level ``(r^2 - 1, H, W)``, and the base ``(H, W)``.

    Notes
    -----
    There is one level; larger structure than r stays in the base. A coefficient at p belongs to the patch whose middle
    is p (for even r, the pixel after the middle).

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import tight_frame
    >>> image = np.eye(20, 13)
    >>> bands = tight_frame.analyse(image)
    >>> bands.details[0].shape, bands.base.shape, round(float(bands.base.mean() / image.mean()), 6)
    ((63, 20, 13), (20, 13), 1.0)
    """
    filters = dct_filters() if filters is None else _check_filters(filters)
    size = filters.shape[-1]
    _check_image(image, size)
    rows = filters.reshape(len(filters), -1).astype(image.dtype)
    before, after = size // 2, size - 1 - size // 2
    windows = sliding_window_view(np.pad(image, (before, after), mode="wrap"), (size, size))
    bands = np.empty((len(rows), *image.shape), image.dtype)
    for top in range(0, len(image), STRIP):
        strip = windows[top : top + STRIP]
        bands[:, top : top + STRIP] = (rows @ strip.reshape(-1, size * size).T).reshape(-1, *strip.shape[:2])
    return TightFrameBands((bands[1:],), bands[0], filters)


def synthesise(bands: TightFrameBands) -> FloatArray:
    """``sum_i a_i * c_i``: undoes `analyse`. With a base of zeros it is the detail image.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import tight_frame
    >>> image = np.eye(20, 13)
    >>> bool(np.allclose(tight_frame.synthesise(tight_frame.analyse(image)), image, rtol=0, atol=1e-10))
    True
    """
    filters, (details,), base = bands.filters, bands.details, bands.base
    size = filters.shape[-1]
    rows = filters.reshape(len(filters), -1).astype(base.dtype)
    before, after = size // 2, size - 1 - size // 2
    height, width = base.shape
    wide = np.zeros((height + size - 1, width + size - 1))  # float64: in float32 a sum of r^2 terms is not exact enough
    for top in range(0, height, STRIP):
        strip = slice(top, min(top + STRIP, height))
        taps = rows[1:].T @ details[:, strip].reshape(len(details), -1) + rows[0][:, None] * base[strip].reshape(1, -1)
        planes = taps.reshape(size, size, -1, width)
        for i in range(size):
            for j in range(size):
                wide[strip.start + i : strip.stop + i, j : j + width] += planes[i, j]
    return _wrap(wide, before, after).astype(base.dtype, copy=False)


def _wrap(wide: FloatArray, before: int, after: int) -> FloatArray:
    """Add what lies beyond a border to the opposite side."""
    for _ in range(2):
        middle = wide[before : len(wide) - after].copy()
        middle[-before:] += wide[:before]
        middle[:after] += wide[len(wide) - after :]
        wide = middle.T
    return np.ascontiguousarray(wide)


def _sample(image: FloatArray, size: int) -> FloatArray:
    """Patches of an image on a regular grid."""
    windows = sliding_window_view(image, (size, size))
    stride = math.ceil(math.sqrt(windows.shape[0] * windows.shape[1] / MAX_PATCHES))
    return windows[::stride, ::stride].reshape(-1, size * size)


def _pull(patches: FloatArray, details: FloatArray, threshold: float) -> FloatArray:
    """``V G^T``: thresholded coefficients against patches."""
    codes = patches @ details.T.astype(patches.dtype)
    codes[np.abs(codes) < threshold] = 0
    return codes.T @ patches


def _frozen(filters: FloatArray) -> FloatArray:
    filters.flags.writeable = False
    return filters


def _check_size(size: int) -> None:
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)):
        raise TypeError(f"size: expected an integer, got {type(size).__name__}")
    if not 2 <= size <= 8:
        raise ValueError(f"size: expected 2 to 8 pixels, got {size}")


def _check_image(image: FloatArray, size: int) -> FloatArray:
    if not isinstance(image, np.ndarray) or not np.issubdtype(image.dtype, np.floating):
        raise TypeError(f"image: expected a NumPy array of floats, got {getattr(image, 'dtype', type(image).__name__)}")
    if image.ndim != 2 or min(image.shape) < size:
        raise ValueError(f"image: expected shape (H, W), at least {size} x {size} as the filters, got {image.shape}")
    return plain_array(image, "image")


def _check_filters(filters: FloatArray) -> FloatArray:
    shape = np.shape(filters)
    if len(shape) != 3 or shape[1] != shape[2] or shape[0] != shape[1] ** 2:
        raise ValueError(f"filters: expected shape (r^2, r, r), got {shape}; make them with learn or dct_filters")
    rows = filters.reshape(len(filters), -1) * shape[1]
    if not np.allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-6):
        raise ValueError("filters: expected an orthonormal set divided by r; make them with learn or dct_filters")
    return filters
