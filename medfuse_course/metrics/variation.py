"""How much the gray levels of the fused image vary, for whatever reason: SD, SF, AG. Noise raises all three."""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.metrics.base import Metric


def _sd(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``sqrt(mean (f - mean f)^2)``, in gray levels."""
    return float(f.std())


def _sf(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """sqrt(RF^2 + CF^2), each the mean of the squared differences of neighbors."""
    return float(np.sqrt((np.diff(f, axis=1) ** 2).mean() + (np.diff(f, axis=0) ** 2).mean()))


def _ag(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """mean sqrt((Gx^2 + Gy^2) / 2): central differences, one-sided at the ends."""
    rows, columns = np.gradient(f)
    return float(np.sqrt((rows**2 + columns**2) / 2).mean())


def _ag_linfeng(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    # The kit sums over all pixels and divides by (H - 1)(W - 1).
    height, width = f.shape
    return float(_ag(f, a, b) * height * width / ((height - 1) * (width - 1)))


SD = Metric(
    slug="sd",
    abbreviation="SD",
    title="Standard deviation of the fused image (gray levels)",
    direction="descriptive",
    range=(0.0, 127.5),
    reference="",
    presets={"course": _sd, "cddfuse": _sd, "linfeng": _sd},
)
SF = Metric(
    slug="sf",
    abbreviation="SF",
    title="Spatial frequency of the fused image (gray levels)",
    direction="descriptive",
    range=(0.0, 255 * 2**0.5),
    reference="eskicioglu1995image",
    presets={"course": _sf, "cddfuse": _sf, "linfeng": _sf},
    min_side=2,
)
AG = Metric(
    slug="ag",
    abbreviation="AG",
    title="Average gradient of the fused image (gray levels)",
    direction="descriptive",
    range=(0.0, 255.0),
    reference="cui2015detail",
    presets={"course": _ag, "cddfuse": _ag, "linfeng": _ag_linfeng},
    min_side=2,
)
