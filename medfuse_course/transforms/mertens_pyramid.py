"""The Laplacian pyramid as Mertens, Kautz and Van Reeth wrote it: with other borders, and as many levels as fit.

Reference: T. Mertens, J. Kautz and F. Van Reeth, "Exposure fusion", Pacific Graphics 2007, 382-390; their MATLAB code
came into medical fusion with Y. Liu, X. Chen, J. Cheng and H. Peng, "A medical image fusion method based on
convolutional neural networks", FUSION 2017. Away from the border it equals `transforms.pyramid`.
"""

from itertools import pairwise

import numpy as np

from medfuse_course.core.filters import BINOMIAL_5, filter_separable
from medfuse_course.core.types import FloatArray
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.checks import check_levels, check_plane


class MertensPyramid(Bands):
    """``details[k]`` is ``L_k`` in the shape of Gaussian level k; ``base`` is the image left at the top."""


def reduce(image: FloatArray) -> FloatArray:
    """Blur with ``[1 4 6 4 1] / 16``, the border mirrored with its edge repeated; keep every second row and column.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import mertens_pyramid, pyramid
    >>> ramp = np.tile(np.arange(9.0), (9, 1))
    >>> mertens_pyramid.reduce(ramp)[2].tolist()  # at the left (4 * 0 + 6 * 0 + 4 * 1 + 2 + 1) / 16
    [0.4375, 2.0, 4.0, 6.0, 7.5625]
    >>> pyramid.reduce(ramp)[2].tolist()  # with borders that do not repeat the edge
    [0.75, 2.0, 4.0, 6.0, 7.25]
    """
    return filter_separable(check_plane(image, min_side=1), BINOMIAL_5, mode="reflect", step=2)


def expand(image: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Repeat the edge once, put zeros between the pixels, blur with gain 4, and cut ``shape`` out of it.

    Parameters
    ----------
    image
        ``(h, w)``.
    shape
        The size to reach, ``(2h or 2h - 1, 2w or 2w - 1)``.

    Returns
    -------
    An image of that shape, in the precision of `image`.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.mertens_pyramid import expand
    >>> expand(np.ones((2, 3)), (4, 5)).tolist()  # a constant image stays constant
    [[1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0]]
    """
    if any(n not in (2 * m, 2 * m - 1) for n, m in zip(shape, check_plane(image, min_side=1).shape, strict=True)):
        raise ValueError(f"shape: expected twice {image.shape}, or one less, got {tuple(shape)}")
    height, width = shape
    spread = np.zeros([2 * n + 4 for n in image.shape], image.dtype)
    spread[::2, ::2] = np.pad(image, 1, mode="edge")
    return filter_separable(spread, 2 * BINOMIAL_5)[2 : 2 + height, 2 : 2 + width]


def published_levels(shape: tuple[int, ...]) -> int:
    """How many detail levels the published depth ``floor(log2(min(H, W)))`` holds: it counts the base, so one less.

    Examples
    --------
    >>> from medfuse_course.transforms.mertens_pyramid import published_levels
    >>> published_levels((256, 256)), published_levels((300, 200))  # 8 and 7 with the base
    (7, 6)
    """
    return int(min(shape)).bit_length() - 2


def gaussian_pyramid(image: FloatArray, levels: int) -> tuple[FloatArray, ...]:
    """``G_0`` (the image), ``G_1 = reduce(G_0)``, ..., ``G_levels``; weight maps of a fusion take this one.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.mertens_pyramid import gaussian_pyramid
    >>> weights = gaussian_pyramid(np.ones((20, 13)), 3)
    >>> [stage.shape for stage in weights], float(weights[-1].min())
    ([(20, 13), (10, 7), (5, 4), (3, 2)], 1.0)
    """
    check_levels(levels, check_plane(image, min_side=1).shape)
    stages = [image]
    for _ in range(levels):
        stages.append(reduce(stages[-1]))
    return tuple(stages)


def analyse(image: FloatArray, levels: int | None = None) -> MertensPyramid:
    """Split an image into detail bands ``L_k = G_k - expand(G_{k+1})`` and a base.

    Parameters
    ----------
    image
        ``(H, W)`` floats of any scale; float32 and float64 keep their precision.
    levels
        Number of detail levels; `published_levels` by default.

    Returns
    -------
    Detail bands, finest first, and the base.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import mertens_pyramid
    >>> bands = mertens_pyramid.analyse(np.ones((20, 13)))
    >>> [detail.shape for detail in bands.details], bands.base.shape  # floor(log2 13) = 3 with the base
    ([(20, 13), (10, 7)], (5, 4))
    """
    stages = gaussian_pyramid(
        image, published_levels(check_plane(image, min_side=1).shape) if levels is None else levels
    )
    details = tuple(fine - expand(coarse, fine.shape) for fine, coarse in pairwise(stages))
    return MertensPyramid(details, stages[-1])


def synthesise(pyramid: MertensPyramid) -> FloatArray:
    """Undo `analyse`: ``G_k = L_k + expand(G_{k+1})`` from the top down. Exact up to rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import mertens_pyramid
    >>> image = np.eye(20, 13)
    >>> bool(np.allclose(mertens_pyramid.synthesise(mertens_pyramid.analyse(image)), image, rtol=0, atol=1e-12))
    True
    """
    image = pyramid.base
    for detail in reversed(pyramid.details):
        image = detail + expand(image, detail.shape)
    return image
