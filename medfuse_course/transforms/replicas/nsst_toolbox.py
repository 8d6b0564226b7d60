"""The nonsubsampled shearlet transform exactly as in the authors' MATLAB toolbox (shift-invariant version).

It is not `transforms.nsst` with other numbers. Three things differ:

- The pyramid continues the image by reflection; the directional filters wrap around.
- The Meyer windows ``v = cos^2(pi/2 z(3 |u| - 1))``, two rays to a direction, are drawn on a small grid of K x K cells
  (ray by ray, cells hit more than once take the mean) and brought to the image domain as kernels of K x K pixels,
  K = 8 or 16, at every scale alike. Normalised by ``sqrt(sum_k |s_k|^2)`` they are a tight frame, so reconstruction is
  exact. But 8 pixels cannot tell directions apart in a band whose waves are 16 and more pixels long: at the two coarse
  scales the eight bands are nearly the same image.
- The kernels lie in the corner of the image, so the bands are shifted by half a kernel, K / 2 pixels down and right.
  That does no harm where bands are compared with each other, and misplaces them over anything else.

Reference: G. Easley, D. Labate and W.-Q. Lim, "Sparse directional image representations using the discrete shearlet
transform", Applied and Computational Harmonic Analysis 25(1), 25-46, 2008, and their toolbox of 2011, in the form in
which Yin, Liu, Liu and Chen (2019) use it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from medfuse_course.core.kept import keep
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms import nonsubsampled_pyramid
from medfuse_course.transforms.checks import check_plane
from medfuse_course.transforms.nonsubsampled_pyramid import NonsubsampledPyramid
from medfuse_course.transforms.nsst import DIRECTIONS, ShearletBands, check_directions, merge, split


def analyse(image: FloatArray, levels: int = 4, directions: Sequence[int] = DIRECTIONS) -> ShearletBands:
    """Split an image into scales and directions, in the order of the toolbox: from 126 degrees clockwise.

    Parameters are those of `nsst.analyse`, with at least 4 directions and no more than the image has pixels on a side.
    The toolbox takes square images only; here any size will do.
    """
    check_plane(image, levels)
    counts = check_directions(directions, levels)
    if not 4 <= min(counts) <= max(counts) <= min(image.shape):
        raise ValueError(f"directions: expected 4 to {min(image.shape)} for an image of {image.shape}, got {counts}")
    bands = nonsubsampled_pyramid.analyse(image, levels, "symmetric")
    details = tuple(
        split(fft.rfft2(detail), _filters(image.shape, count, np.dtype(image.dtype)), image.shape)
        for detail, count in zip(bands.details, counts, strict=True)
    )
    return ShearletBands(details, bands.base)


def synthesise(bands: ShearletBands) -> FloatArray:
    """Undo `analyse`. Exact up to rounding."""
    shape = bands.base.shape
    filters = (_filters(shape, len(band), np.dtype(band.dtype)) for band in bands.details)
    details = tuple(
        fft.irfft2(merge(band, kernels), s=shape) for band, kernels in zip(bands.details, filters, strict=True)
    )
    return nonsubsampled_pyramid.synthesise(NonsubsampledPyramid(details, bands.base, "symmetric"))


@keep
def _filters(shape: tuple[int, ...], count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    cells = fft.fftshift(_drawn_windows(count), axes=(1, 2))
    kernels = fft.fftshift(fft.ifft2(cells).real, axes=(1, 2))
    filters: NDArray[Any] = fft.rfft2(kernels, s=shape)
    filters /= np.sqrt((np.abs(filters) ** 2).sum(axis=0))
    filters = filters.astype(np.result_type(dtype, np.complex64), copy=False)
    filters.flags.writeable = False
    return filters


def _drawn_windows(count: int) -> FloatArray:
    """Every window drawn along the rays of a pseudo-polar grid into ``(count, count, count)`` cells, frequency 0 amid.

    Rays 0 to n - 1 run from top to bottom, n to 2 n - 1 from left to right; each takes one value of each window.
    """
    n = count
    ray, step = np.arange(n + 1)[:, None], np.arange(n)[None, :]
    across = np.floor(ray + step * (n - 2 * ray) / n + 0.5).astype(int)  # halves go up, as in MATLAB
    along = np.broadcast_to(step, (n, n))
    rows = np.concatenate([along, np.minimum(across[1:], n - 1)])
    columns = np.concatenate([across[n - 1 :: -1], along])
    distance = (np.arange(2 * n) - 2 * np.arange(count)[:, None] + 1) % (2 * n) - 1  # in rays, from -1
    values = np.where(distance < 3, _meyer(distance / 2 - 0.5), 0)
    hits, total = np.zeros((n, n)), np.zeros((count, n, n))
    np.add.at(hits, (rows, columns), 1)
    for cells, value in zip(total, values, strict=True):
        np.add.at(cells, (rows, columns), value[:, None])
    windows: FloatArray = total / hits
    return windows


def _meyer(u: FloatArray) -> FloatArray:
    x = np.clip(3 * np.abs(u) - 1, 0, 1)
    window: FloatArray = np.cos(np.pi / 2 * x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3)) ** 2
    return window
