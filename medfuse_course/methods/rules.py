"""Fusion rules: how two bands become one. Written once, used by every multiscale method.

A rule takes two arrays of one shape, ``(..., h, w)``, real or complex, and returns a third. It knows nothing of the
transform the bands came from. Complex coefficients are compared by magnitude and moved whole: a magnitude from one
source with the phase of the other is an edge that neither has.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.filters import sum_3x3
from medfuse_course.core.registry import Registry
from medfuse_course.core.types import FloatArray
from medfuse_course.methods import activity

Band = NDArray[Any]
Rule = Callable[[Band, Band], Band]

MATCH_THRESHOLD = 0.75
"""Above this match two bands are mixed, below it one is chosen."""


def average(a: Band, b: Band) -> Band:
    """``(a + b) / 2``: the usual rule for the base band, where neither source is right alone."""
    return (a + b) / 2


def choose_max(a: Band, b: Band) -> Band:
    """Where ``|a| > |b|`` take a, where ``|b| > |a|`` take b, and the mean where they tie.

    The sign stays with the chosen coefficient: a dark line is as much a detail as a bright one.
    """
    return pick(activity.magnitude(a) - activity.magnitude(b), a, b)


def choose_max_consistent(a: Band, b: Band) -> Band:
    """Choose by the largest magnitude in a 3 x 3 window, then let the 3 x 3 neighbors vote.

    Each pixel prefers the source of larger activity; the majority of the window decides; a tied vote takes the mean.
    Reference: H. Li, B. S. Manjunath and S. K. Mitra, "Multisensor image fusion using the wavelet transform",
    Graphical Models and Image Processing 57(3), 235-245, 1995.
    """
    return pick(majority(activity.window_maximum(a) - activity.window_maximum(b)), a, b)


def match_salience(a: Band, b: Band) -> Band:
    """Mix bands that are alike, choose between bands that are not.

    With salience ``S_X = sum |X|^2`` and match ``M = 2 sum Re(a conj b) / (S_a + S_b)`` over 3 x 3 pixels: where
    ``M <= 0.75`` the band of larger salience is taken; elsewhere it gets the weight
    ``1/2 + (1 - M) / (2 (1 - 0.75))`` and the other one the rest. Reference: P. J. Burt and R. J. Kolczynski,
    "Enhanced image capture through fusion", ICCV 1993, 173-182.
    """
    salience_a, salience_b = activity.local_energy(a), activity.local_energy(b)
    total = salience_a + salience_b
    match = sum_3x3(np.real(a * np.conj(b)) if np.iscomplexobj(a) else a * b)
    match *= 2
    np.divide(match, total, out=match, where=total > 0)  # where the total is 0 the match is 0 already
    share = np.subtract(1, match, out=match)  # in place, here and below: fresh memory costs more than arithmetic
    share *= 0.5 / (1 - MATCH_THRESHOLD)  # beyond 1/2: choose
    np.clip(share, 0, 0.5, out=share)
    share *= np.sign(np.subtract(salience_a, salience_b, out=total))
    share += 0.5
    mixture = a - b
    mixture *= share
    mixture += b
    return mixture


def local_energy(a: Band, b: Band) -> Band:
    """Take the band of larger energy ``sum |X|^2`` over 3 x 3 pixels, the mean where they tie."""
    return pick(activity.local_energy(a) - activity.local_energy(b), a, b)


def energy_laplacian(a: Band, b: Band) -> Band:
    """Take the band of larger WLE x WSEML: weighted local energy times weighted modified Laplacian.

    For the base band: energy alone would follow brightness, the Laplacian alone would follow edges. Reference: Yin,
    Liu, Liu and Chen (2019), as in `activity.weighted_modified_laplacian`.
    """
    of_a, of_b = (activity.weighted_local_energy(x) * activity.weighted_modified_laplacian(x) for x in (a, b))
    return pick(of_a - of_b, a, b)


def saliency(a: Band, b: Band) -> Band:
    """Weigh each band with its share of the saliency ``S_a + S_b``; the mean where nothing is salient."""
    of_a, of_b = activity.saliency(a), activity.saliency(b)
    total = of_a + of_b
    share = np.full_like(total, 0.5)
    np.divide(of_a, total, out=share, where=total > 0)
    return share * a + (1 - share) * b


def pick(evidence: FloatArray, a: Band, b: Band) -> Band:
    """Take a where the evidence is positive, b where it is negative, the mean where it is 0."""
    chosen = np.where(evidence > 0, a, b)
    tied = (evidence == 0) & (a != b)  # where they are equal, either is the mean: all of an empty background
    if tied.any():
        chosen[tied] = (a[tied] + b[tied]) / 2
    return chosen


def majority(evidence: FloatArray) -> FloatArray:
    """Consistency verification: the sign of the evidence, put to a vote of its 3 x 3 neighborhood."""
    return sum_3x3(np.sign(evidence))


RULES: Registry[Rule] = Registry("rule")
"""Rules for one band, by slug: coefficients of both sources in, one set out."""
for _rule in (
    average,
    choose_max,
    choose_max_consistent,
    match_salience,
    local_energy,
    energy_laplacian,
    saliency,
):
    RULES.add(_rule.__name__, _rule)
