"""What a center's update may give away: clipped, with noise on the mean, and what that promises.

The Gaussian mechanism over whole centers: H. B. McMahan and others, "Learning differentially private recurrent language
models", ICLR 2018. The promise over rounds: M. Bun and T. Steinke, "Concentrated differential privacy", TCC 2016.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor


def clipped(shared: Mapping[str, Tensor], update: Mapping[str, Tensor], limit: float) -> dict[str, Tensor]:
    """An update as it is, or pulled towards `shared` until it lies within `limit` of it.

    Parameters
    ----------
    shared
        Tensors by name, from which a center began.
    update
        The same names, as it ended.
    limit
        Of the Euclidean norm of all that moved, over all tensors of floating point together; others stay as they are.

    Returns
    -------
    Tensors by name.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.training import clipped
    >>> shared, update = {"w": torch.zeros(2)}, {"w": torch.tensor([3.0, 4.0])}  # it moved by 5
    >>> [round(x, 3) for x in clipped(shared, update, 1.0)["w"].tolist()]  # the same way, and by 1
    [0.6, 0.8]
    >>> torch.equal(clipped(shared, update, 10.0)["w"], update["w"])
    True
    """
    moved = {name: update[name] - old for name, old in shared.items() if old.is_floating_point()}
    norm = float(torch.cat([m.double().flatten() for m in moved.values()]).norm())
    if norm <= limit:
        return dict(update)
    return dict(update) | {name: shared[name] + limit / norm * m for name, m in moved.items()}


def with_noise(tensors: Mapping[str, Tensor], spread: float, random: torch.Generator) -> dict[str, Tensor]:
    """Tensors with Gaussian noise of this standard deviation on each number of floating point.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.training import with_noise
    >>> tensors = {"w": torch.zeros(10_000), "steps": torch.tensor(7)}
    >>> noisy = with_noise(tensors, 0.1, torch.Generator().manual_seed(0))
    >>> round(noisy["w"].std().item(), 2), noisy["steps"].item()  # whole numbers stay as they are
    (0.1, 7)
    """
    return {
        name: t + spread * torch.randn(t.shape, generator=random, dtype=t.dtype) if t.is_floating_point() else t
        for name, t in tensors.items()
    }


def privacy_loss(noise: float, rounds: int, delta: float = 1e-5) -> float:
    """The epsilon of (epsilon, delta)-differential privacy after several rounds of the Gaussian mechanism.

    ``epsilon = rho + 2 sqrt(rho ln(1 / delta))`` with ``rho = rounds / (2 noise^2)``. With it, whoever sees all means
    can hardly tell whether a center took part: no event is more than ``exp(epsilon)`` times as likely with the center
    as without, but for a probability of `delta`. Above 10 or so this promises next to nothing.

    Parameters
    ----------
    noise
        Standard deviation of the noise over the most that one center can move the mean; 0 promises nothing.
    rounds
        How many.
    delta
        In (0, 1).

    Returns
    -------
    Epsilon, from 0 to infinity.

    Raises
    ------
    ValueError
        A value outside its range.

    Examples
    --------
    >>> from medfuse_course.training import privacy_loss
    >>> round(privacy_loss(noise=1, rounds=2), 2)  # rho = 1, and 1 + 2 sqrt(ln(100 000)) = 7.79
    7.79
    >>> privacy_loss(noise=0, rounds=2)  # no noise promises nothing
    inf
    """
    if noise < 0 or rounds < 0 or not 0 < delta < 1:
        raise ValueError(f"privacy: expected noise and rounds >= 0, delta in (0, 1), got {noise}, {rounds}, {delta}")
    if noise == 0:
        return math.inf if rounds else 0.0
    rho = rounds / (2 * noise**2)
    return rho + 2 * math.sqrt(rho * math.log(1 / delta))
