"""Numbers that judge a result, each with its direction, its range and where toolkits disagree about it."""

from medfuse_course.metrics.base import PRESETS, Metric, MetricWarning
from medfuse_course.metrics.catalogue import list_metrics
from medfuse_course.metrics.detection import Detection, detect, sensitivity_by_size
from medfuse_course.metrics.evaluation import evaluate
from medfuse_course.metrics.landmarks import landmark_error, ray_landmarks
from medfuse_course.metrics.modes import ModeCoverage, mode_coverage
from medfuse_course.metrics.originality import copied_share, diversity, nearest_distances
from medfuse_course.metrics.ranking import auc
from medfuse_course.metrics.regions import RegionStatistics, region_statistics
from medfuse_course.metrics.scoring import score

__all__ = [
    "PRESETS",
    "Detection",
    "Metric",
    "MetricWarning",
    "ModeCoverage",
    "RegionStatistics",
    "auc",
    "copied_share",
    "detect",
    "diversity",
    "evaluate",
    "landmark_error",
    "list_metrics",
    "mode_coverage",
    "nearest_distances",
    "ray_landmarks",
    "region_statistics",
    "score",
    "sensitivity_by_size",
]
