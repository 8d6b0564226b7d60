"""Attention between channels instead of pixels: the blocks of Restormer. ``(N, C, H, W)`` in and out.

Reference: S. W. Zamir, A. Arora, S. Khan and others, "Restormer: Efficient transformer for high-resolution image
restoration", CVPR 2022. Attention between pixels costs the square of their number; attention between channels costs
that of the channels, so any size fits. Every pixel still counts: how much two channels have in common is summed over
the whole image.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, layer_norm


class ChannelNorm(nn.Module):
    """Each pixel's features less their mean, divided by their standard deviation, times a weight, plus a bias.

    Parameters
    ----------
    channels
        How many.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalize over the channels."""
        return layer_norm(x.movedim(1, -1), self.weight.shape, self.weight, self.bias).movedim(-1, 1)


def channel_attention(q: Tensor, k: Tensor, v: Tensor, temperature: Tensor) -> Tensor:
    """``softmax(t q_hat k_hat^T) v``, where rows are channels, and a hat stands for length 1 over all pixels.

    Parameters
    ----------
    q, k, v
        ``(N, heads * d, H, W)``.
    temperature
        ``(heads, 1, 1)``: what multiplies the cosines.

    Returns
    -------
    ``(N, heads * d, H, W)``: each channel is a mixture of the channels of v in its head.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import channel_attention
    >>> q = torch.rand(1, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    >>> v = torch.stack([torch.zeros(4, 4), torch.ones(4, 4)])[None]
    >>> mixed = channel_attention(q, q, v, torch.zeros(1, 1, 1))  # with cosines times 0 all channels count alike
    >>> mixed.unique().tolist()
    [0.5]
    """
    heads = len(temperature)
    pixels = q.shape[-2] * q.shape[-1]
    q, k, v = (x.reshape(len(x), heads, -1, pixels) for x in (q, k, v))  # (N, heads, d, H W)
    lengths = [x.square().sum(dim=-1).sqrt() for x in (q, k)]  # (N, heads, d)
    products = lengths[0][..., :, None] * lengths[1][..., None, :]
    cosines = q @ k.transpose(-2, -1) / products.clamp_min(1e-12)  # (N, heads, d, d)
    return torch.softmax(cosines * temperature, dim=-1) @ v


class ChannelAttention(nn.Module):
    """Multi-head attention between channels; a convolution of 3 x 3 gives each query, key and value a neighborhood.

    Parameters
    ----------
    channels, heads
        The first must be a multiple of the second.
    full
        Whether that convolution mixes all channels, as in CDDFuse's base branch, or looks at each alone, as in
        Restormer.
    """

    def __init__(self, channels: int, heads: int, *, full: bool = False) -> None:
        super().__init__()
        if channels % heads:
            raise ValueError(f"heads: expected a divisor of {channels} channels, got {heads}")
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Conv2d(channels, 3 * channels, 1, bias=False)
        groups = 1 if full else 3 * channels
        self.near = nn.Conv2d(3 * channels, 3 * channels, 3, padding=1, groups=groups, bias=False)
        self.out = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Attend."""
        q, k, v = self.near(self.qkv(x)).chunk(3, dim=1)
        mixed: Tensor = self.out(channel_attention(q, k, v, self.temperature).reshape(x.shape))
        return mixed


class GatedFeedForward(nn.Module):
    """``out(gelu(g) u)``: one half of the widened features decides how much of the other half passes.

    Parameters
    ----------
    channels
        In and out.
    factor
        Width of each half over the channels.
    paired
        Whether the convolution of 3 x 3 looks at two channels at a time, as in CDDFuse's base branch, or at each alone.
    """

    def __init__(self, channels: int, factor: float = 2.0, *, paired: bool = False) -> None:
        super().__init__()
        hidden = int(channels * factor)
        self.widen = nn.Conv2d(channels, 2 * hidden, 1, bias=False)
        groups = hidden if paired else 2 * hidden
        self.near = nn.Conv2d(2 * hidden, 2 * hidden, 3, padding=1, groups=groups, bias=False)
        self.out = nn.Conv2d(hidden, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Widen, gate, narrow."""
        halves = self.near(self.widen(x)).chunk(2, dim=1)
        gate, what = (half.contiguous(memory_format=torch.channels_last) for half in halves)  # gelu is slow on slices
        passed: Tensor = self.out(gelu(gate) * what)
        return passed


class RestormerBlock(nn.Module):
    """``y = x + attention(norm(x))``, then ``y + feed(norm(y))``.

    Parameters
    ----------
    channels, heads
        As `ChannelAttention` takes them.
    factor
        As `GatedFeedForward` takes it.
    full
        Whether the convolutions in it mix channels: CDDFuse's base branch.
    """

    def __init__(self, channels: int, heads: int, factor: float = 2.0, *, full: bool = False) -> None:
        super().__init__()
        self.norm1, self.norm2 = ChannelNorm(channels), ChannelNorm(channels)
        self.attention = ChannelAttention(channels, heads, full=full)
        self.feed = GatedFeedForward(channels, factor, paired=full)

    def forward(self, x: Tensor) -> Tensor:
        """Attend, then feed forward; each adds to what comes."""
        x = x + self.attention(self.norm1(x))
        fed: Tensor = x + self.feed(self.norm2(x))
        return fed
