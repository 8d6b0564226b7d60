"""A siamese network whose answer changes its sign when the patches are exchanged, with its loss and its step.

``forward(a, b)`` gives one score for each pair, positive where a is the sharp one, and ``forward(b, a)`` its negative;
``loss(score, first)`` is the mean cross-entropy of the sigmoid; ``step(optimizer, a, b, first)`` descends once.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Property, WrongAnswer
from medfuse_course.exercises.module_attempt import made, output
from medfuse_course.exercises.own_module import FEW, Task, descends, trained
from medfuse_course.exercises.training.focus_patches import PATCHES, cases

KEPT, ROWS = 100, 32
"""Pairs that training never sees, and pairs of a batch."""
GOAL = 0.75
"""Share of those to be right; our own network reaches 0.9 and more in as many steps."""


def either_order(**changed: Callable[..., Any]) -> Any:
    """A network: the sharpness of the first patch less that of the second; methods may be changed."""
    from torch import nn

    class EitherOrder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.sharpness = _branch()

        def forward(self, a: Any, b: Any) -> Any:
            return (self.sharpness(a) - self.sharpness(b)).flatten()

        def loss(self, score: Any, first: Any) -> Any:
            return nn.functional.binary_cross_entropy_with_logits(score, first)

        step = descends("zbs")

    return type("EitherOrder", (EitherOrder,), changed)()


def _branch() -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 8 * 8, 1),
    )


def _batch(number: int) -> tuple[Any, ...]:
    learned_from = PATCHES - KEPT
    return _pairs(np.arange(number * ROWS, (number + 1) * ROWS) % learned_from)


def _pairs(rows: Any) -> tuple[Any, ...]:
    import torch

    first, second, sharp = (torch.from_numpy(x[rows]) for x in cases())
    return first[:, None], second[:, None], sharp.float()


def _cross_entropy(score: Any, first: Any) -> Any:
    from torch import nn

    return nn.functional.binary_cross_entropy_with_logits(score, first)


def _samples() -> tuple[tuple[Any, Any], ...]:
    import torch

    few = torch.tensor([2.0, -1.0]), torch.tensor([1.0, 1.0])
    sure = torch.tensor([200.0, 0.0]), torch.tensor([0.0, 1.0])
    many = torch.linspace(-3, 3, 9), (torch.arange(9) % 2).float()
    return few, sure, many


def _right(network: Any) -> tuple[bool, str]:
    first, second, sharp = _pairs(np.arange(PATCHES - KEPT, PATCHES))
    score = output(network, first, second, shape=(KEPT,))
    right = float(((score > 0) == (sharp > 0)).float().mean())
    return right >= GOAL, f"{right:.0%} of unseen pairs are right, wanted is {GOAL:.0%}"


def _one_score(answer: Attempt) -> str | None:
    first, second, _ = _pairs(np.arange(5))
    network = made(answer).eval()
    together = output(network, first, second, shape=(5,))
    alone = output(network, first[2:3], second[2:3], shape=(1,))
    far = abs(float(together[2] - alone[0])) > 1e-4 * max(1.0, float(together.abs().max()))
    return "the score of a pair depends on the other pairs of its batch" if far else None


def _turns(network: Any) -> str | None:
    first, second, _ = _pairs(np.arange(40))
    there, back = (output(network, *pair, shape=(40,)) for pair in ((first, second), (second, first)))
    off = float((there + back).abs().max())
    if off <= 1e-4 * float(there.abs().max()) + 1e-6:
        return None
    k = int((there + back).abs().argmax())
    return f"a pair has the score {float(there[k]):.3g}, and {float(back[k]):.3g} when its patches are exchanged"


def _own_branches() -> Any:
    return either_order(
        __init__=_two_branches, forward=lambda self, a, b: (self.sharpness(a) - self.other(b)).flatten()
    )


def _two_branches(self: Any) -> None:
    from torch import nn

    nn.Module.__init__(self)
    self.sharpness, self.other = _branch(), _branch()


def _in_a_list(self: Any) -> None:
    from torch import nn

    nn.Module.__init__(self)
    branch = _branch()
    self.layers = list(branch)
    self.sharpness = lambda x: branch(x)


def _changed(name: str, method: Callable[..., Any]) -> Callable[[], Any]:
    return lambda: either_order(**{name: method})


def _with_sigmoid(self: Any, score: Any, first: Any) -> Any:
    return _cross_entropy(score.sigmoid(), first)


TASK = Task(_batch, _cross_entropy, _samples, 40, 4e-3, _right)

EXERCISES = (
    TASK.exercise(
        name="methods.cnn.liu_cnn.either_order",
        reference="medfuse_course.exercises.methods.cnn.liu_cnn:either_order",
        network=(
            Property(
                "one-score", _one_score, "One number for each pair, shape (N,), also for N = 1: flatten the last."
            ),
            Property(
                "order",
                lambda answer: _turns(made(answer).eval()),
                "Subtract: what a network says of the one, less what the same network says of the other.",
            ),
        ),
        after=(
            Property(
                "order-stays",
                lambda answer: _turns(trained(TASK, answer, FEW)),
                "Training drew the two sides apart: they must be the same layers, not copies of each other.",
            ),
        ),
        wrong=(
            WrongAnswer(
                "own_branches",
                _own_branches,
                "order",
                "Each patch has a branch of its own. Siamese means one branch, called twice.",
            ),
            WrongAnswer(
                "a_list_of_layers",
                _changed("__init__", _in_a_list),
                "network",
                "PyTorch does not look into lists: nn.Sequential, or an attribute for each layer.",
            ),
            WrongAnswer(
                "summed_loss",
                _changed("loss", lambda self, score, first: _cross_entropy(score, first) * len(score)),
                "loss",
                "That is the sum over the pairs. It grows with the batch; take the mean.",
            ),
            WrongAnswer(
                "sigmoid_twice",
                _changed("loss", _with_sigmoid),
                "loss",
                "The sigmoid is in binary_cross_entropy_with_logits already; yours comes on top of it.",
            ),
            WrongAnswer(
                "turned_around",
                _changed("loss", lambda self, score, first: _cross_entropy(-score, first)),
                "loss",
                "Your loss is small where the wrong one is called sharp: first is 1 where a is.",
            ),
            WrongAnswer(
                "slopes_added_up",
                _changed("step", descends("bs")),
                "forgets",
                "Nobody empties the slopes, so each step repeats all steps before it: optimizer.zero_grad().",
            ),
            WrongAnswer(
                "never_stepped",
                _changed("step", descends("zb")),
                "moves",
                "The slopes are computed, but not used: optimizer.step() is missing, or comes when they are empty.",
            ),
            WrongAnswer(
                "last_pair_dropped",
                _changed("step", descends("zbs", slice(None, -1))),
                "downhill",
                "One step of the optimizer that is given, on all pairs of the batch: no pair left out, and once.",
            ),
        ),
    ),
)
