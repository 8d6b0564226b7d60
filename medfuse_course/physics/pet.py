"""Positron emission: pairs of photons along lines, weakened by the whole body between the detectors."""

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray
from medfuse_course.physics.attenuation import survival
from medfuse_course.physics.expectation_maximization import mlem
from medfuse_course.physics.point_spread import gaussian_blur
from medfuse_course.physics.projector import Projector


def pet_expected(
    activity: FloatArray,
    projector: Projector,
    *,
    spacing_mm: float,
    mu: FloatArray | None = None,
    resolution_mm: float = 4.5,
) -> NDArray[np.float32]:
    """Coincidences on each line, on average: ``exp(-integral of mu) * A blur(activity)``.

    Scattered and random coincidences are left out, as if they had been subtracted without noise; `pet_background` has
    them. Count with `poisson_counts`.

    Parameters
    ----------
    activity
        ``(size, size)``, >= 0, in any unit.
    projector
        The lines.
    spacing_mm
        Pixel size.
    mu
        ``(size, size)`` attenuation per mm at 511 keV (`hu_to_mu`); None for no attenuation.
    resolution_mm
        Full width at half maximum of the point spread of the detectors.

    Returns
    -------
    ``(views, size)`` float32, in the unit of the activity times one pixel.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import MU_WATER, parallel_projector, pet_expected
    >>> projector, activity = parallel_projector(16, 4), np.ones((16, 16))
    >>> free = pet_expected(activity, projector, spacing_mm=10.0)
    >>> lines = pet_expected(activity, projector, spacing_mm=10.0, mu=np.full((16, 16), MU_WATER[511]))
    >>> round(float(lines[0, 8] / free[0, 8]), 3)  # 14 pixels of 10 mm in the field of view: exp(-140 * 0.0096)
    0.261
    """
    blurred = gaussian_blur(np.asarray(activity, dtype=np.float32), resolution_mm, spacing_mm)
    lines = projector.project(blurred)
    return lines if mu is None else lines * survival(mu, projector, spacing_mm)


def pet_background(
    lines: FloatArray, *, scatter: float = 0.3, randoms: float = 0.2, width: float = 0.4
) -> NDArray[np.float32]:
    """Coincidences on each line that did not start on it, on average: scattered ones and random ones.

    Scatter is a smooth fraction: the true lines, blurred along the detector. Random coincidences are the same on all
    lines. This has the size and the breadth of what scanners in 3-D count, and not its exact shape, for which one
    follows the photons one by one.

    Parameters
    ----------
    lines
        ``(views, size)``, >= 0: the true coincidences, as `pet_expected` gives them.
    scatter, randoms
        Their shares of all pairs that are counted; together below 1.
    width
        Full width at half maximum of the scatter of a point, over the width of the detector.

    Returns
    -------
    ``(views, size)`` float32, in the unit of the lines. Its sum over that of `lines` is ``(s + r) / (1 - s - r)``.

    Raises
    ------
    ValueError
        Shares that leave no true coincidences.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import pet_background
    >>> lines = np.eye(8)
    >>> beside = pet_background(lines, scatter=0.3, randoms=0.2)
    >>> round(float(beside.sum() / lines.sum()), 4)  # half of all pairs: as many as are true
    1.0
    >>> pet_background(lines, scatter=0.0, randoms=0.5)[0].round(3).tolist()  # randoms are the same on all lines
    [0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125]
    """
    true = np.asarray(lines, dtype=np.float32)
    if not (scatter >= 0 and randoms >= 0 and scatter + randoms < 1):
        raise ValueError(f"scatter, randoms: expected shares >= 0 whose sum is below 1, got {scatter} and {randoms}")
    total = float(true.sum(dtype=np.float64)) / (1 - scatter - randoms)
    smooth = gaussian_blur(true, (0.0, width * true.shape[1]), 1.0)
    shape = smooth / max(float(smooth.sum(dtype=np.float64)), 1e-12)
    return np.asarray(total * (scatter * shape + randoms / true.size), dtype=np.float32)


def reconstruct_pet(
    counts: FloatArray,
    projector: Projector,
    *,
    spacing_mm: float,
    mu: FloatArray | None = None,
    background: FloatArray | None = None,
    iterations: int = 4,
    subsets: int = 10,
    filter_mm: float = 0.0,
) -> NDArray[np.float32]:
    """MLEM (one subset) or OSEM (more), with attenuation in the model or, where `mu` is None, without correction.

    Without correction the activity deep inside a body of soft tissue comes out too low, and lungs and skin too high.

    Parameters
    ----------
    counts
        ``(views, size)``, >= 0.
    projector, spacing_mm, mu
        As for `pet_expected`.
    background, iterations, subsets
        As for `mlem`.
    filter_mm
        Full width at half maximum of a Gaussian filter after the reconstruction.

    Returns
    -------
    ``(size, size)`` float32 >= 0, whose line integrals are counts: multiply by ``expected.sum() / total_counts`` to
    return to the unit of the activity.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import MU_WATER, parallel_projector, pet_expected, reconstruct_pet
    >>> projector, water = parallel_projector(32, 20), np.full((32, 32), MU_WATER[511])
    >>> lines = pet_expected(np.ones((32, 32)), projector, spacing_mm=6.0, mu=water)
    >>> corrected = reconstruct_pet(lines, projector, spacing_mm=6.0, mu=water)
    >>> uncorrected = reconstruct_pet(lines, projector, spacing_mm=6.0)
    >>> round(float(corrected[16, 16]), 2), bool(uncorrected[16, 16] < 0.2)  # true is 1; the water hides most of it
    (1.0, True)
    """
    efficiency = None if mu is None else survival(mu, projector, spacing_mm)
    image = mlem(
        counts, projector, efficiency=efficiency, background=background, iterations=iterations, subsets=subsets
    )
    return np.asarray(gaussian_blur(image, filter_mm, spacing_mm), dtype=np.float32)
