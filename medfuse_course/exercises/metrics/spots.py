"""Whom a threshold calls wrongly: ``wrongly_called(truth, seen, threshold)``.

Rows are patients, columns the hottest SUV of each of their lesions, 0 where a patient has fewer. A patient is called
suspicious if one lesion at least reaches the threshold. The result says of each patient whether the call differs.
"""

from typing import Any

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer

THRESHOLD = 2.5


def wrongly_called(truth: FloatArray, seen: FloatArray, threshold: float) -> BoolArray:
    """Whether the call of each patient differs: ``(max >= threshold)`` in one and not in the other."""
    different: BoolArray = (truth.max(axis=1) >= threshold) != (seen.max(axis=1) >= threshold)
    return different


def _called(answer: Attempt, truth: FloatArray, seen: FloatArray, threshold: float) -> BoolArray:
    """What the answer says, if it is a truth value for each patient."""
    result: Any = answer(truth, seen, threshold)
    if not isinstance(result, np.ndarray):
        raise Refused(f"it returned a {type(result).__name__}, not an array with one value for each patient")
    if result.shape != (len(truth),):
        raise Refused(f"it returned the shape {result.shape}, not {(len(truth),)}: one value for each patient")
    if result.dtype != bool:
        raise Refused(f"it returned {result.dtype}, not True and False; what does a comparison give?")
    return result


def _asks(id: str, truth: Any, seen: Any, hint: str, complaint: str, threshold: float = THRESHOLD) -> Property:
    first, second = (np.array(rows, np.float64) for rows in (truth, seen))
    wanted = wrongly_called(first, second, threshold)

    def test(answer: Attempt) -> str | None:
        return None if (_called(answer, first, second, threshold) == wanted).all() else complaint

    return Property(id, test, hint)


def _cohort(stream: str) -> tuple[FloatArray, FloatArray, float]:
    """Forty patients near the threshold."""
    rng = generator(0, "exercises", "spots", stream)
    truth: FloatArray = rng.uniform(1, 4, (40, 3))
    return truth, truth * rng.uniform(0.7, 1.3, truth.shape), float(rng.uniform(2.2, 2.8))


def _many(answer: Attempt) -> str | None:
    for stream in ("one", "another"):
        truth, seen, threshold = _cohort(stream)
        wanted = wrongly_called(truth, seen, threshold)
        wrong = int((_called(answer, truth, seen, threshold) != wanted).sum())
        if wrong:
            return f"of 40 patients at a threshold of {threshold:.2f}, {wrong} are sorted wrongly"
    return None


EXERCISES = (
    Exercise(
        name="metrics.spots.wrongly_called",
        kind="function",
        reference="medfuse_course.exercises.metrics.spots:wrongly_called",
        properties=(
            _asks(
                "missed", [[4.0, 1.0], [4.0, 1.0]], [[2.0, 1.0], [4.0, 1.0]],
                "The first patient has a lesion, and the image does not show it any more.",
                "a patient whose only lesion fell from 4 to 2 was not found, or one was that did not change",
            ),
            _asks(
                "invented", [[1.0, 1.5], [1.0, 1.5]], [[1.0, 3.0], [1.0, 2.0]],
                "The other mistake counts as well: called suspicious, and healthy.",
                "a healthy patient who was called suspicious was not found",
            ),
            _asks(
                "patients", [[6.0, 3.0], [3.0, 6.0]], [[6.0, 2.0], [2.0, 6.0]],
                "Ask of each patient whether any lesion is suspicious, before you compare.",
                "a patient who keeps one of two lesions is still called rightly",
            ),
            _asks(
                "at-the-threshold", [[2.5, 0.0], [3.0, 0.0]], [[3.0, 0.0], [2.5, 0.0]],
                "Suspicious is from the threshold on: use >=.",
                "a lesion of exactly 2.5 counts as suspicious",
            ),
            Property("many", _many, "Use the threshold that is given, and compare patient by patient."),
        ),
        trials=lambda: (_cohort("trial"), (np.array([[2.5, 0.0], [4, 3]]), np.array([[2.0, 3], [4, 0]]), 2.5)),
        wrong=(
            WrongAnswer(
                "missed_only",
                lambda truth, seen, threshold: (truth.max(axis=1) >= threshold) & (seen.max(axis=1) < threshold),
                "invented",
                "You find those who were missed. A healthy patient who is called suspicious is a wrong call, too.",
            ),
            WrongAnswer(
                "lesions_instead_of_patients",
                lambda truth, seen, threshold: ((truth >= threshold) != (seen >= threshold)).any(axis=1),
                "patients",
                "You compare lesions. A patient with another lesion that is still seen is called as before.",
            ),
            WrongAnswer(
                "above_the_threshold",
                lambda truth, seen, threshold: (truth.max(axis=1) > threshold) != (seen.max(axis=1) > threshold),
                "at-the-threshold",
                "A lesion that has exactly the threshold is suspicious: you wrote > and not >=.",
            ),
            WrongAnswer(
                "mean_of_the_lesions",
                lambda truth, seen, threshold: (truth.mean(axis=1) >= threshold) != (seen.mean(axis=1) >= threshold),
                "invented",
                "The mean of a patient's lesions hides the one that matters: take the hottest.",
            ),
            WrongAnswer(
                "called_rightly",
                lambda truth, seen, threshold: (truth.max(axis=1) >= threshold) == (seen.max(axis=1) >= threshold),
                "missed",
                "True is for the patients whose call differs: you wrote == and not !=.",
            ),
            WrongAnswer(
                "columns_instead_of_rows",
                lambda truth, seen, threshold: (truth.max(axis=0) >= threshold) != (seen.max(axis=0) >= threshold),
                "missed",
                "A patient is a row. To take the hottest of each row, use axis=1.",
            ),
            WrongAnswer(
                "all_patients_at_once",
                lambda truth, seen, threshold: np.full(
                    len(truth), (truth.max() >= threshold) != (seen.max() >= threshold)
                ),
                "missed",
                "You took the hottest lesion of all patients together. Take one for each patient: axis=1.",
            ),
            WrongAnswer(
                "large_change",
                lambda truth, seen, threshold: np.abs(seen - truth).max(axis=1) >= 1,
                "patients",
                "A change of one SUV matters only where it crosses the threshold.",
            ),
        ),
    ),
    Exercise(
        name="metrics.spots.fair_abstract",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "PSNR and SSIM are means over the body. What do the columns about lesions say?"
            ),
            WrongAnswer("b", "b", "choice", "Compare the two rows of networks: which one has the adversary?"),
            WrongAnswer(
                "d",
                "d",
                "choice",
                "Twelve patients without a made-up lesion do not show that there is never one. And it erased lesions.",
            ),
        ),
    ),
)  # fmt: skip
