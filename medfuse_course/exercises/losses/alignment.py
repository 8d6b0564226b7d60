"""Who finds the partner: ``top_one(a, b)``; and what features that were pulled together no longer say."""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import number


def _unit(x: FloatArray) -> FloatArray:
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))


def top_one(a: FloatArray, b: FloatArray) -> np.float64:
    """Share of rows of a whose nearest row of b, by cosine, has the same number."""
    return np.float64(((_unit(a) @ _unit(b).T).argmax(axis=1) == np.arange(len(a))).mean())


def _cloud(seed: int, count: int = 12, width: int = 4) -> FloatArray:
    return generator(seed, "exercises", "top_one").standard_normal((count, width))


_SAME = _cloud(0)
_LENGTHS = _SAME * np.geomspace(0.1, 30, 12)[:, None]
_ONE_WAY_A = np.array([[1.0, 0.0], [0.9, 0.5], [0.0, 1.0]])
_ONE_WAY_B = np.array([[1.0, 0.3], [0.3, 1.0], [0.25, 1.0]])  # from a: 0 and 2 right; from b: 0 and 2 only by chance
_SHUFFLED = np.roll(_SAME, 1, axis=0)


def _asked(answer: Attempt, a: FloatArray, b: FloatArray, what: str) -> str | None:
    got, right = number(answer, a, b), top_one(a, b)
    return None if abs(got - right) < 1e-6 else f"{what} is {got:.4g}, not {right:.4g}"


def _others(answer: Attempt) -> str | None:
    for seed in (1, 2, 3):
        a = _cloud(seed, 37, 6)
        wrong = _asked(answer, a, a + 0.9 * _cloud(seed + 10, 37, 6), "the share found of 37")
        if wrong:
            return wrong
    return None


EXERCISES = (
    Exercise(
        name="losses.alignment.top_one",
        kind="function",
        reference="medfuse_course.exercises.losses.alignment:top_one",
        properties=(
            Property("same", lambda x: _asked(x, _SAME, _SAME, "the share found among twins"), "A twin is found: 1."),
            Property(
                "shuffled",
                lambda x: _asked(x, _SAME, _SHUFFLED, "the share found where every row moved on by one"),
                "Found is the row of the same *number*. Compare argmax with np.arange.",
            ),
            Property(
                "lengths",
                lambda x: _asked(x, _SAME, _LENGTHS, "the share found where rows of b differ in length"),
                "A cosine does not know how long a row is: divide each row by its norm.",
            ),
            Property(
                "others", _others, "For each row of a the best row of b: along which axis of a @ b.T do rows of b lie?"
            ),
        ),
        trials=lambda: ((_SAME, _SAME), (_SAME, _LENGTHS), (_ONE_WAY_A, _ONE_WAY_B)),
        wrong=(
            WrongAnswer(
                "no_norm", lambda a, b: float(((a @ b.T).argmax(axis=1) == np.arange(len(a))).mean()), "same",
                "A long row of b has a large product with everybody. Divide by the norms.",
            ),
            WrongAnswer(
                "other_way",
                lambda a, b: float(((_unit(a) @ _unit(b).T).argmax(axis=0) == np.arange(len(a))).mean()), "others",
                "You look for the best row of a for each row of b. That is another question.",
            ),
            WrongAnswer(
                "alike_enough", lambda a, b: float(((_unit(a) * _unit(b)).sum(axis=1) > 0.5).mean()), "shuffled",
                "Being alike is not enough: is any other row more alike?",
            ),
            WrongAnswer(
                "mean_likeness", lambda a, b: float((_unit(a) * _unit(b)).sum(axis=1).mean()), "shuffled",
                "The mean cosine of partners says nothing of the others.",
            ),
        ),
    ),
    Exercise(
        name="losses.alignment.unfound",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer("a", "a", "choice", "What is in b alone helps nobody to find the partner."),
            WrongAnswer("b", "b", "choice", "It is asked for what both share. Which of the three is in both images?"),
            WrongAnswer("d", "d", "choice", "The contrastive term sees pairs, not labels: ask what it rewards."),
        ),
    ),
)  # fmt: skip
