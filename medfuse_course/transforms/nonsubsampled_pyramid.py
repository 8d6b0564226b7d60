r"""The nonsubsampled pyramid: band-pass images of full size, one for each scale.

Two-channel filter banks in a row, the filters spread by ``2^j`` zeros instead of the image being thinned out ("a
trous"). The filters are the maximally flat ones of the nonsubsampled contourlet transform. Published as tables of
13 x 13 and 19 x 19 taps, they are polynomials in one function of the two angular frequencies
``(w_1, w_2)``:

.. math::

   t = 2 P(w_1) P(w_2) - 1, \qquad P(w) = 1/2 + (9 \cos w - \cos 3w) / 16,

with :math:`s = \sqrt 2`

.. math::

   H_0 = (1 + t) (s + (1 - s) t) / 2, \quad G_0 = (1 + t) (s + (4 - 3 s) t + (2 s - 3) t^2) / 2, \quad
   H_1(t) = G_0(-t), \quad G_1(t) = H_0(-t),

so that ``H_0 G_0 + H_1 G_1 = 1`` for every t: analysis with H and synthesis with G reconstructs exactly, whatever the
spreading. Zero phase, gain 1 at ``w = 0`` for the low pass and 0 for the high pass.

Reference: A. L. da Cunha, J. Zhou and M. N. Do, "The nonsubsampled contourlet transform: theory, design, and
applications", IEEE Transactions on Image Processing 15(10), 3089-3101, 2006. The closed form agrees with the published
taps to 1e-15; the tests compare them.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import fft

from medfuse_course.core.kept import keep
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.checks import check_levels, check_plane

Border = Literal["periodic", "symmetric"]
_ROOT = 2**0.5


@dataclass(frozen=True, eq=False)
class NonsubsampledPyramid(Bands):
    """``details[j]`` is the band-pass image of scale ``2^j``, ``base`` what is left; all ``(H, W)``.

    Attributes
    ----------
    border
        How the image goes on beyond its border: what `analyse` was told.
    """

    border: Border = "periodic"


class Responses(NamedTuple):
    """Equivalent filters of the bands in the frequency domain: levels finest first, then the low pass.

    ``sum(a * s for a, s in zip(analysis, synthesis)) = 1``.
    """

    analysis: tuple[FloatArray, ...]
    synthesis: tuple[FloatArray, ...]


def analyse(image: FloatArray, levels: int = 4, border: Border = "periodic") -> NonsubsampledPyramid:
    """Split an image into band-pass images of full size and a low-pass image.

    Parameters
    ----------
    image
        ``(H, W)`` floats of any scale and any size from 2 x 2; float32 and float64 keep their precision.
    levels
        From 1 to the number of times the shorter side can be halved before it reaches one pixel.
    border
        ``"periodic"`` wraps around: a circular shift of the image shifts every band. ``"symmetric"`` reflects, the edge
        pixel repeated, as the MATLAB toolboxes do; the border makes no false edge, but shifts are no longer exact.

    Returns
    -------
    ``levels`` band-pass images ``(H, W)``, finest first, and the base ``(H, W)``.

    Notes
    -----
    Both are products in a frequency domain, so their cost does not depend on the level: the Fourier transform wraps,
    and the cosine transform (DCT-II) is the Fourier transform of the image reflected.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import nonsubsampled_pyramid
    >>> image = np.eye(20, 13)
    >>> bands, shifted = (nonsubsampled_pyramid.analyse(x, levels=2) for x in (image, np.roll(image, 1, axis=0)))
    >>> [detail.shape for detail in bands.details], bands.base.shape
    ([(20, 13), (20, 13)], (20, 13))
    >>> bool(np.allclose(shifted.details[0], np.roll(bands.details[0], 1, axis=0)))  # the bands shift with the image
    True
    """
    check_plane(image, levels)
    analysis = _responses(image.shape, levels, np.dtype(image.dtype), _domain(border)).analysis
    spectrum = _forward(image, border)
    *details, base = (_backward(spectrum * band, image.shape, border) for band in analysis)
    return NonsubsampledPyramid(tuple(details), base, border)


def synthesise(bands: NonsubsampledPyramid) -> FloatArray:
    """Undo `analyse`: filter each band with its synthesis filter and add. Exact up to rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import nonsubsampled_pyramid
    >>> image = np.eye(20, 13)
    >>> bands = nonsubsampled_pyramid.analyse(image, levels=3, border="symmetric")
    >>> bool(np.allclose(nonsubsampled_pyramid.synthesise(bands), image, rtol=0, atol=1e-10))
    True
    """
    base = bands.base
    domain = _domain(bands.border)
    synthesis = _responses(base.shape, bands.levels, np.dtype(base.dtype), domain).synthesis
    total = _forward(base, bands.border)
    total *= synthesis[-1]
    for band, response in zip(bands.details, synthesis[:-1], strict=True):
        total += _forward(band, bands.border) * response
    return _backward(total, base.shape, bands.border)


def responses(shape: tuple[int, ...], levels: int, dtype: DTypeLike = np.float64) -> Responses:
    """The equivalent filters of every band on the grid of ``scipy.fft.rfft2``, ``(H, W // 2 + 1)``, real, read-only.

    Analysis of level j: ``H_1(2^j w) prod_{i<j} H_0(2^i w)``; the low pass: ``prod_{i<levels} H_0(2^i w)``; synthesis
    likewise with G. The last few sizes are kept: ``8 (levels + 1) H W`` bytes each in float64, half in float32.

    Parameters
    ----------
    shape
        ``(H, W)`` of the image.
    levels
        As for `analyse`.
    dtype
        float32 or float64: that of the image, so that a product with its spectrum stays in its precision.

    Returns
    -------
    The filters of analysis and synthesis, read-only.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.nonsubsampled_pyramid import responses
    >>> analysis, synthesis = responses((16, 12), levels=2)
    >>> len(analysis), analysis[0].shape  # two levels and the low pass, on half of the frequencies
    (3, (16, 7))
    >>> bool(np.allclose(sum(a * s for a, s in zip(analysis, synthesis)), 1))
    True
    """
    check_levels(levels, shape)
    return _responses(tuple(shape), int(levels), np.dtype(dtype), "fourier")


def analysis_prototype(t: FloatArray) -> FloatArray:
    """``H_0(t)`` above: 1 at t = 1 and 0 at t = -1, for any function t of the frequencies between them.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.nonsubsampled_pyramid import analysis_prototype
    >>> analysis_prototype(np.array([-1.0, 0.0, 1.0])).round(4).tolist()  # 0, 1 / sqrt(2), 1
    [0.0, 0.7071, 1.0]
    """
    return (1 + t) * (_ROOT + (1 - _ROOT) * t) / 2


def synthesis_prototype(t: FloatArray) -> FloatArray:
    """``G_0(t)`` above: ``H_0(t) G_0(t) + H_0(-t) G_0(-t) = 1`` for every t, so a bank of these two is exact.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.nonsubsampled_pyramid import analysis_prototype, synthesis_prototype
    >>> t = np.linspace(-1, 1, 5)
    >>> low, high = (analysis_prototype(x) * synthesis_prototype(x) for x in (t, -t))
    >>> low.round(4).tolist(), (low + high).round(6).tolist()
    ([0.0, 0.1513, 0.5, 0.8487, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0])
    """
    return (1 + t) * (_ROOT + (4 - 3 * _ROOT) * t + (2 * _ROOT - 3) * t * t) / 2


def _domain(border: str) -> str:
    return "fourier" if check_name("border", border, get_args(Border)) == "periodic" else "cosine"


def _forward(image: FloatArray, border: str) -> NDArray[Any]:
    spectrum: NDArray[Any] = fft.rfft2(image) if border == "periodic" else fft.dctn(image)
    return spectrum


def _backward(spectrum: NDArray[Any], shape: tuple[int, ...], border: str) -> FloatArray:
    image: FloatArray = fft.irfft2(spectrum, s=shape) if border == "periodic" else fft.idctn(spectrum)
    return image


@keep
def _responses(shape: tuple[int, ...], levels: int, dtype: np.dtype[Any], domain: str) -> Responses:
    height, width = shape
    if domain == "fourier":
        rows, columns = 2 * np.pi * fft.fftfreq(height), 2 * np.pi * fft.rfftfreq(width)
    else:
        rows, columns = np.pi * np.arange(height) / height, np.pi * np.arange(width) / width
    analysis, synthesis = [], []
    low_h, low_g = np.ones((1, 1)), np.ones((1, 1))
    for level in range(levels):
        t = 2 * np.outer(_half_band(2**level * rows), _half_band(2**level * columns)) - 1
        analysis.append(low_h * synthesis_prototype(-t))
        synthesis.append(low_g * analysis_prototype(-t))
        low_h, low_g = low_h * analysis_prototype(t), low_g * synthesis_prototype(t)
    return Responses(_frozen([*analysis, low_h], dtype), _frozen([*synthesis, low_g], dtype))


def _half_band(w: FloatArray) -> FloatArray:
    return 0.5 + (9 * np.cos(w) - np.cos(3 * w)) / 16


def _frozen(bands: list[FloatArray], dtype: np.dtype[Any]) -> tuple[FloatArray, ...]:
    frozen = tuple(band.astype(dtype) for band in bands)
    for band in frozen:
        band.flags.writeable = False
    return frozen
