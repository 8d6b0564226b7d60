"""Which way an activity has to change so that it explains its counts, and what counts cannot contradict.

``gradient(x, y, e, p)`` is ``P^T (e (1 - y / m))`` with ``m = e * (P x)``: of the negative Poisson log-likelihood
``sum(m - y log m)``. x has one value for each pixel, y and e one for each line, P is ``(lines, pixels)``.
"""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import differs
from medfuse_course.physics import parallel_projector

Scan = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def gradient(x: FloatArray, y: FloatArray, e: FloatArray, p: FloatArray) -> FloatArray:
    """``P^T (e (1 - y / (e P x)))``."""
    slope: FloatArray = p.T @ (e * (1 - y / (e * (p @ x))))
    return slope


def _scan(stream: str, noise: bool = True, even: bool = False) -> Scan:
    """A small scan of lines that meet something; `even` lines all have the efficiency 1."""
    rng = generator(0, "exercises", "projection", stream)
    matrix = parallel_projector(8, 6).matrix.toarray().astype(np.float64)
    p = matrix[matrix.sum(axis=1) > 0.1]
    x, e = rng.uniform(1, 5, p.shape[1]), np.ones(len(p)) if even else rng.uniform(0.1, 3, len(p))
    m = e * (p @ x)
    return x, rng.poisson(m).astype(np.float64) if noise else m, e, p


def _at_rest(answer: Attempt) -> str | None:
    slope = answer.image(*_scan("rest", noise=False))
    if np.abs(slope).max() <= 1e-5:
        return None
    return f"at the truth, with counts that are as expected, the largest slope is {np.abs(slope).max():.3g}, not 0"


def _wants(id: str, stream: str, even: bool, what: str, hint: str) -> Property:
    def test(answer: Attempt) -> str | None:
        scan = _scan(stream, even=even)
        wanted = gradient(*scan)
        return differs(answer.image(*scan), wanted, what, 1e-5 * float(np.abs(wanted).max()))

    return Property(id, test, hint)


def _too_hot(answer: Attempt) -> str | None:
    """Twice the activity of what was counted: all slopes must be positive."""
    x, y, e, p = _scan("hot", noise=False)
    slope = answer.image(2 * x, y, e, p)
    seen = p.sum(axis=0) > 0
    return None if (slope[seen] > 0).all() else "an image that is twice too hot must have positive slopes: down is less"


EXERCISES = (
    Exercise(
        name="losses.projection.gradient",
        kind="function",
        reference="medfuse_course.exercises.losses.projection:gradient",
        properties=(
            Property(
                "rest", _at_rest, "Where the expected counts are the measured ones nothing pulls: 1 - y / m is 0."
            ),
            Property("sign", _too_hot, "The loss falls against its gradient: too much activity gives a positive one."),
            _wants(
                "even", "even", True, "the slope, where all lines count alike,", "Sum 1 - y / m back along the lines."
            ),
            _wants(
                "weighted",
                "weighted",
                False,
                "the slope, where some lines lose more photons,",
                "A line that loses most of its photons says little: e stands on the way back, too.",
            ),
        ),
        trials=lambda: (_scan("trial"), _scan("trial", noise=False), _scan("trial", even=True)),
        wrong=(
            WrongAnswer(
                "not_weakened_on_the_way_back",
                lambda x, y, e, p: p.T @ (1 - y / (e * (p @ x))),
                "weighted",
                "dm/dx is e times P: the adjoint of weakened lines is weakened, too. You sum back as if e were 1.",
            ),
            WrongAnswer(
                "not_weakened_at_all",
                lambda x, y, e, p: p.T @ (1 - y / (p @ x)),
                "rest",
                "Without e you expect every photon to arrive. The body takes most of them away.",
            ),
            WrongAnswer(
                "uphill",
                lambda x, y, e, p: p.T @ (e * (y / (e * (p @ x)) - 1)),
                "sign",
                "That is the gradient of the log-likelihood, which is to rise. The loss has a minus.",
            ),
            WrongAnswer(
                "least_squares",
                lambda x, y, e, p: p.T @ (e * (e * (p @ x) - y)),
                "even",
                "That is the gradient of a squared difference. Poisson counts trust each line by its own noise: m - y "
                "over m.",
            ),
            WrongAnswer(
                "the_factor_of_em",
                lambda x, y, e, p: (p.T @ (e * y / (e * (p @ x)))) / np.maximum(p.T @ e, 1e-9),
                "rest",
                "That is what expectation maximization multiplies by. It is 1 where nothing is to change; a gradient "
                "is 0 there.",
            ),
            WrongAnswer(
                "a_mean",
                lambda x, y, e, p: p.T @ (e * (1 - y / (e * (p @ x)))) / len(y),
                "even",
                "The log-likelihood is a sum over lines, and you took the mean.",
            ),
        ),
    ),
    Exercise(
        name="losses.projection.unseen",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer(
                "a",
                "a",
                "choice",
                "A spot of many counts lies on every view, always at its own place. No noise does that.",
            ),
            WrongAnswer(
                "b",
                "b",
                "choice",
                "Lines that pass beside the body should have no counts at all: the smallest uptake there is noticed.",
            ),
            WrongAnswer(
                "d",
                "d",
                "choice",
                "A factor changes the sum of all counts, and a sum of many counts is known best of all.",
            ),
        ),
    ),
)
