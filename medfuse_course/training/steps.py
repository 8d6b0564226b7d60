"""How a batch becomes losses. The loop knows nothing of fusion; a step knows nothing of the loop."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

N = TypeVar("N", bound=nn.Module)
Batch = Mapping[str, Tensor]
Losses = Mapping[str, Tensor]


@dataclass(frozen=True)
class Update:
    """One optimizer step within a training step.

    Attributes
    ----------
    name
        Such as ``"fuser"``, or ``"generator"`` and ``"discriminator"``.
    parameters
        What it changes.
    losses
        Terms by name for a batch; their sum is minimized. Each is a mean over the batch.
    """

    name: str
    parameters: Sequence[nn.Parameter]
    losses: Callable[[Batch], Losses]


class Step(Protocol):
    """What a phase does with a batch.

    An adversarial step has two updates, one for each player; they run in order, each with its own optimizer.
    """

    @property
    def updates(self) -> Sequence[Update]:
        """The optimizer steps, in order."""
        ...

    def validate(self, batch: Batch) -> Losses:
        """Terms whose sum chooses the model: lower is better."""
        ...


class LossStep(ABC, Generic[N]):
    """A step with one update, which is validated by what it minimizes; a subclass says what that is.

    Parameters
    ----------
    network
        What `losses` asks.
    parameters
        What is trained; all of the network's that require a gradient by default.
    name
        Of the update.
    """

    def __init__(self, network: N, parameters: Iterable[nn.Parameter] | None = None, *, name: str = "network") -> None:
        self.network = network
        if parameters is None:
            parameters = (parameter for parameter in network.parameters() if parameter.requires_grad)
        self.updates = (Update(name, list(parameters), self.losses),)

    @abstractmethod
    def losses(self, batch: Batch) -> Losses:
        """Terms by name for a batch; each is a mean over it."""

    def validate(self, batch: Batch) -> Losses:
        """The same terms."""
        return self.losses(batch)


class FusionStep(LossStep[nn.Module]):
    """Unsupervised fusion: ``losses(network(a, b), a, b)``.

    Parameters
    ----------
    network
        ``forward(a, b)`` gives the fused image.
    terms
        Takes fused, a, b; returns terms by name.
    """

    def __init__(self, network: nn.Module, terms: Callable[[Tensor, Tensor, Tensor], Losses]) -> None:
        super().__init__(network)
        self._terms = terms

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch with ``a`` and ``b``."""
        return self._terms(self.network(batch["a"], batch["b"]), batch["a"], batch["b"])


class SupervisedStep(LossStep[nn.Module]):
    """With a target: ``losses(network(a, b), target)``.

    Parameters
    ----------
    network
        ``forward(a, b)``.
    terms
        Takes the output and the target; returns terms by name.
    """

    def __init__(self, network: nn.Module, terms: Callable[[Tensor, Tensor], Losses]) -> None:
        super().__init__(network)
        self._terms = terms

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch with ``a``, ``b`` and ``target``."""
        return self._terms(self.network(batch["a"], batch["b"]), batch["target"])


class ReconstructionStep(LossStep[nn.Module]):
    """Autoencoding: each source for itself is encoded and decoded, ``losses(network.reconstruct(x), x)``."""

    def __init__(self, network: nn.Module, terms: Callable[[Tensor, Tensor], Losses]) -> None:
        super().__init__(network)
        self._terms = terms

    def losses(self, batch: Batch) -> Losses:
        """The terms of one batch with ``a`` and ``b``, both as single images."""
        images = torch.cat([batch["a"], batch["b"]])
        return self._terms(self.network.reconstruct(images), images)  # type: ignore[operator]
