"""All metrics, in the order in which tables show them."""

from medfuse_course.core.registry import Registry
from medfuse_course.metrics import (
    activity,
    correlation,
    edge_rates,
    edges,
    error,
    exposures,
    features,
    hue,
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
    exposures.MEF_SSIM,
    features.FMI,
    features.FMI_PIXEL,
    features.FMI_DCT,
    features.FMI_WAVELET,
    truth.BACKGROUND_LIFT,
    edge_rates.HALLUCINATED_EDGES,
    edge_rates.MISSED_EDGES,
    hue.HUE_ERROR,
    truth.LESION_CONTRAST_RECOVERY,
    truth.CONTRAST_TO_NOISE_RATIO,
    truth.STRUCTURE_FIDELITY,
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
