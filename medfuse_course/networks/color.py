"""Color in tensors."""

import torch
from torch import Tensor

from medfuse_course.color.gray import LUMA_WEIGHTS


def luma(image: Tensor) -> Tensor:
    """``(N, 3, H, W)`` gives its luma ``(N, 1, H, W)``; a gray ``(N, 1, H, W)`` stays as it is."""
    if image.shape[1] == 1:
        return image
    weights = torch.tensor(LUMA_WEIGHTS, dtype=image.dtype, device=image.device).reshape(-1, 1, 1)
    return (image * weights).sum(dim=1, keepdim=True)
