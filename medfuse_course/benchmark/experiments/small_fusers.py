"""What the experiments on small networks share: patients, loss, trainings of seconds, quality, and time.

All train on the same heads, MRI with CT, with the same loss; all are tried on other heads.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from medfuse_course.core.profile import Profile
from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.metrics import evaluate

if TYPE_CHECKING:
    from torch import nn

    from medfuse_course.training import Recipe

SOURCE = "head/mri-ct"
TRIED = (20, 21, 22)
"""Seeds of the heads that are tried."""

LEARNED, FIRST = 12, 300
"""Heads for training, and the seed of the first; six more are what a training is watched on."""

MEASURES = ("qabf", "ssim", "lesion_contrast_recovery")
EDGES, STRUCTURE = 5.0, 1.0
"""Weights in the loss."""


@dataclass(frozen=True)
class Quality:
    """Means over the heads; higher is better.

    Attributes
    ----------
    qabf, ssim
        Of the fused image and both sources.
    lesions
        Contrast of the lesions, over that in the source that shows it better.
    """

    qabf: float
    ssim: float
    lesions: float


@cache
def tried_pair(patient: int) -> Pair:
    """A head that no training sees, with two lesions.

    Parameters
    ----------
    patient
        A seed; the slice follows from it.

    Returns
    -------
    The pair.
    """
    return load_pair(SOURCE, seed=patient, slice=18 + 4 * (patient % 6), lesions=2)


def quality(fuse: Callable[[Image, Image], Image]) -> Quality:
    """Try a way to fuse on all heads.

    Parameters
    ----------
    fuse
        Takes two images ``(H, W)`` and gives one.

    Returns
    -------
    Means over the heads.
    """
    rows = []
    for patient in TRIED:
        pair = tried_pair(patient)
        fused = np.clip(fuse(pair.a, pair.b), 0, 1).astype(np.float32)
        shown = evaluate(fused, pair.a, pair.b, MEASURES, truth=pair.truth)
        rows.append([shown[name] for name in MEASURES])
    return Quality(*np.mean(rows, axis=0).tolist())


def quality_of(network: "nn.Module") -> Quality:
    """Try a network on all heads.

    Parameters
    ----------
    network
        ``forward(a, b)`` is the fused image.

    Returns
    -------
    Means over the heads.
    """
    from medfuse_course.methods.learned import run_network

    network.eval()
    return quality(lambda a, b: run_network(network, a, b))


def terms(fused: Any, a: Any, b: Any) -> Mapping[str, Any]:
    """What every network here is asked for: the brighter pixel, the stronger edge, the structure of both sources."""
    from medfuse_course.losses import gradient_to_stronger, l1_to_max, ssim_to_sources

    return {
        "bright": l1_to_max(fused, a, b),
        "edges": EDGES * gradient_to_stronger(fused, a, b),
        "structure": STRUCTURE * (1 - ssim_to_sources(fused, a, b)),
    }


@cache
def _head(number: int) -> Pair:
    return load_pair(SOURCE, seed=FIRST + number, slice=20 + 4 * (number % 6), lesions=2)


def school(number: int) -> Pair:
    """A head to learn from."""
    return _head(number % LEARNED)


def watched(number: int) -> Pair:
    """A head to watch a training on."""
    return _head(LEARNED + number % 6)


def recipe(
    build: "Callable[[], nn.Module]", steps: int, *, step: Callable[[Any], Any] | None = None, rate: float = 3e-3
) -> "Recipe":
    """A training of seconds.

    Parameters
    ----------
    build
        Makes the network.
    steps
        How many, in the lesson's budget.
    step
        Takes the network and returns a step of training; `terms` alone by default.
    rate
        Of learning, at its largest.

    Returns
    -------
    The recipe; patients do not change with its seed.
    """
    from medfuse_course.training import Budget, CallablePairs, FusionStep, Phase, Recipe

    work: dict[Profile, int] = {"smoke": 3, "lesson": steps, "full": 20 * steps}
    budgets = {
        profile: Budget(steps=count, batch=4, patch=40, check_every=count, pool=LEARNED, refresh=10**6)
        for profile, count in work.items()
    }
    phase = Phase("fuse", step or (lambda network: FusionStep(network, terms)), learning_rate=rate)
    return Recipe("small_fuser", build, CallablePairs(school, watched, swap=False), (phase,), budgets, keep="last")


def times(networks: "Sequence[nn.Module]", side: int = 256, rounds: int = 2) -> list[int]:
    """Microseconds of the processor that networks take for one pair, in turn; the shortest of several rounds.

    Parameters
    ----------
    networks
        ``forward(a, b)``.
    side
        Of the images, in pixels.
    rounds
        How often each is timed; before these each runs once.

    Returns
    -------
    One number for each network. On another machine they differ; ratios of them differ less.
    """
    import torch

    pair = [torch.rand(1, 1, side, side) for _ in "ab"]
    threads, taken = torch.get_num_threads(), []
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            for number in range(rounds + 1):
                for network in networks:
                    network.eval()
                    start = time.process_time()
                    network(*pair)
                    if number:
                        taken.append(time.process_time() - start)
    finally:
        torch.set_num_threads(threads)
    each = np.array(taken).reshape(rounds, len(networks))
    return [round(1e6 * seconds) for seconds in each.min(axis=0)]
