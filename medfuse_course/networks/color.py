"""Color in tensors."""

import torch
from torch import Tensor

from medfuse_course.color.gray import LUMA_WEIGHTS


def luma(image: Tensor) -> Tensor:
    """``(N, 3, H, W)`` gives its luma ``(N, 1, H, W)``; a gray ``(N, 1, H, W)`` stays as it is.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import luma
    >>> red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
    >>> round(luma(red).item(), 3)
    0.299
    """
    if image.shape[1] == 1:
        return image
    weights = torch.tensor(LUMA_WEIGHTS, dtype=image.dtype, device=image.device).reshape(-1, 1, 1)
    return (image * weights).sum(dim=1, keepdim=True)
