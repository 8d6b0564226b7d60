"""The arms: who trains with whose patients, what is sent, and whose network marks whose patients."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import mean

import numpy as np
import torch
from torch import Tensor, nn

from medfuse_course.benchmark.experiments.federated_learning import CENTERS, CHECKED, ROUNDS, UNSEEN
from medfuse_course.benchmark.experiments.federated_learning.cases import (
    OTHERS,
    TRIED,
    UNMARKED,
    CenterPatches,
    Patients,
    batch_of,
    patients_of,
)
from medfuse_course.benchmark.experiments.federated_learning.network import Segmenter, SegmentStep, recipe_for
from medfuse_course.core.profile import Profile
from medfuse_course.core.random import generator
from medfuse_course.training import Budget
from medfuse_course.training.federated import Client, Round, Strategy, batch_norm_tensors, federate

LARGEST = CENTERS[0]

CLIP = 1.5
"""Largest norm of an update where noise is added."""


@dataclass(frozen=True)
class Arm:
    """What is done.

    Attributes
    ----------
    groups
        Of centers that train together: each is one federation. A center in no group trains nothing.
    pooled
        Whether the images of a group are in one place: then it is one client.
    strategy
        Of the federations.
    scaled
        Whether each center's images are on its own scale.
    dealt
        Whether the patients of all centers are dealt anew, so that all centers are alike in kind, if not in number.
    adapted
        Whether each center measures the batch normalization of the network that it uses on its own unmarked images.
    longer
        By how much a round is longer: with 4 a client does as many steps as four centers together.
    """

    groups: tuple[tuple[str, ...], ...] = (CENTERS,)
    pooled: bool = False
    strategy: Strategy = Strategy()  # noqa: RUF009 (frozen)
    scaled: bool = False
    dealt: bool = False
    adapted: bool = False
    longer: int = 1


_FEDBN = Strategy(stays=batch_norm_tensors)
ARMS: Mapping[str, Arm] = {
    "local": Arm(tuple((center,) for center in CENTERS)),
    "smallest": Arm(((CENTERS[-1],),)),
    "largest": Arm(((LARGEST,),)),
    "largest_long": Arm(((LARGEST,),), longer=len(CENTERS)),
    "largest_scaled": Arm(((LARGEST,),), scaled=True),
    "pooled": Arm(pooled=True),
    "pooled_long": Arm(pooled=True, longer=len(CENTERS)),
    "fedavg": Arm(),
    "fedavg_long": Arm(longer=len(CENTERS)),
    "fedavg_adapted": Arm(adapted=True),
    "fedavg_scaled": Arm(scaled=True),
    "fedavg_dealt": Arm(dealt=True),
    "fedprox": Arm(strategy=Strategy(proximal=0.1)),
    "fedbn": Arm(strategy=_FEDBN),
    "fedbn_noise_low": Arm(strategy=replace(_FEDBN, clip=CLIP, noise=0.003)),
    "fedbn_noise_high": Arm(strategy=replace(_FEDBN, clip=CLIP, noise=0.03)),
}
"""By name. In all but the long ones a client does as many steps in as many rounds."""


@dataclass(frozen=True)
class Tried:
    """What `FederatedRow` says, in bytes."""

    center: str
    rounds: int
    dice: float
    sent: int
    membership: float


def tried_rounds(name: str, seed: int, profile: Profile | None = None) -> Iterator[Tried]:
    """Train, and try each center after each checked round."""
    arm = ARMS[name]
    federations = [_rounds(_clients(arm, group), arm.strategy, arm.longer, seed, profile) for group in arm.groups]
    for rounds in zip(*federations, strict=True):
        number = rounds[0].number
        sent = sum(r.sent for r in rounds) if not arm.pooled and len(arm.groups) == 1 and len(arm.groups[0]) > 1 else 0
        for center in (*CENTERS, UNSEEN):
            networks = [_network(arm, group, r, center) for group, r in zip(arm.groups, rounds, strict=True)
                        if center in group or len(arm.groups) == 1 or center == UNSEEN]  # fmt: skip
            dice = mean(_dice(network, center, arm.scaled) for network in networks)
            told = (
                _membership(networks[0], center, arm.scaled) if number == ROUNDS and center != UNSEEN else float("nan")
            )
            yield Tried(center, number, dice, sent, told)


@lru_cache(maxsize=12)
def _rounds(
    clients: tuple[Client, ...], strategy: Strategy, longer: int, seed: int, profile: Profile | None
) -> tuple[Round, ...]:
    """The checked rounds of a federation; arms that differ in use alone share it."""
    recipe = recipe_for(clients[0].data)
    budget = recipe.budget(profile)
    recipe = replace(recipe, budgets=replace(budget, steps=longer * budget.steps))
    every = federate(recipe, clients, ROUNDS, strategy, seed=seed, profile=profile)
    return tuple(r for r in every if r.number in CHECKED)


def _clients(arm: Arm, group: tuple[str, ...]) -> tuple[Client, ...]:
    shares = {center: patients_of(center) for center in group}
    if arm.dealt:
        everybody = [one for share in shares.values() for one in share]
        order = generator(0, "centers", "dealt").permutation(len(everybody))
        ends = np.cumsum([len(share) for share in shares.values()])
        dealt = np.split(order, ends[:-1])
        shares = {center: tuple(everybody[k] for k in part) for center, part in zip(shares, dealt, strict=True)}
    if arm.pooled:
        shares = {"all": tuple(one for share in shares.values() for one in share)}
    return tuple(Client(name, CenterPatches(share, arm.scaled), len(share)) for name, share in shares.items())


def _network(arm: Arm, group: tuple[str, ...], done: Round, center: str) -> nn.Module:
    """What a center uses: its own network, or what is handed to a center that did not train."""
    states = done.networks
    own = "all" if arm.pooled else center
    state = states[own] if own in states else _handed_on(states)
    network = Segmenter()
    network.load_state_dict(state)
    foreign = own not in states and arm.strategy.stays is batch_norm_tensors
    if arm.adapted or foreign:
        measure_normalization(network, unmarked(center, arm.scaled))
    return network.eval()


def _handed_on(states: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of the centers' networks: what they share is the same in all."""
    first = next(iter(states.values()))
    return {n: torch.stack([s[n].double() for s in states.values()]).mean(0).to(t.dtype) for n, t in first.items()}


def unmarked(center: str, scaled: bool = False) -> Tensor:
    """Patches of a center without marks ``(64, 2, 32, 32)``, of eight patients, or as many as it has."""
    patches = CenterPatches(patients_of(center)[:UNMARKED], scaled, near=0.0)
    return torch.as_tensor(patches.batch(0, 0, Budget(1, batch=64, patch=32), slice(None))["images"])


def measure_normalization(network: nn.Module, images: Tensor) -> None:
    """Give batch normalizations the means and variances of these images; nothing else changes."""
    layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over what is seen
    with torch.no_grad():
        network.train()(images)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum


def _marks(network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    with torch.no_grad():
        logits: Tensor = network(batch["images"])
    return logits


def _dice(network: nn.Module, center: str, scaled: bool) -> float:
    """Mean over the patients who are tried."""
    batch = batch_of([(center, seed) for seed in TRIED], scaled)
    marked, truth = _marks(network, batch) > 0, batch["mask"] > 0.5
    both, sizes = (marked & truth).sum((1, 2, 3)), marked.sum((1, 2, 3)) + truth.sum((1, 2, 3))
    return float((2 * both / sizes).mean())


def _membership(network: nn.Module, center: str, scaled: bool) -> float:
    """How often a patient of the center's training has a smaller loss than one of the `OTHERS`."""
    step = SegmentStep(network)
    groups: tuple[Patients, Patients] = (patients_of(center)[: len(OTHERS)], tuple((center, seed) for seed in OTHERS))
    inside, outside = ([_loss(step, one, scaled) for one in group] for group in groups)
    return float(np.mean([[i < o for o in outside] for i in inside]))


def _loss(step: SegmentStep, one: tuple[str, int], scaled: bool) -> float:
    with torch.no_grad():
        return float(torch.stack(list(step.losses(batch_of([one], scaled)).values())).sum())
