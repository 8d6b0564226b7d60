"""X-ray CT: photons in, photons out, a logarithm, and filtered back projection."""

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray
from medfuse_course.physics.attenuation import MU_WATER
from medfuse_course.physics.filtered_backprojection import RampWindow, filtered_backprojection
from medfuse_course.physics.noise import poisson_counts
from medfuse_course.physics.projector import Projector

_MU = MU_WATER[70]  # per mm: one energy stands for the spectrum


def ct_counts(
    hu: FloatArray,
    projector: Projector,
    *,
    spacing_mm: float,
    photons: float,
    seed: int | np.random.Generator,
) -> NDArray[np.float32]:
    """Photons that arrive in each detector bin: ``Poisson(I0 exp(-integral of mu))``.

    One energy (70 keV) stands for the spectrum of the tube, so there is no beam hardening, and no scatter.

    Parameters
    ----------
    hu
        ``(size, size)`` CT numbers; outside the field of view there is air.
    projector
        The rays.
    spacing_mm
        Pixel size.
    photons
        I0: how many photons are sent to each bin in each view, > 0. It stands for the dose.
    seed
        A seed, or a generator to draw from.

    Returns
    -------
    ``(views, size)`` whole numbers as float32.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import ct_counts, parallel_projector
    >>> air = np.full((16, 16), -1000.0)
    >>> counts = ct_counts(air, parallel_projector(16, 4), spacing_mm=10.0, photons=1e6, seed=0)
    >>> counts.shape, bool(abs(counts.mean() / 1e6 - 1) < 0.001)  # air stops none of them
    ((4, 16), True)
    """
    expected = np.exp(-ct_line_integrals(hu, projector, spacing_mm=spacing_mm))
    return np.asarray(poisson_counts(expected, photons * float(expected.sum(dtype=np.float64)), seed), np.float32)


def ct_line_integrals(hu: FloatArray, projector: Projector, *, spacing_mm: float) -> NDArray[np.float32]:
    """Integrals of attenuation along the rays, without noise: ``(views, size)``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import ct_line_integrals, parallel_projector
    >>> water = np.zeros((16, 16))
    >>> integrals = ct_line_integrals(water, parallel_projector(16, 4), spacing_mm=10.0)
    >>> round(float(integrals[0, 8]), 3)  # 14 pixels in the field of view, 10 mm each, 0.0193 per mm
    2.702
    """
    mu = np.float32(_MU * spacing_mm) * np.maximum(1 + np.asarray(hu, dtype=np.float32) / 1000, 0)
    return projector.project(mu)


def ct_logarithm(counts: FloatArray, photons: float) -> NDArray[np.float32]:
    """Line integrals of attenuation from counts: ``log(I0 / N)``; a ray without any photon counts as half a one.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import ct_logarithm
    >>> integrals = ct_logarithm(np.array([1000.0, 500.0, 0.0]), photons=1000)
    >>> integrals.astype(float).round(3).tolist()  # log 1, log 2, and log 2000 for no photon at all
    [0.0, 0.693, 7.601]
    """
    return np.log(np.float32(photons) / np.maximum(np.asarray(counts, dtype=np.float32), 0.5))


def reconstruct_ct(
    line_integrals: FloatArray,
    projector: Projector,
    *,
    spacing_mm: float,
    window: RampWindow = "hann",
    cutoff: float = 1.0,
) -> NDArray[np.float32]:
    """CT numbers from line integrals of attenuation: ``(size, size)``, air outside the field of view.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import ct_line_integrals, parallel_projector, reconstruct_ct
    >>> projector = parallel_projector(48, 60)
    >>> lines = ct_line_integrals(np.zeros((48, 48)), projector, spacing_mm=4.0)
    >>> hu = reconstruct_ct(lines, projector, spacing_mm=4.0)
    >>> bool(abs(hu[16:32, 16:32].mean()) < 5), float(hu[0, 0])  # water in the middle, air in the corner
    (True, -1000.0)
    """
    mu = filtered_backprojection(line_integrals, projector, window=window, cutoff=cutoff)
    return mu * np.float32(1000 / (_MU * spacing_mm)) - np.float32(1000)
