"""Which of two views is right, pixel by pixel: a prior as a judge, and two rules that need no network.

All keep the mean where the views agree. Where they differ, the one that is nearer to a *reference* around there is
kept. The reference is what a diffusion prior sees behind the mean; or a median of the mean; or other heads.
"""

from functools import cache

import numpy as np
from scipy import ndimage

from medfuse_course.benchmark.experiments.damaged_views import SLICES, clean_slice
from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray, Image

APART = 0.15
"""A difference of the views, in gray, that noise alone hardly makes."""
OTHERS, NEAREST = 60, 4
"""Heads that `chosen_by_heads` knows, and how many of them it asks."""


def choose(a: Image, b: Image, reference: FloatArray) -> Image:
    """Where the views differ, the one that is nearer to a reference around there; else their mean.

    Parameters
    ----------
    a, b, reference
        ``(H, W)`` in [0, 1].

    Returns
    -------
    The choice.
    """
    far_a, far_b = (ndimage.gaussian_filter(np.abs(view - reference), 2) for view in (a, b))
    chosen: Image = np.where(np.abs(a - b) > APART, np.where(far_a <= far_b, a, b), (a + b) / 2).astype(np.float32)
    return chosen


def ask_network(image: Image, time: int, seed: int = 0) -> Image:
    """What the shipped prior of `ddfm` sees behind an image once noise of a time has been added.

    Parameters
    ----------
    image
        ``(H, W)`` in [0, 1], sides of multiples of 8.
    time
        Of 200.
    seed
        Of the noise.

    Returns
    -------
    The image behind it.
    """
    import torch

    from medfuse_course.benchmark.experiments.diffusion_fusion import the_network
    from medfuse_course.networks.diffusion import noised

    network = the_network()
    clean = torch.from_numpy(2 * np.asarray(image, np.float32) - 1)[None, None]
    noise = torch.from_numpy(generator(seed, "diffusion", "ask").standard_normal(clean.shape, dtype="f4"))
    with torch.inference_mode():
        seen = network.guess(noised(clean, noise, float(network.schedule[time])), time)
    behind: Image = (seen[0, 0] / 2 + 0.5).numpy()
    return behind


def chosen_by_prior(a: Image, b: Image) -> Image:
    """Twice: what would the network have here? At the end the last noise is taken away. Twelve questions."""

    def behind(image: Image, time: int) -> FloatArray:
        seen: FloatArray = np.mean([ask_network(image, time, seed) for seed in range(4)], axis=0)
        return seen

    image = _mean(a, b)
    for time in (80, 50):
        image = choose(a, b, behind(image, time))
    return np.clip(behind(image, 5), 0, 1).astype(np.float32)


def chosen_by_median(a: Image, b: Image) -> Image:
    """The reference is a median of the mean of the views, over 15 x 15 pixels."""
    return choose(a, b, ndimage.median_filter(_mean(a, b), 15))


def chosen_by_heads(a: Image, b: Image) -> Image:
    """The reference is the mean of those of `OTHERS` clean slices of other heads that are most like the mean."""
    mean, known = _mean(a, b), _other_heads()
    far = np.abs(known - mean).mean(axis=(1, 2))
    return choose(a, b, known[np.argsort(far)[:NEAREST]].mean(axis=0))


def _mean(a: Image, b: Image) -> Image:
    mean: Image = (0.5 * (a + b)).astype(np.float32)
    return mean


@cache
def _other_heads() -> Image:
    """Two heads for each slice that views may show; none of them is in any table or check."""
    return np.stack([clean_slice(9000 + k, SLICES[0] + k % (SLICES[1] - SLICES[0])) for k in range(OTHERS)])
