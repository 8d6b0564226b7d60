"""Adaptive weights: ``adaptive_weight(of_a, of_b)`` takes two maps of saliency and returns that of the weight of a."""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, differs, images, off

SHAPE = (12, 17)

Maps = tuple[FloatArray, FloatArray]


def adaptive_weight(of_a: FloatArray, of_b: FloatArray) -> FloatArray:
    """``s_a / (s_a + s_b)``; half where both are 0."""
    total = of_a + of_b
    share: FloatArray = np.where(total > 0, of_a / np.where(total > 0, total, 1), 0.5)
    return share


def _maps(*stream: str) -> Maps:
    of_a, of_b = images("adaptive", *stream, shape=SHAPE)
    return 0.1 + of_a.astype(np.float64), 0.1 + of_b.astype(np.float64)


def _asked(answer: Attempt, of_a: FloatArray, of_b: FloatArray) -> FloatArray:
    return answer.image(of_a, of_b, shape=SHAPE)


def _nothing(answer: Attempt) -> str | None:
    of_a, of_b = _maps("nothing")
    of_a[:4] = 0
    found = _asked(answer, of_a, of_b)[:4]
    return f"a has no saliency, and its weight is {found.max():.2g}, not 0" if off(found, 0.0) > TOLERANCE else None


def _sum(answer: Attempt) -> str | None:
    of_a, of_b = _maps("sum")
    both = _asked(answer, of_a, of_b) + _asked(answer, of_b, of_a)
    return f"weights of a and b sum to {both.ravel()[0]:.3g}, not 1" if off(both, 1.0) > TOLERANCE else None


def _third(answer: Attempt) -> str | None:
    of_b = _maps("third")[1]
    found = _asked(answer, of_b / 2, of_b)
    if off(found, 1 / 3) <= TOLERANCE:
        return None
    return f"a has half the saliency of b everywhere, so a third of the sum; its weight is {found.ravel()[0]:.3g}"


def _black(answer: Attempt) -> str | None:
    of_a, of_b = _maps("black")
    of_a[:, :5], of_b[:, :5] = 0, 0
    found = _asked(answer, of_a, of_b)[:, :5]
    return None if off(found, 0.5) <= TOLERANCE else f"neither has any saliency, and a gets {found.ravel()[0]:.3g}"


def _tiny(answer: Attempt) -> str | None:
    of_a, of_b = _maps("tiny")
    return differs(
        _asked(answer, 1e-9 * of_a, 1e-9 * of_b), adaptive_weight(of_a, of_b), "the weight of faint structure"
    )


def _everywhere(answer: Attempt) -> str | None:
    of_a, of_b = _maps("everywhere")
    return differs(_asked(answer, of_a, of_b), adaptive_weight(of_a, of_b), "the weight")


def _trials() -> tuple[Maps, ...]:
    """Usual maps, faint ones, and some with nothing in a part."""
    of_a, of_b = _maps("trial", "0")
    part = np.ones(SHAPE)
    part[:4] = 0
    return (of_a, of_b), (1e-9 * of_a, 1e-9 * of_b), (of_a * part, of_b * part), (of_a * part, of_b)


def _share(of_a: FloatArray, of_b: FloatArray) -> FloatArray:
    with np.errstate(all="ignore"):
        return np.nan_to_num(of_a / (of_a + of_b))


_WEIGHT = Exercise(
    name="methods.transformers.hybrid_cnn_transformer.adaptive_weight",
    kind="function",
    reference="medfuse_course.exercises.methods.transformers.hybrid_cnn_transformer:adaptive_weight",
    properties=(
        Property("sum", _sum, "The weight of b is what is left: both sum to 1 at every pixel."),
        Property("nothing", _nothing, "A source with no saliency at a pixel has no say there."),
        Property("third", _third, "The weight is the share of a in the sum of both."),
        Property("everywhere", _everywhere, "Each pixel has its own weight; no mean over the image."),
        Property("black", _black, "Where both are 0 nothing can be divided: say what shall come out there."),
        Property("tiny", _tiny, "A share does not depend on the unit: a thousand times fainter, the same share."),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "softmax",
            lambda a, b: 1 / (1 + np.exp(b - a)),
            "nothing",
            "A softmax never gives 0, and it depends on the unit of the saliency. Take the share.",
        ),
        WrongAnswer(
            "the_larger_one",
            lambda a, b: np.where(a == b, 0.5, (a > b) * 1.0),
            "third",
            "You choose the stronger source. Here both count, each by its share.",
        ),
        WrongAnswer(
            "squared",
            lambda a, b: _share(a**2, b**2),
            "third",
            "You squared the saliencies, so the stronger source gets more than its share.",
        ),
        WrongAnswer(
            "global",
            lambda a, b: np.where(a + b > 0, np.where(a > 0, a.mean() / (a.mean() + b.mean()), 0), 0.5),
            "everywhere",
            "You weigh by the means of the whole maps; each pixel has its own weight.",
        ),
        WrongAnswer(
            "nothing_at_black",
            _share,
            "black",
            "Where neither has saliency, 0 / 0 is no number. Half for each is fair, and black stays black.",
        ),
        WrongAnswer(
            "with_epsilon",
            lambda a, b: (a + 5e-7) / (a + b + 1e-6),
            "tiny",
            "The small number that you added is as large as faint structure. Ask where the sum is 0 instead.",
        ),
        WrongAnswer(
            "weight_of_the_other",
            lambda a, b: 1 - adaptive_weight(a, b),
            "nothing",
            "That is the weight of b.",
        ),
    ),
)

EXERCISES = (_WEIGHT,)
