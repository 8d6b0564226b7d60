"""The loop: every recipe of the course runs through it, on one processor, one GPU or many (``accelerate launch``).

Batches follow from seed and step number, so a run that was killed goes on from its last state and ends, on a CPU, bit
for bit where it would have ended. Several processes draw the rows of one batch and average their gradients.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from medfuse_course.core.device import current_device, enough_memory
from medfuse_course.core.profile import Profile, current_profile
from medfuse_course.core.registry import load_object
from medfuse_course.training.recipe import Budget, Phase, Recipe
from medfuse_course.training.report import Callback, Record
from medfuse_course.training.run import Run
from medfuse_course.training.steps import Batch, Step, Update

WARM_UP = 0.05
"""Part of a phase over which the learning rate rises."""


@dataclass(frozen=True)
class Trained:
    """What came of a run.

    Attributes
    ----------
    network
        With the weights that did best on the validation batch, in evaluation mode, on the CPU; what inference needs.
    history
        The records of the validations.
    provenance
        Recipe hash, profile, data, seed, device, seconds, final losses: what goes into a checkpoint.
    whole
        The network with all that only helped to train it; `network` itself where nothing did (`Recipe.ships`).
    """

    network: nn.Module
    history: tuple[Record, ...]
    provenance: dict[str, Any]
    whole: nn.Module


def train(
    recipe: Recipe,
    *,
    profile: Profile | None = None,
    scale: str = "course",
    folder: Path | None = None,
    callbacks: Sequence[Callback] = (),
) -> Trained:
    """Run a recipe.

    Parameters
    ----------
    recipe
        What to learn.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.
    scale
        Size of the network: ``"course"`` or ``"paper"``.
    folder
        Where the state of the run is kept; a run found there is continued. None: nothing is kept.
    callbacks
        Are told every step (on the main process).

    Raises
    ------
    CheckpointError
        The folder holds the state of another recipe, or a damaged one.
    FloatingPointError
        A loss became infinite or NaN.
    MemoryError
        The GPU is too small; the state of the last validation is kept.
    """
    profile = profile or current_profile()
    budget = recipe.budget(profile)
    accelerator = _accelerator()
    if budget.batch % accelerator.num_processes:
        raise ValueError(f"batch: expected a multiple of {accelerator.num_processes} processes, got {budget.batch}")
    torch.manual_seed(recipe.seed)
    network = recipe.build(scale).to(accelerator.device)
    run = Run(recipe, profile, scale, network, folder)
    validation = _to(recipe.data.validation(budget), accelerator.device)
    run.resume()
    with enough_memory(f"{recipe.slug}: {budget.batch} patches of {budget.patch} pixels", "a smaller batch"):
        for number, (phase, steps) in enumerate(zip(recipe.phases, recipe.steps(budget), strict=True)):
            if number >= run.phase:
                _phase(recipe, phase, steps, budget, run, accelerator, validation, callbacks)
    whole = network.cpu().eval()
    return Trained(whole.get_submodule(recipe.ships), tuple(run.history), run.provenance(accelerator), whole)


def _phase(
    recipe: Recipe,
    phase: Phase,
    steps: int,
    budget: Budget,
    run: Run,
    accelerator: Accelerator,
    validation: Batch,
    callbacks: Sequence[Callback],
) -> None:
    """One phase, from where the run stands to its end; then the best weights are put in place."""
    step: Step = load_object(phase.step)(run.network)
    optimizers = {u.name: torch.optim.Adam(u.parameters, lr=phase.learning_rate) for u in step.updates}
    run.begin(optimizers)
    rows = _rows(budget, accelerator)
    started = time.perf_counter()
    for done in range(run.step, steps):
        if run.is_stale(recipe.patience):
            break
        torch.manual_seed(recipe.seed * 1_000_003 + run.number)
        batch = _to(recipe.data.batch(recipe.seed, run.number, budget, rows), accelerator.device)
        losses: dict[str, Tensor] = {}
        for update in step.updates:
            rate = phase.learning_rate * _schedule(done, steps)
            losses |= _update(update, optimizers[update.name], batch, rate, recipe.clip, accelerator)
        run.advance()
        checking = run.step == steps or run.step % budget.check_every == 0
        values = _validate(step, run, validation) if checking else None
        run.seconds += time.perf_counter() - started
        started = time.perf_counter()
        record = Record(phase.name, run.number, budget.steps, _floats(losses, accelerator), values, run.seconds)
        if values is not None:
            run.judge(record)
            if accelerator.is_main_process:
                run.save()
        if accelerator.is_main_process:
            for callback in callbacks:
                callback(record)
    run.finish(steps)


def _update(
    update: Update, optimizer: torch.optim.Optimizer, batch: Batch, rate: float, clip: float, accelerator: Accelerator
) -> dict[str, Tensor]:
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    with accelerator.autocast():
        losses = dict(update.losses(batch))
        total = torch.stack([loss.float() for loss in losses.values()]).sum()
    if not torch.isfinite(total):
        raise FloatingPointError(
            f"{update.name}: the loss became {total.item()}; lower the learning rate ({rate:.2g}) or the clip ({clip})"
        )
    accelerator.backward(total)
    if accelerator.num_processes > 1:
        for parameter in update.parameters:
            if parameter.grad is not None:
                parameter.grad = accelerator.reduce(parameter.grad, "mean")
    nn.utils.clip_grad_norm_(update.parameters, clip)
    optimizer.step()
    return {name: loss.detach() for name, loss in losses.items()}


def _validate(step: Step, run: Run, batch: Batch) -> dict[str, float]:
    with run.averaged_weights(), torch.no_grad():
        run.network.eval()
        values = {name: float(value) for name, value in step.validate(batch).items()}
        run.network.train()
    return values


def _schedule(done: int, steps: int) -> float:
    """A short rise, then half a cosine down to 0."""
    rise = max(1, round(WARM_UP * steps))
    if done < rise:
        return (done + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (done - rise) / max(1, steps - rise)))


def _accelerator() -> Accelerator:
    """Accelerate on the device of the course, with bfloat16 where a GPU has it."""
    device = current_device()
    half = device.type == "cuda" and torch.cuda.is_bf16_supported()
    return Accelerator(cpu=device.type == "cpu", mixed_precision="bf16" if half else "no")


def _rows(budget: Budget, accelerator: Accelerator) -> slice:
    share = budget.batch // accelerator.num_processes
    return slice(accelerator.process_index * share, (accelerator.process_index + 1) * share)


def _to(batch: Any, device: torch.device) -> Batch:
    return {name: tensor.to(device) for name, tensor in batch.items()}


def _floats(losses: dict[str, Tensor], accelerator: Accelerator) -> dict[str, float]:
    if accelerator.num_processes > 1:
        losses = {name: accelerator.reduce(loss.float(), "mean") for name, loss in losses.items()}
    return {name: float(loss) for name, loss in losses.items()}
