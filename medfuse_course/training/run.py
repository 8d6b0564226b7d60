"""The loop: every recipe of the course runs through it, on one processor, one GPU or many (``accelerate launch``).

Batches follow from seed and step number, so a run that was killed goes on from its last state and ends, on a CPU, bit
for bit where it would have ended. Several processes draw the rows of one batch and average their gradients.
"""

import dataclasses
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from medfuse_course.core.device import current_device, enough_memory, own_randomness
from medfuse_course.core.profile import Profile, check_profile, current_profile
from medfuse_course.training import state
from medfuse_course.training.identity import digest_of
from medfuse_course.training.recipe import Data, Phase, Recipe
from medfuse_course.training.report import Callback, Record, Trained, warn_of
from medfuse_course.training.schedules import moving_average
from medfuse_course.training.state import Learner, Start
from medfuse_course.training.steps import Batch, NamedBatch, Step, as_floats, check_terms


def train(
    recipe: Recipe,
    *,
    start: Start | None = None,
    seed: int | None = None,
    data: Data | None = None,
    profile: Profile | None = None,
    scale: str = "course",
    folder: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
) -> Trained:
    """Run a recipe.

    Parameters
    ----------
    recipe
        What to learn.
    start
        Weights to begin from instead of fresh ones: what another run returned, a network, its tensors by name, or the
        path of a ``.safetensors`` file; of the whole network, or of the part that ships.
    seed, data
        Of this run, instead of the recipe's.
    profile, scale
        How much work, by default what ``MEDFUSE_PROFILE`` says; size of the network, ``"course"`` or ``"paper"``.
    folder
        Where the state of the run is kept; a run found there is continued. None: nothing is kept.
    callbacks
        Are told every step (on the main process).

    Returns
    -------
    The network with its history and provenance. A run repeats and resumes exactly: torch's generator is seeded at
    every step, and given back. Draw from no other.

    Raises
    ------
    CheckpointError
        The folder holds the state of another run, which the message tells apart, or a damaged one.
    FloatingPointError, MemoryError
        A loss became infinite or NaN; the GPU is too small. The state of the last validation is kept.

    Examples
    --------
    >>> from medfuse_course.training import gaussian_ring, point_recipe, train
    >>> recipe = point_recipe("ddpm", gaussian_ring())
    >>> first, second = (train(recipe, profile="smoke") for _ in range(2))  # ten steps each
    >>> first.history[-1].validation == second.history[-1].validation  # a run repeats
    True
    """
    if not isinstance(recipe, Recipe):
        raise TypeError(f"recipe: expected a Recipe, got {type(recipe).__name__}; a method's file has one as RECIPE")
    seed, data = recipe.seed if seed is None else seed, recipe.data if data is None else data
    profile = check_profile(profile) if profile else current_profile()
    recipe = dataclasses.replace(recipe, seed=seed, data=data)
    patches = "{0.batch} patches of {0.patch} pixels".format(recipe.budget(profile))
    with own_randomness(), enough_memory(f"{recipe.slug}: {patches}", "a smaller batch"):
        return Run(recipe, profile, scale, start, folder, callbacks).go()


class Run:
    """One run: what it is made of, where it stands, and how it goes on, from top to bottom.

    Attributes
    ----------
    phase, step, number
        Phases finished, steps done in this one, steps done in all.
    best, stale
        The best validation of this phase, None before the first; validations since then.
    kept
        The weights that this phase will end with, as far as they are known.
    gradients, faults
        Norm of the last gradient of each update; what the step of the last phase says is wrong with the network.
    """

    def __init__(
        self,
        recipe: Recipe,
        profile: Profile,
        scale: str,
        start: Start | None,
        folder: str | Path | None,
        callbacks: Sequence[Callback],
    ) -> None:
        self.recipe, self.profile, self.scale, self.callbacks = recipe, profile, scale, callbacks
        self.budget = recipe.budget(profile)
        self.accelerator = Accelerator(cpu=current_device().type == "cpu", mixed_precision="no")
        self.device = self.accelerator.device
        able = self.device.type == "cuda" and torch.cuda.is_bf16_supported()
        self.half = able if recipe.precision == "auto" else recipe.precision == "bf16"
        self.rows = _share(self.budget.batch, self.accelerator)
        self.validation = self._on_device(recipe.data.validation(self.budget))
        self.plan = tuple(zip(recipe.phases, recipe.steps(self.budget), strict=True))
        self.path = Path(folder) / f"{recipe.slug}.{profile}.{scale}.safetensors" if folder is not None else None
        described = recipe.parts(profile)  # now: what a step writes down while it trains is no part of the run
        self.parts = recipe.parts(profile, library_code=True) if self.path is not None else {}

        torch.manual_seed(recipe.seed)
        self.network = recipe.build(scale)
        shipped = recipe.shipped_part(self.network)
        self.start = state.begin_from(start, self.network, shipped) if start is not None else None
        self.digest = digest_of(described | ({"start": self.start} if self.start else {}))
        self.network.to(self.device)
        self.kept = {} if recipe.keep == "last" else state.copy_of(self.network)
        self.average = moving_average(self.network, recipe.average) if recipe.average else None
        self.phase = self.step = self.number = self.stale = 0
        self.seconds = 0.0
        self.best: float | None = None
        self.history: list[Record] = []
        self.learners: list[Learner] = []
        self.gradients: dict[str, float] = {}
        self.faults: tuple[str, ...] = ()
        self._found: tuple[dict[str, Tensor], dict[str, Any]] | None = None
        if self.path is not None:
            self.parts |= {"start": self.start, "Python": ".".join(map(str, sys.version_info[:2]))}
            if self.path.is_file():
                self._found = state.resume(self, self.path)

    def go(self) -> Trained:
        """All phases, from where the run stands."""
        for phase, steps in self.plan[self.phase :]:
            self._run_phase(phase, steps)
        warn_of(self.recipe.slug, self.faults)
        whole = self.network.cpu().eval()
        return Trained(self.recipe.shipped_part(whole), tuple(self.history), state.provenance(self), whole)

    def _run_phase(self, phase: Phase, steps: int) -> None:
        step = self._begin_phase(phase, steps)
        started = time.perf_counter()
        while self.step < steps and not self._is_stale():
            losses = self._train_once()
            checking = self.step == steps or self.step % self.budget.check_every == 0
            values, watched = self._validate(step) if checking else (None, None)
            self.seconds += time.perf_counter() - started
            started = time.perf_counter()
            done = (phase.name, self.number, self.budget.steps)
            record = Record(*done, losses, values, self.seconds, dict(self.gradients), watched)
            if values is not None:
                self._judge(record)
                if self.path is not None and self.accelerator.is_main_process:
                    state.save(self, self.path)
            if self.accelerator.is_main_process:
                for callback in self.callbacks:
                    callback(record)
        self.faults = tuple(step.faults(self.history[-1].watched or {})) if steps else ()
        self._end_phase(steps)

    def _begin_phase(self, phase: Phase, steps: int) -> Step:
        """The step of a phase, with optimizers and schedules that are new, or as a saved state has them."""
        step = phase.step(self.network)
        if not isinstance(step, Step) or not step.updates:
            got = type(step).__name__ if not isinstance(step, Step) else "one without updates"
            raise TypeError(f"phase {phase.name!r}: expected its step to make a Step, got {got}; is a return missing?")
        self.learners = [Learner.of(u, phase.learning_rate, self.recipe.schedule, steps) for u in step.updates]
        if self.step and self._found is not None:
            state.restore_learners(self.learners, *self._found)
        self._found = None
        step.train_mode(self.network, True)
        return step

    def _train_once(self) -> dict[str, float]:
        """One batch, and each update that is due."""
        random = torch.default_generator if self.device.type == "cpu" else torch  # torch itself also asks after GPUs
        random.manual_seed(self.recipe.seed * 1_000_003 + self.number)
        batch = self._on_device(self.recipe.data.batch(self.recipe.seed, self.number, self.budget, self.rows))
        losses: dict[str, Tensor] = {}
        for learner in self.learners:
            if (self.step + 1) % learner.update.every == 0:
                losses |= self._update(learner, batch)
        self.step += 1
        self.number += 1
        if self.average is not None:
            self.average.update_parameters(self.network)
        if self.accelerator.num_processes > 1:
            losses = {name: self.accelerator.reduce(loss.float(), "mean") for name, loss in losses.items()}
        return as_floats(losses)

    def _update(self, learner: Learner, batch: Batch) -> dict[str, Tensor]:
        """One step of one optimizer; the terms of its loss."""
        update, optimizer, clip = learner.update, learner.optimizer, self.recipe.clip
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            losses = check_terms(update.losses(batch), update.name, at_least=1)
            total = torch.stack([loss.float() for loss in losses.values()]).sum()
        if not torch.isfinite(total):
            advice = f"lower the learning rate ({optimizer.param_groups[0]['lr']:.2g}) or the clip ({clip or 'unset'})"
            raise FloatingPointError(f"{update.name}: the loss became {total.item()}; {advice}")
        if not total.requires_grad:
            raise ValueError(f"{update.name}: its losses depend on nothing that learns; is the network asked in them?")
        self.accelerator.backward(total)
        if self.accelerator.num_processes > 1:
            for parameter in update.parameters:
                if parameter.grad is not None:
                    parameter.grad = self.accelerator.reduce(parameter.grad, "mean")
        norm = nn.utils.clip_grad_norm_(update.parameters, math.inf if clip is None else clip)
        self.gradients[update.name] = float(norm)
        optimizer.step()
        learner.scheduler.step()
        if update.after is not None:
            with torch.no_grad():
                update.after()
        return {name: loss.detach() for name, loss in losses.items()}

    def _validate(self, step: Step) -> tuple[dict[str, float], dict[str, float]]:
        """What the step says and watches of the validation batch, with the averaged weights where there are any."""
        step.train_mode(self.network, False)
        with self._averaged_weights(), torch.no_grad():
            said = step.validate(self.validation)
            values = check_terms({} if said is None else said, "validation")
            watched = check_terms(step.watch(self.validation), "watch")
        step.train_mode(self.network, True)
        return as_floats(values), as_floats(watched)

    def _judge(self, record: Record) -> None:
        """Keep the weights if they did no worse than all before."""
        self.history.append(record)
        if self.recipe.keep == "last":
            return
        if not record.validation:
            raise ValueError(
                f"keep: phase {record.phase!r} cannot keep the best weights, its step's validate says nothing; "
                "return terms by name there, or choose keep='last' in the recipe"
            )
        value = sum(record.validation.values())
        if not math.isfinite(value):
            raise FloatingPointError(f"validation: the terms {record.validation} sum to {value}; lower learning_rate")
        self.stale = 0 if self.best is None or value < self.best else self.stale + 1
        if self.best is None or value <= self.best:
            self.best, self.kept = value, state.copy_of(self._judged)

    def _is_stale(self) -> bool:
        return self.recipe.patience is not None and self.stale >= self.recipe.patience

    def _end_phase(self, steps: int) -> None:
        """Put the kept weights in place; the next phase starts from them."""
        if self.recipe.keep == "last":
            self.kept = state.copy_of(self._judged)
        self.network.load_state_dict(self.kept)
        if self.average is not None:
            self.average.module.load_state_dict(self.kept)
        self.number += steps - self.step
        self.phase, self.step, self.stale, self.best = self.phase + 1, 0, 0, None

    @property
    def _judged(self) -> nn.Module:
        """What is validated and kept."""
        return self.network if self.average is None else self.average.module

    @contextmanager
    def _averaged_weights(self) -> Iterator[None]:
        """Put the averaged weights in place for a while, where the recipe averages."""
        if self.average is None:
            yield
            return
        now = state.copy_of(self.network)
        self.network.load_state_dict(self.average.module.state_dict())
        yield
        self.network.load_state_dict(now)

    def _on_device(self, batch: Mapping[str, Tensor]) -> NamedBatch:
        if not isinstance(batch, Mapping):
            raise TypeError(f"data: expected batches as tensors by name, got {type(batch).__name__}")
        return NamedBatch({name: tensor.to(self.device) for name, tensor in batch.items()})


def _share(batch: int, accelerator: Accelerator) -> slice:
    """The rows of a batch that this process draws."""
    share, rest = divmod(batch, accelerator.num_processes)
    if rest:
        raise ValueError(f"batch: expected a multiple of {accelerator.num_processes} processes, got {batch}")
    return slice(accelerator.process_index * share, (accelerator.process_index + 1) * share)
