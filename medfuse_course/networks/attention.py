"""Attention between the tokens of images: over windows, over the whole image, to oneself or to another image.

A token is a vector that stands for a pixel or a patch. Each asks all others it may see: the answer is a mean of their
values, weighted by how well question (query) and label (key) agree::

    Attention(Q, K, V) = softmax(Q K^T / sqrt(d) + bias) V

Sources: A. Vaswani and others, "Attention is all you need", NeurIPS 2017; Z. Liu and others, "Swin Transformer:
Hierarchical vision transformer using shifted windows", ICCV 2021. Written from the papers.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention

from medfuse_course.networks.windows import grown, merge, partition, shift_mask

__all__ = ["Attention", "GlobalBlock", "WindowBlock", "merge", "partition", "position_code", "shift_mask"]

LOWEST_FREQUENCY = 1e-4
"""Of the position code, in radians per token: waves from 2 pi to 20,000 pi tokens long, as in Vaswani et al."""


def position_code(height: int, width: int, channels: int, device: torch.device | None = None) -> Tensor:
    """Where each token is: sines and cosines of its row (first half of the channels) and of its column.

    ``sin(w_k y), cos(w_k y)`` with frequencies w_k from 1 down to `LOWEST_FREQUENCY`, evenly in their logarithm.
    Nothing is learned, so any size has a code.

    Parameters
    ----------
    height, width
        Tokens.
    channels
        A multiple of four.
    device
        Where to make it.

    Returns
    -------
    ``(height * width, channels)`` in [-1, 1].

    Raises
    ------
    ValueError
        The channels are no multiple of four.

    Examples
    --------
    >>> from medfuse_course.networks import position_code
    >>> code = position_code(3, 3, 8)
    >>> code[0].tolist()  # row 0: two sines, two cosines; column 0 the same
    [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0]
    >>> code.unique(dim=0).shape[0]  # no two of nine places have the same code
    9
    """
    if channels % 4:
        raise ValueError(f"channels: expected a multiple of four (sine and cosine of rows and columns), got {channels}")
    waves = channels // 4
    frequencies = torch.exp(math.log(LOWEST_FREQUENCY) * torch.arange(waves, device=device) / waves)
    rows, columns = (torch.arange(side, device=device)[:, None] * frequencies for side in (height, width))
    of_rows, of_columns = (torch.cat([angle.sin(), angle.cos()], dim=1) for angle in (rows, columns))
    down = of_rows[:, None].expand(-1, width, -1)
    across = of_columns[None].expand(height, -1, -1)
    return torch.cat([down, across], dim=-1).reshape(height * width, channels)


class Attention(nn.Module):
    """Attention with several heads: each compares tokens in its own share of the channels.

    Parameters
    ----------
    channels, heads
        Channels of a token, a multiple of the heads.
    window
        Side of the windows that the tokens fill, row by row: then a learned bias for each offset of two of them and
        each head is added to what they have in common. None: no bias, any number of tokens.

    Raises
    ------
    ValueError
        The channels cannot be shared among the heads.
    """

    offsets: Tensor

    def __init__(self, channels: int, heads: int, window: int | None = None) -> None:
        super().__init__()
        if heads < 1 or channels % heads:
            raise ValueError(f"heads: expected a divisor of the {channels} channels, got {heads}")
        self.heads = heads
        self.ask = nn.Linear(channels, channels)
        self.tell = nn.Linear(channels, 2 * channels)
        self.project = nn.Linear(channels, channels)
        self.bias: nn.Parameter | None = None
        if window is not None:
            self.bias = nn.Parameter(torch.zeros(heads, (2 * window - 1) ** 2))
            nn.init.trunc_normal_(self.bias, std=0.02)
            self.register_buffer("offsets", _offsets(window), persistent=False)

    def forward(self, query: Tensor, context: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """What each token is told.

        Parameters
        ----------
        query
            ``(B, L, C)``.
        context
            Who is asked, ``(B, M, C)``; None: the tokens each other.
        mask
            Booleans ``(n, L, M)``, True where a token may look; B is a multiple of n, as of windows of several images.

        Returns
        -------
        ``(B, L, C)``.
        """
        questions, keys, values = self._split(query, context)
        allowed = self._added(len(query), mask)
        told = scaled_dot_product_attention(questions, keys, values, attn_mask=allowed)
        joined: Tensor = self.project(told.transpose(1, 2).flatten(2))
        return joined

    def weights(self, query: Tensor, context: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """How much each token looks at each other, which `forward` never forms: ``(B, heads, L, M)``, rows sum to 1."""
        questions, keys, _ = self._split(query, context)
        scores = questions @ keys.transpose(-2, -1) / math.sqrt(questions.shape[-1])
        allowed = self._added(len(query), mask)
        return scores.softmax(-1) if allowed is None else (scores + allowed).softmax(-1)

    def values(self, context: Tensor) -> Tensor:
        """What the tokens tell, ``(B, heads, M, C / heads)``: the weights' mean of it, projected, is forward's."""
        return self._split(context, context)[2]

    def _split(self, query: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Questions, keys and values of each head: ``(B, heads, tokens, C / heads)``."""
        questions = self.ask(query)
        keys, values = self.tell(query if context is None else context).chunk(2, dim=-1)
        each = [x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in (questions, keys, values)]
        return each[0], each[1], each[2]

    def _added(self, batch: int, mask: Tensor | None) -> Tensor | None:
        """What is added to the scores: the bias, and minus infinity where nobody may look."""
        bias = None if self.bias is None else self.bias[:, self.offsets][None]  # 1, heads, L, L
        if mask is None:
            return bias
        blocked = torch.zeros(mask.shape, device=mask.device, dtype=self.ask.weight.dtype).masked_fill(
            ~mask, -torch.inf
        )
        added = blocked[:, None] if bias is None else bias + blocked[:, None]  # n, heads, L, M
        return added.repeat(batch // len(mask), 1, 1, 1) if len(added) < batch else added


class WindowBlock(nn.Module):
    """Windowed attention and a small network for each token, both added to what comes in (a block of Swin).

    ``x + attention(norm(x))`` within windows that are moved by `shift`, then ``x + MLP(norm(x))``. Maps of any size:
    what the last windows hold beyond the edge is seen by no pixel.

    Parameters
    ----------
    channels, heads
        Of the maps; of the attention.
    window, shift
        Side of a window, and how far the windows are moved; half the window in every other block.
    ratio
        Hidden units of the MLP, as a multiple of the channels.
    """

    def __init__(self, channels: int, heads: int, window: int = 8, shift: int = 0, ratio: float = 2) -> None:
        super().__init__()
        self.window, self.shift = window, shift
        self.multiple, self.reach = window, window - 1
        self.norm = nn.LayerNorm(channels)
        self.attention = Attention(channels, heads, window)
        self.mlp = _mlp(channels, ratio)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Maps ``(N, C, H, W)``; those of `context` are asked, or each map itself where it is None."""
        asked = None if context is None else self.tokens(context)
        mask = self.mask(x.shape[-2], x.shape[-1], x.device)
        return self.told(x, self.attention(self.tokens(x), asked, mask))

    def told(self, x: Tensor, answers: Tensor) -> Tensor:
        """Maps, and what their tokens were told: what comes out."""
        height, width = x.shape[-2:]
        back = merge(answers, self.window, grown(height, self.window), grown(width, self.window))
        back = back.roll((self.shift, self.shift), dims=(-2, -1))
        return _through(self.mlp, x + back[..., :height, :width])

    def mask(self, height: int, width: int, device: torch.device | None = None) -> Tensor | None:
        """`shift_mask` of these windows, or None where every token may look at all of its window."""
        open_sides = torch.compiler.is_exporting()  # then what holds for one size would be written down for all
        if not (open_sides or self.shift or height % self.window or width % self.window):
            return None
        return shift_mask(height, width, self.window, self.shift, device)

    def tokens(self, x: Tensor) -> Tensor:
        """The normed tokens of each window, as the attention takes them."""
        normed = self.norm(x.movedim(1, -1)).movedim(-1, 1)
        more_rows, more_columns = (grown(side, self.window) - side for side in x.shape[-2:])
        wide = pad(normed, (0, more_columns, 0, more_rows))
        return partition(wide.roll((-self.shift, -self.shift), dims=(-2, -1)), self.window)


class GlobalBlock(nn.Module):
    """Attention of every token to every other, and a small network for each, both added to what comes in.

    Parameters
    ----------
    channels, heads
        Of the maps, a multiple of four; of the attention.
    ratio
        Hidden units of the MLP, as a multiple of the channels.
    """

    def __init__(self, channels: int, heads: int, ratio: float = 2) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.attention = Attention(channels, heads)
        self.mlp = _mlp(channels, ratio)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Maps ``(N, C, H, W)`` of patches, any H and W; those of `context` are asked, or each map itself."""
        told = self.attention(self.tokens(x), None if context is None else self.tokens(context))
        return _through(self.mlp, x + told.transpose(1, 2).reshape(x.shape))

    def tokens(self, x: Tensor) -> Tensor:
        """The normed tokens with their places, as the attention takes them."""
        code = position_code(x.shape[-2], x.shape[-1], x.shape[1], x.device)
        normed: Tensor = self.norm(x.flatten(2).transpose(1, 2))
        return normed + code.to(normed.dtype)


def _mlp(channels: int, ratio: float) -> nn.Sequential:
    hidden = int(channels * ratio)
    return nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, hidden), nn.GELU(), nn.Linear(hidden, channels))


def _through(mlp: nn.Module, x: Tensor) -> Tensor:
    """What an MLP of tokens adds to a map."""
    tokens = x.movedim(1, -1)
    return (tokens + mlp(tokens)).movedim(-1, 1)


def _offsets(window: int) -> Tensor:
    """The index of the offset of each pair of pixels in a window: ``(window**2, window**2)``."""
    at = torch.arange(window * window)
    y, x = at // window, at % window
    dy, dx = y[:, None] - y[None], x[:, None] - x[None]
    return (dy + window - 1) * (2 * window - 1) + dx + window - 1
