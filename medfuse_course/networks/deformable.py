"""Deformable convolution: every tap of the kernel looks where it is told to, between the pixels too.

References: J. Dai and others, "Deformable convolutional networks", ICCV 2017, 764-773; for the mask X. Zhu and others,
"Deformable ConvNets v2", CVPR 2019, 9308-9316. Meaning and order of the offsets are those of
``torchvision.ops.deform_conv2d``, which is not needed.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, grid_sample, pad
from torch.nn.modules.utils import _pair


def deform_conv2d(
    x: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    mask: Tensor | None = None,
) -> Tensor:
    """``y(p) = bias + sum_k weight_k mask_k(p) x(p + p_k + offset_k(p))``, with x bilinear between pixels, 0 outside.

    Parameters
    ----------
    x
        ``(N, C, H, W)``.
    offset
        ``(N, 2 G kh kw, H', W')`` in pixels of x: for each of G groups of channels and each tap, row by row, how
        far down and then how far right it looks. ``(H', W')`` is the size of the plain convolution's output.
    weight
        ``(C', C, kh, kw)``.
    bias
        ``(C',)``, or None.
    stride, padding, dilation
        As of a plain convolution.
    mask
        ``(N, G kh kw, H', W')``: how much of each tap counts; None: all of it.

    Returns
    -------
    ``(N, C', H', W')``.

    Raises
    ------
    ValueError
        Offsets or mask do not fit.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import deform_conv2d
    >>> x = torch.arange(4.0).expand(1, 1, 4, 4)  # a ramp to the right
    >>> one = torch.ones(1, 1, 1, 1)
    >>> offset = torch.zeros(1, 2, 4, 4)
    >>> offset[:, 1] = 0.5  # look half a pixel to the right
    >>> deform_conv2d(x, offset, one)[0, 0, 0].tolist()  # the last looks half outside, where 0 is
    [0.5, 1.5, 2.5, 1.5]
    """
    (stride_y, stride_x), (pad_y, pad_x), (step_y, step_x) = _pair(stride), _pair(padding), _pair(dilation)
    count, channels, height, width = x.shape
    rows, columns = weight.shape[-2:]
    taps = rows * columns
    out_y = (height + 2 * pad_y - step_y * (rows - 1) - 1) // stride_y + 1
    out_x = (width + 2 * pad_x - step_x * (columns - 1) - 1) // stride_x + 1
    groups = _groups(offset, (count, taps, out_y, out_x), channels)
    told = offset.view(count * groups, taps, 2, out_y, out_x)
    at_y = torch.arange(out_y, device=x.device)[:, None] * stride_y - pad_y
    at_x = torch.arange(out_x, device=x.device) * stride_x - pad_x
    tap_y = (torch.arange(rows, device=x.device) * step_y).repeat_interleave(columns)[:, None, None]
    tap_x = (torch.arange(columns, device=x.device) * step_x).repeat(rows)[:, None, None]
    y, right = told[:, :, 0] + (at_y + tap_y), told[:, :, 1] + (at_x + tap_x)
    seen = sample(x.reshape(count * groups, channels // groups, height, width), y.flatten(1, 2), right.flatten(1, 2))
    seen = seen.view(count, groups, channels // groups, taps, out_y, out_x)
    if mask is not None:
        if mask.shape != (expected := (count, groups * taps, out_y, out_x)):
            raise ValueError(f"mask: expected shape {expected}, got {tuple(mask.shape)}")
        seen = seen * mask.view(count, groups, 1, taps, out_y, out_x)
    patches = seen.reshape(count, channels * taps, out_y * out_x)
    result = weight.flatten(1) @ patches  # (C', C taps) @ (N, C taps, H' W')
    if bias is not None:
        result = result + bias[:, None]
    return result.view(count, -1, out_y, out_x)


def sample(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Values of x between its pixels, bilinear, and 0 outside.

    Parameters
    ----------
    x
        ``(N, C, H, W)``.
    rows, columns
        ``(N, H', W')`` positions in pixels; (0, 0) is the middle of the first.

    Returns
    -------
    ``(N, C, H', W')``.
    """
    height, width = (1 << (side - 1).bit_length() for side in x.shape[-2:])
    # grid_sample counts in halves of the image; of a power of two a float holds them, and pixels are met exactly
    x = pad(x, (0, width - x.shape[-1], 0, height - x.shape[-2]))
    grid = torch.stack([(2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1], dim=-1)
    return grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


class DeformableConv(nn.Module):
    """A convolution whose taps are moved by offsets that another convolution finds in the same features.

    That other convolution starts at 0, so the layer starts as a plain convolution; and it is one whenever it is asked
    not to deform: with the same weights.

    Parameters
    ----------
    inputs, outputs
        Channels.
    kernel
        Side of the kernel, odd.
    stride
        Of both convolutions.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1) -> None:
        super().__init__()
        self.plain = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)
        self.offsets = nn.Conv2d(inputs, 2 * kernel**2, kernel, stride, kernel // 2)
        nn.init.zeros_(self.offsets.weight)
        if self.offsets.bias is not None:
            nn.init.zeros_(self.offsets.bias)

    def forward(self, x: Tensor, *, deform: bool = True) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H', W')``."""
        plain = self.plain
        if not deform:
            return conv2d(x, plain.weight, plain.bias, plain.stride, plain.padding)
        stride, padding = plain.stride[0], int(plain.padding[0])
        return deform_conv2d(x, self.offsets(x), plain.weight, plain.bias, stride=stride, padding=padding)


def _groups(offset: Tensor, sizes: tuple[int, int, int, int], channels: int) -> int:
    """Into how many groups of channels the offsets fall."""
    count, taps, height, width = sizes
    groups, rest = divmod(offset.shape[1], 2 * taps) if offset.ndim == 4 else (0, 1)
    if rest or groups < 1 or channels % groups or offset.shape[0] != count or offset.shape[2:] != (height, width):
        raise ValueError(
            f"offset: expected shape ({count}, 2 G {taps}, {height}, {width}) with G a divisor of {channels} channels, "
            f"got {tuple(offset.shape)}"
        )
    return groups
