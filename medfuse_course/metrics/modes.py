"""How well samples cover known modes: three numbers that are read together, or not at all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree


@dataclass(frozen=True)
class ModeCoverage:
    """What `mode_coverage` found. Each number alone deceives.

    Samples spread over everything find every mode, and hardly one of them is good. All samples on one mode are good,
    and find one of 25. Both may share out evenly what they do find.

    Attributes
    ----------
    found, modes
        Modes with a good sample at least, and modes in all.
    good
        Share of samples that are good, in [0, 1].
    imbalance
        ``KL(p || uniform)`` in nats, where p is the share of all samples that lie nearest to each mode: from 0 (evenly)
        to ``log modes`` (all at one).
    """

    found: int
    modes: int
    good: float
    imbalance: float


def mode_coverage(samples: ArrayLike, centers: ArrayLike, sigma: float, within: float = 3.0) -> ModeCoverage:
    """Compare samples with the Gaussian modes that they should come from.

    Parameters
    ----------
    samples
        ``(N, D)``.
    centers
        Of the modes, ``(M, D)``.
    sigma
        Standard deviation of each mode along each axis.
    within
        A sample is good within so many sigma of its nearest center. Of true ones in the plane 98.9 % are within 3.

    Returns
    -------
    Modes found, share of good samples, imbalance.

    Raises
    ------
    ValueError
        No samples, or not of the dimension of the centers.

    References
    ----------
    A. Srivastava and others, "VEEGAN", NeurIPS 2017 (modes and good samples, within 3 sigma); Z. Lin and others,
    "PacGAN", NeurIPS 2018 (the divergence).

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.metrics import mode_coverage
    >>> centers = np.array([[0.0, 0.0], [5.0, 0.0]])
    >>> mode_coverage(np.zeros((50, 2)), centers, sigma=0.1).found
    1
    """
    points, middles = np.asarray(samples, float), np.asarray(centers, float)
    if points.ndim != 2 or not len(points) or middles.ndim != 2 or points.shape[1] != middles.shape[1]:
        raise ValueError(f"samples: expected (N, D) with centers (M, D), got {points.shape} and {middles.shape}")
    distance, nearest = cKDTree(middles).query(points)
    good = distance <= within * sigma
    share = np.bincount(nearest, minlength=len(middles)) / len(points)
    known = share[share > 0]
    imbalance = float((known * np.log(known * len(middles))).sum())
    return ModeCoverage(len(np.unique(nearest[good])), len(middles), float(good.mean()), imbalance)
