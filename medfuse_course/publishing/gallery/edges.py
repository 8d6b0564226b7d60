"""A picture of what a fusion did wrong: the edges it lost and those it made up, as the metrics count them."""

import numpy as np

from medfuse_course.color.gray import luma
from medfuse_course.core.types import BoolArray, Image
from medfuse_course.metrics.edge_rates import find_edges, unmatched

LOST, MADE_UP = (1.0, 0.62, 0.0), (0.34, 0.75, 1.0)
"""Orange and sky blue: apart for every kind of color vision, and bright on black."""

_DIM = 0.45


def wrong_edges(f: Image, a: Image, b: Image) -> tuple[BoolArray, BoolArray]:
    """Where edges were lost, and where some were made up.

    Parameters
    ----------
    f, a, b
        The fused image and its sources, gray or RGB, in [0, 1].

    Returns
    -------
    Masks ``(H, W)``: strong edges of the sources that have no edge of `f` within 1 pixel, and strong edges of `f` that
    have none of a source.
    """
    (strong, every), first, second = (find_edges(255.0 * _gray(image).astype(np.float64)) for image in (f, a, b))
    return unmatched(first[0] | second[0], every), unmatched(strong, first[1] | second[1])


def marked(f: Image, lost: BoolArray, made_up: BoolArray) -> Image:
    """The fused image, dimmed and gray, with both kinds of edges in color.

    Returns
    -------
    ``(H, W, 3)`` in [0, 1].
    """
    image = np.repeat(_DIM * _gray(f)[..., None], 3, axis=2).astype(np.float32)
    image[lost] = LOST
    image[made_up] = MADE_UP
    return image


def _gray(image: Image) -> Image:
    return luma(image) if image.ndim == 3 else image
