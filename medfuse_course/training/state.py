"""What is kept of a run, in a file and in words, and given weights: tensors by name out of networks and into them."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from medfuse_course.networks.tensor_files import CheckpointError, fill, load_tensors, read_tensors, save_tensors
from medfuse_course.training.identity import differences, hash_tensors
from medfuse_course.training.report import Record, Trained
from medfuse_course.training.schedules import Schedule
from medfuse_course.training.steps import Update

if TYPE_CHECKING:
    from medfuse_course.training.run import Run

Start = Trained | nn.Module | Mapping[str, Tensor] | str | Path
"""What another run returned, a network, its tensors by name, or the path of a file of weights."""

_ODD = (RuntimeError, KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What a state raises that is whole as a file and not as a state."""

_POSITION = ("phase", "step", "number", "stale", "best", "seconds")
"""Attributes of a run that say where it stands."""


@dataclasses.dataclass(frozen=True)
class Learner:
    """An update at work: its optimizer, and the schedule of its rate."""

    update: Update
    optimizer: Optimizer
    scheduler: LRScheduler

    @classmethod
    def of(cls, update: Update, learning_rate: float, schedule: Schedule, steps: int) -> "Learner":
        """An update for a phase of `steps` steps, with this learning rate where it does not say its own."""
        if steps and update.every > steps:
            raise ValueError(f"every: {update.name!r} would never run in {steps} steps, got {update.every}")
        optimizer = update.make_optimizer(learning_rate)
        return cls(update, optimizer, schedule(optimizer, steps // update.every))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What the optimizer remembers, as tensors by parameter and name; rates and schedule, as JSON holds them."""
        remembered = self.optimizer.state_dict()["state"]
        named = ((f"{k}/{name}", value) for k, of in remembered.items() for name, value in of.items())
        settings = [{k: v for k, v in group.items() if k != "params"} for group in self.optimizer.param_groups]
        tensors = {name: torch.as_tensor(value) for name, value in named if value is not None}
        return tensors, {"settings": settings, "scheduler": self.scheduler.state_dict()}

    def restore(self, tensors: Mapping[str, Tensor], said: Mapping[str, Any]) -> None:
        """Put back what `state` gave."""
        remembered: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            number, key = name.split("/")
            remembered.setdefault(int(number), {})[key] = tensor
        self.scheduler.load_state_dict(said["scheduler"])
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": remembered})
        for group, settings in zip(self.optimizer.param_groups, said["settings"], strict=True):
            group.update({k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})


def copy_of(module: nn.Module) -> dict[str, Tensor]:
    """The tensors of a module as they are now."""
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}


def save(run: "Run", path: Path) -> None:
    """Write where a run stands, whole or not at all."""
    tensors = _pack("network", run.network.state_dict()) | _pack("kept", run.kept)
    if run.average is not None:
        tensors |= _pack("average", run.average.state_dict())
    about = {name: getattr(run, name) for name in _POSITION} | {"parts": run.parts, "learners": []}
    for learner in run.learners:
        remembered, settings = learner.state()
        tensors |= _pack(f"optimizer.{learner.update.name}", remembered)
        about["learners"].append(settings)
    about["history"] = [dataclasses.asdict(record) for record in run.history]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        save_tensors(path, tensors, about)
    except OSError as error:
        raise type(error)(f"{error}. A state that was there before is whole: the run goes on from it") from error


def resume(run: "Run", path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Put a run where its file says it stopped; what the file holds, for its learners.

    Raises
    ------
    CheckpointError
        The file is damaged, or of another run; the message says what sets the two apart.
    """
    try:
        tensors, about = load_tensors(path)
    except CheckpointError as error:
        reason = str(error).removeprefix(f"{path}: ").partition(";")[0]
        raise CheckpointError(f"{path}: {reason}; remove this state, and the run begins anew") from error
    if not isinstance(about.get("parts"), Mapping):
        raise CheckpointError(f"{path}: not the state of a run, or one of an older version; remove it")
    if changes := differences(about["parts"], run.parts):
        more = f"; and {len(changes) - 3} more" if len(changes) > 3 else ""
        raise CheckpointError(
            f"{path}: the state of another run. In the file -> now: {'; '.join(changes[:3])}{more}. "
            "Remove it, or choose another folder"
        )
    try:
        _put_back(run, tensors, about)
    except _ODD as error:
        raise _incomplete(path, error) from error
    return tensors, about


def _put_back(run: "Run", tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    run.network.load_state_dict(_unpack("network", tensors))
    if run.average is not None:
        run.average.load_state_dict(_unpack("average", tensors))
    run.kept = _unpack("kept", tensors)
    for name in _POSITION:
        setattr(run, name, about[name])
    run.history = [Record(**record) for record in about["history"]]
    run.gradients = dict(run.history[-1].gradients)


def _incomplete(path: Path, error: BaseException) -> CheckpointError:
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return CheckpointError(
        f"{path}: not the whole state of a run ({reason}); remove this state, and the run begins anew"
    )


def restore_learners(learners: Sequence[Learner], tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Give the learners of a phase what its file has kept of them."""
    for learner, said in zip(learners, about["learners"], strict=True):
        learner.restore(_unpack(f"optimizer.{learner.update.name}", tensors), said)


def provenance(run: "Run") -> dict[str, Any]:
    """What a checkpoint says of its run."""
    last = run.history[-1] if run.history else None
    said = {
        "slug": run.recipe.slug,
        "recipe": run.digest,
        "profile": run.profile,
        "scale": run.scale,
        "seed": run.recipe.seed,
        "data": str(run.recipe.data),
        "steps": run.number,
        "device": str(run.device),
        "processes": run.accelerator.num_processes,
        "torch": torch.__version__,
        "seconds": round(run.seconds, 1),
        "losses": dict(last.losses) if last else {},
        "validation": dict(last.validation or {}) if last else {},
    }
    more = {"start": run.start, "faults": list(run.faults)}
    return said | {name: what for name, what in more.items() if what}


def begin_from(start: Start, network: nn.Module, shipped: nn.Module) -> str:
    """Put given weights into a network, or into the part of it that ships; a hash of them."""
    said_by = "start"
    if isinstance(start, str | Path):
        said_by, start = str(start), read_tensors(Path(start))
    if isinstance(start, Trained):
        start = start.whole
    if isinstance(start, nn.Module):
        start = start.state_dict()
    if not isinstance(start, Mapping):
        raise TypeError(
            f"start: expected what train returned, a network, its state_dict() or the path of a .safetensors file, "
            f"got {type(start).__name__}"
        )
    of_part = start.keys() == shipped.state_dict().keys()
    fill(shipped if of_part else network, start, said_by)
    return hash_tensors(start)


def _pack(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def _unpack(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{prefix}/"): t for name, t in tensors.items() if name.startswith(f"{prefix}/")}
