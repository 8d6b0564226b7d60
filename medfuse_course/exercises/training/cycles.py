"""What a cycle asks for, and what it does not: ``cycle_loss(a, b, to_b, to_a)``.

It is the mean absolute error there and back, of both ways.
"""

from typing import Any

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import apart, number


def cycle_loss(a: FloatArray, b: FloatArray, to_b: Any, to_a: Any) -> np.float64:
    """``mean |to_a(to_b(a)) - a| + mean |to_b(to_a(b)) - b|``."""
    return np.float64(np.abs(to_a(to_b(a)) - a).mean() + np.abs(to_b(to_a(b)) - b).mean())


def _ramp(stream: str) -> tuple[FloatArray, FloatArray]:
    rng = generator(0, "exercises", "cycle", stream)
    return rng.uniform(0, 1, (6, 5)), rng.uniform(2, 3, (7, 4))


def _wants(id_: str, to_b: Any, to_a: Any, what: str, hint: str) -> Property:
    a, b = _ramp(id_)
    wanted = float(cycle_loss(a, b, to_b, to_a))

    def test(answer: Attempt) -> str | None:
        got = number(answer, a, b, to_b, to_a)
        if abs(got - wanted) <= 1e-6:
            return None
        said, right = apart(got, wanted)
        return f"{what} gave {said}, not {right}"

    return Property(id_, test, hint)


def _add(x: FloatArray) -> FloatArray:
    return x + 1


def _square(x: FloatArray) -> FloatArray:
    return x**2


def _double(x: FloatArray) -> FloatArray:
    return 2 * x


def _flip(x: FloatArray) -> FloatArray:
    return x[::-1]


def _same(x: FloatArray) -> FloatArray:
    return x


_CYCLE = Exercise(
    name="training.cycles.cycle_loss",
    kind="function",
    reference="medfuse_course.exercises.training.cycles:cycle_loss",
    properties=(
        _wants("undone", _flip, _flip, "upside down and back", "What comes back is the image itself: nothing is lost."),
        _wants("first-way", _double, _same, "doubled there, left alone on the way", "Add the mean error of both ways."),
        _wants("order", _square, _add, "squared to b, + 1 to a", "a goes to b first and then back; b the other way."),
        _wants("signs", lambda x: 1 - x, _same, "a negative that stays", "A mean of absolute values, pixel by pixel."),
    ),
    trials=lambda: ((*_ramp("trial"), _square, _add), (*_ramp("trial"), _flip, _same)),
    wrong=(
        WrongAnswer(
            "one_way", lambda a, b, to_b, to_a: np.abs(to_a(to_b(a)) - a).mean(), "first-way",
            "You ask for the way of a only. CycleGAN asks for the way of b as well.",
        ),
        WrongAnswer(
            "wrong_order",
            lambda a, b, to_b, to_a: np.abs(to_b(to_a(a)) - a).mean() + np.abs(to_a(to_b(b)) - b).mean(), "order",
            "An image of domain a goes through to_b first: to_a(to_b(a)).",
        ),
        WrongAnswer(
            "no_way_back", lambda a, b, to_b, to_a: np.abs(to_b(a) - a).mean() + np.abs(to_a(b) - b).mean(), "undone",
            "You compare the translation with its source. The cycle compares what comes back.",
        ),
        WrongAnswer(
            "squared",
            lambda a, b, to_b, to_a: ((to_a(to_b(a)) - a) ** 2).mean() + ((to_b(to_a(b)) - b) ** 2).mean(), "first-way",
            "Those are squares. The published loss takes absolute values.",
        ),
        WrongAnswer(
            "signs_cancel",
            lambda a, b, to_b, to_a: (to_a(to_b(a)) - a).mean() + (to_b(to_a(b)) - b).mean(), "signs",
            "Errors up and down cancel. Take absolute values before the mean.",
        ),
        WrongAnswer(
            "halved", lambda a, b, to_b, to_a: cycle_loss(a, b, to_b, to_a) / 2, "first-way",
            "You took the mean of both ways. Their sum is asked for.",
        ),
        WrongAnswer(
            "summed",
            lambda a, b, to_b, to_a: np.abs(to_a(to_b(a)) - a).sum() + np.abs(to_b(to_a(b)) - b).sum(), "first-way",
            "You sum over the pixels. Take the mean, so that the size of the image does not matter.",
        ),
    ),
)  # fmt: skip

_FREE = Exercise(
    name="training.cycles.costs_nothing",
    kind="choice",
    reference="c",
    wrong=(
        WrongAnswer("a", "a", "choice", "Turned upside down twice is the image itself: the cycle loss is 0."),
        WrongAnswer("b", "b", "choice", "Enlarged and made smaller again: what was lost? Only a little sharpness."),
        WrongAnswer("d", "d", "choice", "Two gray levels that are exchanged are exchanged back: nothing is lost."),
    ),
)

EXERCISES = (_CYCLE, _FREE)
