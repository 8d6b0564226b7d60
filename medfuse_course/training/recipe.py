"""What a training run is, as a frozen value: the same recipe gives the same weights."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Protocol

from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import load_object


class Data(Protocol):
    """Where batches come from: a frozen dataclass of plain values.

    Batches follow from seed and number alone, so a run that was interrupted draws the same ones again, and each of
    several processes can draw its own rows.
    """

    def batch(self, seed: int, number: int, budget: "Budget", rows: slice) -> Mapping[str, Any]:
        """Rows of training batch `number`, as tensors by name."""
        ...

    def validation(self, budget: "Budget") -> Mapping[str, Any]:
        """One fixed batch that training never sees: other patients, other phantoms."""
        ...


@dataclass(frozen=True)
class Budget:
    """How much work a run may do.

    Attributes
    ----------
    steps
        Optimizer steps of all phases together.
    batch, patch
        Images a step, and their side in pixels.
    check_every
        Steps between validations; the state is saved then.
    pool
        Image pairs that are at hand at a time; patches are cut from these.
    refresh
        Steps after which the pool is made anew.
    """

    steps: int
    batch: int = 8
    patch: int = 64
    check_every: int = 100
    pool: int = 12
    refresh: int = 200

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name}: expected a positive integer, got {value!r}")


@dataclass(frozen=True)
class Phase:
    """A part of a run with its own loss.

    Attributes
    ----------
    name
        What curves call it.
    step
        ``"package.module:function"``; takes the network, returns a `training.steps.Step`.
    share
        Its part of the budget's steps; the shares of a recipe sum to 1.
    learning_rate
        At the start; it falls to 0 along half a cosine, after a rise over the first twentieth.
    """

    name: str
    step: str
    share: float = 1.0
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class Recipe:
    """A training run.

    Attributes
    ----------
    slug
        The method whose weights it makes.
    network
        ``"package.module:function"``; takes ``scale`` and returns the `torch.nn.Module` to train.
    data
        Where batches come from.
    phases
        What is learned, in order.
    budgets
        How much work in each profile.
    seed
        Decides the initial weights and every batch.
    clip
        Largest norm of the gradient.
    average
        Decay of the exponential moving average of the weights, which is what is validated and shipped; 0: none.
    patience
        Validations without improvement after which a phase ends early; None: never.
    ships
        The part of the network that inference needs, as `torch.nn.Module.get_submodule` names it, where the rest only
        helps to train it; empty: all of it.
    """

    slug: str
    network: str
    data: Data
    phases: tuple[Phase, ...]
    budgets: Mapping[Profile, Budget] = field(hash=False)
    seed: int = 0
    clip: float = 1.0
    average: float = 0.0
    patience: int | None = None
    ships: str = ""

    def __post_init__(self) -> None:
        if not self.phases or abs(sum(phase.share for phase in self.phases) - 1) > 1e-9:
            raise ValueError(f"phases: expected shares that sum to 1, got {[phase.share for phase in self.phases]}")
        if not 0 <= self.average < 1:
            raise ValueError(f"average: expected a decay in [0, 1), got {self.average!r}")

    def build(self, scale: str = "course") -> Any:
        """The network, freshly initialized."""
        return load_object(self.network)(scale)

    def budget(self, profile: Profile) -> Budget:
        """The budget of one profile."""
        if profile not in self.budgets:
            raise ValueError(f"profile: {self.slug} has a budget for {', '.join(self.budgets)}, got {profile!r}")
        return self.budgets[profile]

    def steps(self, budget: Budget) -> tuple[int, ...]:
        """Steps of each phase; they sum to the budget's."""
        ends, total = [0], 0.0
        for phase in self.phases:
            total += phase.share
            ends.append(round(total * budget.steps))
        return tuple(end - start for start, end in pairwise(ends))

    def digest(self, profile: Profile) -> str:
        """A hash of all that decides the weights but the code: 16 hexadecimal digits."""
        content = asdict(self) | {"budgets": asdict(self.budget(profile)), "data_kind": type(self.data).__name__}
        del content["ships"]  # which weights are kept does not change them
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]
