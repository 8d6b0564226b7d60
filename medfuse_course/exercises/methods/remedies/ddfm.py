"""What the likelihood step does to a guess that equals one source; and an open lab: choose between two views.

The lab's answer gets two damaged views of one slice that no page shows, and a function that asks the prior of `ddfm`:
it adds noise of a time to an image, and returns what the network sees behind it. The measure is the root mean square
error inside the head. The average is far from the goal, and so is a rule without the network.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray, Image
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
APART = 0.15
"""A difference of the views, in gray, that noise alone hardly makes."""


@cache
def _views() -> tuple[tuple[Image, Image, Image, BoolArray], ...]:
    from medfuse_course.benchmark.experiments.damaged_views import views

    return tuple(views(seed, 0) for seed in SEEDS)


def ask_network(image: Image, time: int, seed: int = 0) -> Image:
    """What the shipped prior sees behind an image once noise of a time has been added."""
    import torch

    from medfuse_course.benchmark.experiments.diffusion_fusion import the_network
    from medfuse_course.networks.diffusion import noised

    network = the_network()
    clean = torch.from_numpy(2 * np.asarray(image, np.float32) - 1)[None, None]
    noise = torch.from_numpy(generator(seed, "diffusion", "ask").standard_normal(clean.shape, dtype="f4"))
    with torch.inference_mode():
        seen = network.guess(noised(clean, noise, float(network.schedule[time])), time)
    behind: Image = (seen[0, 0] / 2 + 0.5).numpy()
    return behind


def choose(a: Image, b: Image, reference: FloatArray) -> Image:
    """Where the views differ, the one that is nearer to a reference around there; else their mean."""
    far_a, far_b = (ndimage.gaussian_filter(np.abs(view - reference), 2) for view in (a, b))
    chosen: Image = np.where(np.abs(a - b) > APART, np.where(far_a <= far_b, a, b), (a + b) / 2).astype(np.float32)
    return chosen


def average(a: Image, b: Image, ask: Ask) -> Image:
    """The mean: what DDFM's published step tends to."""
    mean: Image = (0.5 * (a + b)).astype(np.float32)
    return mean


def median_rule(a: Image, b: Image, ask: Ask) -> Image:
    """The best rule without the network that we found: the reference is a median of the mean, over 15 x 15 pixels."""
    return choose(a, b, ndimage.median_filter(average(a, b, ask), 15))


def prior_chooses(a: Image, b: Image, ask: Ask) -> Image:
    """Twice: what would the network have here? Take the view that agrees; at the end take the last noise away."""
    image = average(a, b, ask)
    for time in (80, 50):
        image = choose(a, b, np.mean([ask(image, time, seed) for seed in range(4)], axis=0))
    return np.clip(np.mean([ask(image, 5, seed) for seed in range(4)], axis=0), 0, 1).astype(np.float32)


def _run(answer: Attempt) -> Sequence[Image]:
    return [answer.image(a, b, ask_network) for a, b, *_ in _views()]


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
