"""Federated learning: centers train at home and send weights; images stay where they are.

A round is one `train(start=...)` in each center, from the weights that all share, and one mean. FedAvg: H. B. McMahan
and others, "Communication-efficient learning of deep networks from decentralized data", AISTATS 2017. FedProx: T. Li
and others, MLSys 2020. FedBN: X. Li and others, ICLR 2021. Ours: all centers do the same number of steps in a round,
and their optimizers begin each round anew. Recipes have one phase.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from medfuse_course.core.device import own_randomness
from medfuse_course.core.profile import Profile
from medfuse_course.training.privacy import clipped, with_noise
from medfuse_course.training.recipe import Budget, Data, Recipe
from medfuse_course.training.run import train
from medfuse_course.training.steps import held_near

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Client:
    """A center: where its batches come from, and how many cases it has, which is what its weights count in the mean."""

    name: str
    data: Data
    cases: float = 1


def nothing(network: nn.Module) -> frozenset[str]:
    """No tensor stays at home."""
    return frozenset()


def batch_norm_tensors(network: nn.Module) -> frozenset[str]:
    """Names of all that batch normalizations hold: scale, shift, running mean and variance, and their counter.

    Examples
    --------
    >>> from torch import nn
    >>> from medfuse_course.training import batch_norm_tensors
    >>> network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    >>> sorted(batch_norm_tensors(network))
    ['1.bias', '1.num_batches_tracked', '1.running_mean', '1.running_var', '1.weight']
    """
    layers = ((name, layer) for name, layer in network.named_modules() if isinstance(layer, _BatchNorm))
    return frozenset(f"{name}.{tensor}" if name else tensor for name, layer in layers for tensor in layer.state_dict())


@dataclass(frozen=True)
class Strategy:
    """What a federation does differently from FedAvg, which is ``Strategy()``.

    Attributes
    ----------
    proximal
        The mu of FedProx: each center's loss grows by ``mu / 2 |w - w_shared|^2``.
    stays
        Names of the tensors of a network that no center sends.
    clip, noise
        Largest norm of a center's update; and the standard deviation of the Gaussian noise on each number of the mean,
        over the most that one center can move it, ``clip`` times its share.
    """

    proximal: float = 0.0
    stays: Callable[[nn.Module], Collection[str]] = nothing
    clip: float | None = None
    noise: float = 0.0

    def __post_init__(self) -> None:
        if self.proximal < 0 or self.noise < 0 or (self.clip is not None and not self.clip > 0):
            raise ValueError(f"strategy: expected proximal and noise >= 0 and clip > 0 or None, got {self}")
        if self.noise and self.clip is None:
            raise ValueError("noise: expected a clip beside it; without one nobody knows how much noise is enough")


STRATEGIES = {"fedavg": Strategy(), "fedprox": Strategy(proximal=0.1), "fedbn": Strategy(stays=batch_norm_tensors)}
"""FedAvg, FedProx and FedBN, by slug."""


@dataclass(frozen=True)
class Round:
    """After `number` rounds: what all share, each center's whole network by name, and the bytes sent so far."""

    number: int
    shared: Tensors
    networks: Mapping[str, Tensors]
    sent: int


def federate(
    recipe: Recipe,
    clients: Sequence[Client],
    rounds: int,
    strategy: Strategy | None = None,
    *,
    seed: int | None = None,
    profile: Profile | None = None,
) -> Iterator[Round]:
    """Run a federation: the budget of the recipe is that of one center in one round. Yields each round as it ends.

    Examples
    --------
    >>> from medfuse_course.training import Client, federate, gaussian_grid, gaussian_ring, point_recipe
    >>> recipe = point_recipe("ddpm", gaussian_ring())
    >>> clients = [Client("ring", gaussian_ring()), Client("grid", gaussian_grid())]
    >>> (after,) = federate(recipe, clients, rounds=1, profile="smoke")
    >>> numbers = sum(tensor.numel() for tensor in after.shared.values())
    >>> after.sent == 2 * 2 * 4 * numbers  # two centers, down and up, four bytes a number
    True
    """
    strategy, seed = strategy or Strategy(), recipe.seed if seed is None else seed
    with own_randomness(seed):
        network = recipe.build()
    stays, whole = strategy.stays(network), network.state_dict()
    shared = {name: tensor.clone() for name, tensor in whole.items() if name not in stays}
    states, sent = {client.name: whole for client in clients}, 0
    for number in range(rounds):
        states = {c.name: visit(recipe, c, states[c.name] | shared, number, strategy, seed, profile) for c in clients}
        updates = [{name: states[client.name][name] for name in shared} for client in clients]
        sent += 2 * sum(tensor.nbytes for update in updates for tensor in update.values())  # down and up
        random = torch.Generator().manual_seed(seed * 1_000_003 + number)
        shared = aggregate(shared, updates, [client.cases for client in clients], strategy, random)
        yield Round(number + 1, shared, {name: state | shared for name, state in states.items()}, sent)


def visit(
    recipe: Recipe, client: Client, start: Tensors, number: int, strategy: Strategy, seed: int, profile: Profile | None
) -> Tensors:
    """One center's part of round `number`: training from `start` on its own batches, each of them new."""
    if strategy.proximal:
        phases = tuple(replace(p, step=partial(held_near, p.step, strategy.proximal)) for p in recipe.phases)
        recipe = replace(recipe, phases=phases)
    data = Later(client.data, number * recipe.budget(profile).steps)
    return train(recipe, start=start, seed=seed, data=data, profile=profile).whole.state_dict()


def aggregate(
    shared: Tensors, updates: Sequence[Tensors], cases: Sequence[float], strategy: Strategy, random: torch.Generator
) -> Tensors:
    """What all share after a round: the mean weighted by cases; of clipped updates with noise, if the strategy says."""
    if strategy.clip is None:
        return weighted_mean(updates, cases)
    mean = weighted_mean([clipped(shared, update, strategy.clip) for update in updates], cases)
    return with_noise(mean, strategy.noise * strategy.clip * max(cases) / sum(cases), random)


def weighted_mean(states: Sequence[Tensors], weights: Sequence[float]) -> Tensors:
    """``sum_k weights_k states_k / sum_k weights_k``, computed in float64; whole numbers are rounded and stay whole.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.training import weighted_mean
    >>> small, large = {"w": torch.tensor([0.0])}, {"w": torch.tensor([4.0])}
    >>> weighted_mean([small, large], [1, 3])["w"].tolist()  # (1 * 0 + 3 * 4) / 4
    [3.0]
    """
    shares = [weight / sum(weights) for weight in weights]
    means = {name: torch.stack([k * s[name].double() for k, s in zip(shares, states, strict=True)]).sum(0)
             for name in states[0]}  # fmt: skip
    kinds = {name: tensor.dtype for name, tensor in states[0].items()}
    return {name: (m if kinds[name].is_floating_point else m.round()).to(kinds[name]) for name, m in means.items()}


@dataclass(frozen=True)
class Later:
    """The batches of `data` from number `first` on."""

    data: Data
    first: int

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Any]:
        """Rows of a batch that many places later."""
        return self.data.batch(seed, number + self.first, budget, rows)

    def validation(self, budget: Budget) -> Mapping[str, Any]:
        """As the data have it."""
        return self.data.validation(budget)
