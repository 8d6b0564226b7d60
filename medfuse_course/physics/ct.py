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
    """
    expected = np.exp(-ct_line_integrals(hu, projector, spacing_mm=spacing_mm))
    return np.asarray(poisson_counts(expected, photons * float(expected.sum(dtype=np.float64)), seed), np.float32)


def ct_line_integrals(hu: FloatArray, projector: Projector, *, spacing_mm: float) -> NDArray[np.float32]:
    """Integrals of attenuation along the rays, without noise: ``(views, size)``."""
    mu = np.float32(_MU * spacing_mm) * np.maximum(1 + np.asarray(hu, dtype=np.float32) / 1000, 0)
    return projector.project(mu)


def ct_logarithm(counts: FloatArray, photons: float) -> NDArray[np.float32]:
    """Line integrals of attenuation from counts: ``log(I0 / N)``; a ray without any photon counts as half a one."""
    return np.log(np.float32(photons) / np.maximum(np.asarray(counts, dtype=np.float32), 0.5))


def reconstruct_ct(
    line_integrals: FloatArray,
    projector: Projector,
    *,
    spacing_mm: float,
    window: RampWindow = "hann",
    cutoff: float = 1.0,
) -> NDArray[np.float32]:
    """CT numbers from line integrals of attenuation: ``(size, size)``, air outside the field of view."""
    mu = filtered_backprojection(line_integrals, projector, window=window, cutoff=cutoff)
    return mu * np.float32(1000 / (_MU * spacing_mm)) - np.float32(1000)
