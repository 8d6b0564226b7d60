"""The exponential softmax of two activities, which must neither overflow nor know the scale of the features.

``soft_weight(a, b, temperature)`` takes two activities ``(h, w)``, 0 or more, and returns the weight of a.
"""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import differs, off

SHAPE = (9, 14)
HEAT = 0.2


def soft_weight(a: FloatArray, b: FloatArray, temperature: float) -> FloatArray:
    """``1 / (1 + exp(-(a - b) / (temperature m)))``, m the largest value of both; 1/2 where all is 0."""
    largest = max(a.max(), b.max()) or 1.0
    weight: FloatArray = 1 / (1 + np.exp(-(a - b) / (largest * temperature)))
    return weight


def _activities(scale: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Two activities of unlike size: the largest value is in a."""
    first, second = generator(0, "exercises", "softmax").random((2, *SHAPE))
    return scale * first, 0.6 * scale * second


def _form(answer: Attempt) -> str | None:
    answer.image(*_activities(), HEAT)
    return None


def _order(answer: Attempt) -> str | None:
    a, b = _activities()
    there, back = answer.image(a, b, HEAT), answer.image(b, a, HEAT)
    if off(there + back, 1) > 1e-6:
        return f"W(a, b) + W(b, a) is {1 + np.abs(there + back - 1).max():.3f} somewhere, not 1"
    return None


def _scale(answer: Attempt) -> str | None:
    small, large = (answer.image(*_activities(scale), HEAT) for scale in (1.0, 300.0))
    return differs(large, small, "of features 300 times as large, the weight")


def _sources(answer: Attempt) -> str | None:
    """A source that is everywhere weaker must have less than half everywhere."""
    a, b = (0.5 + 0.5 * x for x in _activities())
    weaker = answer.image(0.25 * a, b, HEAT)
    return f"a is weaker everywhere, and has a weight of up to {weaker.max():.2f}" if weaker.max() > 0.5 else None


def _heat(answer: Attempt) -> str | None:
    a, b = _activities()
    cold, hot = (np.abs(answer.image(a, b, heat) - 0.5).mean() for heat in (0.02, 5.0))
    if cold <= hot:
        return f"weights are {cold:.2f} from 1/2 at a temperature of 0.02, and {hot:.2f} at 5"
    return None


def _cold(answer: Attempt) -> str | None:
    """Neither exponential may overflow: the larger source has all, whichever of the two it is."""
    (a, b), heat = _activities(), 1e-3
    for one, other in ((a, b), (b, a)):
        with np.errstate(over="ignore"):
            expected = soft_weight(one, other, heat)
        wrong = differs(answer.image(one, other, heat), expected, f"at a temperature of {heat}, the weight")
        if wrong:
            return wrong
    return None


def _black(answer: Attempt) -> str | None:
    black = np.zeros(SHAPE)
    return differs(answer.image(black, black, HEAT), np.full(SHAPE, 0.5), "where nothing is active, the weight")


def _value(answer: Attempt) -> str | None:
    return differs(answer.image(*_activities(), HEAT), soft_weight(*_activities(), HEAT), "the weight")


def _raw(a: FloatArray, b: FloatArray, temperature: float) -> FloatArray:
    x, y = np.exp(a / temperature), np.exp(b / temperature)
    share: FloatArray = x / (x + y)
    return share


def _as_written(a: FloatArray, b: FloatArray, temperature: float) -> FloatArray:
    heat = temperature * (max(a.max(), b.max()) or 1.0)
    x, y = np.exp(a / heat), np.exp(b / heat)
    share: FloatArray = x / (x + y)
    return share


def _each_by_itself(a: FloatArray, b: FloatArray, temperature: float) -> FloatArray:
    x, y = (np.exp(z / (z.max() or 1) / temperature) for z in (a, b))
    share: FloatArray = x / (x + y)
    return share


def _times(a: FloatArray, b: FloatArray, temperature: float) -> FloatArray:
    return soft_weight(a, b, 1 / temperature)


def _no_guard(a: FloatArray, b: FloatArray, temperature: float) -> FloatArray:
    largest = np.maximum(a.max(), b.max())
    weight: FloatArray = 1 / (1 + np.exp(-(a - b) / (largest * temperature)))
    return weight


def _first_only(a: FloatArray, b: FloatArray, temperature: float) -> FloatArray:
    weight: FloatArray = 1 / (1 + np.exp(-(a - b) / ((a.max() or 1) * temperature)))
    return weight


def _ratio(a: FloatArray, b: FloatArray, temperature: float) -> FloatArray:
    total = a + b
    share: FloatArray = np.where(total > 0, a / np.where(total > 0, total, 1), 0.5)
    return share


EXERCISES = (
    Exercise(
        name="methods.extractors.feature_weights.soft_weight",
        kind="function",
        reference="medfuse_course.exercises.methods.extractors.feature_weights:soft_weight",
        properties=(
            Property("form", _form, "Return one weight for each place, as floats."),
            Property("scale", _scale, "Multiply all features by one number, and no weight may change: divide first."),
            Property("sources", _sources, "Who is weaker must stay weaker: both sources need one measure."),
            Property("order", _order, "Exchange the sources, and what a had is b's: the two weights sum to 1."),
            Property("heat", _heat, "A small temperature chooses, a large one averages."),
            Property("black", _black, "Two black images have no activity at all. What do you divide by then?"),
            Property("value", _value, "Divide by the largest value of both and by the temperature, then the softmax."),
            Property("cold", _cold, "At a very small temperature the larger source takes all, and nothing may be NaN."),
        ),
        trials=lambda: (
            (*_activities(), HEAT),
            (*_activities()[::-1], HEAT),
            (*_activities(300.0), 1.0),
            (*_activities(), 1e-3),
            (np.zeros(SHAPE), np.zeros(SHAPE), HEAT),
        ),
        wrong=(
            WrongAnswer(
                "raw_sums", _raw, "scale", "Sums over channels are large: exp overflows, or every weight is 0 or 1."
            ),
            WrongAnswer(
                "each_by_its_own_maximum",
                _each_by_itself,
                "sources",
                "You divide each source by its own maximum: a faint source becomes as strong as a strong one.",
            ),
            WrongAnswer(
                "as_written",
                _as_written,
                "cold",
                "Right on paper. Two large exponentials are inf, and inf / inf is not a number: keep one of them.",
            ),
            WrongAnswer("temperature_upside_down", _times, "heat", "You multiply by the temperature where it divides."),
            WrongAnswer(
                "no_guard", _no_guard, "black", "0 / 0 is not a number: where the maximum is 0, divide by 1 instead."
            ),
            WrongAnswer(
                "maximum_of_a_only", _first_only, "order", "You divide by the maximum of a alone: exchange a and b."
            ),
            WrongAnswer("ratio", _ratio, "heat", "That is the ratio: the temperature has no say. An exp is missing."),
        ),
    ),
)
