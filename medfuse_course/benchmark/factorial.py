"""Which choice matters: the variance of a full factorial table, shared out among its factors."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

REST = "together"
"""What no factor explains by itself: choices that suit or spoil each other."""


def variance_shares(values: ArrayLike, factors: Sequence[str]) -> dict[str, float]:
    r"""Share of the variance that each factor of a full factorial table explains by itself.

    With :math:`\bar y` the mean of all N values and :math:`\bar y_i` the mean of those where a factor has its i-th of
    L settings,

    .. math:: \eta^2 = \frac{(N / L) \sum_i (\bar y_i - \bar y)^2}{\sum (y - \bar y)^2} .

    Parameters
    ----------
    values
        One axis for each factor, one value for each combination of settings; at least two settings of each.
    factors
        Names of the axes, in order.

    Returns
    -------
    Factor to share in [0, 1], and ``"together"`` for what is left. They sum to 1; all are NaN when the values do not
    vary.

    References
    ----------
    R. A. Fisher, "Statistical Methods for Research Workers", 1925: the analysis of variance. The ratio is known as
    eta squared.

    Examples
    --------
    >>> from medfuse_course.benchmark import variance_shares
    >>> variance_shares([[0.0, 0.0], [1.0, 1.0]], ["rule", "levels"])  # only the rule matters
    {'rule': 1.0, 'levels': 0.0, 'together': 0.0}
    >>> variance_shares([[0.0, 1.0], [1.0, 0.0]], ["rule", "levels"])  # neither by itself
    {'rule': 0.0, 'levels': 0.0, 'together': 1.0}
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != len(factors) or min(table.shape, default=0) < 2:
        raise ValueError(
            f"values: expected an axis of at least two settings for each of {', '.join(factors)}, "
            f"got shape {table.shape}"
        )
    if not np.isfinite(table).all():
        raise ValueError("values: expected finite numbers for every combination; leave out settings that have none")
    spread = table - table.mean()
    total = float((spread**2).sum())
    if total <= 1e-24 * max(float((table**2).sum()), 1e-300):
        return dict.fromkeys((*factors, REST), math.nan)
    shares = {}
    for axis, factor in enumerate(factors):
        means = spread.mean(axis=tuple(k for k in range(table.ndim) if k != axis))
        shares[factor] = float((means**2).sum()) * table.size / len(means) / total
    return shares | {REST: 1 - sum(shares.values())}
