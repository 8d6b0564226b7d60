"""Whether a reader still finds both sources in the fused image: what the scores of the field do not ask.

They add up what is kept of a and what is kept of b, so that one may pay for the other: a copy of a sharp MRI beside a
smooth SPECT keeps nearly all edges there are, and its scores are high. Here the two are asked for apart. `a` is the
anatomical source, `b` the other one; whoever exchanges them asks something else.

*Activity read*: does F rise and fall with b, where b shows something? Both are smoothed first, to the size at which
activity is judged, so that fine anatomy on top does no harm; anatomy of the same size does, as it does to a reader.

*Anatomy read*: does F have the fine structure of a, where b is bright and could cover it?

Both are correlations, so neither sees contrast: a hundredth of a source, read over nothing else, counts as all of it.
Neither sees what happens where b is dark, nor what is made up elsewhere. They look at
luminance, and not at color, which is where an overlay shows its activity. The average of two sources is read well and
has half their contrast: it is the measure that others are held against, not the aim. Both thresholds and both widths
are the course's own choice.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.metrics.base import Metric, UndefinedError

COARSE, FINE = 4.0, 2.0
"""Standard deviations in pixels: of the smoothing of activity, and of what anatomy is freed of."""
SHOWN, BRIGHT = 0.1 * 255, 0.3 * 255
"""Gray levels above which b shows something, and above which it is bright."""
SMALLEST = 50
"""Pixels that a correlation needs."""
FLAT = 1e-6
"""A standard deviation in gray levels that is rounding, not structure."""


def _activity_read(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``r(G4 f, G4 b)`` over the pixels where b exceeds 0.1."""
    return _correlation(gaussian_filter(f, COARSE), gaussian_filter(b, COARSE), b > SHOWN, "b")


def _anatomy_read(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``r(f - G2 f, a - G2 a)`` over the pixels where b exceeds 0.3."""
    return _correlation(f - gaussian_filter(f, FINE), a - gaussian_filter(a, FINE), b > BRIGHT, "a")


def _correlation(fused: FloatArray, source: FloatArray, where: BoolArray, name: str) -> float:
    """Pearson's, over a part of the pixels; 0 where f is flat and the source is not: nothing of it is read."""
    if where.sum() < SMALLEST:
        raise UndefinedError(f"b is bright enough on fewer than {SMALLEST} pixels")
    x, y = (image[where] - image[where].mean() for image in (fused, source))
    if y.std() < FLAT:
        raise UndefinedError(f"{name} is flat where b is bright, so there is nothing to read")
    if x.std() < FLAT:
        return 0.0
    return float(np.clip((x * y).mean() / (x.std() * y.std()), -1, 1))


ACTIVITY_READ = Metric(
    slug="activity_read",
    abbreviation="Activity",
    title="Correlation with b, both smoothed, where b shows something",
    direction="higher",
    range=(-1.0, 1.0),
    reference="",
    presets={"course": _activity_read},
)
ANATOMY_READ = Metric(
    slug="anatomy_read",
    abbreviation="Anatomy",
    title="Correlation of the fine structure with that of a, where b is bright",
    direction="higher",
    range=(-1.0, 1.0),
    reference="",
    presets={"course": _anatomy_read},
)
