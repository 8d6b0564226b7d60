"""A factorial table: ``main_effects(table)``, and what the shares allow to say.

`table` has a row for each transform and a column for each rule. The result holds two shares of its variance: what the
rows explain by themselves, and what the columns explain.
"""

from typing import Any

import numpy as np

from medfuse_course.benchmark import variance_shares
from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer

CLOSE = 1e-4


def main_effects(table: FloatArray) -> FloatArray:
    """The shares of rows and of columns."""
    shares = variance_shares(table, ("rows", "columns"))
    return np.array([shares["rows"], shares["columns"]])


def _random(shape: tuple[int, int]) -> FloatArray:
    rng = generator(0, "exercises", "factorial", str(shape))
    table: FloatArray = 3 + rng.random(shape) + 2 * rng.random((shape[0], 1))
    return table


def _ask(id: str, table: FloatArray, hint: str, what: str) -> Property:
    def test(answer: Attempt) -> str | None:
        got, wanted = answer.image(table, shape=(2,)), main_effects(table)
        far = np.abs(got - wanted).max() > CLOSE
        return f"{what} gave {got[0]:.2f} and {got[1]:.2f}, not {wanted[0]:.2f} and {wanted[1]:.2f}" if far else None

    return Property(id, test, hint)


def _sums(table: FloatArray, axis: int) -> Any:
    """Squares of the means along one axis, about the mean of all."""
    return ((table.mean(axis=axis) - table.mean()) ** 2).sum()


def _total(table: FloatArray) -> Any:
    return ((table - table.mean()) ** 2).sum()


_MAIN_EFFECTS = Exercise(
    name="benchmark.factorial.main_effects",
    kind="function",
    reference="medfuse_course.exercises.benchmark.factorial:main_effects",
    properties=(
        _ask(
            "rows-only",
            np.array([[1.0, 1.0, 1.0], [4.0, 4.0, 4.0]]),
            "Equal columns explain nothing, and the rows all of it.",
            "a table with equal columns",
        ),
        _ask(
            "offset",
            100 + np.array([[0.0, 4.0], [6.0, 6.0]]),
            "Adding 100 to every entry changes no choice: subtract the mean of the table first.",
            "a table of large numbers",
        ),
        _ask(
            "shape",
            _random((9, 4)),
            "A row's mean stands for as many entries as there are columns, a column's for as many as there are rows.",
            "a table of 9 rows and 4 columns",
        ),
    ),
    trials=lambda: ((_random((5, 3)),), (_random((2, 4)),)),
    wrong=(
        WrongAnswer(
            "swapped",
            lambda table: main_effects(table)[::-1].copy(),
            "rows-only",
            "The two shares are the wrong way round: the means of the rows are taken along axis 1.",
        ),
        WrongAnswer(
            "forgot_the_repeats",
            lambda table: np.array([_sums(table, 1), _sums(table, 0)]) / _total(table),
            "rows-only",
            "Your shares of a table with equal columns do not reach 1: the mean of a row counts once for each column.",
        ),
        WrongAnswer(
            "about_zero",
            lambda table: (
                np.array(
                    [table.shape[1] * (table.mean(axis=1) ** 2).sum(), table.shape[0] * (table.mean(axis=0) ** 2).sum()]
                )
                / (table**2).sum()
            ),
            "rows-only",
            "Those are squares about zero, so the level of the table counts as an effect: subtract its mean.",
        ),
        WrongAnswer(
            "ranges",
            lambda table: np.array([np.ptp(table.mean(axis=1)), np.ptp(table.mean(axis=0))]) / np.ptp(table),
            "offset",
            "Ranges do not add up: a factor with many settings has a wide one by chance. Use squares.",
        ),
        WrongAnswer(
            "relative_to_each_other",
            lambda table: main_effects(table) / main_effects(table).sum(),
            "offset",
            "Your two shares always sum to 1. What transform and rule do only together belongs to the whole as well.",
        ),
    ),
)

_MENU = Exercise(
    name="benchmark.factorial.menu",
    kind="choice",
    reference="c",
    wrong=(
        WrongAnswer(
            "a", "a", "choice", "Look at the second menu: one more rule, and the rule explains more than anything else."
        ),
        WrongAnswer(
            "b",
            "b",
            "choice",
            "The shares are of the variance over settings, of values averaged over heads. No image is counted.",
        ),
        WrongAnswer(
            "d",
            "d",
            "choice",
            "A large share means that the settings differ, for better or worse. It does not say which is good.",
        ),
    ),
)

EXERCISES = (_MAIN_EFFECTS, _MENU)
