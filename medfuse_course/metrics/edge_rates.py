"""Edges that the fusion made up, and edges that it lost: counted, within one pixel.

An edge pixel is one where the slope peaks along the axis nearest to its direction, in the image smoothed by a Gaussian
of 1 pixel (beyond the noise, well within an anatomical border). The slope is expressed as the height of the ideal step
that has it, and compared with the image's own range, so that a dimmer, brighter or inverted image has the same edges.

A *strong* edge has at least 1/10 of the range. Any border that a reader would see has that; white noise of 1/20 of the
range has it once in about 3000 pixels. It is matched by any edge of at least 1/20 within 1 pixel (8 neighbors), so that
no edge counts as made up or lost for being a little above a threshold in one image and a little below it in another,
or for a border that falls between two pixels. Below one gray level of 255 nothing is an edge. Noise finds weak edges
everywhere, so it lowers the rate of missed edges while it raises that of hallucinated ones: read the two together.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.metrics.base import Metric, UndefinedError
from medfuse_course.metrics.windows import gaussian_mean

SIDE, SIGMA = 7, 1.0
STRONG, WEAK = 0.10, 0.05
"""Step heights, as fractions of the range of the smoothed image."""
FAINT = 1.0
"""The least step height in gray levels."""
TINY = 1e-6
"""Slopes that differ by less, in gray levels, count as equal: the difference is rounding."""
NEIGHBORHOOD = np.ones((3, 3), bool)


def find_edges(image: FloatArray) -> tuple[BoolArray, BoolArray]:
    """The edges of an image in gray levels.

    Returns
    -------
    Two masks ``(H, W)``: strong edges, and all edges.
    """
    margin = SIDE // 2 + 1
    smooth = gaussian_mean(np.pad(image, margin, mode="edge"), SIDE, SIGMA)  # one pixel more on every side
    down = (smooth[2:, 1:-1] - smooth[:-2, 1:-1]) / 2
    across = (smooth[1:-1, 2:] - smooth[1:-1, :-2]) / 2
    slope = np.sqrt(down * down + across * across)
    upright = np.abs(across) >= np.abs(down) - TINY
    peak = np.where(upright, _peaks(slope), _peaks(slope.T).T)
    height = slope / _slope_of_a_step()
    extent = np.ptp(smooth)
    strong = peak & (height >= max(STRONG * extent, FAINT))
    return strong, peak & (height >= max(WEAK * extent, FAINT * WEAK / STRONG))


def _peaks(slope: FloatArray) -> BoolArray:
    """Where the slope is larger than to the left and not smaller than to the right: of equals, the first."""
    padded = np.pad(slope, ((0, 0), (1, 1)))
    return (slope > padded[:, :-2] + TINY) & (slope >= padded[:, 2:] - TINY)


def _slope_of_a_step() -> float:
    """Largest central difference of a smoothed step of height 1 between two pixels."""
    step: NDArray[np.float64] = np.repeat([[0.0, 1.0]], SIDE + 1, axis=1)
    row = gaussian_mean(np.tile(step, (SIDE, 1)), SIDE, SIGMA)[0]
    return float((row[2:] - row[:-2]).max() / 2)


def _hallucinated(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Share of the strong edges of f that have no edge of a source within 1 pixel."""
    strong, _ = find_edges(f)
    if not strong.any():
        raise UndefinedError("f has no edges")
    return _rate(strong, find_edges(a)[1] | find_edges(b)[1])


def _missed(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Share of the strong edges of the sources that have no edge of f within 1 pixel."""
    strong = find_edges(a)[0] | find_edges(b)[0]
    if not strong.any():
        raise UndefinedError("neither source has edges")
    return _rate(strong, find_edges(f)[1])


def unmatched(edges: BoolArray, others: BoolArray) -> BoolArray:
    """Those of `edges` that have none of `others` at or next to them."""
    return edges & ~binary_dilation(others, NEIGHBORHOOD)


def _rate(edges: BoolArray, others: BoolArray) -> float:
    return float(unmatched(edges, others).sum() / edges.sum())


HALLUCINATED_EDGES = Metric(
    slug="hallucinated_edges",
    abbreviation="Halluc.",
    title="Fraction of the edges of the fused image that neither source has within 1 pixel",
    direction="lower",
    range=(0.0, 1.0),
    reference="",
    presets={"course": _hallucinated},
    min_side=3,
)
MISSED_EDGES = Metric(
    slug="missed_edges",
    abbreviation="Missed",
    title="Fraction of the edges of the sources that the fused image lacks within 1 pixel",
    direction="lower",
    range=(0.0, 1.0),
    reference="",
    presets={"course": _missed},
    min_side=3,
)
