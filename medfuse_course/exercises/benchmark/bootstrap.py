"""Resampling paired differences: ``resampled_means(mine, theirs, draws)``.

Each row of `draws` names n of the n heads, some twice, some not at all. The result is, for each row, the mean over
those heads of ``mine - theirs``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer

HEADS, RESAMPLES = 7, 40
CLOSE = 1e-6


def resampled_means(mine: FloatArray, theirs: FloatArray, draws: NDArray[np.int64]) -> FloatArray:
    """``(mine - theirs)[draws].mean(axis=1)``."""
    means: FloatArray = (mine - theirs)[draws].mean(axis=1)
    return means


def _case(name: str) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Values that differ much from head to head, as metrics do, and draws."""
    rng = generator(0, "exercises", "bootstrap", name)
    values: FloatArray = rng.random((2, HEADS))
    return values[0], values[1], rng.integers(0, HEADS, (RESAMPLES, HEADS))


def _asks(id: str, change: Any, hint: str, complaint: str) -> Property:
    """The values after `change`; the right result is the reference's."""

    def test(answer: Attempt) -> str | None:
        mine, theirs, draws = _case(id)
        mine, theirs = change(mine, theirs)
        result = answer.image(mine, theirs, draws, shape=(RESAMPLES,))
        far = np.abs(result - resampled_means(mine, theirs, draws)).max() > CLOSE
        return complaint.format(low=result.min(), high=result.max()) if far else None

    return Property(id, test, hint)


_PAIRED = Exercise(
    name="benchmark.bootstrap.resampled_means",
    kind="function",
    reference="medfuse_course.exercises.benchmark.bootstrap:resampled_means",
    properties=(
        _asks(
            "sign",
            lambda mine, theirs: (np.full_like(mine, 0.3), np.zeros_like(mine)),
            "Return one mean of mine - theirs for each row of draws.",
            "mine is 0.3 better in every head, but the means run from {low:.2g} to {high:.2g}",
        ),
        _asks(
            "paired",
            lambda mine, theirs: (theirs + 0.1, theirs),
            "The same heads must be drawn for both methods.",
            "mine is 0.1 better in every single head, so every mean is 0.1, but yours run from {low:.2g} to {high:.2g}",
        ),
        _asks(
            "resampled",
            lambda mine, theirs: (mine, theirs),
            "Each row of draws names the heads of one resample: average over exactly those.",
            "the means run from {low:.2g} to {high:.2g}, which is not how the means of these draws spread",
        ),
    ),
    trials=lambda: (_case("trial"), _case("another trial")),
    wrong=(
        WrongAnswer(
            "swapped",
            lambda mine, theirs, draws: (theirs - mine)[draws].mean(axis=1),
            "sign",
            "Mine minus theirs: a positive difference means that mine is higher.",
        ),
        WrongAnswer(
            "not_averaged",
            lambda mine, theirs, draws: (mine - theirs)[draws],
            "sign",
            "You return the drawn differences themselves: take the mean of each resample.",
        ),
        WrongAnswer(
            "wrong_axis",
            lambda mine, theirs, draws: (mine - theirs)[draws].mean(axis=0),
            "sign",
            "You average over the resamples, not over the heads in each: the other axis.",
        ),
        WrongAnswer(
            "unpaired",
            lambda mine, theirs, draws: mine[draws].mean(axis=1) - theirs[draws[::-1]].mean(axis=1),
            "paired",
            "You draw other heads for one method than for the other: easy heads are compared with hard ones.",
        ),
        WrongAnswer(
            "no_resampling",
            lambda mine, theirs, draws: np.full(len(draws), (mine - theirs).mean()),
            "resampled",
            "Every mean is the same: the draws are not used.",
        ),
        WrongAnswer(
            "one_head_each",
            lambda mine, theirs, draws: (mine - theirs)[draws[:, 0]],
            "resampled",
            "Those are single heads: a resample is the mean over all the heads in its row.",
        ),
    ),
)

EXERCISES = (_PAIRED,)
