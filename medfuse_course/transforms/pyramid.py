"""The Gaussian and the Laplacian pyramid.

Reference: P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Transactions on
Communications 31(4), 532-540, 1983.
"""

from itertools import pairwise

import numpy as np

from medfuse_course.core.filters import BINOMIAL_5, filter_separable
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.checks import check_levels, check_plane


class LaplacianPyramid(Bands):
    """``details[k]`` is ``L_k`` in the shape of Gaussian level k; ``base`` is ``G_n``, the image left at the top."""


def reduce(image: FloatArray) -> FloatArray:
    """Blur, then keep every second row and column: ``(G * h h')[::2, ::2]`` with ``h = [1 4 6 4 1] / 16``.

    ``(H, W)`` becomes ``(ceil(H/2), ceil(W/2))``. The border is reflected without repeating the edge pixel.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.pyramid import reduce
    >>> point = np.zeros((5, 6))
    >>> point[2, 2] = 256.0
    >>> reduce(point).tolist()  # the kernel [1 4 6 4 1] both ways, every second place
    [[4.0, 12.0, 2.0], [12.0, 36.0, 6.0], [4.0, 12.0, 2.0]]
    """
    return filter_separable(check_plane(image, min_side=1), BINOMIAL_5, step=2)


def expand(image: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Double the size: put zeros between the pixels, then blur with gain 4 (``2h`` along each axis).

    Parameters
    ----------
    image
        ``(h, w)``.
    shape
        The size to reach, ``(2h or 2h - 1, 2w or 2w - 1)``: `reduce` of an odd size loses which one it was.

    Returns
    -------
    An image of that shape, in the precision of `image`.

    Notes
    -----
    The zeros take three quarters of the light away, hence the gain of 4. A constant image stays constant.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.pyramid import expand
    >>> expand(np.ones((2, 3)), (4, 5)).tolist()  # a constant image stays constant
    [[1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0]]
    >>> expand(np.array([[0.0, 8.0]]), (2, 4))[0].tolist()
    [2.0, 4.0, 7.0, 8.0]
    """
    image = check_plane(image, min_side=1)
    if any(n < 2 or n not in (2 * m, 2 * m - 1) for n, m in zip(shape, image.shape, strict=True)):
        raise ValueError(f"shape: expected twice {image.shape}, or one less (but no less than 2), got {tuple(shape)}")
    return _double(_double(image, shape[0], 0), shape[1], 1)


def _double(image: FloatArray, length: int, axis: int) -> FloatArray:
    """Zeros between the pixels of one axis, then ``2h``; computed in one step, without making the zeros.

    Even places get ``(x[k-1] + 6 x[k] + x[k+1]) / 8``, odd ones ``(x[k] + x[k+1]) / 2``. The border is that of the
    signal with its zeros, mirrored about its last place.
    """
    x = np.moveaxis(image, axis, 0)
    count = len(x)
    before, after = x[min(1, count - 1)], x[count - 1 if length % 2 == 0 else max(count - 2, 0)]
    framed = np.concatenate([before[np.newaxis], x, after[np.newaxis]])
    doubled = np.empty((length, *x.shape[1:]), x.dtype)
    doubled[::2] = (framed[:-2] + framed[2:] + 6 * x) / 8
    doubled[1::2] = ((framed[1:-1] + framed[2:]) / 2)[: length // 2]
    return np.moveaxis(doubled, 0, axis)


def gaussian_pyramid(image: FloatArray, levels: int) -> tuple[FloatArray, ...]:
    """``G_0`` (the image), ``G_1 = reduce(G_0)``, ..., ``G_levels``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.pyramid import gaussian_pyramid
    >>> [stage.shape for stage in gaussian_pyramid(np.ones((20, 13)), 3)]
    [(20, 13), (10, 7), (5, 4), (3, 2)]
    """
    check_levels(levels, check_plane(image, min_side=1).shape)
    stages = [image]
    for _ in range(levels):
        stages.append(reduce(stages[-1]))
    return tuple(stages)


def analyse(image: FloatArray, levels: int = 4) -> LaplacianPyramid:
    """Split an image into detail bands ``L_k = G_k - expand(G_{k+1})`` and a base ``G_levels``.

    Parameters
    ----------
    image
        ``(H, W)`` floats of any scale; float32 and float64 keep their precision.
    levels
        From 1 to the number of times the shorter side can be halved before it reaches one pixel.

    Returns
    -------
    Detail bands, finest first, each half as large as the one before, and the base.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import pyramid
    >>> bands = pyramid.analyse(np.ones((20, 13)), levels=2)
    >>> [detail.shape for detail in bands.details], bands.base.shape
    ([(20, 13), (10, 7)], (5, 4))
    >>> float(abs(bands.details[0]).max()), float(bands.base.max())  # a flat image has no detail
    (0.0, 1.0)
    """
    stages = gaussian_pyramid(image, levels)
    details = tuple(fine - expand(coarse, fine.shape) for fine, coarse in pairwise(stages))
    return LaplacianPyramid(details, stages[-1])


def synthesise(pyramid: LaplacianPyramid) -> FloatArray:
    """Undo `analyse`: ``G_k = L_k + expand(G_{k+1})`` from the top down. Exact up to rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import pyramid
    >>> image = np.eye(20, 13)
    >>> bool(np.allclose(pyramid.synthesise(pyramid.analyse(image)), image, rtol=0, atol=1e-12))
    True
    """
    image = pyramid.base
    for detail in reversed(pyramid.details):
        image = detail + expand(image, detail.shape)
    return image
