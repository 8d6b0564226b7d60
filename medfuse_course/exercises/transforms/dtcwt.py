"""Choosing complex coefficients.

``choose_complex(a, b)`` takes two complex bands and returns, at each place, the coefficient of larger magnitude, whole.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, bands

Complex = NDArray[np.complexfloating[Any]]


def _pair(*stream: str) -> tuple[Complex, Complex]:
    """Two complex bands, with no two magnitudes alike."""
    (a, b), (c, d) = bands(*stream, "real"), bands(*stream, "imaginary")
    return a + 1j * b, c + 1j * d


def _called(answer: Attempt, a: Complex, b: Complex) -> Complex:
    result = answer(a, b)
    if not isinstance(result, np.ndarray):
        raise Refused(f"it returned {type(result).__name__}, not a NumPy array")
    if result.shape != a.shape:
        raise Refused(f"it returned the shape {result.shape}, not {a.shape}")
    if not np.iscomplexobj(result):
        raise Refused(f"it returned dtype {result.dtype}, not complex numbers")
    if not np.isfinite(result).all():
        raise Refused("it returned NaN or infinite values")
    return result


def _equal(answer: Attempt) -> str | None:
    band = _pair("equal")[0]
    distance = np.abs(_called(answer, band, band) - band).max()
    return f"a band fused with itself came out changed, by up to {distance:.2g}" if distance > TOLERANCE else None


def _whole(answer: Attempt) -> str | None:
    a, b = _pair("whole")
    result = _called(answer, a, b)
    foreign = np.minimum(np.abs(result - a), np.abs(result - b)) > TOLERANCE
    return f"{foreign.sum()} of {foreign.size} coefficients are those of neither source" if foreign.any() else None


def _stronger(answer: Attempt) -> str | None:
    a, b = _pair("stronger")
    weaker = np.abs(_called(answer, a, b)) < np.maximum(np.abs(a), np.abs(b)) - TOLERANCE
    return f"at {weaker.sum()} of {weaker.size} places the smaller magnitude was kept" if weaker.any() else None


def _parts(a: Complex, b: Complex) -> Complex:
    real = np.where(np.abs(a.real) > np.abs(b.real), a.real, b.real)
    return real + 1j * np.where(np.abs(a.imag) > np.abs(b.imag), a.imag, b.imag)


def _mixed_phase(a: Complex, b: Complex) -> Complex:
    mixed: Complex = np.maximum(np.abs(a), np.abs(b)) * np.exp(1j * np.angle(a + b))
    return mixed


def _trials() -> tuple[tuple[Complex, Complex], ...]:
    a, b = _pair("trials")
    return (a, b), (b, a)


EXERCISES = (
    Exercise(
        name="transforms.dtcwt.choose_complex",
        kind="function",
        reference="medfuse_course.methods.rules:choose_max",
        properties=(
            Property("equal-sources", _equal, "Two equal coefficients give that coefficient, phase included."),
            Property("whole", _whole, "Every coefficient comes whole from one of the two bands: one mask, not two."),
            Property("stronger", _stronger, "The larger magnitude wins, whatever its real part is."),
        ),
        trials=_trials,
        wrong=(
            WrongAnswer(
                "two_masks",
                _parts,
                "whole",
                "You choose real and imaginary parts by masks of their own: the result has a phase that neither has.",
            ),
            WrongAnswer(
                "phase_from_elsewhere",
                _mixed_phase,
                "whole",
                "The magnitude is right, but not the phase: the wave lands in a wrong place.",
            ),
            WrongAnswer(
                "lost_the_phase",
                lambda a, b: np.maximum(np.abs(a), np.abs(b)) + 0j,
                "equal-sources",
                "You return magnitudes. Compare those, but return the coefficients.",
            ),
            WrongAnswer(
                "average",
                lambda a, b: (a + b) / 2,
                "whole",
                "Averaging lets details of opposite phase cancel: choose one.",
            ),
            WrongAnswer(
                "compared_real_parts",
                lambda a, b: np.where(np.abs(a.real) > np.abs(b.real), a, b),
                "stronger",
                "You compare real parts: a strong detail has none where the wave passes through 0.",
            ),
        ),
    ),
)
