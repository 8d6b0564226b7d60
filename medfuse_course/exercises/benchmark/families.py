"""From images to patients: ``subject_gains(scores, sceptic, subject)``.

`scores` are ``(methods, images)``, `sceptic` and `subject` ``(images,)``. The result has one gain for each subject, in
the order of their names: how far the mean of the methods is ahead of the sceptic, over the images of this subject.
"""

from typing import Any

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer

CLOSE = 1e-9


def subject_gains(scores: FloatArray, sceptic: FloatArray, subject: FloatArray) -> FloatArray:
    """Mean over methods, minus the sceptic, and then the mean within each subject."""
    gains = scores.mean(axis=0) - sceptic
    return np.array([gains[subject == one].mean() for one in np.unique(subject)])


def _case(name: str, subject: tuple[int, ...]) -> tuple[FloatArray, FloatArray, Any]:
    rng = generator(0, "exercises", "families", name)
    return rng.random((3, len(subject))), rng.random(len(subject)), np.array(subject)


def _asks(id: str, case: tuple[FloatArray, FloatArray, Any], hint: str, complaint: str) -> Property:
    """Right is what the reference says."""

    def test(answer: Attempt) -> str | None:
        result = answer.image(*case, shape=(len(np.unique(case[2])),))
        return complaint if np.abs(result - subject_gains(*case)).max() > CLOSE else None

    return Property(id, test, hint)


_SIGN = (np.full((3, 5), 0.6), np.full(5, 0.5), np.arange(5))
_MEAN = (np.array([[0.9, 0.8], [0.1, 0.2], [0.2, 0.2]]), np.array([0.4, 0.4]), np.arange(2))
_ORDER = _case("order", (7, 2, 7, 2, 5, 5))
_UNEQUAL = _case("unequal", (3, 3, 3, 3, 3, 8, 9, 9))

EXERCISES = (
    Exercise(
        name="benchmark.families.subject_gains",
        kind="function",
        reference="medfuse_course.exercises.benchmark.families:subject_gains",
        properties=(
            _asks(
                "sign",
                _SIGN,
                "Return one number for each subject: the family minus the sceptic.",
                "the family is 0.1 ahead on every image, and yours are not 0.1",
            ),
            _asks(
                "family",
                _MEAN,
                "The family is the mean of all its methods, the bad ones too.",
                "of three methods, one good and two bad, the mean is behind here; yours says otherwise",
            ),
            _asks(
                "order",
                _ORDER,
                "Which image belongs to whom is said by `subject`: they need not lie side by side.",
                "with subjects 7, 2, 7, 2, 5, 5 the gains of 2, 5 and 7 are others",
            ),
            _asks(
                "unequal",
                _UNEQUAL,
                "Divide by the number of images that this subject has.",
                "with five images of one subject, one of another and two of a third, the gains are others",
            ),
        ),
        trials=lambda: (_case("trial", (0, 0, 1, 2, 2)), _case("another trial", (4, 1, 4, 1, 1))),
        wrong=(
            WrongAnswer(
                "every_image",
                lambda scores, sceptic, subject: scores.mean(axis=0) - sceptic,
                "order",
                "You return a number for each image: ten slices of one head are not ten patients.",
            ),
            WrongAnswer(
                "swapped",
                lambda scores, sceptic, subject: -subject_gains(scores, sceptic, subject),
                "sign",
                "The family minus the sceptic: positive where the family is ahead.",
            ),
            WrongAnswer(
                "best_method",
                lambda scores, sceptic, subject: subject_gains(scores.max(axis=0)[None], sceptic, subject),
                "family",
                "You take the best method of each image. Nobody knows beforehand which one that will be.",
            ),
            WrongAnswer(
                "equal_blocks",
                lambda scores, sceptic, subject: (
                    (scores.mean(axis=0) - sceptic)[: len(subject) // len(np.unique(subject)) * len(np.unique(subject))]
                    .reshape(len(np.unique(subject)), -1)
                    .mean(axis=1)
                ),
                "order",
                "You cut the images into equal blocks: ask `subject` to whom each belongs.",
            ),
            WrongAnswer(
                "sums",
                lambda scores, sceptic, subject: np.array(
                    [(scores.mean(axis=0) - sceptic)[subject == one].sum() for one in np.unique(subject)]
                ),
                "order",
                "A sum makes the patient with most slices the most important: take the mean of each.",
            ),
            WrongAnswer(
                "shared_count",
                lambda scores, sceptic, subject: np.array(
                    [
                        (scores.mean(axis=0) - sceptic)[subject == one].sum() / (len(subject) / len(np.unique(subject)))
                        for one in np.unique(subject)
                    ]
                ),
                "unequal",
                "Subjects have different numbers of images: divide by this one's own.",
            ),
        ),
    ),
)
