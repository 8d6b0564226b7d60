"""The gradient pyramid: each level of a Gaussian pyramid as differences in four directions.

Reference: P. J. Burt and R. J. Kolczynski, "Enhanced image capture through fusion", ICCV 1993, 173-182. The kernels are
known from surveys and from the widely used MATLAB toolbox, not from the paper itself. How the borders are treated is
our reading.
"""

import numpy as np

from medfuse_course.core.filters import BINOMIAL_5, filter_separable, weighted_3x3
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.pyramid import expand, gaussian_pyramid

DIRECTIONS = ("across", "down-right", "down", "down-left")
"""Direction of the differences in each band, in the order of ``details[k]``."""

DIAGONAL = 0.5**0.5


class GradientPyramid(Bands):
    """``details[k]`` is ``(4, h + 1, w + 1)`` for Gaussian level k of ``(h, w)``: differences lie between pixels."""


def analyse(image: FloatArray, levels: int = 4) -> GradientPyramid:
    """Split an image into four gradients a level, ``D_{k,l} = d_l * (G_k + v * G_k)``, and a base ``G_levels``.

    ``v = [1 2 1; 2 4 2; 1 2 1] / 16``; ``d_l`` is the difference of two neighbors, ``[1 -1]``, along a row, a column or
    a diagonal, the diagonals divided by ``sqrt(2)``. The border is mirrored without repeating the edge.

    Parameters
    ----------
    image
        ``(H, W)`` floats of any scale; float32 and float64 keep their precision.
    levels
        From 1 to the number of times the shorter side can be halved before it reaches one pixel.

    Returns
    -------
    Levels ``(4, h, w)``, finest first, and the base.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import gradient_pyramid
    >>> rows = np.tile(np.arange(16.0)[:, None], 16)
    >>> bands = gradient_pyramid.analyse(rows, levels=2)
    >>> [detail.shape for detail in bands.details], bands.base.shape
    ([(4, 17, 17), (4, 9, 9)], (4, 4))
    >>> bands.details[0][:, 8, 8].round(3).tolist()  # 1 a row, doubled by G + v * G
    [0.0, 1.414, 2.0, 1.414]
    """
    stages = gaussian_pyramid(image, levels)
    details = tuple(gradients(stage + weighted_3x3(stage)) for stage in stages[:-1])
    return GradientPyramid(details, stages[-1])


def synthesise(pyramid: GradientPyramid) -> FloatArray:
    """The way back: ``G_k = (1 + w) * divergence(D_k) + expand(G_{k+1})``. It is approximate.

    The divergence ``-1/8 sum_l d_l * D_{k,l}`` is exactly ``G_k - w * G_k`` with ``w = v * v``, the 5 x 5 kernel of the
    Laplacian pyramid. ``(1 + w)`` makes ``G_k - w * w * G_k`` of it, and ``expand(reduce(G_k))`` is ``w * w * G_k`` but
    for aliasing. That aliasing is the error. It is worst for stripes of four pixels a period, which one level returns
    wrong by 1/16 of their amplitude; the phantoms of this course come back with 45 dB or more.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import gradient_pyramid
    >>> stripes = np.tile([0.0, 1.0, 0.0, -1.0], (32, 8))
    >>> back = gradient_pyramid.synthesise(gradient_pyramid.analyse(stripes, levels=1))
    >>> round(float(16 * abs(back - stripes).max()), 3)  # not exact: stripes of four pixels are off by 1/16
    1.0
    """
    image = pyramid.base
    for detail in reversed(pyramid.details):
        fine = divergence(detail)
        image = fine + filter_separable(fine, BINOMIAL_5) + expand(image, fine.shape)
    return image


def gradients(image: FloatArray) -> FloatArray:
    """Differences of neighbors in the four `DIRECTIONS`, ``(4, h + 1, w + 1)`` for ``(h, w)``.

    ``D_across[i, j] = X[i, j] - X[i, j - 1]``, and so on; the border is mirrored without repeating the edge.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.gradient_pyramid import gradients
    >>> step = np.tile([0.0, 0.0, 1.0, 1.0], (3, 1))
    >>> gradients(step)[:, 1].round(3).tolist()  # at the edge 1, 1 / sqrt(2), 0 and -1 / sqrt(2)
    [[0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.707, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, -0.707, 0.0, 0.0]]
    """
    x = np.pad(image, 1, mode="reflect")
    here, left, above, corner = x[1:, 1:], x[1:, :-1], x[:-1, 1:], x[:-1, :-1]
    bands = np.empty((len(DIRECTIONS), *here.shape), image.dtype)
    for band, ahead, behind in zip(bands, (here, here, here, left), (left, corner, above, above), strict=True):
        np.subtract(ahead, behind, out=band)
    bands[1::2] *= image.dtype.type(DIAGONAL)
    return bands


def divergence(bands: FloatArray) -> FloatArray:
    """``-1/8 sum_l d_l * D_l``: the four gradients, differentiated once more and added, ``(h, w)``.

    After `gradients` this is ``X - v * X``, at the border too.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.gradient_pyramid import divergence, gradients
    >>> point = np.zeros((5, 5))
    >>> point[2, 2] = 16.0
    >>> divergence(gradients(point))[1:4, 1:4].round(6).tolist()  # 16 less 4, 2 and 1 of the kernel v
    [[-1.0, -2.0, -1.0], [-2.0, 12.0, -2.0], [-1.0, -2.0, -1.0]]
    """
    across, right, down, left = bands
    straight = across[:-1, 1:] - across[:-1, :-1] + down[1:, :-1] - down[:-1, :-1]
    diagonal = right[1:, 1:] - right[:-1, :-1] + left[1:, :-1] - left[:-1, 1:]
    curvature: FloatArray = straight + diagonal * bands.dtype.type(DIAGONAL)
    return curvature / -8
