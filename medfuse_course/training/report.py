"""What training tells its callbacks, and what it returns."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Record:
    """One step of a run.

    Attributes
    ----------
    phase
        Name of the phase.
    number, total
        Steps done so far and in all, over all phases.
    losses
        Each term of the training loss, by name.
    validation
        Losses on the validation batch, where this step validated; else None.
    seconds
        Since the run began, all its parts together.
    gradients
        Norm of the gradient of each update in its last step, before it is clipped.
    watched
        What `Step.watch` says of the validation batch, where this step validated; else None.
    """

    phase: str
    number: int
    total: int
    losses: Mapping[str, float]
    validation: Mapping[str, float] | None
    seconds: float
    gradients: Mapping[str, float] = field(default_factory=dict)
    watched: Mapping[str, float] | None = None


class TrainingWarning(UserWarning):
    """A run ended, and what it ended with should not be used unseen."""


@dataclass(frozen=True)
class Trained:
    """The result of a run.

    Attributes
    ----------
    network
        With the weights that the recipe keeps, in evaluation mode, on the CPU; what inference needs.
    history
        The records of the validations.
    provenance
        Recipe hash, profile, data, seed, device, seconds, final losses: what goes into a checkpoint. Where the step
        found faults, such as a collapsed generator, also these.
    whole
        The network with all that only helped to train it; `network` itself where nothing did (`Recipe.ships`).
    """

    network: nn.Module = field(repr=False)
    history: tuple[Record, ...] = field(repr=False)
    provenance: dict[str, Any]
    whole: nn.Module = field(repr=False)


Callback = Callable[[Record], Any]
"""Is called with the record of every step."""


class ProgressBar:
    """A bar on stderr, on terminals and in notebooks."""

    def __init__(self, description: str, *, disable: bool | None = None) -> None:
        self._description, self._disable = description, disable
        self._bar: Any = None

    def __call__(self, record: Record) -> None:
        """Move on; close at the end."""
        from tqdm.auto import tqdm

        if self._bar is None:
            self._bar = tqdm(total=record.total, desc=self._description, unit="step", disable=self._disable)
        self._bar.update(record.number - self._bar.n)
        if record.validation:
            self._bar.set_postfix({"validation": f"{sum(record.validation.values()):.4f}"})
        if record.number == record.total:
            self._bar.close()


def warn_of(slug: str, faults: Sequence[str]) -> None:
    """Say what is wrong with the network that a run ends with, to whoever called `train`."""
    for fault in faults:
        warnings.warn(f"{slug}: {fault}", TrainingWarning, stacklevel=4)
