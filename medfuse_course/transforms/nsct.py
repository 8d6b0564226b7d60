"""The nonsubsampled contourlet transform: a nonsubsampled pyramid, and a directional filter bank on each of its bands.

Reference: A. L. da Cunha, J. Zhou and M. N. Do, "The nonsubsampled contourlet transform: theory, design, and
applications", IEEE Transactions on Image Processing 15(10), 3089-3101, 2006.

From the paper are the two stages, the tree of two-channel fan filter banks without subsampling (filters upsampled by
the quincunx at level 2, to parallelograms from level 3 on, and with the scale), and the nearly tight pair of prototypes
`h` and `g`. Ours are three things. Instead of tabulated taps, a maximally flat square wave in closed form, as long as
the 'pkva' ladder, goes into the prototypes. The pyramid is that of `transforms.nonsubsampled_pyramid`. All filters are
responses on the grid of the DFT, so the image counts as periodic; they are trigonometric polynomials with integer
shifts, so every size is exact.
"""

from collections.abc import Sequence
from math import atan, comb, degrees
from typing import Any

import numpy as np
from scipy import fft

from medfuse_course.core.kept import keep
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms import nonsubsampled_pyramid
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.checks import check_plane
from medfuse_course.transforms.nonsubsampled_pyramid import analysis_prototype, synthesis_prototype

COUNTS = (2, 4, 8, 16, 32)
"""Numbers of directions that a level can have."""

DIRECTIONS = (16, 8, 8, 4)
"""How many directions each level has, finest first: those of the widely used fusion toolbox."""

_FLATNESS = 5
"""Of the square wave; its highest harmonic, 2 * 5 + 1, is that of 'pkva'. More makes wedges sharper, ripples longer."""


class NsctBands(Bands):
    """``details[j]`` is ``(directions, H, W)``, in the order of `orientations`; ``base`` is ``(H, W)``."""


def analyse(image: FloatArray, levels: int = 4, directions: Sequence[int] = DIRECTIONS) -> NsctBands:
    """Split an image into directional bands of its own size, and a base.

    ``X_jk`` has the spectrum ``D_jk(w) P_j(w) X(w)``: band j of the pyramid, cut by wedge k.

    Parameters
    ----------
    image
        ``(H, W)`` floats of any scale and any size, taken as periodic; float32 and float64 keep their precision.
    levels
        From 1 to the number of times the shorter side can be halved before it reaches one pixel.
    directions
        2, 4, 8, 16 or 32 for each level, finest first; entries beyond `levels` do not count.

    Returns
    -------
    Levels ``(directions, H, W)``, finest first, and the base ``(H, W)``.

    Notes
    -----
    Memory: one array of the image's size for each direction of each level and for the base, 37 in all by default; and,
    kept for the last few sizes, about the same again for the filters.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import nsct
    >>> y, x = np.mgrid[:32, :32]
    >>> lines = np.cos(np.pi * (y / 2 + x / 8))  # they rise by 1 pixel in 4
    >>> bands = nsct.analyse(lines, levels=2, directions=(8, 4))
    >>> [detail.shape for detail in bands.details], bands.base.shape
    ([(8, 32, 32), (4, 32, 32)], (32, 32))
    >>> round(nsct.orientations(8)[(bands.details[0] ** 2).sum(axis=(1, 2)).argmax()], 1)  # the strongest: atan(1 / 4)
    14.0
    """
    check_plane(image, levels)
    counts = _check_directions(directions, levels)
    rings = nonsubsampled_pyramid.responses(image.shape, levels, image.dtype).analysis
    wedges = _wedges(image.shape, counts, np.dtype(image.dtype))
    spectrum = fft.rfft2(image)
    details = tuple(
        fft.irfft2(spectrum * ring * filters, s=image.shape, overwrite_x=True)
        for ring, (filters, _) in zip(rings[:-1], wedges, strict=True)
    )
    return NsctBands(details, fft.irfft2(spectrum * rings[-1], s=image.shape))


def synthesise(bands: NsctBands) -> FloatArray:
    """Undo `analyse`: filter each band with the synthesis filters of its wedge and its level, and add. Exact.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import nsct
    >>> image = np.eye(20, 13)
    >>> bands = nsct.analyse(image, levels=2)
    >>> bool(np.allclose(nsct.synthesise(bands), image, rtol=0, atol=1e-10))
    True
    """
    base = bands.base
    rings = nonsubsampled_pyramid.responses(base.shape, bands.levels, base.dtype).synthesis
    wedges = _wedges(base.shape, tuple(len(detail) for detail in bands.details), np.dtype(base.dtype))
    total = fft.rfft2(base) * rings[-1]
    for detail, ring, (_, filters) in zip(bands.details, rings[:-1], wedges, strict=True):
        spectra = fft.rfft2(detail)
        spectra *= filters
        total += spectra.sum(axis=0) * ring
    image: FloatArray = fft.irfft2(total, s=base.shape)
    return image


def orientations(count: int) -> tuple[float, ...]:
    """The directions of the lines that the bands of a level with `count` directions answer to, in degrees.

    Counterclockwise from a horizontal line, ascending in [0, 180). The wedges are cut at equally spaced slopes, so the
    angles are not quite equally spaced.

    Examples
    --------
    >>> from medfuse_course.transforms.nsct import orientations
    >>> [round(angle, 1) for angle in orientations(8)]  # slopes of 1/4 and 3/4
    [14.0, 36.9, 53.1, 76.0, 104.0, 126.9, 143.1, 166.0]
    """
    _check_count(count)
    flat = [degrees(atan(slope)) for slope in _slopes(count)]
    return tuple(sorted([angle % 180 for angle in flat] + [90 - angle for angle in flat]))


def directional_responses(shape: tuple[int, int], count: int, spread: int = 1) -> tuple[FloatArray, FloatArray]:
    """Analysis and synthesis filters of the directional filter bank alone, in the frequency domain.

    Parameters
    ----------
    shape
        ``(H, W)`` of the image.
    count
        Number of directions.
    spread
        How far the taps of the filters lie apart, in pixels: ``2^j`` at level j, so that each scale is cut alike.

    Returns
    -------
    Two arrays ``(count, H, W // 2 + 1)``, real, in the order of `orientations`; the sum of their products is 1.

    Notes
    -----
    A node of the tree splits its wedge in two: ``h(x)`` there and ``g(x)`` back for one branch, ``h(-x)`` and ``g(-x)``
    for the other, where ``x(w)`` is near 1 in one half of the wedge and near -1 in the other. The first splits flat
    from steep lines:
    ``x = s((w_1 + w_2) / 2) s((w_1 - w_2) / 2)`` with the square wave `s`. A wedge of frequencies around the axis of
    ``w_1`` is then cut at the slope ``p / q``, ``q = 1, 2, 4, ...``, by ``x = s(w_1) s(q w_2 - p w_1)``: a fan, its
    taps moved by an integer matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.nsct import directional_responses
    >>> analysis, synthesis = directional_responses((16, 12), count=8)
    >>> analysis.shape, bool(np.allclose((analysis * synthesis).sum(axis=0), 1))
    ((8, 16, 7), True)
    """
    _check_count(count)
    height, width = shape
    w_2, w_1 = 2 * np.pi * spread * fft.fftfreq(height)[:, np.newaxis], 2 * np.pi * spread * fft.rfftfreq(width)
    fan = _square_wave((w_1 + w_2) / 2) * _square_wave((w_1 - w_2) / 2)
    steep, flat = _split(fan, w_1, w_2, count // 2), _split(-fan, w_2, w_1, count // 2)  # each by ascending slope
    in_order = [*flat[count // 4 :], *reversed(steep), *flat[: count // 4]]
    return np.stack([h for h, _ in in_order]), np.stack([g for _, g in in_order])


def _split(fan: FloatArray, u: FloatArray, v: FloatArray, count: int) -> list[tuple[FloatArray, FloatArray]]:
    """Filter pairs of the wedges that the fan around the axis of `u` is cut into, by ascending slope ``v / u``."""
    parts = [_pair(fan)]
    while len(parts) < count:
        q = len(parts)
        cuts = [_square_wave(u) * _square_wave(q * v - p * u) for p in range(1 - q, q, 2)]
        branches = ((part, _pair(x)) for part, cut in zip(parts, cuts, strict=True) for x in (-cut, cut))
        parts = [(h * finer_h, g * finer_g) for (h, g), (finer_h, finer_g) in branches]
    return parts


def _pair(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The pyramid's prototypes, which both branches use, with x and -x: so all directions have the same gain."""
    return analysis_prototype(x), synthesis_prototype(x)


def _square_wave(angle: FloatArray) -> FloatArray:
    """``s(t) = int_0^t cos^11 / int_0^(pi/2) cos^11``: 1 for the upper half turn, -1 for the lower, flat on both."""
    n = _FLATNESS
    powers = np.array([(-1) ** k * comb(n, k) / (2 * k + 1) for k in range(n + 1)])  # of sin(t), odd ones
    sine = np.sin(angle)
    wave: FloatArray = sine * np.polynomial.polynomial.polyval(sine**2, powers / powers.sum())
    return wave


@keep
def _wedges(
    shape: tuple[int, int], directions: tuple[int, ...], dtype: np.dtype[Any]
) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Filters of every level, read-only."""
    levels = []
    for level, count in enumerate(directions):
        analysis, synthesis = (x.astype(dtype) for x in directional_responses(shape, count, 2**level))
        analysis.flags.writeable = synthesis.flags.writeable = False
        levels.append((analysis, synthesis))
    return tuple(levels)


def _slopes(count: int) -> list[float]:
    """Slopes at the middle of the ``count / 2`` wedges between -1 and 1."""
    half = count // 2
    return [(2 * k + 1 - half) / half for k in range(half)]


def _check_count(count: int, name: str = "count") -> None:
    if count not in COUNTS or isinstance(count, float):
        raise ValueError(f"{name}: expected one of {', '.join(map(str, COUNTS))}, got {count}")


def _check_directions(directions: Sequence[int], levels: int) -> tuple[int, ...]:
    counts = tuple(directions)[:levels]
    if len(counts) < levels:
        raise ValueError(f"directions: expected a number for each of {levels} levels, got {len(counts)}: {counts}")
    for count in counts:
        _check_count(count, "directions")
    return counts
