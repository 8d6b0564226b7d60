"""What tells base from detail: ``split_term(base_a, base_b, detail_a, detail_b)``, and what that number leaves open.

Each argument is ``(K, P)``: K channels of P pixels. The term is ``CC(details)^2 / (1.01 + CC(bases))``, where CC is the
mean over the channels of Pearson's correlation over the pixels.
"""

from collections.abc import Callable

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import number

K, P = 4, 30

Four = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def correlation(x: FloatArray, y: FloatArray) -> np.float64:
    """Pearson's of each channel, the mean over them."""
    return _cosine(*(f - f.mean(axis=1, keepdims=True) for f in (x, y)))


def split_term(base_a: FloatArray, base_b: FloatArray, detail_a: FloatArray, detail_b: FloatArray) -> np.float64:
    """The square of what details share, over what bases share."""
    return correlation(detail_a, detail_b) ** 2 / (1.01 + correlation(base_a, base_b))


def _features(*stream: str, channels: int = K, pixels: int = P) -> Four:
    """Four sets that share a part, each channel with a mean and a size of its own."""
    rng = generator(0, "exercises", "split", *stream)
    common = rng.standard_normal((2, channels, pixels))
    size, mean = rng.uniform(0.5, 3, (4, channels, 1)), rng.uniform(1, 4, (4, channels, 1))
    noise = rng.standard_normal((4, channels, pixels))
    a, b, c, d = (mean[k] + size[k] * (common[k // 2] + noise[k]) for k in range(4))
    return a, b, c, d


def _number(answer: Attempt, features: Four) -> float:
    return number(answer, *features)


def _near(found: float, wanted: float, what: str) -> str | None:
    return None if abs(found - wanted) <= 3e-5 * wanted + 1e-6 else f"{what} it gives {found:.4g}, not {wanted:.4g}"


def _equal(answer: Attempt) -> str | None:
    a, _, c, _ = _features("equal")
    return _near(_number(answer, (a, a, c, c)), 1 / 2.01, "for equal bases and equal details")


def _opposed(answer: Attempt) -> str | None:
    """Bases of opposite sign: their correlation is -1, and 1.01 keeps the term finite."""
    a, _, c, _ = _features("opposed")
    return _near(_number(answer, (a, -a, c, c)), 100, "for bases of opposite sign and equal details")


def _cancels(answer: Attempt) -> str | None:
    """Half of the channels alike, half opposed: the mean is 0, before the square."""
    a, b, c, _ = _features("cancels")
    sign = np.repeat([1.0, -1.0], K // 2)[:, None]
    return _near(_number(answer, (a, b, c, sign * c)), 0, "with half of the channels alike and half opposed")


def _scaled(answer: Attempt) -> str | None:
    a, b, c, d = _features("scaled")
    wanted = split_term(a, b, c, d)
    return _near(_number(answer, (a, 5 * b + 3, 0.1 * c - 2, d)), wanted, "after another gain and offset")


def _all(answer: Attempt) -> str | None:
    features = _features("all", channels=K + 3, pixels=2 * P)
    return _near(_number(answer, features), split_term(*features), f"for {K + 3} channels of {2 * P} pixels")


def _with(correlate: Callable[[FloatArray, FloatArray], float]) -> Callable[..., float]:
    return lambda a, b, c, d: correlate(c, d) ** 2 / (1.01 + correlate(a, b))


def _cosine(x: FloatArray, y: FloatArray) -> np.float64:
    with np.errstate(invalid="ignore"):  # a channel that is even has no correlation: NaN
        mean: np.float64 = np.mean((x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1)))
    return mean


def _all_at_once(x: FloatArray, y: FloatArray) -> float:
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1])


def _each_squared(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> float:
    squares = [np.corrcoef(x, y)[0, 1] ** 2 for x, y in zip(c, d, strict=True)]
    return float(np.mean(squares) / (1.01 + correlation(a, b)))


_TERM = Exercise(
    name="methods.transformers.cddfuse.split_term",
    kind="function",
    reference="medfuse_course.exercises.methods.transformers.cddfuse:split_term",
    properties=(
        Property(
            "equal", _equal, "Equal features have a correlation of 1; above is the square for details, below 2.01."
        ),
        Property("opposed", _opposed, "1.01 is added to the correlation of the bases, which may be -1."),
        Property("scaled", _scaled, "A correlation knows no gain and no offset: take the mean of each channel away."),
        Property("cancels", _cancels, "First the mean over the channels, then the square."),
        Property("all", _all, "One correlation for each channel, over its pixels; then the mean."),
    ),
    trials=lambda: (_features("trial", "0"), _features("trial", "1")),
    wrong=(
        WrongAnswer("cosine", _with(_cosine), "scaled", "You left the means in: that is a cosine, no correlation."),
        WrongAnswer(
            "all_channels_at_once",
            _with(_all_at_once),
            "scaled",
            "You joined all channels to one row. Each channel has a correlation of its own.",
        ),
        WrongAnswer(
            "exchanged",
            lambda a, b, c, d: split_term(c, d, a, b),
            "opposed",
            "You want details to be shared and bases not. Exchange them.",
        ),
        WrongAnswer(
            "each_squared",
            _each_squared,
            "scaled",
            "You square each channel's correlation before the mean. Better, perhaps, but not as published.",
        ),
        WrongAnswer(
            "four_channels",
            lambda *features: split_term(*(x[:K] for x in features)),
            "all",
            "You wrote down how many channels there are. A feature map may have more: take as many as come.",
        ),
        WrongAnswer(
            "not_squared",
            lambda a, b, c, d: abs(correlation(c, d)) / (1.01 + correlation(a, b)),
            "scaled",
            "The correlation of the details is squared.",
        ),
        WrongAnswer(
            "without_shift",
            lambda a, b, c, d: correlation(c, d) ** 2 / (1 + correlation(a, b) + 1e-9),
            "equal",
            "The denominator is 1.01 and the correlation of the bases.",
        ),
    ),
)

_OPEN = Exercise(
    name="methods.transformers.cddfuse.left_open",
    kind="choice",
    reference="b",
    wrong=(
        WrongAnswer("a", "a", "choice", "Only their mean is squared. What do +0.5 and -0.5 add up to?"),
        WrongAnswer("c", "c", "choice", "The bases stand below: if they were equal, the term would be halved, not 0."),
        WrongAnswer("d", "d", "choice", "Correlation knows no gain: a strong detail and a faint one count alike."),
    ),
)

EXERCISES = (_TERM, _OPEN)
