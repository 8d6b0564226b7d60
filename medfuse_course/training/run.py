"""Where a run stands: weights, optimizers, position, and what did best so far; saved and resumed as one file."""

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from medfuse_course.core.profile import Profile
from medfuse_course.networks.tensor_files import CheckpointError, load_tensors, save_tensors
from medfuse_course.training.recipe import Recipe
from medfuse_course.training.report import Record
from medfuse_course.training.state import pack, pack_optimizer, restore_optimizer, unpack


class Run:
    """The state of one run.

    Attributes
    ----------
    phase, step, number
        Phases finished, steps done in this one, steps done in all.
    best
        The best validation loss of this phase; None before the first.
    """

    def __init__(self, recipe: Recipe, profile: Profile, scale: str, network: nn.Module, folder: Path | None) -> None:
        self.recipe, self.profile, self.scale, self.network = recipe, profile, scale, network
        self.digest = recipe.digest(profile)
        self.path = folder / f"{recipe.slug}.{profile}.{scale}.safetensors" if folder else None
        self.phase = self.step = self.number = self.stale = 0
        self.seconds = 0.0
        self.best: float | None = None
        self.history: list[Record] = []
        self._average = copy.deepcopy(network).requires_grad_(False) if recipe.average else None
        self._best_weights = _copy(network)
        self._optimizers: Mapping[str, Optimizer] = {}
        self._loaded: dict[str, Tensor] = {}

    def resume(self) -> None:
        """Go on where the file of this run stopped, if there is one."""
        if self.path is None or not self.path.is_file():
            return
        tensors, about = load_tensors(self.path)
        if about.get("recipe") != self.digest:
            raise CheckpointError(
                f"{self.path}: the state of another recipe ({about.get('recipe')}, this one is {self.digest}); "
                "remove it, or choose another folder"
            )
        self.network.load_state_dict(unpack("network", tensors))
        if self._average is not None:
            self._average.load_state_dict(unpack("average", tensors))
        self._best_weights = unpack("best", tensors)
        self.phase, self.step, self.number, self.stale = (about[k] for k in ("phase", "step", "number", "stale"))
        self.best, self.seconds = about["best"], about["seconds"]
        self.history = [Record(**record) for record in about["history"]]
        self._loaded = tensors

    def begin(self, optimizers: Mapping[str, Optimizer]) -> None:
        """A phase begins, or goes on with the optimizers' saved state."""
        self._optimizers = optimizers
        for name, optimizer in optimizers.items():
            if self._loaded and self.step:
                restore_optimizer(f"optimizer.{name}", self._loaded, optimizer)
        self._loaded = {}

    def advance(self) -> None:
        """One step is done."""
        self.step += 1
        self.number += 1
        if self._average is not None:
            decay = min(self.recipe.average, self.number / (self.number + 10))  # young averages forget faster
            with torch.no_grad():
                for mean, now in zip(self._average.parameters(), self.network.parameters(), strict=True):
                    mean.lerp_(now, 1 - decay)
                for kept, buffer in zip(self._average.buffers(), self.network.buffers(), strict=True):
                    kept.copy_(buffer)

    def judge(self, record: Record) -> None:
        """Keep the weights if they did better than all before."""
        self.history.append(record)
        value = sum((record.validation or {}).values())
        if self.best is None or value < self.best:
            self.best, self.stale = value, 0
            self._best_weights = _copy(self._average if self._average is not None else self.network)
        else:
            self.stale += 1

    def is_stale(self, patience: int | None) -> bool:
        """Whether the phase has gone on too long without improvement."""
        return patience is not None and self.stale >= patience

    def finish(self, steps: int) -> None:
        """Put the best weights of the phase in place; the next phase starts from them."""
        self.number += steps - self.step
        self.network.load_state_dict(self._best_weights)
        if self._average is not None:
            self._average.load_state_dict(self._best_weights)
        self.phase, self.step, self.stale, self.best = self.phase + 1, 0, 0, None

    def save(self) -> None:
        """Write the state, whole or not at all."""
        if self.path is None:
            return
        tensors = pack("network", self.network) | {f"best/{name}": t for name, t in self._best_weights.items()}
        if self._average is not None:
            tensors |= pack("average", self._average)
        for name, optimizer in self._optimizers.items():
            tensors |= pack_optimizer(f"optimizer.{name}", optimizer)
        about = {k: getattr(self, k) for k in ("phase", "step", "number", "stale", "best", "seconds")}
        history = [dataclasses.asdict(record) for record in self.history]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        save_tensors(self.path, tensors, about | {"recipe": self.digest, "history": history})

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """Put the averaged weights in place for a while, where the recipe averages."""
        if self._average is None:
            yield
            return
        now = _copy(self.network)
        self.network.load_state_dict(self._average.state_dict())
        yield
        self.network.load_state_dict(now)

    def provenance(self, accelerator: Accelerator) -> dict[str, Any]:
        """What a checkpoint says of itself."""
        last = self.history[-1] if self.history else None
        return {
            "slug": self.recipe.slug,
            "recipe": self.digest,
            "profile": self.profile,
            "scale": self.scale,
            "seed": self.recipe.seed,
            "data": str(self.recipe.data),
            "steps": self.number,
            "device": str(accelerator.device),
            "processes": accelerator.num_processes,
            "torch": torch.__version__,
            "seconds": round(self.seconds, 1),
            "losses": dict(last.losses) if last else {},
            "validation": dict(last.validation or {}) if last else {},
        }


def _copy(module: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
