"""Reconstruction of counts by maximum likelihood: MLEM, and OSEM, which uses some of the views at a time."""

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray
from medfuse_course.physics.projector import Projector


def mlem(
    counts: FloatArray,
    projector: Projector,
    *,
    efficiency: FloatArray | None = None,
    background: FloatArray | None = None,
    iterations: int = 20,
    subsets: int = 1,
    start: FloatArray | None = None,
) -> NDArray[np.float32]:
    """Expectation maximization for ``counts ~ Poisson(efficiency * A x)`` (Shepp and Vardi, IEEE TMI 1, 1982).

    ``x <- x / (A^T e) * A^T (counts / (A x))``, which keeps x >= 0, gives the expected sinogram the sum of the measured
    one, and never lowers the likelihood. With `subsets` above 1 an iteration makes one such step for each of the
    interleaved subsets of views (OSEM; Hudson and Larkin, IEEE TMI 13, 1994): about as many times faster, without these
    guarantees. Many iterations fit the noise; stop early or filter afterwards.

    Parameters
    ----------
    counts
        ``(views, size)``, >= 0.
    projector
        The system matrix A: `parallel_projector`, `spect_projector`.
    efficiency
        ``(views, size)`` >= 0: what part of each line's activity is counted, such as `survival` for PET. None is 1.
    background
        ``(views, size)`` >= 0: counts that are expected on each line and come from nowhere on it, such as
        `pet_background`. They are part of the model, ``Poisson(efficiency * A x + background)``, so nothing is
        subtracted and no bin becomes negative. None is 0.
    iterations
        How often all views are used, >= 1.
    subsets
        How many interleaved subsets; a divisor of the number of views.
    start
        ``(size, size)``, >= 0: where to begin. None is a uniform image of the right sum.

    Returns
    -------
    ``(size, size)`` float32 >= 0: activity such that ``efficiency * A x`` is expected counts; 0 where nothing is seen.

    Raises
    ------
    ValueError
        Negative or misshapen counts, or numbers outside their range.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import mlem, parallel_projector
    >>> projector = parallel_projector(16, 12)
    >>> activity = np.ones((16, 16))
    >>> activity[8, 8] = 5
    >>> counts = projector.project(activity)
    >>> image = mlem(counts, projector, iterations=20)
    >>> int(image.argmax()) == 8 * 16 + 8, bool(image.min() >= 0)
    (True, True)
    >>> round(float(projector.project(image).sum() / counts.sum()), 4)  # as many counts as were measured
    1.0
    """
    measured = _check(counts, "counts", projector.sinogram_shape)
    weights = np.ones_like(measured) if efficiency is None else _check(efficiency, "efficiency", measured.shape)
    beside = np.zeros_like(measured)
    if background is not None:
        known = _check(background, "background", measured.shape)
        np.divide(known, weights, out=beside, where=weights > 0)
    views = len(projector.angles_deg)
    if iterations < 1:
        raise ValueError(f"iterations: expected at least 1, got {iterations}")
    if subsets < 1 or views % subsets:
        raise ValueError(f"subsets: expected a divisor of the {views} views, got {subsets}")
    parts = [projector] if subsets == 1 else [projector.subset(k, subsets) for k in range(subsets)]
    sensitivities = [part.backproject(weights[k::subsets]) for k, part in enumerate(parts)]
    if start is None:
        image = _uniform(measured, np.sum(sensitivities, axis=0))
    else:
        image = _check(start, "start", (projector.size, projector.size))
    for _ in range(iterations):
        for k, part in enumerate(parts):
            image = _step(image, measured[k::subsets], part, sensitivities[k], beside[k::subsets])
    return image


def poisson_log_likelihood(
    counts: FloatArray, image: FloatArray, projector: Projector, efficiency: FloatArray | None = None
) -> float:
    """Log-likelihood of `image`, ``sum(counts log(m) - m)`` with ``m = efficiency * A x``, up to a constant.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import mlem, parallel_projector, poisson_log_likelihood
    >>> projector = parallel_projector(16, 12)
    >>> counts = projector.project(np.eye(16))
    >>> images = [mlem(counts, projector, iterations=n) for n in (1, 2, 4, 8)]
    >>> likelihoods = [poisson_log_likelihood(counts, image, projector) for image in images]
    >>> likelihoods == sorted(likelihoods)  # no iteration lowers it
    True
    """
    expected = projector.project(image).astype(np.float64)
    if efficiency is not None:
        expected *= efficiency
    counted = np.asarray(counts) > 0
    return float((np.asarray(counts)[counted] * np.log(expected[counted])).sum() - expected.sum())


def _step(
    image: NDArray[np.float32],
    counts: NDArray[np.float32],
    projector: Projector,
    sensitivity: NDArray[np.float32],
    beside: NDArray[np.float32],
) -> NDArray[np.float32]:
    expected = projector.project(image) + beside
    ratio = np.divide(counts, expected, out=np.zeros_like(counts), where=expected > 0)
    # The efficiency of a bin cancels in the ratio, so the background was divided by it; it stays in the sensitivity.
    update = np.divide(
        projector.backproject(ratio), sensitivity, out=np.zeros_like(sensitivity), where=sensitivity > 1e-6
    )
    return np.asarray(image * update, dtype=np.float32)


def _uniform(counts: NDArray[np.float32], sensitivity: NDArray[np.float32]) -> NDArray[np.float32]:
    seen = sensitivity > 1e-6
    level = max(float(counts.sum()), 1e-12) / max(float(sensitivity.sum()), 1e-12)
    return np.asarray(np.where(seen, level, 0), dtype=np.float32)


def _check(array: FloatArray, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    values = np.asarray(array, dtype=np.float32)
    if values.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, got {values.shape}")
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"{name}: expected finite values >= 0")
    return values
