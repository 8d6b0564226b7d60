"""A U-Net with a way down for each source, a place where they meet, and gates on what is handed across.

Gates: O. Oktay and others, "Attention U-Net: learning where to look for the pancreas", MIDL 2018: what comes from the
coarser level says which pixels of the finer one pass.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from medfuse_course.core.registry import check_name
from medfuse_course.networks.attention import WindowBlock

Meet = Literal["concat", "attention"]

WINDOW, HEADS = 8, 4
"""Side of a window in tokens, and heads of the attention."""

FOLD = 2
"""A square of so many pixels a side goes in as channels of one, and comes out so: nothing is lost, and convolutions at
the full size, which would be most of the work, are spared."""


RARE = -2.0
"""What the map begins near: the logit of a probability of 0.12, for what is sought is rare."""


class Gate(nn.Module):
    """``x * sigmoid(psi(relu(W x + U g)))``: one number in [0, 1] for each pixel.

    Parameters
    ----------
    channels
        Of x, which passes, and of g, which says where: on one grid.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.both = nn.Conv2d(2 * channels, channels, 1)
        self.open = nn.Conv2d(channels, 1, 1)

    def forward(self, x: Tensor, g: Tensor) -> Tensor:
        """``(N, C, H, W)`` each, to the same."""
        return x * self.openness(x, g)

    def openness(self, x: Tensor, g: Tensor) -> Tensor:
        """How much passes, ``(N, 1, H, W)`` in [0, 1]."""
        return torch.sigmoid(self.open(torch.relu(self.both(torch.cat([x, g], dim=1)))))


class Meeting(nn.Module):
    """Where sources meet at the coarsest level.

    Parameters
    ----------
    sources, channels
        How many, and of how many channels each.
    meet
        As `GatedUNet` takes it.
    """

    def __init__(self, sources: int, channels: int, meet: Meet) -> None:
        super().__init__()
        self.absent = nn.Parameter(torch.zeros(sources, channels))
        self.ask = nn.ModuleList(WindowBlock(channels, HEADS, WINDOW) for _ in range(sources) if meet == "attention")
        self.mix = nn.Conv2d(sources * channels, channels, 1)
        self.multiple = WINDOW if self.ask else 1

    def forward(self, sources: Sequence[Tensor], there: Sequence[Tensor]) -> Tensor:
        """Maps ``(N, C, H, W)`` to one; a learned token stands wherever a source is missing."""
        maps = [x + (1 - t) * token[:, None, None] for x, t, token in zip(sources, there, self.absent, strict=True)]
        if len(self.ask):
            a, b = maps
            maps = [self.ask[0](a, b), self.ask[1](b, a)]
        mixed: Tensor = self.mix(torch.cat(maps, dim=1))
        return mixed


class GatedUNet(nn.Module):
    """Sources ``(N, c, H, W)`` to one map ``(N, 1, H, W)``, which is linear.

    Parameters
    ----------
    sources
        Channels of each source; each has a way down of its own.
    widths
        Channels of each level, from half the size down; one level less is a halving.
    meet
        How sources meet at the coarsest level: ``"concat"``, a convolution of 1 x 1 of all; or ``"attention"``, before
        which each source asks the other, in windows.

    Raises
    ------
    ValueError
        There is nothing to halve, or attention is asked for and there are not two sources.
    """

    def __init__(self, sources: Sequence[int], widths: Sequence[int], meet: Meet = "concat") -> None:
        super().__init__()
        check_name("meet", meet, get_args(Meet))
        if len(widths) < 2:
            raise ValueError(f"widths: expected those of two levels or more, got {tuple(widths)}")
        if meet == "attention" and len(sources) != 2:
            raise ValueError(f"meet: attention expects two sources, got {len(sources)}; use 'concat'")
        self.down = nn.ModuleList(_way_down(FOLD**2 * channels, widths) for channels in sources)
        self.pool = nn.MaxPool2d(2)
        self.across = nn.ModuleList(nn.Conv2d(len(sources) * width, width, 1) for width in widths[:-1])
        self.meeting = Meeting(len(sources), widths[-1], meet)
        self.up = nn.ModuleList(nn.ConvTranspose2d(n, m, 2, 2) for n, m in _steps_up(widths))
        self.gate = nn.ModuleList(Gate(m) for _, m in _steps_up(widths))
        self.join = nn.ModuleList(_twice(2 * m, m) for _, m in _steps_up(widths))
        self.last = nn.Conv2d(widths[0], FOLD**2, 1)
        nn.init.constant_(self.last.bias, RARE)  # type: ignore[arg-type]
        self.multiple = FOLD * 2 ** (len(widths) - 1) * self.meeting.multiple

    @property
    def reach(self) -> int:
        """How far in pixels an output looks: as a U-Net's, and through a window of tokens."""
        depth = len(self.up)
        plain = sum(4 * 2**level for level in range(depth)) + 2 * 2**depth + 2**depth - 1
        return FOLD * (plain + (self.meeting.multiple - 1) * 2**depth + 1) - 1

    def forward(self, *sources: Tensor, present: Sequence[Tensor] | None = None) -> Tensor:
        """Down each by itself, and up together.

        Parameters
        ----------
        *sources
            In the order of the constructor; H and W are multiples of ``multiple``.
        present
            For each source ``(N, 1, 1, 1)``, 1 where it is there and 0 where it is missing: a missing one hands nothing
            across, and where sources meet a learned token stands for it. None: all are there.

        Returns
        -------
        ``(N, 1, H, W)``, any real numbers.
        """
        folded = [pixel_unshuffle(x, FOLD) for x in sources]
        there = [x.new_ones(1) for x in sources] if present is None else present
        levels = [self._descend(way, x, is_there) for way, x, is_there in zip(self.down, folded, there, strict=True)]
        *skips, deepest = zip(*levels, strict=True)
        handed = [across(torch.cat(of, dim=1)) for across, of in zip(self.across, skips, strict=True)]
        x = self.meeting(deepest, there)
        for up, gate, join in zip(self.up, self.gate, self.join, strict=True):
            x = torch.relu(up(x))
            x = join(torch.cat([gate(handed.pop(), x), x], dim=1))
        result: Tensor = pixel_shuffle(self.last(x), FOLD)
        return result

    def _descend(self, way: nn.Module, x: Tensor, there: Tensor) -> list[Tensor]:
        """What a source shows on each level, nothing where it is missing."""
        seen: list[Tensor] = []
        for level, layer in enumerate(way.children()):
            x = layer(self.pool(x) if level else x)
            seen.append(x)
        return [there * x for x in seen]


def _way_down(channels: int, widths: Sequence[int]) -> nn.Sequential:
    return nn.Sequential(*(_twice(n, m) for n, m in zip([channels, *widths], widths, strict=False)))


def _steps_up(widths: Sequence[int]) -> list[tuple[int, int]]:
    return [(widths[k + 1], widths[k]) for k in reversed(range(len(widths) - 1))]


def _twice(inputs: int, outputs: int) -> nn.Sequential:
    """Two convolutions of 3 x 3, each normalized over the batch, each with a rectifier; borders are repeated."""
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        conv = nn.Conv2d(channels, outputs, 3, padding=1, padding_mode="replicate", bias=False)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        layers += [conv, nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)
