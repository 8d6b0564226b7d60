"""What a generator minimizes, and how far two piles of sand are apart.

``generator_loss(d)`` is ``-log sigmoid(d)`` for every number that a discriminator gave, also where it is hopeless;
``earth_mover(x, y)`` is the mean distance that a grain travels from one pile to the other, along a line.
"""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import apart, differs, number


def generator_loss(d: FloatArray) -> FloatArray:
    """``log(1 + exp(-d))`` for each number, in a form that does not overflow."""
    return np.logaddexp(0, -d)


def earth_mover(x: FloatArray, y: FloatArray) -> np.float64:
    """The mean distance between sorted samples."""
    return np.float64(np.abs(np.sort(x) - np.sort(y)).mean())


_SURE, _HOPELESS = np.array([-2.0, -0.5, 0.0, 0.5, 3.0]), np.array([-40.0, -300.0, -1000.0])
_SOME = np.linspace(-6, 6, 25)


def _shape(answer: Attempt) -> str | None:
    answer.image(_SOME)
    return None


def _value(answer: Attempt) -> str | None:
    return differs(answer.image(_SURE), generator_loss(_SURE), "the loss of (-2, -0.5, 0, 0.5, 3)")


def _pull(answer: Attempt) -> str | None:
    """The slope, from two values beside it."""
    slope = (answer.image(_SOME + 1e-3) - answer.image(_SOME - 1e-3)) / 2e-3
    return differs(slope, -1 / (1 + np.exp(_SOME)), "the slope, for d from -6 to 6,", 1e-3)


def _hopeless(answer: Attempt) -> str | None:
    return differs(answer.image(_HOPELESS), generator_loss(_HOPELESS), "the loss of (-40, -300, -1000)", 1e-3)


def _sigmoid(d: FloatArray) -> FloatArray:
    return 1 / (1 + np.exp(-d))


_LOSS = Exercise(
    name="losses.adversarial.generator_loss",
    kind="function",
    reference="medfuse_course.exercises.losses.adversarial:generator_loss",
    properties=(
        Property("shape", _shape, "Return one loss for each number: no mean."),
        Property("value", _value, "The sigmoid of d is the belief that the sample is real. Take its logarithm."),
        Property("pull", _pull, "Where the sample is hopeless the slope must be -1, not 0."),
        Property(
            "hopeless",
            _hopeless,
            "exp(1000) does not fit into a float. Rewrite the logarithm of a quotient.",
        ),
    ),
    trials=lambda: ((_SOME,), (_HOPELESS,)),
    wrong=(
        WrongAnswer(
            "naive",
            lambda d: -np.log(_sigmoid(d)),
            "hopeless",
            "exp(1000) is infinite, and an infinite loss has no slope: np.logaddexp does not overflow.",
        ),
        WrongAnswer(
            "a_floor",
            lambda d: -np.log(_sigmoid(d) + 1e-8),
            "hopeless",
            "A tiny number inside the logarithm ends the slope just where it is needed most.",
        ),
        WrongAnswer(
            "clipped",
            lambda d: np.log1p(np.exp(-np.clip(d, -500, 500))),
            "hopeless",
            "Limiting d avoids the overflow, and the slope beyond the limit is 0. np.logaddexp needs no limit.",
        ),
        WrongAnswer(
            "lost_the_minus",
            lambda d: -np.logaddexp(0, -d),
            "value",
            "That is log sigmoid(d), without the minus: a generator that minimizes it wants to be recognized.",
        ),
        WrongAnswer(
            "saturating",
            lambda d: -np.logaddexp(0, d),
            "value",
            "That is log(1 - sigmoid(d)), the discriminator's loss with the other sign: flat where d is hopeless.",
        ),
        WrongAnswer(
            "the_discriminators",
            lambda d: np.logaddexp(0, d),
            "value",
            "That falls where d falls: it is what the discriminator wants of made samples.",
        ),
        WrongAnswer("the_sigmoid", lambda d: 1 - _sigmoid(d), "value", "The logarithm is missing."),
    ),
)


def _wants(name: str, arguments: tuple[FloatArray, FloatArray], what: str, hint: str) -> Property:
    wanted = float(earth_mover(*arguments))

    def test(answer: Attempt) -> str | None:
        got = number(answer, *arguments)
        if abs(got - wanted) <= 1e-5:
            return None
        said, right = apart(got, wanted)
        return f"{what} gave {said}, not {right}"

    return Property(name, test, hint)


def _piles() -> tuple[FloatArray, FloatArray]:
    rng = generator(0, "exercises", "earth mover")
    return rng.normal(0, 1, 40), rng.normal(0.5, 2, 40)


_SHIFTED = np.array([0.0, 1.0, 5.0]), np.array([8.0, 3.0, 4.0])
_SWAPPED = np.array([0.0, 4.0]), np.array([4.0, 0.0])
_SPREAD = np.array([-3.0, 3.0]), np.array([-1.0, 1.0])

_MOVER = Exercise(
    name="losses.adversarial.earth_mover",
    kind="function",
    reference="medfuse_course.exercises.losses.adversarial:earth_mover",
    properties=(
        _wants("order", _SWAPPED, "(0, 4) against (4, 0)", "The same pile in another order: nothing moves. Sort."),
        _wants("shift", _SHIFTED, "(0, 1, 5) against (8, 3, 4)", "Everything moves three to the right: sort both."),
        _wants("spread", _SPREAD, "(-3, 3) against (-1, 1)", "Every grain moves by 2, though the means are equal."),
        _wants("piles", _piles(), "two piles of 40", "The mean distance, not its square, and not the largest."),
    ),
    trials=lambda: (_SHIFTED, _SHIFTED[::-1], _SPREAD, _piles()),
    wrong=(
        WrongAnswer(
            "not_sorted",
            lambda x, y: np.abs(x - y).mean(),
            "order",
            "You pair grains as they come. The cheapest plan pairs the lowest with the lowest.",
        ),
        WrongAnswer(
            "means_only",
            lambda x, y: abs(x.mean() - y.mean()),
            "spread",
            "Two piles with one mean may still differ: grains must move before they are averaged.",
        ),
        WrongAnswer(
            "forgot_the_absolute",
            lambda x, y: (np.sort(y) - np.sort(x)).mean(),
            "spread",
            "Ways to the left and to the right cancel. A distance has no sign.",
        ),
        WrongAnswer(
            "squared",
            lambda x, y: np.sqrt(((np.sort(x) - np.sort(y)) ** 2).mean()),
            "piles",
            "That is W2, which counts the square of the way. W1 counts the way.",
        ),
        WrongAnswer(
            "to_the_nearest",
            lambda x, y: np.abs(x[:, None] - y).min(axis=1).mean(),
            "shift",
            "Several grains may then go to one place. Each place takes one grain: pair the sorted piles.",
        ),
        WrongAnswer(
            "all_pairs",
            lambda x, y: np.abs(x[:, None] - y).mean(),
            "order",
            "That is the mean over all pairs. On a plan each grain goes to one place only.",
        ),
        WrongAnswer(
            "summed",
            lambda x, y: np.abs(np.sort(x) - np.sort(y)).sum(),
            "shift",
            "Each pile weighs 1 in all: take the mean, not the sum.",
        ),
    ),
)

EXERCISES = (_LOSS, _MOVER)
