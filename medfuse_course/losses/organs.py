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

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import organs_alike
    >>> organs = torch.zeros(1, 2, 4, 4)
    >>> organs[:, 0, :2] = 1  # 8 pixels; the second organ is not in this slice
    >>> moved = organs.roll(1, dims=2)
    >>> organs_alike(organs, organs).item()
    0.0
    >>> round(organs_alike(moved, organs).item(), 3)  # four pixels in common: 1 - (2 * 4 + 1) / (8 + 8 + 1)
    0.471
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

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import organ_means_kept
    >>> pet = torch.tensor([4.0, 6.0, 1.0, 1.0]).view(1, 1, 2, 2)
    >>> liver = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 1, 2, 2)  # mean activity 5
    >>> made = torch.tensor([4.0, 4.0, 9.0, 9.0]).view(1, 1, 2, 2)  # 4 in the liver; elsewhere nobody asks
    >>> round(organ_means_kept(made, pet, liver).item(), 4)
    0.2
    """
    weights = organs / organs.sum(dim=(2, 3), keepdim=True).clamp_min(1)
    there = organs.flatten(2).amax(dim=2) > 0.5
    if not there.any():
        return 0 * activity.sum()
    made, wanted = ((weights * x).sum(dim=(2, 3))[there] for x in (activity, measured))
    return ((made - wanted).abs() / torch.clamp_min(wanted, 1e-3)).mean()
