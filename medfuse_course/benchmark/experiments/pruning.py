"""Pruning: weights set to zero, or channels taken away; before and after training goes on; and a network born small.

One dense network for each seed; all arms begin from it, but ``born_small``: that has the size of ``channels``, and is
trained from the start for as long as the dense network and its fine-tuning together.
"""

import gzip
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from medfuse_course.benchmark.experiments.small_fusers import quality, quality_of, recipe, terms, times
from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.methods import fuse

WIDTHS = (16, 16, 16)
"""Hidden channels of the dense network."""

SPARSITIES = (0.5, 0.8, 0.95)
STEPS, MORE = 120, 40
"""Of the dense training, and of fine-tuning."""

RULES = ("maximum", "laplacian_pyramid")
ARMS = (*RULES, "dense", "weights", "weights_tuned", "channels", "channels_tuned", "born_small")


@dataclass(frozen=True)
class PrunedRow:
    """One network, tried on all heads.

    Attributes
    ----------
    arm, seed, sparsity
        Which; sparsity is the share of numbers that was to go.
    parameters, zeros
        Numbers that the network holds, and how many of them are 0.
    file, zipped
        Bytes of the file of weights, and of that file compressed with gzip.
    microseconds, of_dense
        Time of the processor for one pair of 256 x 256 pixels, and that of the dense network, taken in turn with it.
    qabf, ssim, lesions
        As `small_fusers.Quality` has them.
    """

    arm: str
    seed: int
    sparsity: float
    parameters: int
    zeros: int
    file: int
    zipped: int
    microseconds: int
    of_dense: int
    qabf: float
    ssim: float
    lesions: float


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[PrunedRow]:
    """Make the networks of one arm and try them.

    Parameters
    ----------
    arm
        Of `ARMS`.
    seed
        Of weights and batches.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    A row for each sparsity; the dense network and the rules have none.
    """
    check_name("arm", arm, ARMS)
    if arm in RULES:
        found = quality(np.maximum if arm == "maximum" else lambda a, b: fuse(a, b, arm))
        yield PrunedRow(arm, seed, 0.0, 0, 0, 0, 0, 0, 0, **asdict(found))
        return
    for sparsity in (0.0,) if arm == "dense" else SPARSITIES:
        network = pruned(arm, sparsity, seed, profile)
        costs = sizes(network)
        microseconds, of_dense = times([network, dense(seed, profile)])
        found = quality_of(network)
        yield PrunedRow(
            arm, seed, sparsity, **costs, microseconds=microseconds, of_dense=of_dense, **asdict(found)
        )  # fmt: skip


def sizes(network: Any) -> dict[str, int]:
    """How large a network is.

    Parameters
    ----------
    network
        Any.

    Returns
    -------
    The columns ``parameters``, ``zeros``, ``file`` and ``zipped``.
    """
    from safetensors.torch import save

    data = save(dict(network.state_dict()))
    numbers = [parameter.detach() for parameter in network.parameters()]
    return {
        "parameters": sum(x.numel() for x in numbers),
        "zeros": sum(int((x == 0).sum()) for x in numbers),
        "file": len(data),
        "zipped": len(gzip.compress(data, mtime=0)),
    }


@lru_cache(maxsize=8)
def dense(seed: int, profile: Profile | None = None) -> Any:
    """The dense network of a seed.

    Parameters
    ----------
    seed, profile
        As `run` takes them.

    Returns
    -------
    A `networks.PlainFuser` that draws on the maximum.
    """
    return _trained(WIDTHS, STEPS, seed, profile)


def pruned(arm: str, sparsity: float, seed: int, profile: Profile | None = None) -> Any:
    """A network of an arm.

    Parameters
    ----------
    arm
        Of `ARMS`, no rule.
    sparsity
        The share of numbers that is to go.
    seed, profile
        As `run` takes them.

    Returns
    -------
    A `networks.PlainFuser`.
    """
    import copy

    from medfuse_course.networks.pruning import apply_masks, channels_removed, smallest_masked, strongest_channels

    whole = dense(seed, profile)
    if arm == "dense":
        return whole
    if arm.startswith("weights"):
        masks = smallest_masked(whole, sparsity)
        network = copy.deepcopy(whole)
        apply_masks(network, masks)
        return _tuned(network, seed, profile, masks) if arm == "weights_tuned" else network
    smaller = channels_removed(whole, strongest_channels(whole, sparsity))
    if arm == "born_small":
        return _trained(smaller.widths, STEPS + MORE, seed, profile)
    return _tuned(smaller, seed, profile) if arm == "channels_tuned" else smaller


def _fuser(widths: tuple[int, ...]) -> Any:
    from medfuse_course.networks.light import PlainFuser

    return PlainFuser(widths, on_maximum=True)


def _trained(widths: tuple[int, ...], steps: int, seed: int, profile: Profile | None) -> Any:
    from medfuse_course.training import train

    return train(recipe(lambda: _fuser(widths), steps), seed=seed, profile=profile).network


def _tuned(network: Any, seed: int, profile: Profile | None, masks: Any = None) -> Any:
    """Train on, at a third of the rate; what is masked stays zero."""
    from dataclasses import replace
    from functools import partial

    from medfuse_course.networks.pruning import apply_masks
    from medfuse_course.training import FusionStep, train

    def held(known: Any) -> FusionStep:
        step = FusionStep(known, terms)
        if masks is not None:
            step.updates = tuple(replace(one, after=partial(apply_masks, known, masks)) for one in step.updates)
        return step

    made = recipe(lambda: _fuser(network.widths), MORE, step=held, rate=1e-3)
    return train(made, seed=seed, profile=profile, start=network).network
