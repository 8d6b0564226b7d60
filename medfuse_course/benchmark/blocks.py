"""How much neighboring slices are worth: blocks of them that are nearly independent."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def block_means(series: Iterable[Sequence[float]]) -> list[float]:
    r"""Cut series of neighboring values into blocks and average each.

    Two slices that lie side by side show nearly the same, so n slices are not n observations. Means over blocks of

    .. math:: L = \left\lceil 2\, \frac{1 + r}{1 - r} \right\rceil

    neighbors are nearly independent, where r is the correlation of neighbors; L is twice what makes one independent
    value of a first-order autoregressive series. One block may be all that a series has.

    Parameters
    ----------
    series
        Values in the order of their slices, a series for each subject; blocks never hold slices of two subjects.

    Returns
    -------
    The mean of each block; none if the values do not vary, since they do not tell how alike neighbors are.

    References
    ----------
    H. R. Künsch, "The jackknife and the bootstrap for general stationary observations", The Annals of Statistics
    17(3), 1217-1241, 1989.

    Examples
    --------
    >>> from medfuse_course.benchmark import block_means
    >>> len(block_means([[1.0, -1.0, 1.0, -1.0, 1.0, -1.0]]))  # neighbors are not alike: each value for itself
    6
    >>> len(block_means([[0.0] * 4 + [1.0] * 4 + [0.0] * 4]))  # alike: all twelve are one block
    1
    """
    rows = [np.asarray(values, dtype=np.float64) for values in series if len(values)]
    r = neighbor_correlation(rows)
    if math.isnan(r):
        return []
    longest = max(map(len, rows))
    length = longest if r >= 1 else min(longest, math.ceil(2 * (1 + r) / (1 - r))) if r > 0 else 1
    parts = (np.array_split(row, max(1, len(row) // length)) for row in rows)
    return [float(part.mean()) for row in parts for part in row]


def neighbor_correlation(series: Iterable[NDArray[np.float64]]) -> float:
    r"""Correlation of neighbors, corrected for the pull toward 0 that short series have.

    Each series is taken about its own mean, :math:`r + (1 + 3 r) / n` is the correction.

    Parameters
    ----------
    series
        Values in order, a series for each subject.

    Returns
    -------
    r, which the correction may lift to 1 and above: then no two values are independent. NaN if no value differs from
    the mean of its series.

    References
    ----------
    F. H. C. Marriott and J. A. Pope, "Bias in the estimation of autocorrelations", Biometrika 41(3/4), 390-402, 1954.
    """
    centered = [row - row.mean() for row in series]
    total = sum(float(row @ row) for row in centered)
    if total <= 1e-24:
        return math.nan
    r = sum(float(row[:-1] @ row[1:]) for row in centered) / total
    return r + (1 + 3 * r) / sum(map(len, centered))
