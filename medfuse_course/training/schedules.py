"""What changes from step to step: learning rates, as schedulers of PyTorch; weights that are averaged over time."""

import math
from collections.abc import Callable
from typing import Any

from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
from torch.optim.swa_utils import AveragedModel

Schedule = Callable[[Optimizer, int], LRScheduler]
"""Takes an optimizer and how many steps it will do."""


def warmup_cosine(optimizer: Optimizer, steps: int, warm_up: float = 0.05) -> LRScheduler:
    """A rise over the first twentieth, then half a cosine down to 0.

    Parameters
    ----------
    optimizer
        Whose rates.
    steps
        How many it will do.
    warm_up
        Part of them over which the rate rises; another one with ``functools.partial(warmup_cosine, warm_up=0.1)``.

    Returns
    -------
    The schedule, to be stepped after each step of the optimizer.

    Examples
    --------
    >>> from torch import nn
    >>> from torch.optim import SGD
    >>> from medfuse_course.training import warmup_cosine
    >>> optimizer = SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    >>> schedule = warmup_cosine(optimizer, steps=6, warm_up=1 / 3)
    >>> rates = []
    >>> for _ in range(6):
    ...     rates += [round(rate, 3) for rate in schedule.get_last_lr()]
    ...     optimizer.step()
    ...     schedule.step()
    >>> rates  # up in two steps; cos^2 of 0, 22.5, 45 and 67.5 degrees
    [0.5, 1.0, 1.0, 0.854, 0.5, 0.146]
    """
    rise = max(1, round(warm_up * steps))

    def factor(done: int) -> float:
        if done < rise:
            return (done + 1) / rise
        return 0.5 * (1 + math.cos(math.pi * (done - rise) / max(1, steps - rise)))

    return LambdaLR(optimizer, factor)


def constant(optimizer: Optimizer, steps: int) -> LRScheduler:
    """The same rate from the first step to the last.

    Examples
    --------
    >>> from torch import nn
    >>> from torch.optim import SGD
    >>> from medfuse_course.training import constant
    >>> optimizer = SGD(nn.Linear(1, 1).parameters(), lr=0.5)
    >>> schedule = constant(optimizer, steps=2)
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.5]
    """
    return LambdaLR(optimizer, lambda done: 1.0)


def half_then_linear(optimizer: Optimizer, steps: int) -> LRScheduler:
    """The same rate for the first half, then along a line down to 0: CycleGAN's 100 epochs and 100 more."""
    return LambdaLR(optimizer, lambda done: min(1.0, 2 * (1 - done / max(1, steps))))


def moving_average(network: nn.Module, decay: float) -> AveragedModel:
    """A moving average that begins as the network; in step n it decays by ``min(decay, n / (n + 10))``.

    A young average forgets faster. Buffers are those of the network, not averaged.
    """

    def mix(means: Any, now: Any, count: Any) -> None:
        keep = min(decay, int(count) / (int(count) + 10))
        for mean, value in zip(means, now, strict=True):
            mean.lerp_(value, 1 - keep)

    average = AveragedModel(network, multi_avg_fn=mix)
    average.n_averaged += 1  # the network as it is counts: the first step mixes, it does not replace
    average.requires_grad_(False)
    return average
