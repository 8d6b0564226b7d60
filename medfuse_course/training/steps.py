"""How a batch becomes losses. The loop knows nothing of fusion; a step knows nothing of the loop."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import signature
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

N = TypeVar("N", bound=nn.Module)
Batch = Mapping[str, Tensor]
"""What a data set gives: tensors by name."""
Losses = Mapping[str, Tensor]
"""What a step gives: terms by name, scalars."""


@dataclass(frozen=True)
class Update:
    """One optimizer and what it minimizes; a training step runs each of its updates once, or every few times.

    Attributes
    ----------
    name
        Such as ``"fuser"``, or ``"generator"`` and ``"critic"``.
    parameters
        What it changes.
    losses
        Terms by name for a batch; their sum is minimized. Each is a mean over the batch.
    optimizer
        Takes the parameters: a class of `torch.optim`, or one with its settings, such as
        ``functools.partial(torch.optim.RMSprop, lr=5e-5)``. Without ``lr`` the rate is that of the phase.
    every
        Runs in one of so many steps: with 5, in the fifth, the tenth and so on; the other updates run in all of theirs.
    after
        Is called when it has run, without gradients: to clip weights, for example.
    """

    name: str
    parameters: Sequence[nn.Parameter]
    losses: Callable[[Batch], Losses]
    optimizer: Callable[..., Optimizer] = torch.optim.Adam
    every: int = 1
    after: Callable[[], Any] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.every, bool) or not isinstance(self.every, int) or self.every < 1:
            raise ValueError(f"every: expected a positive number of steps, got {self.every!r}")
        if isinstance(self.optimizer, Optimizer) or not callable(self.optimizer):
            raise TypeError(
                f"optimizer: expected a class of torch.optim or a partial of one, got {type(self.optimizer).__name__}; "
                "the run makes it for the parameters"
            )
        object.__setattr__(self, "parameters", tuple(self.parameters))
        if not self.parameters:
            raise ValueError(f"parameters: {self.name!r} has nothing to learn; does anything require a gradient?")

    def make_optimizer(self, learning_rate: float) -> Optimizer:
        """The optimizer, with this rate if it has none of its own."""
        has_own = isinstance(self.optimizer, partial) and "lr" in self.optimizer.keywords
        if has_own or "lr" not in signature(self.optimizer).parameters:
            return self.optimizer(self.parameters)
        return self.optimizer(self.parameters, lr=learning_rate)


class Step:
    """What a phase does with a batch; made for a network when the phase begins.

    Attributes
    ----------
    updates
        What learns, in order. An adversarial step has two, one for each player.
    """

    updates: Sequence[Update] = ()

    def validate(self, batch: Batch) -> Losses:
        """Terms whose sum chooses the model, lower is better; none where no number can choose (``keep="last"``)."""
        return {}

    def watch(self, batch: Batch) -> Losses:
        """Numbers by name of the validation batch that are recorded and choose nothing: how a game stands."""
        return {}

    def faults(self, watched: Mapping[str, float]) -> Sequence[str]:
        """What is wrong with a network that ends with these numbers of `watch`, a sentence each."""
        return ()

    def train_mode(self, network: nn.Module, training: bool) -> None:
        """Put a network into training mode or out of it, before steps and before validations.

        What is to stay frozen, such as the statistics of a batch normalization, stays so by another definition.
        """
        network.train(training)


class LossStep(Step, ABC, Generic[N]):
    """A step with one update, which is validated by what it minimizes; a subclass says what that is.

    Parameters
    ----------
    network
        What `losses` asks.
    parameters
        What is trained; all of the network's that require a gradient by default.
    name
        Of the update.
    optimizer
        As `Update` takes it.
    """

    def __init__(
        self,
        network: N,
        parameters: Iterable[nn.Parameter] | None = None,
        *,
        name: str = "network",
        optimizer: Callable[..., Optimizer] = torch.optim.Adam,
    ) -> None:
        self.network = network
        if parameters is None:
            parameters = (parameter for parameter in network.parameters() if parameter.requires_grad)
        self.updates = (Update(name, tuple(parameters), self.losses, optimizer),)

    @abstractmethod
    def losses(self, batch: Batch) -> Losses:
        """Terms by name for a batch; each is a mean over it."""

    def validate(self, batch: Batch) -> Losses:
        """The same terms."""
        return self.losses(batch)


class _TermsStep(LossStep[nn.Module]):
    """A loss step whose terms are a function.

    Parameters
    ----------
    network, terms
        As the subclass says.
    optimizer
        As `Update` takes it.
    """

    def __init__(
        self,
        network: nn.Module,
        terms: Callable[..., Losses],
        *,
        optimizer: Callable[..., Optimizer] = torch.optim.Adam,
    ) -> None:
        super().__init__(network, optimizer=optimizer)
        self._terms = terms


class FusionStep(_TermsStep):
    """Unsupervised fusion: ``terms(network(a, b), a, b)``, by name, of batches with ``a`` and ``b``."""

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch."""
        return self._terms(self.network(batch["a"], batch["b"]), batch["a"], batch["b"])


class SupervisedStep(_TermsStep):
    """With a target: ``terms(network(a, b), target)``, by name, of batches with ``a``, ``b`` and ``target``."""

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch."""
        return self._terms(self.network(batch["a"], batch["b"]), batch["target"])


class ReconstructionStep(_TermsStep):
    """Autoencoding: ``terms(network.reconstruct(x), x)``, by name, where x is each source for itself."""

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch with ``a`` and ``b``, both as single images."""
        images = torch.cat([batch["a"], batch["b"]])
        return self._terms(self.network.reconstruct(images), images)  # type: ignore[operator]


def held_near(make: Callable[[Any], Step], mu: float, network: nn.Module) -> Step:
    """A step that is held near where its phase begins: ``mu / 2 |w - w_start|^2`` beside the losses of each update.

    Parameters
    ----------
    make
        Of a phase: takes the network, returns a step.
    mu
        The weight of the term, which is called ``"proximal"``; it is no part of what is validated.
    network
        What is trained. ``functools.partial(held_near, make, mu)`` is the step of another phase.

    Returns
    -------
    The step that `make` made, with other updates.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from medfuse_course.training import FusionStep, held_near
    >>> network = nn.Bilinear(1, 1, 1)  # one weight, one bias
    >>> step = held_near(lambda net: FusionStep(net, lambda f, a, b: {"error": (f - a).abs().mean()}), 2.0, network)
    >>> batch = {"a": torch.ones(4, 1), "b": torch.ones(4, 1)}
    >>> with torch.no_grad():
    ...     _ = [parameter.add_(1) for parameter in network.parameters()]
    >>> round(step.updates[0].losses(batch)["proximal"].item(), 3)  # both moved by 1: mu / 2 (1 + 1)
    2.0
    """
    step = make(network)

    def holding(update: Update) -> Update:
        starts = [parameter.detach().clone() for parameter in update.parameters]

        def losses(batch: Batch) -> Losses:
            apart = [(now - start).square().sum() for now, start in zip(update.parameters, starts, strict=True)]
            return {**update.losses(batch), "proximal": mu / 2 * torch.stack(apart).sum()}

        return replace(update, losses=losses)

    step.updates = tuple(holding(update) for update in step.updates)
    return step


class NamedBatch(dict[str, Tensor]):
    """A batch that says what it holds when it is asked for something else."""

    def __missing__(self, name: str) -> Tensor:
        there = ", ".join(map(repr, self)) or "nothing"
        raise ValueError(f"batch: the step asks for {name!r}, the data give {there}; change one of the two")


def check_terms(losses: Any, name: str, at_least: int = 0) -> dict[str, Tensor]:
    """The terms as they are, if they are named numbers.

    Raises
    ------
    TypeError
        No mapping of tensors by name.
    ValueError
        A term is not one number, or there are too few.
    """
    if not isinstance(losses, Mapping):
        advice = "return {'mse': loss}, not loss" if isinstance(losses, Tensor) else "is a return missing?"
        raise TypeError(f"{name}: expected losses as terms by name, got {type(losses).__name__}; {advice}")
    if len(losses) < at_least:
        raise ValueError(f"{name}: expected a term at least, got none")
    for term, value in losses.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"{name}: expected the term {term!r} as a tensor, got {type(value).__name__}")
        if value.numel() != 1:
            raise ValueError(f"{name}: expected one number as {term!r}, got shape {tuple(value.shape)}; take its mean")
    return {str(term): value.reshape(()) for term, value in losses.items()}


def as_floats(terms: Mapping[str, Tensor]) -> dict[str, float]:
    """Terms as plain numbers."""
    return {name: float(value) for name, value in terms.items()}
