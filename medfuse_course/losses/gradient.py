"""Gradient terms: which edges the fused image should have."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, l1_loss, pad

_SOBEL = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))


def sobel(image: Tensor, border: str = "reflect") -> tuple[Tensor, Tensor]:
    """Horizontal and vertical Sobel derivatives, each of the shape of the image; the border is reflected or repeated.

    The kernel is divided by 8, so a ramp of slope s gives s.
    """
    kernel = torch.tensor(_SOBEL, dtype=image.dtype, device=image.device) / 8
    channels = image.shape[1]
    across, down = (k.expand(channels, 1, 3, 3) for k in (kernel, kernel.T))
    framed = pad(image, (1, 1, 1, 1), mode=border)
    return conv2d(framed, across, groups=channels), conv2d(framed, down, groups=channels)


def gradient_to_stronger(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``mean |dF - dS|`` per direction, where S is, pixel by pixel, the source of larger ``|dS|``.

    The sign is that of the source: an edge from dark to bright must not come out from bright to dark. Where the sources
    tie, a counts.
    """
    losses = []
    for of_f, of_a, of_b in zip(sobel(f), sobel(a), sobel(b), strict=True):
        stronger = torch.where(of_a.abs() >= of_b.abs(), of_a, of_b)
        losses.append(l1_loss(of_f, stronger))
    return torch.stack(losses).mean()
