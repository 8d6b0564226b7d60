"""Do two measures rank methods alike? Kendall's tau, phantom by phantom."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from medfuse_course.benchmark.families import phantom_scores
from medfuse_course.methods import list_methods


def rank_agreement(
    first: str, second: str, pairs: Sequence[str] = (), methods: Sequence[str] = ()
) -> NDArray[np.float64]:
    r"""How alike two measures rank methods on each phantom: Kendall's tau-b.

    .. math:: \tau_b = \frac{C - D}{\sqrt{(C + D + T_1)(C + D + T_2)}}

    of all pairs of methods: C of them stand in the same order by both measures, D in the opposite one, T are tied by
    one of the two only. Both measures are turned so that more is better (`phantom_scores`).

    Parameters
    ----------
    first, second
        Metrics of the shipped tables. Where both are the same, each phantom is ranked beside the mean of the *other*
        phantoms: how well a measure agrees with itself on other patients, which no other measure can be asked to beat.
    pairs
        Names such as ``"head/mri-pet"``; all by default.
    methods
        Slugs, at least three; all that fuse by default.

    Returns
    -------
    One for each phantom, in [-1, 1]: 1 is the same order, -1 the opposite one, 0 no relation; NaN where one measure
    ties all methods.

    Raises
    ------
    ValueError
        Too few methods to be ranked, or no values.

    References
    ----------
    M. G. Kendall, "The treatment of ties in ranking problems", Biometrika 33(3), 239-251, 1945.

    Examples
    --------
    >>> from medfuse_course.benchmark import rank_agreement
    >>> tau = rank_agreement("qabf", "qabf")
    >>> tau.shape, bool(tau.min() > 0.8)  # a measure ranks methods on one phantom much as on the others
    ((12,), True)
    """
    chosen = tuple(methods) or tuple(method.slug for method in list_methods(task="fusion"))
    if len(chosen) < 3:
        raise ValueError(f"methods: expected at least three to rank, got {len(chosen)}; leave it out for all")
    one = phantom_scores(first, chosen, pairs)
    two = _of_others(one) if first == second else phantom_scores(second, chosen, pairs)
    return np.array([_tau(a, b) for a, b in zip(one.T, two.T, strict=True)])


def _of_others(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over all phantoms but the one of that column."""
    return (scores.sum(axis=1, keepdims=True) - scores) / (scores.shape[1] - 1)


def _tau(a: ArrayLike, b: ArrayLike) -> float:
    return float(stats.kendalltau(a, b).statistic)
