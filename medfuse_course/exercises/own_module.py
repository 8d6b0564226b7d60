"""Exercises in which the learner writes a network, its loss and its step, as one class of `torch.nn.Module`.

The answer makes a network: it is the class, or a function without arguments. Every property makes one anew, from the
same seed, and asks ``forward(*images)``, ``loss(output, target)`` and ``step(optimizer, *images, target)``. What a step
must do is the same in all of these exercises and stands here; each says itself what its network and its loss are.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from medfuse_course.exercises.attempt import Attempt, NotAttempted, Refused, refusing
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.module_attempt import ask, loss_of, made, seeded

LEAST_LEARNED = 100
"""Numbers that a network learns at least: less than that is a formula with a few weights."""
STEEP, TOLERANCE = 10.0, 2e-3
"""Rate of the plain descent that one step is compared with, and how far it may be off, as a share of its length."""
FEW = 5
"""Steps after which every weight has moved, even where a last layer starts at zero."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is learned from what.

    Attributes
    ----------
    batch
        Takes a number and returns tensors: the images, then the target.
    loss
        The loss asked for, of output and target.
    samples
        Gives outputs and targets on which the learner's loss is compared with it.
    steps, rate
        How long and how fast Adam trains, to see whether the network learns.
    learned
        Takes the trained network and returns whether that is enough, and what was reached.
    """

    batch: Callable[[int], tuple[Any, ...]]
    loss: Callable[[Any, Any], Any]
    samples: Callable[[], tuple[tuple[Any, Any], ...]]
    steps: int
    rate: float
    learned: Callable[[Any], tuple[bool, str]]

    def exercise(
        self,
        name: str,
        reference: str,
        network: tuple[Property, ...],
        wrong: tuple[WrongAnswer, ...],
        after: tuple[Property, ...] = (),
    ) -> Exercise:
        """The exercise, with what must hold of this network when it is fresh, and in ``after`` when it has learned."""
        cheap = (_NETWORK, *network, *(Property(id_, self._asks(test), hint) for id_, test, hint in _OF_ALL))
        learns = Property("learns", self._learns, "Do the layers see the images, and is there a ReLU between them?")
        facts = (self._losses, *(_holds(wanted) for wanted in cheap))
        return Exercise(
            name, "module", reference, (*cheap, *after, learns), wrong, facts=facts, score=lambda x: self._reached(x)[1]
        )

    def _asks(self, test: Callable[["Task", Attempt], str | None]) -> Callable[[Attempt], str | None]:
        def asked(answer: Attempt) -> str | None:
            with refusing("it"):  # a learner's network may fail where only we ask it
                return test(self, answer)

        return asked

    def _losses(self, answer: Attempt) -> tuple[float, ...]:
        network = made(answer)
        return tuple(float(loss_of(network, *sample).detach()) for sample in self.samples())

    def _learns(self, answer: Attempt) -> str | None:
        enough, said = self._reached(answer)
        return None if enough else f"after {self.steps} steps {said}"

    def _reached(self, answer: Attempt) -> tuple[bool, str]:
        return self.learned(trained(self, answer, self.steps))


@lru_cache(maxsize=2)
def trained(task: Task, answer: Attempt, steps: int) -> Any:
    """A network after so many of its own steps, in evaluation mode; kept for the answer in hand, since the next check
    is another attempt and trains anew."""
    import torch

    network = made(answer).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=task.rate)
    for number in range(steps):
        ask(network, "step", optimizer, *task.batch(number))
    return network.eval()


def descends(order: str, rows: slice = slice(None)) -> Callable[..., float]:
    """A ``step``: the loss of these rows, then letter by letter z empties the slopes, b fills them, s walks."""

    def step(self: Any, optimizer: Any, *batch: Any) -> float:
        *images, target = (x[rows] for x in batch)
        loss = self.loss(self(*images), target)
        for letter in order:
            {"z": optimizer.zero_grad, "b": loss.backward, "s": optimizer.step}[letter]()
        return float(loss.item())

    return step


def _is_network(answer: Attempt) -> str | None:
    learned = [x for x in made(answer).parameters() if x.requires_grad]
    count = sum(x.numel() for x in learned)
    if count < LEAST_LEARNED or sum(x.ndim > 1 for x in learned) < 2:
        return f"an optimizer finds {count} numbers to learn in {len(learned)} arrays"
    return None


def _way_back(task: Task, answer: Attempt) -> str | None:
    *images, _ = task.batch(0)
    if ask(made(answer), "forward", *images).requires_grad:
        return None
    return "what forward() returns does not know the layers that it came from"


def _loss_value(task: Task, answer: Attempt) -> str | None:
    network = made(answer)
    for made_of, target in task.samples():
        got, wanted = float(loss_of(network, made_of, target).detach()), float(task.loss(made_of, target))
        if abs(got - wanted) > 1e-4 * max(1.0, abs(wanted)):
            said = f"of {_values(made_of)} against {_values(target)}" if made_of.numel() <= 4 else "of a whole batch"
            return f"the loss {said} is {got:.4g}, not {wanted:.4g}"
    return None


def _values(tensor: Any) -> str:
    return "(" + ", ".join(f"{float(x):g}" for x in tensor.flatten()) + ")"


def _loss_slope(task: Task, answer: Attempt) -> str | None:
    import torch

    network = made(answer)
    for made_of, target in task.samples():
        free = made_of.clone().requires_grad_(True)
        value = loss_of(network, free, target)
        if not value.requires_grad:
            return "the loss is right, but backward() finds no way from it to the output"
        slope, wanted = (torch.autograd.grad(x, free)[0] for x in (value, task.loss(free, target)))
        if (slope - wanted).abs().max() > 1e-4:
            return "the loss is right, but its slope is not"
    return None


def _one_step(task: Task, answer: Attempt, stale: float | None = None) -> tuple[Any, Any, Any]:
    """A network before and after one step of plain descent, and what the step returned."""
    import torch

    network = made(answer).train()
    before = copy.deepcopy(network)
    for parameter in network.parameters():
        parameter.grad = None if stale is None else torch.full_like(parameter, stale)
    optimizer = torch.optim.SGD([x for x in network.parameters() if x.requires_grad], lr=STEEP)
    return before, network, ask(network, "step", optimizer, *_unlike_its_images(task))


def _unlike_its_images(task: Task) -> tuple[Any, ...]:
    """A batch whose targets belong to other rows: what a step takes for the target shows."""
    *images, target = task.batch(0)
    return *images, target.roll(1, dims=0)


def _moved(before: Any, after: Any) -> list[Any]:
    both = zip(before.parameters(), after.parameters(), strict=True)
    return [(y - x).detach() for x, y in both if x.requires_grad]


def _step_moves(task: Task, answer: Attempt) -> str | None:
    before, after, _ = _one_step(task, answer)
    return None if any(x.any() for x in _moved(before, after)) else "after a step every weight is what it was"


def _own_descent(task: Task, before: Any) -> tuple[float, list[Any]]:
    """The loss of a network on the batch, and how far plain descent moves its weights."""
    import torch

    *images, target = _unlike_its_images(task)
    weights = [x for x in before.parameters() if x.requires_grad]
    with seeded():
        loss = task.loss(before(*images), target)
    slopes = torch.autograd.grad(loss, weights, allow_unused=True)
    moves = [torch.zeros_like(w) if s is None else -STEEP * s for w, s in zip(weights, slopes, strict=True)]
    return loss.item(), moves


def _step_downhill(task: Task, answer: Attempt) -> str | None:
    before, after, _ = _one_step(task, answer)
    wanted = _own_descent(task, before)[1]
    length = max(float(x.abs().max()) for x in wanted)
    off = max(float((x - y).abs().max()) for x, y in zip(_moved(before, after), wanted, strict=True))
    if off <= TOLERANCE * length + 1e-6:
        return None
    return f"a step of plain descent is off by {off / max(length, 1e-9):.0%} of its length"


def _step_forgets(task: Task, answer: Attempt) -> str | None:
    fresh, stale = (_moved(*_one_step(task, answer, grad)[:2]) for grad in (None, 1.0))
    off = max(float((x - y).abs().max()) for x, y in zip(fresh, stale, strict=True))
    return "slopes that were left from the step before move the weights, too" if off > 1e-6 else None


def _step_number(task: Task, answer: Attempt) -> str | None:
    import torch

    before, _, said = _one_step(task, answer)
    if isinstance(said, bool) or not isinstance(said, int | float | torch.Tensor) or torch.as_tensor(said).numel() != 1:
        return f"step() returned {type(said).__name__}, not one number"
    got, wanted = float(torch.as_tensor(said).detach()), _own_descent(task, before)[0]
    return None if abs(got - wanted) <= 1e-4 * max(1.0, wanted) else f"step() returned {got:.4g}, not {wanted:.4g}"


def _reaches(task: Task, answer: Attempt) -> str | None:
    start, network = made(answer), trained(task, answer, FEW)
    for (name, old), new in zip(start.named_parameters(), network.parameters(), strict=True):
        if old.requires_grad and old.ndim > 1 and not (new - old).any():
            return f"after {FEW} steps {name} is what it was at the start"
    return None


def _holds(wanted: Property) -> Callable[[Attempt], bool]:
    """Whether a property holds, as a fact by which mistakes are known."""

    def fact(answer: Attempt) -> bool:
        try:
            return wanted.test(answer) is None
        except (Refused, NotAttempted):
            return False

    return fact


_NETWORK = Property(
    "network",
    _is_network,
    "Make layers once, in __init__, and keep each as self.name or in nn.Sequential, not in a list.",
)
_OF_ALL = (
    ("way-back", _way_back, "Tensors all the way: no numpy, item, detach or no_grad behind the layers."),
    ("loss", _loss_value, "Compute the formula by hand for two values. Is it a mean over all of them?"),
    ("slope", _loss_slope, "backward() follows operations on tensors only; nothing may be detached or rounded."),
    ("moves", _step_moves, "backward() fills the slopes, step() uses them, zero_grad() empties them: in which order?"),
    (
        "downhill",
        _step_downhill,
        "The whole batch once, with the optimizer that is given: one forward(), one backward(), one step().",
    ),
    ("forgets", _step_forgets, "backward() adds to the slopes that are there. What has to happen before it?"),
    ("number", _step_number, "Return the loss of this batch, as it was before the step: loss.item()."),
    ("reaches", _reaches, "Every layer has to take part in forward(); one that it leaves out never learns."),
)
