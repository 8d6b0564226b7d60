r"""Complex shearlets: the nonsubsampled shearlet transform with a magnitude and a phase.

A shearlet oscillates across the edge it sees, so its coefficient swings from positive through 0 to negative as the edge
passes by. Its Hilbert transform ``H``, taken across the edge, swings a quarter of a period later; together they make
one complex coefficient whose magnitude tells how strong the edge is and whose phase tells of what kind it is (ridge or
step). In the frequency domain

.. math:: \Psi^+ = \Psi (1 + \operatorname{sgn}(\xi \cdot e)), \qquad c = \psi * x + i H(\psi * x),

with ``e`` the main axis of the cone in which the window lies: one half of the plane is kept, twice. The real part of c
is the coefficient of `transforms.nsst`, so the real parts alone reconstruct the image, exactly.

Source of the idea: the complex shearlet transform used by the group of Wang et al. (2024, reference [22] of the review)
for fusion, of which only abstracts could be read. Pyramid, windows and the way back are our reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import fft

from medfuse_course.core.types import FloatArray
from medfuse_course.transforms import nsst
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.checks import check_plane
from medfuse_course.transforms.nonsubsampled_pyramid import responses


@dataclass(frozen=True, eq=False)
class ComplexShearletBands(Bands):
    """``details[j][k]`` complex: scale ``2^j``, lines in the direction ``nsst.orientations(K)[k]``; ``base`` real."""


def analyse(image: FloatArray, levels: int = 4, directions: Sequence[int] = nsst.DIRECTIONS) -> ComplexShearletBands:
    """Split an image into complex bands, by scale and direction.

    Parameters are those of `nsst.analyse`; float32 gives complex64, float64 complex128. The bands take twice the memory
    of `nsst`: 97 values for each pixel as a rule.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import complex_shearlet, nsst
    >>> image = np.eye(32)
    >>> bands = complex_shearlet.analyse(image, levels=2, directions=(8, 4))
    >>> [(detail.shape, str(detail.dtype)) for detail in bands.details]
    [((8, 32, 32), 'complex128'), ((4, 32, 32), 'complex128')]
    >>> real = nsst.analyse(image, levels=2, directions=(8, 4))
    >>> bool(np.allclose(bands.details[0].real, real.details[0]))
    True
    """
    check_plane(image, levels)
    counts = nsst.check_directions(directions, levels)
    analysis = responses(image.shape, levels, image.dtype).analysis
    spectrum = fft.rfft2(image)
    quarters = [(-1j * sign).astype(spectrum.dtype) for sign in _signs(image.shape)]
    details = []
    for radial, count in zip(analysis, counts, strict=False):
        ring, band = spectrum * radial, np.empty((count, *image.shape), spectrum.dtype)
        for k, window in enumerate(nsst.windows(image.shape, count, image.dtype)):
            filtered = ring * window
            band[k].real = fft.irfft2(filtered, s=image.shape)
            is_steep = count < 4 * k <= 3 * count
            filtered *= quarters[1] if is_steep else quarters[0]
            band[k].imag = fft.irfft2(filtered, s=image.shape)
        details.append(band)
    base: FloatArray = fft.irfft2(spectrum * analysis[-1], s=image.shape)
    return ComplexShearletBands(tuple(details), base)


def synthesise(bands: ComplexShearletBands) -> FloatArray:
    """Undo `analyse` from the real parts alone; exact up to rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import complex_shearlet
    >>> image = np.eye(20, 13)
    >>> bands = complex_shearlet.analyse(image, levels=2)
    >>> bool(np.allclose(complex_shearlet.synthesise(bands), image, rtol=0, atol=1e-10))
    True
    """
    return nsst.synthesise(replace(bands, details=tuple(band.real for band in bands.details)))


def _signs(shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """``sgn f_y`` for the cone of flat lines, ``sgn f_x`` for the other; 0 on the Nyquist lines, which have no sign."""
    rows, columns = np.sign(fft.fftfreq(shape[0])), np.sign(fft.rfftfreq(shape[1]))
    if shape[0] % 2 == 0:
        rows[shape[0] // 2] = 0
    if shape[1] % 2 == 0:
        columns[-1] = 0
    return rows[:, None], columns[None, :]
