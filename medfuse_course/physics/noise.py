"""The noise of counting (PET, SPECT) and of magnitude images (MRI)."""

import math

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray


def poisson_counts(activity: FloatArray, total_counts: float, seed: int | np.random.Generator) -> FloatArray:
    """Count decays: each pixel draws from a Poisson law whose mean is its share of the counts.

    ``n ~ Poisson(activity / sum(activity) * total_counts)``, so that variance = mean = expected counts. Multiply by
    ``activity.sum() / total_counts`` to return to the unit of `activity`.

    Parameters
    ----------
    activity
        Array of floats >= 0 with a positive sum, in any unit.
    total_counts
        Expected number of counts in the whole array; more counts, less relative noise.
    seed
        A seed, or a generator to draw from.

    Returns
    -------
    Whole numbers of counts, as float32, in the shape of `activity`.

    Raises
    ------
    ValueError
        Negative or non-finite activity, nothing active, or counts that are not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import poisson_counts
    >>> counts = poisson_counts(np.array([0.0, 1.0, 3.0]), total_counts=4e6, seed=0)
    >>> counts.round(-4).tolist()  # shares of 0, 1/4 and 3/4, give or take a thousand
    [0.0, 1000000.0, 3000000.0]
    """
    values = np.asarray(activity, dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("activity: expected finite values >= 0; clip or mask the rest first")
    total = float(values.sum())
    if total <= 0:
        raise ValueError("activity: expected a positive sum, got 0; there is nothing to count")
    if not (math.isfinite(total_counts) and total_counts > 0):
        raise ValueError(f"total_counts: expected a number > 0, got {total_counts}")
    return _rng(seed, "poisson").poisson(values * (total_counts / total)).astype(np.float32)


def rician_noise(signal: FloatArray, sigma: float, seed: int | np.random.Generator) -> FloatArray:
    """Add the noise of an MRI magnitude image: ``sqrt((signal + n1)^2 + n2^2)``, both parts normal with sd `sigma`.

    Where there is no signal the result has a Rayleigh law: its mean is ``sigma * sqrt(pi / 2)``, not 0, and its second
    moment is always ``signal^2 + 2 sigma^2`` (Gudbjartsson and Patz, Magn. Reson. Med. 34, 1995).

    Parameters
    ----------
    signal
        Array of floats >= 0, in any unit.
    sigma
        Standard deviation of the real and of the imaginary part, in the unit of `signal`; 0 adds nothing.
    seed
        A seed, or a generator to draw from.

    Returns
    -------
    float32 array >= 0 in the shape of `signal`.

    Raises
    ------
    ValueError
        `sigma` is negative or not finite, or `signal` is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import rician_noise
    >>> air = rician_noise(np.zeros(100_000), sigma=1.0, seed=1)
    >>> round(float(air.mean()), 2), round(float((air**2).mean()), 1)  # sqrt(pi / 2) and 2, where there is no signal
    (1.25, 2.0)
    >>> rician_noise(np.array([0.25, 0.5]), sigma=0.0, seed=0).tolist()
    [0.25, 0.5]
    """
    values = np.asarray(signal, dtype=np.float32)
    if not (math.isfinite(sigma) and sigma >= 0):
        raise ValueError(f"sigma: expected a number >= 0, got {sigma}")
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("signal: expected finite values >= 0; take its absolute value first")
    rng = _rng(seed, "rician")
    real = values + rng.normal(0.0, sigma, values.shape)
    return np.hypot(real, rng.normal(0.0, sigma, values.shape)).astype(np.float32)


def _rng(seed: int | np.random.Generator, stream: str) -> np.random.Generator:
    return seed if isinstance(seed, np.random.Generator) else generator(seed, stream)
