"""Gradient terms: which edges the fused image should have."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, l1_loss, pad

_SOBEL = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))


def sobel(image: Tensor, border: str = "reflect") -> tuple[Tensor, Tensor]:
    """Horizontal and vertical Sobel derivatives, each of the shape of the image; the border is reflected or repeated.

    The kernel is divided by 8, so a ramp of slope s gives s.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import sobel
    >>> ramp = torch.arange(4.0).expand(1, 1, 4, 4) / 4  # rises by 1/4 a pixel, to the right
    >>> across, down = sobel(ramp, border="replicate")
    >>> across[0, 0, 1].tolist()
    [0.125, 0.25, 0.25, 0.125]
    >>> down.abs().max().item()
    0.0
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

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import gradient_to_stronger
    >>> a = torch.zeros(1, 1, 8, 8)
    >>> a[..., 4:] = 1
    >>> flat = torch.full((1, 1, 8, 8), 0.5)
    >>> gradient_to_stronger(a, a, flat).item()  # all edges, those of a
    0.0
    >>> gradient_to_stronger(flat, a, flat).item()  # 1/2 in two of eight columns, nothing down
    0.0625
    >>> gradient_to_stronger(1 - a, a, flat).item()  # the wrong way around costs double
    0.125
    """
    losses = []
    for of_f, of_a, of_b in zip(sobel(f), sobel(a), sobel(b), strict=True):
        stronger = torch.where(of_a.abs() >= of_b.abs(), of_a, of_b)
        losses.append(l1_loss(of_f, stronger))
    return torch.stack(losses).mean()
