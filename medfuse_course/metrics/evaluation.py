"""`evaluate`: checks at the border, then each metric's own mathematics."""

import warnings
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from medfuse_course.color.gray import LUMA_WEIGHTS, luma
from medfuse_course.core.checks import check_pair
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.datasets.pair import Truth
from medfuse_course.metrics.base import Metric, MetricWarning, UndefinedError, check_preset
from medfuse_course.metrics.catalogue import METRICS, list_metrics


def evaluate(
    f: Image,
    a: Image,
    b: Image,
    metrics: str | Iterable[str] | None = None,
    preset: str = "course",
    truth: Truth | None = None,
) -> dict[str, float]:
    """Judge a fused image against its two sources.

    Parameters
    ----------
    f, a, b
        Fused image and sources: ``(H, W)`` gray or ``(H, W, 3)`` RGB, in [0, 1], on one grid. RGB counts by its luma,
        but for the metrics of color.
    metrics
        Slugs, such as ``"ssim"`` or ``["en", "qabf"]``; all that the preset defines when None (those that need a
        truth only if there is one, those of color only if a source is RGB).
    preset
        ``"course"``: the published definitions, with gray levels in [0, 255]; MI is a sum in bits, NMI and SCD are
        sums, VIF, SSIM, MS-SSIM, FMI and CC are means over the sources. ``"cddfuse"`` and ``"linfeng"``: what those two
        evaluators print for the images saved in 8 bits, their slips included, so that published tables can be
        compared.
    truth
        What is known for certain about the scene, for the metrics that measure against it.

    Returns
    -------
    Value by slug, in the order asked for. NaN where a metric has no value for these images; a `MetricWarning` then
    says why.

    Raises
    ------
    TypeError, ValueError
        An argument is not an image, the grids differ, or a name is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.zeros((64, 64), np.float32)
    >>> a[16:48, 16:48] = 1
    >>> evaluate(a, a, a, ["cc", "nabf"])
    {'cc': 1.0, 'nabf': 0.0}
    """
    a, b = check_pair(a, b)
    f, _ = check_pair(f, a, names=("f", "a"))
    chosen = _chosen(metrics, preset, truth, color=a.ndim == 3 or b.ndim == 3)
    _check_truth(truth, f)
    gray = _gray_levels if preset == "course" else _whole_gray_levels
    images = (gray(f), gray(a), gray(b))
    values = {}
    for metric in chosen:
        values[metric.slug] = _value(metric, preset, (f, a, b) if metric.needs_color else images, truth)
    return values


def _chosen(metrics: str | Iterable[str] | None, preset: str, truth: Truth | None, color: bool) -> tuple[Metric, ...]:
    check_preset(preset)
    if metrics is None:
        known = list_metrics(preset)
        return tuple(m for m in known if (truth or not m.needs_truth) and (color or not m.needs_color))
    if not isinstance(metrics, Iterable):
        raise TypeError(f"metrics: expected a slug or several, got {type(metrics).__name__}; see list_metrics()")
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    chosen = tuple(METRICS[name] for name in names)
    for metric in chosen:
        if "fusion" not in metric.tasks:
            raise ValueError(
                f"metrics: {metric.slug!r} judges {' and '.join(metric.tasks)}, not fusion; use metrics.score"
            )
        if preset not in metric.presets:
            raise ValueError(
                f"metrics: {metric.slug!r} is not defined in the preset {preset!r}, "
                f"only in {', '.join(map(repr, metric.presets))}"
            )
        if metric.needs_truth and truth is None:
            raise ValueError(f"truth: {metric.slug!r} measures against the truth; pass truth=pair.truth of a phantom")
    return chosen


def _check_truth(truth: Truth | None, f: Image) -> None:
    if truth is None:
        return
    if not isinstance(truth, Truth):
        raise TypeError(f"truth: expected a datasets.pair.Truth, got {type(truth).__name__}; pass pair.truth")
    for name, grid in (("lesions", truth.lesions.shape), ("labels", truth.labels.shape)):
        if grid != f.shape[:2]:
            raise ValueError(f"truth: expected the grid of f, {f.shape[:2]}, got {name} of shape {grid}")


def _gray_levels(image: Image) -> NDArray[np.float64]:
    """Luma in [0, 255], not rounded."""
    gray = image if image.ndim == 2 else luma(image)
    # Multiplied in single precision, k / 255 comes back as exactly k.
    levels: NDArray[np.float64] = (gray * np.float32(255)).astype(np.float64)
    return levels


def _whole_gray_levels(image: Image) -> NDArray[np.float64]:
    """Gray levels 0 to 255 as the evaluators read them from an 8-bit file: color becomes its rounded luma."""
    levels = np.rint(image * np.float32(255))
    if levels.ndim == 3:
        levels = np.rint(levels @ np.array(LUMA_WEIGHTS, np.float32))
    whole: NDArray[np.float64] = levels.astype(np.float64)
    return whole


def _value(metric: Metric, preset: str, images: tuple[FloatArray, ...], truth: Truth | None) -> float:
    height, width = images[0].shape[:2]
    try:
        if min(height, width) < metric.min_side:
            raise UndefinedError(
                f"it needs at least {metric.min_side} x {metric.min_side} pixels, got {height} x {width}"
            )
        arguments = (*images, truth) if metric.needs_truth else images
        value = metric.presets[preset](*arguments)
        if np.isnan(value):
            raise UndefinedError("it is 0 / 0 here: what varies in these images is lost in rounding")
        return value
    except UndefinedError as reason:
        warnings.warn(f"{metric.slug} is NaN: {reason}", MetricWarning, stacklevel=3)
        return float("nan")
