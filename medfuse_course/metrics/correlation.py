"""Correlation with the sources (CC) and of the differences (SCD)."""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.metrics.base import Metric, UndefinedError

FLAT = 1e-9
"""A standard deviation in gray levels below which an image counts as constant: rounding, not structure."""


def _pearson(first: FloatArray, second: FloatArray, names: tuple[str, str]) -> float:
    for image, name in zip((first, second), names, strict=True):
        if image.std() < FLAT:
            raise UndefinedError(f"{name} is constant, so its correlation has no value")
    x, y = first - first.mean(), second - second.mean()
    r = float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))
    return min(1.0, max(-1.0, r))


def _cc(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``(r(f, a) + r(f, b)) / 2`` with Pearson's r."""
    return (_pearson(f, a, ("f", "a")) + _pearson(f, b, ("f", "b"))) / 2


def _scd(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``r(f - b, a) + r(f - a, b)`` with Pearson's r."""
    return _pearson(f - b, a, ("f - b", "a")) + _pearson(f - a, b, ("f - a", "b"))


CC = Metric(
    slug="cc",
    abbreviation="CC",
    title="Correlation with the sources, averaged",
    direction="higher",
    range=(-1.0, 1.0),
    reference="ma2019infrared",
    presets={"course": _cc, "cddfuse": _cc, "linfeng": _cc},
)
SCD = Metric(
    slug="scd",
    abbreviation="SCD",
    title="Sum of the correlations of differences",
    direction="higher",
    range=(-2.0, 2.0),
    reference="aslantas2015new",
    presets={"course": _scd, "cddfuse": _scd, "linfeng": _scd},
)
