"""Fusion by diffusion: what its steps buy, what its prior adds, and whether its spread knows where it is wrong.

Two kinds of cases, 64 x 64 pixels, of heads that the prior never saw. *Pairs* of MRI with CT and with PET, whose
quality is that of any fusion. And two *views* of one clean slice, each with noise and with squares that are black,
white or of another head, at other places: exactly what DDFM's likelihood assumes, one image that either source shows
with sparse errors; so the truth is known, and so is the error.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from medfuse_course.benchmark.experiments import choosing
from medfuse_course.benchmark.experiments.damaged_views import small_pair, views
from medfuse_course.core.profile import Profile, current_profile
from medfuse_course.core.types import BoolArray, FloatArray, Image
from medfuse_course.metrics import evaluate
from medfuse_course.metrics.ranking import auc

if TYPE_CHECKING:
    from torch import Tensor

    from medfuse_course.methods.remedies.ddfm import DDFM

PAIRS = ("head/mri-ct", "head/mri-pet")
VIEWS = 2
"""Known slices for each seed."""
DRAWS = 5
"""Of one case, from which mean and spread are computed."""
WRONG = 0.1
"""An error above which a pixel counts as wrong, in gray of [0, 1]."""
STEPS = {"ddfm_5": 5, "ddfm_10": 10, "ddfm_25": 25, "ddfm_50": 50, "ddfm_100": 100}
RIVALS = {"average": "average", "maximum": "maximum", "pyramid": "laplacian_pyramid", "network": "densefuse"}
"""Methods of other kinds, by arm."""
CHOOSERS = {
    "chosen": choosing.chosen_by_prior, "chosen_median": choosing.chosen_by_median,
    "chosen_heads": choosing.chosen_by_heads,
}  # fmt: skip
"""Rules that take one side where the sources differ, by arm; the first asks the network."""
SURE = (*RIVALS, *CHOOSERS, "em")
"""Arms that draw nothing: one image comes out, whatever the seed."""


@dataclass(frozen=True)
class DiffusionRow:
    """The outcome of one arm on one case.

    Attributes
    ----------
    arm, seed, case
        What fused; the seed of heads and noise; ``"mri-ct"``, ``"mri-pet"``, or ``"views 0"`` and on.
    calls
        How often the network was asked for one image.
    qabf, ssim
        Of pairs: edges kept and structure of both sources; higher is better.
    rmse
        Of views: root mean square error against the truth, gray in [0, 1], inside the head; of the mean of all draws.
    rmse_one
        The same of a single draw, mean over draws.
    spread
        Of views: mean over the head of the standard deviation over draws.
    auc_spread, auc_difference
        Whether the spread over draws, or ``|a - b|``, ranks wrong pixels above right ones: 1/2 is chance.
    auc_spread_apart, auc_difference_apart
        The same among pixels where the views differ by more than `WRONG`.
    correlation
        Rank correlation of spread and absolute error, inside the head.
    """

    arm: str
    seed: int
    case: str
    calls: int
    qabf: float = float("nan")
    ssim: float = float("nan")
    rmse: float = float("nan")
    rmse_one: float = float("nan")
    spread: float = float("nan")
    auc_spread: float = float("nan")
    auc_difference: float = float("nan")
    auc_spread_apart: float = float("nan")
    auc_difference_apart: float = float("nan")
    correlation: float = float("nan")


Draw = Callable[[Image, Image, int], Image]
"""Two sources and the number of a draw to a fused image."""


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[DiffusionRow]:
    """All rows of an arm and a seed.

    Parameters
    ----------
    arm
        A name of the declaration.
    seed
        Of heads, damage and noise.
    profile
        ``"smoke"`` takes two draws and at most five steps.

    Returns
    -------
    Rows, pairs first.
    """
    quick = (profile or current_profile()) == "smoke"
    draw, calls = drawer(arm, 5 if quick else 100)
    draws = 1 if arm in SURE else 2 if quick else DRAWS
    for name in PAIRS:
        a, b = small_pair(name, seed)
        yield DiffusionRow(
            arm, seed, name.partition("/")[2], calls, **evaluate(draw(a, b, seed), a, b, ("qabf", "ssim"))
        )
    for number in range(VIEWS):
        a, b, truth, head = views(seed, number)
        drawn = np.stack([draw(a, b, k) for k in range(draws)])
        yield DiffusionRow(arm, seed, f"views {number}", calls, **judged(drawn, a, b, truth, head))


def drawer(arm: str, most: int = 100) -> tuple[Draw, int]:
    """What an arm does with two sources, and how often it asks a network for an image.

    Parameters
    ----------
    arm
        A name of the declaration.
    most
        Steps that no walk exceeds.

    Returns
    -------
    A function of two images and the number of a draw; the calls.
    """
    from medfuse_course.methods import fuse

    if arm in RIVALS:
        return lambda a, b, number: fuse(a, b, RIVALS[arm]), int(arm == "network")
    if arm in CHOOSERS:
        return lambda a, b, number: CHOOSERS[arm](a, b), 12 * (arm == "chosen")
    if arm.startswith("ddfm_"):
        steps = min(most, STEPS[arm])
        return lambda a, b, number: fuse(a, b, "ddfm", steps=steps, seed=number), steps
    steps = min(most, 25)
    if arm == "em":
        return lambda a, b, number: steps_alone(a, b, steps), 0
    if arm == "straight":
        return lambda a, b, number: fuse(a, b, "ddfm", steps=steps, seed=number, likelihood="straight"), steps
    likelihood = "straight" if arm.endswith("straight") else "released"
    return lambda a, b, number: without_network(arm.partition("_")[0], a, b, steps, number, likelihood), 0


def without_network(prior: str, a: Image, b: Image, steps: int, seed: int, likelihood: str = "released") -> Image:
    """DDFM's walk with another guess of what is clean: the sceptic's controls.

    Parameters
    ----------
    prior
        ``"none"``: the noised image itself, at its scale. ``"blur"``: that, smoothed the more the more noise there is.
    a, b
        Sources, ``(H, W)`` in [0, 1].
    steps, seed, likelihood
        Of the walk.

    Returns
    -------
    The fused image, clipped to [0, 1].
    """
    import torch

    network = the_network()
    guess = {"none": _nothing_known, "blur": _blurred}[prior]
    i, v = (torch.from_numpy(np.ascontiguousarray(x))[None, None] for x in (a, b))
    with torch.inference_mode():
        made = network.walk(
            i, v, lambda x, time: guess(x, float(network.schedule[time])), steps=steps, seed=seed,
            likelihood=likelihood,  # type: ignore[arg-type]
        )  # fmt: skip
    fused: Image = made[0, 0].clamp(0, 1).numpy()
    return fused


def steps_alone(a: Image, b: Image, steps: int, likelihood: str = "released") -> Image:
    """DDFM's likelihood steps, one after the other from the mean of the sources: no walk, no noise, no prior.

    Parameters
    ----------
    a, b
        Sources, ``(H, W)`` in [0, 1].
    steps, likelihood
        How many, and which.

    Returns
    -------
    The fused image.
    """
    import torch

    from medfuse_course.methods.remedies.em_step import Memory, em_step

    i, v = (torch.from_numpy(2 * np.ascontiguousarray(x) - 1)[None, None] for x in (a, b))
    guess, memory = (i + v) / 2, Memory.fresh(i)
    for _ in range(steps):
        guess, memory = em_step(guess, i, v, memory, likelihood)  # type: ignore[arg-type]
    fused: Image = (guess[0, 0] / 2 + 0.5).clamp(0, 1).numpy()
    return fused


@lru_cache(maxsize=1)
def the_network() -> "DDFM":
    """DDFM with its shipped weights."""
    from medfuse_course.methods import get_method
    from medfuse_course.methods.weights import load_network

    network: DDFM = load_network(get_method("ddfm")).cpu()  # type: ignore[assignment]
    return network


def _nothing_known(x: "Tensor", kept: float) -> "Tensor":
    return (x / kept**0.5).clamp(-1, 1)


def _blurred(x: "Tensor", kept: float) -> "Tensor":
    """A Gaussian whose width follows the noise-to-signal ratio, from none to a quarter of the image."""
    import torch
    from scipy.ndimage import gaussian_filter

    sigma = min(16.0, 2 * ((1 - kept) / kept) ** 0.5)
    smooth = gaussian_filter((x / kept**0.5).numpy(), (0, 0, sigma, sigma), mode="nearest")
    return torch.from_numpy(smooth).clamp(-1, 1)


def judged(drawn: FloatArray, a: Image, b: Image, truth: Image, head: BoolArray) -> dict[str, float]:
    """The numbers of views.

    Parameters
    ----------
    drawn
        Fused images, ``(draws, H, W)``.
    a, b, truth, head
        As `views` gives them.

    Returns
    -------
    By the names of `DiffusionRow`; what needs several draws is left out of one.
    """
    from scipy.stats import spearmanr

    error = np.abs(drawn.mean(axis=0) - truth)[head]
    rmse_one = float(np.mean([np.sqrt(np.mean((one - truth)[head] ** 2)) for one in drawn]))
    said = {"rmse": float(np.sqrt(np.mean(error**2))), "rmse_one": rmse_one}
    difference = np.abs(a - b)[head]
    apart, wrong = difference > WRONG, error > WRONG
    said |= {"auc_difference": auc(difference, wrong), "auc_difference_apart": auc(difference[apart], wrong[apart])}
    if len(drawn) == 1:
        return said
    spread = drawn.std(axis=0)[head]
    return said | {
        "spread": float(spread.mean()),
        "auc_spread": auc(spread, wrong),
        "auc_spread_apart": auc(spread[apart], wrong[apart]),
        "correlation": float(spearmanr(spread, error).statistic),
    }
