"""Filtered back projection: the inverse of the projector, except for what the window removes."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray
from medfuse_course.physics.projector import Projector

RampWindow = Literal["ramp", "shepp-logan", "cosine", "hamming", "hann"]
"""What damps the ramp at high frequencies, from the sharpest image to the smoothest."""


def filtered_backprojection(
    sinogram: FloatArray, projector: Projector, *, window: RampWindow = "ramp", cutoff: float = 1.0
) -> NDArray[np.float32]:
    """Reconstruct an image from its line integrals: ``f = pi / views * A^T (h * p)``.

    Parameters
    ----------
    sinogram
        ``(views, size)`` line integrals in units of one pixel, over half a turn.
    projector
        The scan that made it.
    window
        Taper of the ramp filter.
    cutoff
        Frequency above which the filter is 0, as a fraction of the Nyquist frequency, in (0, 1].

    Returns
    -------
    ``(size, size)`` float32, in the unit of the scanned image; 0 outside the field of view.

    Raises
    ------
    ValueError
        An unknown window, a cutoff outside its range, or a sinogram of another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import filtered_backprojection, parallel_projector
    >>> projector = parallel_projector(48, 60)
    >>> image = filtered_backprojection(projector.project(np.ones((48, 48))), projector)
    >>> round(float(image[16:32, 16:32].mean()), 2), float(image[0, 0])  # 0 outside the field of view
    (1.0, 0.0)
    """
    filtered = ramp_filter(sinogram, window=window, cutoff=cutoff)
    return np.float32(np.pi / len(projector.angles_deg)) * projector.backproject(filtered)


def ramp_filter(sinogram: FloatArray, *, window: RampWindow = "ramp", cutoff: float = 1.0) -> NDArray[np.float32]:
    """Filter each view with the band-limited ramp times a window.

    The ramp is made from its samples in space, ``h(0) = 1/4, h(n odd) = -1 / (pi n)^2, h(n even) = 0`` (Kak and Slaney,
    Principles of Computerized Tomographic Imaging, 1988, eq. 61), because a ramp sampled in frequency has the wrong
    mean. Views are padded with zeros, so nothing wraps around.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import ramp_filter
    >>> filtered = ramp_filter(np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
    >>> filtered[1:4].astype(float).round(3).tolist()  # 1/4, and -1 / pi^2 on both sides
    [-0.101, 0.25, -0.101]
    """
    if window not in get_args(RampWindow):
        raise ValueError(f"window: {unknown('window', str(window), get_args(RampWindow))}")
    if not 0 < cutoff <= 1:
        raise ValueError(f"cutoff: expected a fraction of the Nyquist frequency in (0, 1], got {cutoff}")
    views = np.asarray(sinogram, dtype=np.float32)
    length = int(fft.next_fast_len(2 * views.shape[-1], real=True))
    response = _ramp(length) * _taper(length, window, cutoff)
    filtered = fft.irfft(fft.rfft(views, length, axis=-1) * response, length, axis=-1)
    return np.asarray(filtered[..., : views.shape[-1]], dtype=np.float32)


def _ramp(length: int) -> NDArray[np.float32]:
    n = np.minimum(np.arange(length), length - np.arange(length))
    kernel = np.zeros(length)
    kernel[0] = 0.25
    kernel[n % 2 == 1] = -1 / (np.pi * n[n % 2 == 1]) ** 2
    return np.asarray(fft.rfft(kernel).real, dtype=np.float32)


def _taper(length: int, window: RampWindow, cutoff: float) -> NDArray[np.float32]:
    frequency = 2 * fft.rfftfreq(length) / cutoff  # 1 at the cutoff
    shapes = {
        "ramp": np.ones_like(frequency),
        "shepp-logan": np.sinc(frequency / 2),
        "cosine": np.cos(np.pi * frequency / 2),
        "hamming": 0.54 + 0.46 * np.cos(np.pi * frequency),
        "hann": 0.5 + 0.5 * np.cos(np.pi * frequency),
    }
    return np.where(frequency <= 1, shapes[window], 0).astype(np.float32)
