"""Numbers that judge a fused image, each with its direction, its range and where toolkits disagree about it."""

from medfuse_course.metrics.base import PRESETS, Metric, MetricWarning
from medfuse_course.metrics.catalogue import list_metrics
from medfuse_course.metrics.evaluation import evaluate

__all__ = ["PRESETS", "Metric", "MetricWarning", "evaluate", "list_metrics"]
