"""The area under the ROC curve: ``auc_of(score, wrong)``."""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import apart, number


def auc_of(score: FloatArray, wrong: BoolArray) -> float:
    """The share of pairs, one wrong and one right, in which the wrong one has the higher score; ties count one half."""
    high, low = score[wrong][:, None], score[~wrong]
    share: float = ((high > low) + 0.5 * (high == low)).mean()
    return share


_TINY = (np.array([0.1, 0.4, 0.3, 0.8]), np.array([False, True, False, True]))
_UNEVEN = (np.array([3.0, 1.0, 2.0, 4.0, 0.0]), np.array([True, False, False, False, False]))
_TIES = (np.array([1.0, 1.0, 1.0, 2.0]), np.array([True, False, False, False]))


def _case(seed: int) -> tuple[FloatArray, BoolArray]:
    rng = generator(seed, "exercises", "auc")
    return np.round(rng.random(60), 1), rng.random(60) < 0.3


def _is(answer: Attempt, case: tuple[FloatArray, BoolArray], what: str) -> str | None:
    got, wanted = number(answer, *case), auc_of(*case)
    if abs(got - wanted) <= 1e-6:
        return None
    said, right = apart(got, wanted)
    return f"{what} it is {said}, not {right}"


def _sharp(answer: Attempt) -> str | None:
    return _is(answer, _TINY, "where both wrong ones lie above both right ones")


def _pairs(answer: Attempt) -> str | None:
    return _is(answer, _UNEVEN, "with one wrong of five, and three of four right ones below it,")


def _ties(answer: Attempt) -> str | None:
    return _is(answer, _TIES, "where two right ones are equal to the wrong one and one is above it,")


def _others(answer: Attempt) -> str | None:
    return _is(answer, _case(1), "of sixty scores") or _is(answer, _case(2), "of sixty other scores")


EXERCISES = (
    Exercise(
        name="metrics.ranking.auc",
        kind="function",
        reference="medfuse_course.exercises.metrics.ranking:auc_of",
        properties=(
            Property("sharp", _sharp, "If every wrong one has a higher score than every right one, it is 1."),
            Property("pairs", _pairs, "Go through all pairs of one wrong and one right."),
            Property("ties", _ties, "A tie is half a success."),
            Property("others", _others, "Count all pairs, then divide by how many there are."),
        ),
        trials=lambda: (_TINY, _UNEVEN, _TIES, _case(1)),
        wrong=(
            WrongAnswer(
                "ties_lost",
                lambda score, wrong: float((score[wrong][:, None] > score[~wrong]).mean()), "ties",
                "You do not count ties. A score that says nothing must have one half, not 0.",
            ),
            WrongAnswer(
                "ties_won",
                lambda score, wrong: float((score[wrong][:, None] >= score[~wrong]).mean()), "ties",
                "You count ties as won. A score that says nothing must have one half, not 1.",
            ),
            WrongAnswer(
                "upside_down", lambda score, wrong: 1 - auc_of(score, wrong), "sharp",
                "A wrong pixel should have the higher score: turn the comparison round.",
            ),
            WrongAnswer(
                "pairs_of_all",
                lambda score, wrong: float((score[wrong][:, None] > score).sum() / score.size**2), "sharp",
                "You divide by all pairs. Only pairs of one wrong and one right count.",
            ),
            WrongAnswer(
                "correlation",
                lambda score, wrong: float(np.corrcoef(score, wrong)[0, 1]), "sharp",
                "That is a correlation. It asks for a line, the area for an order only.",
            ),
        ),
    ),
)  # fmt: skip
