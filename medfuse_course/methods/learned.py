"""What all learned methods share: from images to tensors and back, padding, inference mode."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from medfuse_course.core.types import Image


def run_network(network: nn.Module, a: Image, b: Image, **options: object) -> Image:
    """``network(a, b, **options)`` on one pair ``(H, W)`` or on a stack of pairs ``(N, H, W)``.

    Sides that the network cannot halve are grown by reflection to the next multiple of ``network.multiple`` (1 if it
    has none) and cropped again.
    """
    height, width = a.shape[-2:]
    multiple = int(getattr(network, "multiple", 1))
    device = next(network.parameters()).device
    first, second = (grow(as_tensor(x).to(device), multiple) for x in (a, b))
    with inference():
        fused = network(first, second, **options)[..., :height, :width]
    result: Image = fused.float().cpu().numpy()[:, 0].reshape(a.shape)
    return result


@contextmanager
def inference() -> Iterator[None]:
    """No gradients, and convolutions in whole float32 that repeat: cuDNN alone would round to 10 bits (TF32)."""
    exactly = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
    with torch.inference_mode(), exactly:
        yield


def as_tensor(image: Image) -> Tensor:
    """``(H, W)`` or ``(N, H, W)`` as ``(N, 1, H, W)`` float32."""
    return torch.from_numpy(np.array(image, np.float32).reshape(-1, 1, *image.shape[-2:]))


def grow(batch: Tensor, multiple: int) -> Tensor:
    """``(N, C, H, W)`` with H and W grown by reflection, down and to the right, to the next multiple."""
    height, width = batch.shape[-2:]
    down, right = -height % multiple, -width % multiple
    return pad(batch, (0, right, 0, down), mode="reflect") if down or right else batch
