"""The method `pulse_coupled` as its authors' code computes it: their transform, their base rule, ties to a.

Reference: M. Yin, X. Liu, Y. Liu and X. Chen, IEEE Transactions on Instrumentation and Measurement 68(1), 49-64, 2019,
and the code they published.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import FloatArray
from medfuse_course.methods.replicas.pyramid_toolbox import border
from medfuse_course.transforms.replicas import nsst_toolbox

Compare = Callable[[FloatArray, FloatArray], FloatArray]
"""How often the neurons of a fired more than those of b, for bands of one level."""


def pulse_coupled(a: FloatArray, b: FloatArray, levels: int, directions: Sequence[int], compare: Compare) -> FloatArray:
    """Fuse two images in double precision, without a margin.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    levels, directions
        Those of `nsst_toolbox.analyse`.
    compare
        Decides between two details.

    Returns
    -------
    ``(H, W)``, double precision.
    """
    of_a, of_b = (nsst_toolbox.analyse(x.astype(np.float64), levels, directions) for x in (a, b))
    for x, y in zip(of_a.details, of_b.details, strict=True):
        x[...] = np.where(compare(x, y) >= 0, x, y)
    return nsst_toolbox.synthesise(replace(of_a, base=choose_base(of_a.base, of_b.base)))


def choose_base(a: FloatArray, b: FloatArray) -> FloatArray:
    """The base rule: at each pixel the source of larger activity; a where they tie."""
    return np.where(_activity(a) >= _activity(b), a, b)


def _activity(base: FloatArray) -> FloatArray:
    """WLE x WSEML as their code has it: in the second, a 3 x 3 mean and a square root before the weights."""
    weights = np.outer([1, 2, 1], [1, 2, 1]) / 16
    energy = ndimage.correlate(border(base * base, 1), weights)[1:-1, 1:-1]
    changes = np.zeros_like(base)
    height, width = base.shape
    around = np.pad(base, 1, "symmetric")
    for down, right in ((0, 1), (1, 0), (1, 2), (2, 1), (0, 0), (0, 2), (2, 0), (2, 2)):
        step = np.abs(base - around[down : down + height, right : right + width])
        is_straight = 1 in (down, right)
        changes += step if is_straight else step / 2**0.5
    laplacian = np.sqrt(ndimage.correlate(changes, np.full((3, 3), 1 / 9), mode="reflect"))
    activity: FloatArray = energy * ndimage.correlate(laplacian, weights, mode="reflect")
    return activity
