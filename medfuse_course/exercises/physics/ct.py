"""The logarithm that turns photons into a sum of attenuation.

``line_integrals(counts, photons)`` returns ``log(photons / counts)``; a bin without any photon counts as half a one.
"""

from collections.abc import Callable

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, off

PHOTONS = 1000.0
SHAPE = (5, 9)


def _shape(answer: Attempt) -> str | None:
    answer.image(_counts("shape"), PHOTONS)
    return None


def _free_path(answer: Attempt) -> str | None:
    result = answer.image(np.full(SHAPE, PHOTONS, np.float32), PHOTONS)
    if off(result, 0) <= TOLERANCE:
        return None
    return f"where all photons arrive nothing was absorbed, but it gave {result.flat[0]:.3g}"


def _adds_up(answer: Attempt) -> str | None:
    """Half the photons, then half of these: twice the attenuation."""
    once, twice = (answer.image(np.full(SHAPE, PHOTONS * part, np.float32), PHOTONS).flat[0] for part in (0.5, 0.25))
    if abs(twice - 2 * once) > TOLERANCE or once == 0:
        return f"a plate that halves the photons gave {once:.3g}, two such plates {twice:.3g}"
    return None


def _known(answer: Attempt) -> str | None:
    true = generator(0, "exercises", "ct", "lines").uniform(0.1, 6, SHAPE).astype(np.float32)
    distance = off(answer.image(PHOTONS * np.exp(-true), PHOTONS), true)
    return f"known integrals came back wrong by up to {distance:.2g}" if distance > 1e-4 else None


def _starved(answer: Attempt) -> str | None:
    counts = np.array([[0.0, 1.0, PHOTONS]], dtype=np.float32)
    with np.errstate(all="ignore"):
        result = np.asarray(answer(counts, PHOTONS))
    if not np.isfinite(result).all():
        return "a bin without any photon gave an infinite value"
    wanted = np.log(2 * PHOTONS)
    return None if abs(result[0, 0] - wanted) < 1e-4 else f"a bin without any photon gave {result[0, 0]:.3g}"


def _more_than_sent(answer: Attempt) -> str | None:
    """Counts scatter, so beside the body some bins have more photons than were sent on average."""
    counts = 1.25 * PHOTONS
    result = answer.image(np.full(SHAPE, counts, np.float32), PHOTONS).flat[0]
    return None if abs(result + np.log(1.25)) < 1e-4 else f"{counts:g} counts of {PHOTONS:g} photons gave {result:.3g}"


def _counts(stream: str) -> FloatArray:
    counts = generator(0, "exercises", "ct", stream).poisson(20, SHAPE)
    return np.maximum(counts, 1).astype(np.float32)


def _trials() -> tuple[tuple[FloatArray, float], ...]:
    starved = _counts("trials")
    starved[0, :2], starved[1, :2] = 0, 2 * PHOTONS
    return (starved, PHOTONS), (_counts("more"), 50.0)


def _with(formula: Callable[[FloatArray, float], FloatArray]) -> Callable[[FloatArray, float], FloatArray]:
    return lambda counts, photons: formula(np.maximum(counts, 0.5), photons)


EXERCISES = (
    Exercise(
        name="physics.ct.logarithm",
        kind="function",
        reference="medfuse_course.physics:ct_logarithm",
        properties=(
            Property("shape", _shape, "One number for each detector bin: return an array of the shape of counts."),
            Property("free-path", _free_path, "A ray through nothing has the integral 0: what is log(1)?"),
            Property("adds-up", _adds_up, "Photons are lost by factors, integrals add. Which function does that?"),
            Property("known", _known, "Use the natural logarithm, and the sign that makes absorption positive."),
            Property("starved", _starved, "Replace counts of 0 by 0.5 before you divide or take the logarithm."),
            Property(
                "more-than-sent",
                _more_than_sent,
                "Counts scatter: some bins have more photons than were sent on average, and a negative integral.",
            ),
        ),
        trials=_trials,
        wrong=(
            WrongAnswer(
                "forgot_the_logarithm",
                _with(lambda counts, photons: 1 - counts / photons),
                "adds-up",
                "That is the share of photons lost. Two plates do not lose twice the share: take the logarithm.",
            ),
            WrongAnswer(
                "ratio_only",
                _with(lambda counts, photons: photons / counts),
                "free-path",
                "The ratio is right; its logarithm is missing.",
            ),
            WrongAnswer(
                "logarithm_of_counts",
                _with(lambda counts, photons: np.log(counts)),
                "free-path",
                "You forgot how many photons were sent: divide by them before the logarithm.",
            ),
            WrongAnswer(
                "wrong_sign",
                _with(lambda counts, photons: np.log(counts / photons)),
                "known",
                "Fewer photons mean more attenuation: your sign is the other way round.",
            ),
            WrongAnswer(
                "decimal_logarithm",
                _with(lambda counts, photons: np.log10(photons / counts)),
                "known",
                "log10 is too small by a factor of 2.3: exp is undone by the natural logarithm, np.log.",
            ),
            WrongAnswer(
                "never_negative",
                _with(lambda counts, photons: np.maximum(np.log(photons / counts), 0)),
                "more-than-sent",
                "You cut off what is below 0. Noise has both signs; where one is cut off, it no longer averages out.",
            ),
            WrongAnswer(
                "empty_bins",
                lambda counts, photons: np.log(photons / counts),
                "starved",
                "Right wherever a photon arrived. A bin that counted 0 gives infinity, and ruins the whole picture.",
            ),
        ),
    ),
)
