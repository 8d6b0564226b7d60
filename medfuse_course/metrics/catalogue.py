"""All metrics, in the order in which tables show them."""

from medfuse_course.core.registry import Registry, check_name
from medfuse_course.metrics import (
    agreement,
    correlation,
    detection,
    edge_rates,
    edges,
    error,
    exposures,
    features,
    hue,
    information,
    readability,
    spots,
    structure,
    truth,
    variation,
    visual_information,
)
from medfuse_course.metrics.base import Metric, check_preset

METRICS: Registry[Metric] = Registry("metric")

for _metric in (
    information.EN,
    variation.SD,
    variation.SF,
    variation.AG,
    information.MI,
    information.NMI,
    information.SEMANTIC_LOSS,
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
    readability.ACTIVITY_READ,
    readability.ANATOMY_READ,
    hue.HUE_ERROR,
    truth.LESION_CONTRAST_RECOVERY,
    truth.CONTRAST_TO_NOISE_RATIO,
    truth.STRUCTURE_FIDELITY,
    agreement.MAE,
    agreement.NRMSE,
    agreement.TARGET_PSNR,
    agreement.TISSUE_NOISE,
    agreement.SUV_MEAN_BIAS,
    agreement.SUV_MAX_BIAS,
    spots.TARGET_SSIM,
    spots.TARGET_CONTRAST_RECOVERY,
    spots.ERASED_LESIONS,
    spots.HALLUCINATED_LESIONS,
    detection.DICE,
    detection.LESION_SENSITIVITY,
    detection.INVENTED_LESIONS,
):
    METRICS.add(_metric.slug, _metric)


def list_metrics(preset: str | None = None, task: str | None = "fusion") -> tuple[Metric, ...]:
    """The declared metrics of a task, in table order.

    Parameters
    ----------
    preset
        Only those that this preset defines; all when None.
    task
        Slug of the task whose results they judge; None for the metrics of all tasks.

    Returns
    -------
    The metrics of the task that the preset defines.

    Examples
    --------
    >>> from medfuse_course.metrics import list_metrics
    >>> [metric.slug for metric in list_metrics(task="segmentation")]
    ['dice', 'lesion_sensitivity', 'invented_lesions']
    """
    if preset is not None:
        check_preset(preset)
    known = METRICS.values()
    if task is not None:
        check_name("task", task, {name for metric in known for name in metric.tasks})
    return tuple(m for m in known if (preset is None or preset in m.presets) and (task is None or task in m.tasks))
