r"""The nonsubsampled shearlet transform: each scale of the nonsubsampled pyramid, split into directions.

A frequency lies on a ray of the pseudo-polar grid, whose rays have equal steps of *slope*, not of angle; a shear moves
one ray onto the next, hence the name. Window k of K is a Meyer window around ray ``4 k / K``:

.. math::

   W_k = \cos(\tfrac{\pi}{2} z(3 |u| - 1)), \quad z(x) = x^4 (35 - 84 x + 70 x^2 - 20 x^3), \quad
   u = (p - 4 k / K) K / 4,

1 for ``|u| < 1/3`` and 0 for ``|u| > 2/3``, where the ray ``p`` of frequency ``(f_y, f_x)`` is ``f_x / f_y`` in the
cone ``|f_x| <= |f_y|`` (lines nearer to the horizontal) and ``2 - f_y / f_x`` in the other; p has period 4. The squares
of the windows sum to 1 at every frequency, a tight frame: the same windows lead there and back.

Coefficients ``c_jk = irfft2(W_k A_j rfft2(x))``, image ``x = irfft2(sum_j S_j sum_k W_k rfft2(c_jk) + ...)`` with the
analysis and synthesis responses ``A_j, S_j`` of the pyramid. Everything is periodic, zero phase (an edge stays where it
is in all bands) and exactly covariant to circular shifts.

Reference: G. Easley, D. Labate and W.-Q. Lim, "Sparse directional image representations using the discrete shearlet
transform", Applied and Computational Harmonic Analysis 25(1), 25-46, 2008. Pyramid and Meyer window are those of the
authors' toolbox; `transforms.replicas.nsst_toolbox` is the toolbox itself. Its directional filters are cut to 8 x 8 and
16 x 16 pixels at *every* scale, which leaves the two coarse scales with hardly a direction; the windows here are
evaluated on the grid of the image instead, so all scales tell directions apart equally well. That is our reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import fft

from medfuse_course.core.kept import keep
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.checks import check_plane
from medfuse_course.transforms.nonsubsampled_pyramid import responses

DIRECTIONS = (16, 16, 8, 8)
"""How many directions each level has, finest first: more where the bands are fine."""


@dataclass(frozen=True, eq=False)
class ShearletBands(Bands):
    """``details[j][k]``: scale ``2^j``, lines in the direction ``orientations(K)[k]``; ``base`` what is left."""


def analyse(image: FloatArray, levels: int = 4, directions: Sequence[int] = DIRECTIONS) -> ShearletBands:
    """Split an image into scales and directions.

    Parameters
    ----------
    image
        ``(H, W)`` floats of any scale and any size from 2 x 2; float32 and float64 keep their precision.
    levels
        From 1 to the number of times the shorter side can be halved before it reaches one pixel.
    directions
        An even number for each level, finest first; entries beyond `levels` do not count.

    Returns
    -------
    Levels ``(directions, H, W)``, finest first, and the base ``(H, W)``.

    Notes
    -----
    The bands take ``(sum(directions) + 1) H W`` values: 49 times the image as a rule, 13 MB for 256 x 256 and 206 MB
    for 1024 x 1024 in float32. The filters of the last few sizes are kept, a third as much again.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import nsst
    >>> lines = np.tile([1.0, 0.0, 0.0, 0.0], (32, 8))  # vertical
    >>> bands = nsst.analyse(lines, levels=2, directions=(8, 4))
    >>> [detail.shape for detail in bands.details], bands.base.shape
    ([(8, 32, 32), (4, 32, 32)], (32, 32))
    >>> nsst.orientations(8)[(bands.details[0] ** 2).sum(axis=(1, 2)).argmax()]  # the strongest
    90.0
    """
    check_plane(image, levels)
    counts = check_directions(directions, levels)
    analysis = responses(image.shape, levels, image.dtype).analysis
    spectrum = fft.rfft2(image)
    details = tuple(
        split(spectrum * radial, windows(image.shape, count, image.dtype), image.shape)
        for radial, count in zip(analysis, counts, strict=False)
    )
    base: FloatArray = fft.irfft2(spectrum * analysis[-1], s=image.shape)
    return ShearletBands(details, base)


def synthesise(bands: Bands) -> FloatArray:
    """Undo `analyse`: filter every band once more and add. Exact up to rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import nsst
    >>> image = np.eye(20, 13)
    >>> bands = nsst.analyse(image, levels=2)
    >>> bool(np.allclose(nsst.synthesise(bands), image, rtol=0, atol=1e-10))
    True
    """
    base = bands.base
    synthesis = responses(base.shape, bands.levels, base.dtype).synthesis
    spectrum = fft.rfft2(base) * synthesis[-1]
    for band, radial in zip(bands.details, synthesis[:-1], strict=True):
        spectrum += merge(band, windows(base.shape, len(band), base.dtype)) * radial
    image: FloatArray = fft.irfft2(spectrum, s=base.shape)
    return image


def orientations(count: int) -> tuple[float, ...]:
    """The direction of the lines that each of ``count`` bands shows, in degrees counterclockwise from the horizontal.

    Equal steps of slope are unequal steps of angle: ``orientations(8)`` is 0, 26.6, 45, 63.4, 90, 116.6, 135, 153.4.

    Examples
    --------
    >>> from medfuse_course.transforms.nsst import orientations
    >>> [round(angle, 1) for angle in orientations(8)]
    [0.0, 26.6, 45.0, 63.4, 90.0, 116.6, 135.0, 153.4]
    """
    (count,) = check_directions([count], 1)
    rays = 4 * np.arange(count) / count
    angles = np.where(rays <= 1, np.arctan(rays), np.pi / 2 - np.arctan(2 - rays))
    angles = np.where(rays > 3, np.pi + np.arctan(rays - 4), angles)
    return tuple(np.degrees(angles).tolist())


def windows(shape: tuple[int, ...], count: int, dtype: DTypeLike = np.float64) -> FloatArray:
    """The Meyer windows of all directions on the grid of ``scipy.fft.rfft2``, ``(count, H, W // 2 + 1)``, read-only.

    At frequency 0, which has no direction, all are equal. On the Nyquist lines, where a frequency and its mirror image
    are the same, the squares are averaged, so that the bands of a real image are real.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.nsst import windows
    >>> filters = windows((16, 12), count=8)
    >>> filters.shape, bool(np.allclose((filters**2).sum(axis=0), 1))
    ((8, 16, 7), True)
    """
    (count,) = check_directions([count], 1)
    return _windows((int(shape[0]), int(shape[1])), count, np.dtype(dtype))


def split(spectrum: NDArray[Any], filters: NDArray[Any], shape: tuple[int, ...]) -> FloatArray:
    """Apply each filter to a half spectrum: the bands ``(directions, H, W)``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.nsst import split, windows
    >>> spectrum = np.fft.rfft2(np.eye(16))
    >>> bands = split(spectrum, windows((16, 16), count=8), (16, 16))
    >>> bands.shape, round(float((bands**2).sum()), 6)  # a tight frame keeps the energy: 16 ones
    ((8, 16, 16), 16.0)
    """
    bands = np.empty((len(filters), *shape), spectrum.real.dtype)
    for band, response in zip(bands, filters, strict=True):
        band[...] = fft.irfft2(spectrum * response, s=shape)
    return bands


def merge(bands: FloatArray, filters: NDArray[Any]) -> NDArray[Any]:
    """The adjoint of `split`: ``sum_k conj(filter_k) rfft2(band_k)``, a half spectrum.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.nsst import merge, split, windows
    >>> spectrum, filters = np.fft.rfft2(np.eye(16)), windows((16, 16), count=8)
    >>> bool(np.allclose(merge(split(spectrum, filters, (16, 16)), filters), spectrum))
    True
    """
    spectrum = np.zeros(filters.shape[1:], np.result_type(bands, np.complex64))
    for band, response in zip(bands, filters, strict=True):
        spectrum += fft.rfft2(band) * np.conj(response)
    return spectrum


def check_directions(directions: Sequence[int], levels: int) -> tuple[int, ...]:
    """The numbers of directions of the levels there are, or what is wrong with them.

    Examples
    --------
    >>> from medfuse_course.transforms.nsst import check_directions
    >>> check_directions([16, 16, 8, 8], levels=2)
    (16, 16)
    >>> check_directions([5], levels=1)
    Traceback (most recent call last):
        ...
    ValueError: directions: expected even numbers from 2 to 64, got 5
    """
    if np.ndim(directions) != 1:
        raise TypeError(f"directions: expected a number for each level, such as (8, 8), got {directions!r}")
    counts = tuple(directions)
    if len(counts) < levels:
        raise ValueError(f"directions: expected a number for each of {levels} levels, got {len(counts)}: {counts}")
    for count in counts[:levels]:
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)):
            raise TypeError(f"directions: expected integers, got {type(count).__name__}")
        if count % 2 or not 2 <= count <= 64:
            raise ValueError(f"directions: expected even numbers from 2 to 64, got {count}")
    return tuple(int(count) for count in counts[:levels])


@keep
def _windows(shape: tuple[int, int], count: int, dtype: np.dtype[Any]) -> FloatArray:
    height, width = shape
    rows, columns = fft.fftfreq(height), fft.rfftfreq(width)
    squares = _squares(rows, columns, count, dtype)
    if height % 2 == 0:  # the row stands for f_y = -1/2 and for +1/2
        other = _squares(np.array([0.5]), columns, count, dtype)[:, 0]
        squares[:, height // 2] = (squares[:, height // 2] + other) / 2
    if width % 2 == 0:
        opposite = -np.arange(height) % height  # the rows of -f_y
        squares[..., -1] = (squares[..., -1] + squares[:, opposite, -1]) / 2
    squares[:, 0, 0] = 1 / count
    result = np.sqrt(squares, out=squares)
    result.flags.writeable = False
    return result


def _squares(rows: FloatArray, columns: FloatArray, count: int, dtype: np.dtype[Any]) -> FloatArray:
    """``W_k^2`` on a grid of frequencies. At each of them only the windows left and right of its ray are not 0."""
    f_y, f_x = rows[:, None], columns[None, :]
    flat = np.abs(f_x) <= np.abs(f_y)
    with np.errstate(divide="ignore", invalid="ignore"):
        ray = np.where(flat, f_x / f_y, 2 - f_y / f_x)
    position = np.nan_to_num(ray) * count / 4
    left = np.floor(position)
    x = np.clip(3 * (position - left) - 1, 0, 1)
    share = np.cos(np.pi / 2 * (x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3))) ** 2
    squares = np.zeros((count, *share.shape), dtype)
    for neighbor, value in ((left, share), (left + 1, 1 - share)):
        np.put_along_axis(squares, neighbor.astype(int)[None] % count, value[None].astype(dtype), axis=0)
    return squares
