"""`score`: judges the results of other tasks, as `evaluate` judges fused images."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from medfuse_course.core.checks import plain_array
from medfuse_course.datasets.case import Case
from medfuse_course.metrics.base import MetricWarning, UndefinedError
from medfuse_course.metrics.catalogue import METRICS, list_metrics


def score(result: Any, case: Case, metrics: str | Iterable[str] | None = None) -> dict[str, float]:
    """Judge a result against the target of its case.

    Parameters
    ----------
    result
        What a verb made of ``case.inputs``, on the grid and in the unit of ``case.target``: of a synthesis in HU, not
        in [0, 1] (``window.undo``, or `methods.solve`).
    case
        From `datasets.catalogue.load_case`.
    metrics
        Slugs; all of the case's task when None.

    Returns
    -------
    Value by slug. NaN where a metric has no value for this result; a `MetricWarning` then says why.

    Raises
    ------
    TypeError, ValueError
        The result is not on the target's grid, or a mask where numbers are wanted; or a metric is unknown or judges
        another task.

    Examples
    --------
    >>> from medfuse_course.datasets import load_case
    >>> from medfuse_course.metrics import score
    >>> case = load_case("thorax/pet-ct-lesions")
    >>> score(case.target, case, "dice")
    {'dice': 1.0}
    """
    array = plain_array(result, "result")
    kind = "a mask (bool)" if case.target.dtype == bool else "finite floats"
    fits = array.dtype == bool if case.target.dtype == bool else np.issubdtype(array.dtype, np.floating)
    if not fits or (array.dtype != bool and not np.isfinite(array).all()):
        raise TypeError(f"result: expected {kind} for {case.task}, got {array.dtype}")
    if array.shape != case.target.shape:
        raise ValueError(f"result: expected the grid of the target, {case.target.shape}, got {array.shape}")
    known = list_metrics(task=case.task)
    names = [m.slug for m in known] if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
    values = {}
    for metric in (METRICS[name] for name in names):
        if metric not in known:
            said = ", ".join(m.slug for m in known)
            raise ValueError(
                f"metrics: {metric.slug!r} judges {' and '.join(metric.tasks)}, not {case.task}; use {said}"
            )
        try:
            values[metric.slug] = metric.presets["course"](array, case)
        except UndefinedError as reason:
            warnings.warn(f"{metric.slug} is NaN: {reason}", MetricWarning, stacklevel=2)
            values[metric.slug] = float("nan")
    return values
