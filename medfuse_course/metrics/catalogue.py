"""All metrics, in the order in which tables show them."""

from medfuse_course.core.registry import Registry
from medfuse_course.metrics import (
    activity,
    correlation,
    edges,
    error,
    information,
    structure,
    truth,
    visual_information,
)
from medfuse_course.metrics.base import Metric, check_preset

METRICS: Registry[Metric] = Registry("metric")

for _metric in (
    information.EN,
    activity.SD,
    activity.SF,
    activity.AG,
    information.MI,
    information.NMI,
    error.MSE,
    error.PSNR,
    correlation.CC,
    correlation.SCD,
    visual_information.VIF,
    visual_information.VIFF,
    edges.QABF,
    edges.NABF,
    structure.SSIM,
    structure.MS_SSIM,
    truth.BACKGROUND_LIFT,
    truth.LESION_CONTRAST_RECOVERY,
):
    METRICS.add(_metric.slug, _metric)


def list_metrics(preset: str | None = None) -> tuple[Metric, ...]:
    """The declared metrics, in table order.

    Parameters
    ----------
    preset
        Only those that this preset defines; all when None.
    """
    if preset is not None:
        check_preset(preset)
    return tuple(m for m in METRICS.values() if preset is None or preset in m.presets)
