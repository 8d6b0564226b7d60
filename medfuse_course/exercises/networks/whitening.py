"""Whitening: one channel by hand, a channel on its side, and all channels of a stage at once.

``whiten_all(features, eps)`` takes features ``(C, h, w)`` and returns each channel whitened over its rows:
``U (S + eps)^(-1/2) U^T (X - mean)`` with ``U S U^T = (X - mean) (X - mean)^T``.
"""

from collections.abc import Callable

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import differs

EPS = 1e-5

_BY_HAND = Exercise(
    name="networks.whitening.by_hand",
    kind="number",
    reference=0.5,
    tolerance=0.01,
    wrong=(
        WrongAnswer("only_centered", 1.0, "value", "That is the number without its mean. It is still to be divided."),
        WrongAnswer("not_the_root", 0.25, "value", "You divided by the eigenvalue. Divide by its square root."),
        WrongAnswer(
            "divided_by_n",
            0.5**0.5,
            "value",
            "You divided the covariance by the two columns first. This paper does not.",
        ),
        WrongAnswer("mean_again", 2.5, "value", "You added the mean again at the end. It stays away."),
        WrongAnswer("sign", -0.5, "value", "The size is right. The number at the top left was above the mean."),
        WrongAnswer("as_it_was", 3.0, "value", "That is the number as it was."),
    ),
)

_ON_ITS_SIDE = Exercise(
    name="networks.whitening.on_its_side",
    kind="choice",
    reference="a",
    wrong=(
        WrongAnswer(
            "b", "b", "choice", "Rows and columns have covariances of different sizes. Are the results different?"
        ),
        WrongAnswer(
            "c",
            "c",
            "choice",
            "The vectors are not the same. But look at the product, with U on the left and V on the right.",
        ),
        WrongAnswer("d", "d", "choice", "eps is added to the square of each singular value. Does it know a side?"),
    ),
)


def whiten_all(features: FloatArray, eps: float) -> FloatArray:
    """Each channel of ``(C, h, w)`` whitened over its rows, all at once."""
    centered = features - features.mean(axis=(1, 2), keepdims=True)
    values, vectors = np.linalg.eigh(centered @ centered.transpose(0, 2, 1))
    gains = 1 / np.sqrt(np.maximum(values, 0) + eps)
    whitened: FloatArray = vectors * gains[:, None, :] @ vectors.transpose(0, 2, 1) @ centered
    return whitened


def _variant(
    *,
    mean: tuple[int, ...] | None = (1, 2),
    columns: bool = False,
    power: float = -0.5,
    back: bool = True,
    add: bool = True,
) -> Callable[[FloatArray, float], FloatArray]:
    """The solution with one thing done otherwise."""

    def answer(features: FloatArray, eps: float) -> FloatArray:
        centered = features if mean is None else features - features.mean(axis=mean, keepdims=True)
        covariance = centered @ centered.transpose(0, 2, 1)
        values, vectors = np.linalg.eigh(covariance / features.shape[2] if columns else covariance)
        gains = (np.maximum(values, 0) + (eps if add else 1e-12)) ** power
        turned = gains[:, :, None] * (vectors.transpose(0, 2, 1) @ centered)
        whitened: FloatArray = vectors @ turned if back else turned
        return whitened

    return answer


def _features(*stream: str, shape: tuple[int, int, int] = (4, 5, 9)) -> FloatArray:
    rng = generator(0, "exercises", "whitening", *stream)
    strength = rng.uniform(0.5, 3, (shape[0], 1, 1))
    drawn: FloatArray = strength * np.maximum(rng.normal(0.4, 1, shape), 0)
    return drawn


def _asked(answer: Attempt, features: FloatArray, eps: float = EPS) -> FloatArray:
    return answer.image(features, eps, shape=features.shape)


def _shape(answer: Attempt) -> str | None:
    _asked(answer, _features("shape"))
    return None


def _white(answer: Attempt) -> str | None:
    found = _asked(answer, _features("white"))
    squares = found @ found.transpose(0, 2, 1)
    off = float(np.abs(squares - np.eye(squares.shape[-1])).max())
    return f"the product of a channel with its transpose is off the identity by {off:.2g}" if off > 0.02 else None


def _nearest(answer: Attempt) -> str | None:
    """Of all whitenings ZCA has the symmetric matrix."""
    features = _features("nearest")
    centered = features - features.mean(axis=(1, 2), keepdims=True)
    alike = float((_asked(answer, features) * centered).sum())
    best = float((whiten_all(features, EPS) * centered).sum())
    if alike < 0.98 * best:
        return f"the channels look less like themselves than they could: {alike:.3g} of {best:.3g} in their product"
    return None


def _faint(answer: Attempt) -> str | None:
    """Where eigenvalues are far below eps nothing may be blown up."""
    found = _asked(answer, 1e-5 * _features("faint"))
    largest = float(np.abs(found).max())
    return f"features a hundred times fainter than eps asks for became {largest:.2g}" if largest > 0.05 else None


def _same(answer: Attempt) -> str | None:
    for number, (shape, eps) in enumerate((((4, 5, 9), 1e-5), ((3, 7, 4), 0.5), ((2, 6, 6), 2.0))):
        features = _features("same", str(number), shape=shape)
        said = differs(_asked(answer, features, eps), whiten_all(features, eps), "a whitened channel", 1e-6)
        if said:
            return f"with eps = {eps:g}: {said}"
    return None


def _trials() -> tuple[tuple[FloatArray, float], ...]:
    return (_features("trial", "0"), 0.3), (_features("trial", "1", shape=(3, 6, 5)), 1e-3)


_ALL = Exercise(
    name="networks.whitening.whiten_all",
    kind="function",
    reference="medfuse_course.exercises.networks.whitening:whiten_all",
    properties=(
        Property("shape", _shape, "Return an array like features, (C, h, w)."),
        Property("white", _white, "Center, C = X X^T, and divide by the root of its eigenvalues, channel by channel."),
        Property("faint", _faint, "eps goes under the root, to each eigenvalue: it keeps what is faint from growing."),
        Property("nearest", _nearest, "After the division turn back: multiply with the matrix of eigenvectors."),
        Property("same", _same, "Compare a single channel with whiten on the page, for a large eps, too."),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "not_turned_back",
            _variant(back=False),
            "nearest",
            "You stay with the eigenvectors. ZCA turns back: U on the left.",
        ),
        WrongAnswer(
            "divided_by_n",
            _variant(columns=True),
            "white",
            "You divided the covariance by the columns. Here it is a sum.",
        ),
        WrongAnswer("not_centered", _variant(mean=None), "nearest", "Take the mean of each channel away first."),
        WrongAnswer(
            "mean_of_rows",
            _variant(mean=(2,)),
            "nearest",
            "You took the mean of each row away. It is one mean for a channel.",
        ),
        WrongAnswer(
            "one_mean",
            _variant(mean=(0, 1, 2)),
            "nearest",
            "You took one mean of all channels. Each channel has its own.",
        ),
        WrongAnswer("no_root", _variant(power=-1.0), "white", "You divided by the eigenvalues. Divide by their roots."),
        WrongAnswer(
            "no_eps", _variant(add=False), "faint", "eps is missing. An eigenvalue of 0 would be divided by 0."
        ),
    ),
)

EXERCISES = (_BY_HAND, _ON_ITS_SIDE, _ALL)
