"""Terms from anatomy: the organs of a result are those of the CT.

The review asks for a constraint of anatomical consistency and gives no formula; these are two readings of it.
"""

import torch
from torch import Tensor

from medfuse_course.losses.segmentation import soft_dice


def organs_alike(found: Tensor, organs: Tensor) -> Tensor:
    """``1 - Dice`` of each organ, the mean over those that are there.

    Parameters
    ----------
    found
        ``(N, organs, H, W)`` in [0, 1]: where a frozen network sees each organ in the result.
    organs
        The same shape: where it sees them in the CT, or where they are. What has no pixel of more than 1/2 is not
        there, and not asked for.

    Returns
    -------
    A scalar in [0, 1]; 0 where all organs agree, or where there is none.
    """
    there = organs.flatten(2).amax(dim=2) > 0.5  # (N, organs)
    if not there.any():
        return 0 * found.sum()
    return soft_dice(found[there][:, None], organs[there][:, None])


def organ_means_kept(activity: Tensor, measured: Tensor, organs: Tensor) -> Tensor:
    """``|mean of F - mean of PET|`` in each organ, over the latter; the mean over those that are there.

    Parameters
    ----------
    activity, measured
        ``(N, 1, H, W)`` >= 0, in one unit: the result read as activity, and the PET.
    organs
        ``(N, organs, H, W)`` in [0, 1]: where they are, or how probable.

    Returns
    -------
    A scalar >= 0; 0 where all means agree, or where there is no organ.
    """
    weights = organs / organs.sum(dim=(2, 3), keepdim=True).clamp_min(1)
    there = organs.flatten(2).amax(dim=2) > 0.5
    if not there.any():
        return 0 * activity.sum()
    made, wanted = ((weights * x).sum(dim=(2, 3))[there] for x in (activity, measured))
    return ((made - wanted).abs() / torch.clamp_min(wanted, 1e-3)).mean()
