"""What the likelihood step does to a guess that equals one source; and an open lab: choose between two views.

The lab's answer gets two damaged views of one slice that no page shows, and a function that asks the prior of `ddfm`:
it adds noise of a time to an image, and returns what the network sees behind it. The measure is the root mean square
error inside the head. The average is far from the goal, and so is a rule without the network.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from medfuse_course.benchmark.experiments import choosing
from medfuse_course.core.types import BoolArray, Image
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values
from medfuse_course.exercises.samples import stays_in_range

Ask = Callable[[Image, int, int], Image]
"""An image in [0, 1], a time and a seed, to what the network sees behind the image with that noise."""

SEEDS = (60, 61, 62, 63, 64)
"""Of the views; those of pages and tables are smaller."""
GOAL = 0.92
"""The error may be so many times that of `median_rule`."""


@cache
def _views() -> tuple[tuple[Image, Image, Image, BoolArray], ...]:
    from medfuse_course.benchmark.experiments.damaged_views import views

    return tuple(views(seed, 0) for seed in SEEDS)


def average(a: Image, b: Image, ask: Ask) -> Image:
    """The mean: what DDFM's released step tends to."""
    mean: Image = (0.5 * (a + b)).astype(np.float32)
    return mean


def median_rule(a: Image, b: Image, ask: Ask) -> Image:
    """A rule without the network: the reference is a median of the mean, over 15 x 15 pixels."""
    return choosing.chosen_by_median(a, b)


def prior_chooses(a: Image, b: Image, ask: Ask) -> Image:
    """Twice: what would the network have here? Take the view that agrees; at the end take the last noise away."""
    return choosing.chosen_by_prior(a, b)


def _run(answer: Attempt) -> Sequence[Image]:
    return [answer.image(a, b, choosing.ask_network) for a, b, *_ in _views()]


def _measure(made: Sequence[Image]) -> Values:
    errors = [
        np.sqrt(np.mean((image - truth)[head] ** 2)) for image, (*_, truth, head) in zip(made, _views(), strict=True)
    ]
    return {"error": float(np.mean(errors))}


LAB = Lab(_run, _measure, {"average": average, "median_rule": median_rule})


def _below(baseline: str, part: float, hint: str) -> Goal:
    def wanted(known: float) -> float:
        return part * known

    value: Callable[[Values], Any] = lambda values: values["error"]  # noqa: E731
    return Goal(f"below-{baseline}", "error", hint, value, wanted, baseline, most=True, form=".4f")


EXERCISES = (
    Exercise(
        name="methods.remedies.ddfm.one_step",
        kind="choice",
        reference="b",
        wrong=(
            WrongAnswer(
                "a", "a", "choice",
                "So it should be. But put x = f - v into the last line: with f = i it is y, and i - y is ...?",
            ),
            WrongAnswer("c", "c", "choice", "The mean is what a guess at the mean gives. C and D differ here by far."),
            WrongAnswer(
                "d", "d", "choice",
                "The limit D <= 2 C counts where the guess is near v. Here it is at i, and C is the large one.",
            ),
        ),
    ),
    LAB.exercise(
        name="methods.remedies.ddfm.choose",
        reference="medfuse_course.exercises.methods.remedies.ddfm:prior_chooses",
        before=(stays_in_range(partial(LAB.made)),),
        goals=(
            _below("average", 1.0, "A mean of a right and a wrong pixel is half wrong. Choose one."),
            _below("median_rule", GOAL, "Ask the network what it sees behind the mean, with more noise than damage."),
        ),
    ),
)  # fmt: skip
