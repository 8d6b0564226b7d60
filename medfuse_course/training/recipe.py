"""What a training run is, as a frozen value: the same recipe gives the same weights."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from typing import Any, Literal, Protocol, get_args

import numpy as np
from torch import nn

from medfuse_course.core.profile import Profile, current_profile
from medfuse_course.training.identity import describe, digest_of
from medfuse_course.training.schedules import Schedule, warmup_cosine
from medfuse_course.training.steps import Step

Keep = Literal["best", "last"]
Precision = Literal["auto", "no", "bf16"]

SEEDS = 2**32
"""How many seeds there are: with the number of a step in it, a seed must fit into one of torch."""


class Data(Protocol):
    """Where batches come from: best a frozen dataclass of plain values.

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
        Training steps of all phases together.
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
        Takes the network, returns a `training.steps.Step`: a function or a subclass.
    share
        Its part of the budget's steps; the shares of a recipe sum to 1.
    learning_rate
        Of every update whose optimizer does not say its own; the recipe's schedule multiplies it.
    """

    name: str
    step: Callable[[Any], Step]
    share: float = 1.0
    learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        _check_callable("step", self.step, "a function of the network that returns a Step")


@dataclass(frozen=True)
class Recipe:
    """A training run.

    Attributes
    ----------
    slug
        The method whose weights it makes.
    network
        Builds the `torch.nn.Module` to train: a function or a class that takes ``scale``, or nothing.
    data
        Where batches come from.
    phases
        What is learned, in order.
    budgets
        How much work in each profile, or one `Budget` for all.
    seed
        Decides the initial weights and every batch.
    clip
        Largest norm of the gradient; None: as it comes.
    average
        Decay of the exponential moving average of the weights, which is what is validated and kept; 0: none.
    patience
        Validations without improvement after which a phase ends early; None: never.
    ships
        The part of the network that inference needs, as `torch.nn.Module.get_submodule` names it, where the rest only
        helps to train it; empty: all of it.
    keep
        ``"best"``: the weights of each phase that did best on the validation batch. ``"last"``: those at its end, for
        losses that choose nothing, such as adversarial ones.
    schedule
        How learning rates change over a phase: takes an optimizer and how many steps it will do, returns a scheduler
        of `torch.optim.lr_scheduler`.
    precision
        ``"bf16"`` computes losses in bfloat16, ``"no"`` in float32; ``"auto"``: bfloat16 on a GPU that has it.
    """

    slug: str
    network: Callable[..., nn.Module]
    data: Data
    phases: tuple[Phase, ...]
    budgets: Mapping[Profile, Budget] | Budget = field(hash=False)
    seed: int = 0
    clip: float | None = 1.0
    average: float = 0.0
    patience: int | None = None
    ships: str = ""
    keep: Keep = "best"
    schedule: Schedule = warmup_cosine
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", _checked_seed(self.seed))
        _check_callable("network", self.network, "a function or a class that builds one, with or without scale")
        _check_callable("schedule", self.schedule, "a function of optimizer and steps, such as schedules.constant")
        for method in ("batch", "validation"):
            if isinstance(self.data, type) or not callable(getattr(self.data, method, None)):
                kind = self.data.__name__ if isinstance(self.data, type) else type(self.data).__name__
                raise TypeError(
                    f"data: expected an object with batch(...) and validation(...), such as FusionPatches() or "
                    f"FolderPairs(folder), got {kind}; a function that returns pairs goes into CallablePairs"
                )
        if isinstance(self.phases, Phase):
            raise TypeError("phases: expected several, got one Phase; write (phase,)")
        if not isinstance(self.budgets, Budget | Mapping):
            raise TypeError(f"budgets: expected a Budget or one for each profile, got {self.budgets!r}")
        if not self.phases or abs(sum(phase.share for phase in self.phases) - 1) > 1e-9:
            raise ValueError(f"phases: expected shares that sum to 1, got {[phase.share for phase in self.phases]}")
        if not 0 <= self.average < 1:
            raise ValueError(f"average: expected a decay in [0, 1), got {self.average!r}")
        if self.clip is not None and not self.clip > 0:
            raise ValueError(f"clip: expected a positive norm, or None for no clipping, got {self.clip!r}")
        for name, known in (("keep", get_args(Keep)), ("precision", get_args(Precision))):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: expected one of {', '.join(known)}, got {getattr(self, name)!r}")
        if self.keep == "last" and self.patience is not None:
            raise ValueError("patience: expected None with keep='last', which asks no validation when to end")

    def build(self, scale: str = "course") -> nn.Module:
        """The network, freshly initialized."""
        takes_scale = _takes_scale(self.network)
        if not takes_scale and scale != "course":
            raise ValueError(f"scale: the network of {self.slug} comes in one size, got {scale!r}; leave scale out")
        network = self.network(scale=scale) if takes_scale else self.network()
        if not isinstance(network, nn.Module):
            raise TypeError(f"network: expected a builder that returns an nn.Module, got {type(network).__name__}")
        return network

    def shipped_part(self, network: nn.Module) -> nn.Module:
        """The part of a network that inference needs: what `ships` names, or the whole."""
        try:
            return network.get_submodule(self.ships)
        except AttributeError as error:
            kind = type(network).__name__
            raise ValueError(f"ships: expected a part of {kind}, got {self.ships!r}: {error}") from error

    def budget(self, profile: Profile | None = None) -> Budget:
        """The budget of one profile; of the one that ``MEDFUSE_PROFILE`` names by default."""
        profile = current_profile() if profile is None else profile
        if isinstance(self.budgets, Budget):
            return self.budgets
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

    def parts(self, profile: Profile | None = None, *, library_code: bool = False) -> dict[str, Any]:
        """All that decides the weights, in words and hashes: see `training.identity`.

        `ships` is no part: which weights are kept does not change them.
        """
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        if not library_code:
            said = {f.name: said[f.name] for f in fields(self) if said[f.name] != f.default}
        said["budget"] = self.budget(profile)
        said |= {f"phase {number} ({phase.name})": phase for number, phase in enumerate(self.phases, 1)}
        for name in ("ships", "budgets", "phases"):
            said.pop(name, None)
        parts: dict[str, Any] = describe(said, library_code=library_code)
        return parts

    def digest(self, profile: Profile | None = None) -> str:
        """A hash of `parts`: 16 hexadecimal digits; with the budget of ``MEDFUSE_PROFILE`` by default.

        What the library brings counts by its name, what a reader wrote by its code.
        """
        return digest_of(self.parts(profile))


def _checked_seed(seed: Any) -> int:
    if not isinstance(seed, bool) and isinstance(seed, int | np.integer) and 0 <= seed < SEEDS:
        return int(seed)
    advice = "; leave out the quotes" if isinstance(seed, str) and seed.isdigit() else ""
    raise ValueError(f"seed: expected a whole number from 0 to {SEEDS - 1}, got {seed!r}{advice}")


def _check_callable(name: str, value: Any, wanted: str) -> None:
    if isinstance(value, str):
        raise TypeError(f"{name}: expected {wanted}, got the text {value!r}; import it and give the function itself")
    if isinstance(value, nn.Module) or not callable(value):
        raise TypeError(f"{name}: expected {wanted}, got {type(value).__name__}, which no run could make afresh")


def _takes_scale(build: Callable[..., Any]) -> bool:
    """Whether a builder wants ``scale``; one that wants anything else is refused."""
    parameters = inspect.signature(build).parameters
    needed = [
        p.name
        for p in parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name != "scale"
    ]
    if needed:
        name = getattr(build, "__name__", "it")
        raise TypeError(
            f"network: expected a builder that takes nothing or scale, got {name}({', '.join(parameters)}); "
            f"fill {needed[0]} with functools.partial({name}, {needed[0]}=...)"
        )
    return "scale" in parameters
