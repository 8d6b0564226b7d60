"""Light backbones: parameters, multiply-adds, memory, time and quality of one network with four kinds of blocks.

All have a 3x3 convolution, four blocks, and a 1x1 convolution (`networks.LightFuser`). The blocks keep the role of a
3x3 convolution over all channels. ``narrow`` is what a sceptic would do: the plain blocks, with fewer channels, so that
it has as many parameters as the depthwise-separable one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from medfuse_course.benchmark.experiments.small_fusers import quality, quality_of, recipe, times
from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.methods import fuse

ARMS: Mapping[str, tuple[str, int]] = {
    "maximum": ("", 0),
    "laplacian_pyramid": ("", 0),
    "plain": ("plain", 64),
    "separable": ("separable", 64),
    "inverted": ("inverted", 16),
    "shuffle": ("shuffle", 64),
    "narrow": ("plain", 24),
}
"""Blocks, and the channels that they carry. An inverted residual is six times wider inside: it carries 16."""

STEPS, SIDE = 40, 256
"""Of training; side of the images on which cost is counted and time is taken."""


@dataclass(frozen=True)
class BackboneRow:
    """One training, tried on all heads.

    Attributes
    ----------
    arm, seed
        Which.
    parameters, multiply_adds
        How many; multiply-adds are for one pair of 256 x 256 pixels, as memory, traffic and time are.
    traffic, memory
        Bytes that go through the layers; most bytes that are held at a time.
    microseconds, of_plain
        Time of the processor, and that of the plain network, taken in turn with it.
    qabf, ssim, lesions
        As `small_fusers.Quality` has them.
    """

    arm: str
    seed: int
    parameters: int
    multiply_adds: int
    traffic: int
    memory: int
    microseconds: int
    of_plain: int
    qabf: float
    ssim: float
    lesions: float


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[BackboneRow]:
    """Train one arm, count what it costs, and try it.

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
    One row. Rules have no parameters, and their time is not taken.
    """
    check_name("arm", arm, ARMS)
    if not ARMS[arm][0]:
        found = quality(np.maximum if arm == "maximum" else lambda a, b: fuse(a, b, arm))
        yield BackboneRow(arm, seed, 0, 0, 0, 0, 0, 0, **asdict(found))
        return
    from medfuse_course.training import train

    network = train(recipe(lambda: build(arm), STEPS), seed=seed, profile=profile).network
    costs = cost_of(network)
    microseconds, of_plain = times([network, build("plain")], SIDE)
    found = quality_of(network)
    yield BackboneRow(arm, seed, **costs, microseconds=microseconds, of_plain=of_plain, **asdict(found))


def build(arm: str) -> Any:
    """The network of an arm, untrained.

    Parameters
    ----------
    arm
        Of `ARMS`, with blocks.

    Returns
    -------
    A `networks.LightFuser`.
    """
    from medfuse_course.networks.light import LightFuser

    block, width = ARMS[arm]
    return LightFuser(block, width)


def cost_of(network: Any) -> dict[str, int]:
    """What is counted of a network.

    Parameters
    ----------
    network
        ``forward(a, b)``.

    Returns
    -------
    The columns ``parameters``, ``multiply_adds``, ``traffic`` and ``memory``.
    """
    import torch

    from medfuse_course.networks import count_parameters
    from medfuse_course.networks.cost import count_bytes_moved, count_multiply_adds, peak_memory

    pair = [torch.zeros(1, 1, SIDE, SIDE) for _ in "ab"]
    return {
        "parameters": count_parameters(network),
        "multiply_adds": count_multiply_adds(network, *pair),
        "traffic": count_bytes_moved(network, *pair),
        "memory": peak_memory(network, *pair),
    }
