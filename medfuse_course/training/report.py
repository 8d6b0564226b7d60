"""What training tells, and to whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


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
    """

    phase: str
    number: int
    total: int
    losses: Mapping[str, float]
    validation: Mapping[str, float] | None
    seconds: float


Callback = Callable[[Record], Any]
"""Is told every step."""


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
