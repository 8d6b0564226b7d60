"""A conditional random field in a small window: neighbors that look alike should have the same label.

Each pixel has one of two labels and a belief p that it is the first. A pair of pixels with different labels costs
``k_ij``, more where they look alike. The best labels of all pixels together are hard to find; mean field treats every
neighbor as if its belief did not depend on this pixel, and repeats::

    logit p_i  <-  logit p_i(start) + sum_j k_ij (2 p_j - 1)

References: P. Kraehenbuehl and V. Koltun, "Efficient inference in fully connected CRFs with Gaussian edge potentials",
NeurIPS 2011; M. Teichmann and R. Cipolla, "Convolutional CRFs for semantic segmentation", arXiv 1805.04777, 2018, who
see no further than a window, which makes each step a convolution whose weights differ from pixel to pixel.
"""

from collections.abc import Iterator, Sequence
from math import exp, log

import torch
from torch import Tensor

SURE = 0.95
"""A belief counts as no surer than this: a network that errs surely could not be corrected by its neighbors."""

MOST = log(SURE / (1 - SURE))

Where = tuple[slice, slice]


def pair_costs(
    guide: Tensor, *, window: int = 7, looks: float = 2.0, near: float = 0.5, color: float = 0.05, spread: float = 2.0
) -> list[Tensor]:
    """``k_ij`` of each pixel i and those j in the window around it.

    ``k_ij = (looks exp(-|g_i - g_j|^2 / 2 color^2) + near) exp(-d^2 / 2 spread^2)``, where d is their distance in
    pixels. No pixel is its own neighbor.

    Parameters
    ----------
    guide
        What pixels look like, g: ``(N, C, H, W)``.
    window
        Its side, odd.
    looks, near
        Weights of the part that looks at the guide, and of the part that only smooths.
    color
        Difference of the guide, in its units, that counts as another look.
    spread
        Standard deviation in pixels.

    Returns
    -------
    For each of the ``(window^2 - 1) / 2`` steps of `half_window` the costs of pairs that far apart, ``(N, 1, h, w)``.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import pair_costs
    >>> guide = torch.tensor([0.0, 0.0, 1.0]).view(1, 1, 1, 3)
    >>> across = pair_costs(guide, window=3)[0]  # of each pixel and the one to its right
    >>> [round(k, 3) for k in across.flatten().tolist()]  # 2.5 exp(-1 / 8); 0.5 exp(-1 / 8), where looks differ
    [2.206, 0.441]
    """
    costs = []
    for (down, right), here, there in _pairs(guide, window):
        apart = ((guide[(..., *here)] - guide[(..., *there)]) ** 2).sum(dim=1, keepdim=True)
        closeness = exp(-(down**2 + right**2) / (2 * spread**2))
        costs.append(closeness * (looks * torch.exp(-apart / (2 * color**2)) + near))
    return costs


def mean_field(belief: Tensor, costs: Sequence[Tensor], iterations: int = 5) -> Tensor:
    """What neighbors make of a belief.

    Exchanging the labels exchanges the result: ``mean_field(1 - p) = 1 - mean_field(p)``.

    Parameters
    ----------
    belief
        p, ``(N, 1, H, W)`` in [0, 1]; no surer than `SURE` is taken as read.
    costs
        As `pair_costs` gives them.
    iterations
        How often; each looks half a window further.

    Returns
    -------
    ``(N, 1, H, W)`` in [0, 1].

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import mean_field, pair_costs
    >>> belief = torch.full((1, 1, 5, 5), 0.9)
    >>> belief[..., 2, 2] = 0.2  # one pixel among others that look the same, and doubt it
    >>> alike = pair_costs(torch.zeros(1, 1, 5, 5))
    >>> (mean_field(belief, alike)[0, 0, 2, 2] > 0.5).item()
    True
    """
    return torch.sigmoid(mean_field_odds(torch.logit(belief), costs, iterations))


def mean_field_odds(odds: Tensor, costs: Sequence[Tensor], iterations: int = 5) -> Tensor:
    """The same of log odds, ``logit p``: exchanging the labels changes their sign and no digit.

    A belief near 1 is known to fewer digits than one near 0, and where neighbors disagree each round makes the
    difference larger; a number and its negative are known to the same.

    Parameters
    ----------
    odds
        ``logit p``, ``(N, 1, H, W)``, infinite ones allowed; as starts they are no further from 0 than ``logit SURE``.
    costs
        As `pair_costs` gives them.
    iterations
        How often.

    Returns
    -------
    Log odds, ``(N, 1, H, W)``.
    """
    window = round((2 * len(costs) + 1) ** 0.5)
    start = odds.clamp(-MOST, MOST)
    for _ in range(iterations):
        leaning, odds = torch.tanh(odds / 2), start.clone()  # 2 p - 1
        for (_, here, there), cost in zip(_pairs(odds, window), costs, strict=True):
            odds[(..., *here)] += cost * leaning[(..., *there)]
            odds[(..., *there)] += cost * leaning[(..., *here)]
    return odds


def half_window(window: int) -> list[tuple[int, int]]:
    """Steps down and right to one of each two opposite neighbors in a window: what holds for one holds for both."""
    side = window // 2
    steps = [(down, right) for down in range(side + 1) for right in range(-side, side + 1)]
    return [step for step in steps if step > (0, 0)]


def _pairs(image: Tensor, window: int) -> Iterator[tuple[tuple[int, int], Where, Where]]:
    """Each step, with the pixels that have a neighbor there, and these neighbors, as places in an image."""
    height, width = image.shape[-2:]
    for down, right in half_window(window):
        left, end, low = max(0, -right), max(0, min(width, width - right)), max(0, height - down)
        here = (slice(0, low), slice(left, end))
        yield (down, right), here, (slice(down, down + low), slice(left + right, end + right))
