"""The contrast pyramid: detail as a share of the light around it.

References: A. Toet, "Image fusion by a ratio of low-pass pyramid", Pattern Recognition Letters 9(4), 245-253, 1989;
A. Toet, L. J. van Ruyven and J. M. Valeton, "Merging thermal and visual images by a contrast pyramid", Optical
Engineering 28(7), 789-792, 1989. The guard is our reading: medical images are exactly 0 outside the body, where the
published ratio is 0 / 0.
"""

from dataclasses import dataclass
from itertools import pairwise

from medfuse_course.core.types import FloatArray
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.pyramid import expand, gaussian_pyramid

GUARD = 1 / 255
"""One gray level of 8 bits."""


@dataclass(frozen=True, eq=False)
class ContrastPyramid(Bands):
    """``details[k]`` is the contrast ``C_k = R_k - 1`` in the shape of Gaussian level k; ``base`` is ``G_n``.

    Attributes
    ----------
    guard
        What was added to both sides of the ratio; the way back needs the same.
    """

    guard: float = GUARD


def analyse(image: FloatArray, levels: int = 4, *, guard: float = GUARD) -> ContrastPyramid:
    """Split an image into contrasts ``C_k = R_k - 1`` and a base ``G_levels``.

    ``R_k = (G_k + guard) / (expand(G_{k+1}) + guard)`` compares each Gaussian level with its own surroundings, so
    ``C_k`` is the Laplacian detail divided by the light around it. In the dark, where both are 0, it is 0.

    Parameters
    ----------
    image
        ``(H, W)`` floats, none negative; float32 and float64 keep their precision.
    levels
        From 1 to the number of times the shorter side can be halved before it reaches one pixel.
    guard
        Positive, on the scale of the image; one 8-bit gray level by default. The larger it is, the less contrast counts
        in the dark.

    Returns
    -------
    ``levels`` contrasts, finest first, each half as large as the one before, and the base.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import contrast_pyramid
    >>> image = 0.2 + 0.2 * np.eye(16)
    >>> dim, bright = (contrast_pyramid.analyse(light * image, levels=2, guard=1e-9) for light in (1, 2))
    >>> [detail.shape for detail in dim.details], dim.base.shape
    ([(16, 16), (8, 8)], (4, 4))
    >>> bool(np.allclose(dim.details[0], bright.details[0])), bool(np.allclose(2 * dim.base, bright.base))
    (True, True)
    """
    if not guard > 0:
        raise ValueError(f"guard: expected a positive number, got {guard!r}; without it black is 0 / 0")
    stages = gaussian_pyramid(image, levels)
    if image.min() < 0:
        raise ValueError(f"image: expected no negative values, got {image.min():g}; a ratio of gray levels has none")
    details = []
    for fine, coarse in pairwise(stages):
        around = expand(coarse, fine.shape)
        details.append((fine - around) / (around + fine.dtype.type(guard)))
    return ContrastPyramid(tuple(details), stages[-1], guard)


def synthesise(pyramid: ContrastPyramid) -> FloatArray:
    """Undo `analyse`: ``G_k = R_k (expand(G_{k+1}) + guard) - guard`` from the top down. Exact up to rounding.

    The contrast is never limited: an isolated bright pixel in the dark reaches ``R = 15``, and a clamped ratio would
    not come back.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms import contrast_pyramid
    >>> image = np.eye(16)  # black beside white
    >>> bool(np.allclose(contrast_pyramid.synthesise(contrast_pyramid.analyse(image)), image, rtol=0, atol=1e-12))
    True
    """
    image = pyramid.base
    for contrast in reversed(pyramid.details):
        around = expand(image, contrast.shape)
        image = around + contrast * (around + contrast.dtype.type(pyramid.guard))
    return image
