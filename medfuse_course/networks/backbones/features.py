"""What all backbones share: the input that they expect, and features by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from medfuse_course.core.registry import check_name

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue over ImageNet, in [0, 1]: what networks trained there expect."""


def imagenet_input(x: Tensor) -> Tensor:
    """``(x - mean) / std`` by channel, with the mean and the standard deviation of ImageNet.

    Parameters
    ----------
    x
        ``(N, 3, H, W)`` RGB in [0, 1], or ``(N, 1, H, W)`` gray, which becomes three equal channels.

    Returns
    -------
    ``(N, 3, H, W)``, about -2.1 to 2.6.
    """
    mean, std = (torch.tensor(values, dtype=x.dtype, device=x.device).reshape(3, 1, 1) for values in (MEAN, STD))
    return (as_rgb(x) - mean) / std


def as_rgb(x: Tensor) -> Tensor:
    """``(N, 3, H, W)`` as it is; ``(N, 1, H, W)``, gray, as three equal channels."""
    if x.ndim != 4 or x.shape[1] not in (1, 3):
        raise ValueError(f"x: expected a batch (N, 1, H, W) or (N, 3, H, W), got {tuple(x.shape)}")
    return x.expand(-1, 3, -1, -1)


def collect(steps: Mapping[str, Callable[[Tensor], Tensor]], x: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
    """Run steps one after the other, up to the last layer that is wanted.

    Parameters
    ----------
    steps
        Layers by name, in order.
    x
        What the first one takes.
    layers
        Names of those whose output is wanted.

    Returns
    -------
    Outputs by name, in the order of the names.
    """
    if isinstance(layers, str) or not isinstance(layers, Sequence) or not layers:
        raise TypeError(f"layers: expected names such as ({next(iter(steps))!r},), got {layers!r}")
    missing = {check_name("layer", name, steps) for name in layers}
    found = {}
    for name, step in steps.items():
        try:
            x = step(x)
        except RuntimeError as error:
            if "too small" not in str(error):
                raise
            raise ValueError(f"x: too small for {name!r}, which {tuple(x.shape[-2:])} pixels reach") from error
        if name in missing:
            found[name] = x
            missing.remove(name)
        if not missing:
            break
    return {name: found[name] for name in layers}
