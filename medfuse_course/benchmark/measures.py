"""Measures of the course's own, for `run_benchmark` beside the metrics of the field."""

import math
from functools import partial

import numpy as np

from medfuse_course.benchmark.jobs import Measure
from medfuse_course.core.types import Image
from medfuse_course.datasets.pair import Pair
from medfuse_course.metrics import Metric, evaluate
from medfuse_course.metrics.catalogue import METRICS

AIR = 0
"""The label of air in a phantom's truth."""


def without_air(metric: str) -> Measure:
    """A metric that the air cannot pay for: in the air, every image is judged with that of the pixelwise maximum.

    Some metrics, SSIM before all, change more by a gray level in the dark, which nobody sees, than by anything in the
    head.

    Parameters
    ----------
    metric
        Slug of a metric.

    Returns
    -------
    A function of a fused image and its pair, a phantom, for `run_benchmark`.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course import evaluate, load_pair
    >>> from medfuse_course.benchmark import without_air
    >>> pair = load_pair("head/mri-ct")
    >>> lifted = np.where(pair.truth.labels == 0, 0.2, pair.a).astype(np.float32)  # gray air
    >>> ssim = without_air("ssim")
    >>> ssim(lifted, pair) == ssim(pair.a, pair)  # it does not count
    True
    """
    return partial(_without_air, metric)


def _without_air(metric: str, fused: Image, pair: Pair) -> float:
    if pair.truth is None:
        raise ValueError(f"pair: expected a phantom, which knows where its air is, got {pair.name!r}")
    brighter = np.maximum(pair.a, pair.b)
    inside = np.where(pair.truth.labels == AIR, brighter, fused)
    return evaluate(inside, pair.a, pair.b, metric, truth=pair.truth)[metric]


def metric_of(name: str) -> Metric:
    """The metric of that name; a measure of the reader's own says nothing of its direction."""
    return METRICS[name] if name in METRICS else Metric(name, name, name, "descriptive", (-math.inf, math.inf), "", {})
