"""How much radiation tissue takes away: from CT numbers to attenuation at the photon energies of PET and SPECT."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray
from medfuse_course.physics.projector import Projector

PhotonEnergy = Literal[140, 511]
"""keV: the gamma of technetium-99m in SPECT, the annihilation photons of PET."""

MU_WATER: dict[int, float] = {70: 0.0193, 140: 0.0154, 511: 0.0096}
"""Linear attenuation of water per mm, by photon energy in keV (NIST tables of Hubbell and Seltzer). CT at 120 kVp acts
much like 70 keV."""

# Bone, per mm: intercept and slope of mu against HU + 1000, where it falls below the line of water.
# 511 keV: Carney et al., Med. Phys. 33 (2006) 976, CT at 120 kVp; the lines meet at 47 HU. 140 keV: the line through
# the same meeting point and through cortical bone, 1.92 g/ml. Its mu is 0.0172 at 511 keV, which Carney's line gives
# at 1439 HU, and 0.0295 at 140 keV (NIST).
_BREAK_HU = 47.0
_BONE_HU = 1439.0
_BONE: dict[int, float] = {140: 0.0295, 511: 5.10e-6 * (_BONE_HU + 1000) + 4.71e-3}


def hu_to_mu(hu: FloatArray, energy_kev: PhotonEnergy) -> NDArray[np.float32]:
    """Attenuation per mm at 140 or 511 keV from CT numbers: two straight lines.

    Up to 47 HU tissue is a mixture of air and water, ``mu = mu_water (1 + HU / 1000)``. Above, it is one of water and
    bone, whose calcium weighs more in CT than at higher energies, so the line is flatter (Carney et al., Med. Phys. 33
    (2006) 976, for CT at 120 kVp).

    Parameters
    ----------
    hu
        CT numbers, finite, in any shape; below -1000 counts as -1000.
    energy_kev
        140 (SPECT) or 511 (PET).

    Returns
    -------
    float32 array, >= 0, per mm.

    Raises
    ------
    ValueError
        Another energy, or values that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import hu_to_mu
    >>> hu_to_mu(np.array([-1000.0, 0.0]), 511)
    array([0.    , 0.0096], dtype=float32)
    """
    if energy_kev not in get_args(PhotonEnergy):
        raise ValueError(f"energy_kev: expected 140 or 511, got {energy_kev!r}")
    values = np.maximum(np.asarray(hu, dtype=np.float64), -1000)
    if not np.isfinite(values).all():
        raise ValueError("hu: expected finite CT numbers, got NaN or infinite")
    water = MU_WATER[energy_kev] * (1 + values / 1000)
    corner = MU_WATER[energy_kev] * (1 + _BREAK_HU / 1000)
    bone = corner + (values - _BREAK_HU) * (_BONE[energy_kev] - corner) / (_BONE_HU - _BREAK_HU)
    return np.where(values <= _BREAK_HU, water, bone).astype(np.float32)


def survival(mu: FloatArray, projector: Projector, spacing_mm: float) -> NDArray[np.float32]:
    """The fraction of photons, or of photon pairs, that survive each line: ``exp(-integral of mu)``.

    For the two photons of PET the whole line counts, wherever on it they start: that is why PET can be corrected
    exactly.

    Parameters
    ----------
    mu
        ``(size, size)`` attenuation per mm.
    projector
        The lines.
    spacing_mm
        Pixel size.

    Returns
    -------
    ``(views, size)`` in (0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import MU_WATER, parallel_projector, survival
    >>> pairs = survival(np.full((16, 16), MU_WATER[511]), parallel_projector(16, 4), spacing_mm=10.0)
    >>> round(float(pairs[0, 8]), 3)  # 14 pixels of 10 mm in the field of view: exp(-140 * 0.0096)
    0.261
    """
    return np.asarray(np.exp(-np.float32(spacing_mm) * projector.project(mu)))
