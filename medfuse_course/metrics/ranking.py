"""Whether a score puts what is wrong above what is right."""

import numpy as np
from numpy.typing import ArrayLike


def auc(score: ArrayLike, wrong: ArrayLike) -> float:
    """The chance that something wrong has a higher score than something right: the area under the ROC curve.

    Parameters
    ----------
    score
        Numbers of any shape; only their order counts.
    wrong
        Booleans of the same shape.

    Returns
    -------
    From 0 to 1; 1/2 is chance, ties count one half. NaN where nothing is wrong, or everything.

    Raises
    ------
    ValueError
        The shapes differ.

    References
    ----------
    J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
    curve", Radiology 143 (1982) 29.

    Examples
    --------
    >>> from medfuse_course.metrics import auc
    >>> auc([0.9, 0.8, 0.3, 0.1], [True, False, True, False])
    0.75
    """
    values, bad = np.asarray(score, float), np.asarray(wrong, bool)
    if values.shape != bad.shape:
        raise ValueError(f"wrong: expected the shape of score, {values.shape}, got {bad.shape}")
    count = int(bad.sum())
    if count in (0, bad.size):
        return float("nan")
    from scipy.stats import rankdata  # takes half a second to import

    ranks = rankdata(values, axis=None).reshape(values.shape)
    return float((ranks[bad].sum() - count * (count + 1) / 2) / (count * (bad.size - count)))
