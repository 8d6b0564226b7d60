"""Numbers that become integers and come back, what a calibration set decides, and an open lab.

``through_integers(x, low, high, bits)`` is ``s (clip(round(x / s) + z, 0, 2^bits - 1) - z)`` with one step s for all
values, from a range that is widened to hold 0.

The lab: ``levels(values)`` chooses 16 values; each pixel of new chests becomes the nearest of them. The body must come
back with at most 0.375 of the error of 16 levels in equal steps, lesions with at most 1.38 of theirs. Percentiles save
the body and lose lesions; steps that grow as a power or a logarithm miss one of the two, whatever their constants, and
so do levels that move to the mean of their pixels. With more weight for hot pixels these reach both.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values
from medfuse_course.exercises.samples import differs

Given = tuple[FloatArray, float, float, int]
LEVELS = 16
SHARE, LESIONS = 0.375, 1.38
"""Of the errors in equal steps."""


def through_integers(x: FloatArray, low: float, high: float, bits: int) -> FloatArray:
    """Values as they come back from integers."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = (high - low) / (2**bits - 1)
    zero = np.round(-low / step)
    back: FloatArray = step * (np.clip(np.round(x / step) + zero, 0, 2**bits - 1) - zero)
    return back


def _values(stream: str, low: float, high: float) -> FloatArray:
    drawn: FloatArray = generator(0, "exercises", "quantize", stream).uniform(low, high, 300)
    return drawn


def _wants(id: str, given: Callable[[], Given], what: str, hint: str) -> Property:
    def test(answer: Attempt) -> str | None:
        arguments = given()
        return differs(answer.image(*arguments), through_integers(*arguments), what, 1e-5)

    return Property(id, test, hint)


def _inside() -> Given:
    return _values("inside", 0.2, 5.8), 0.0, 6.0, 8


def _beyond() -> Given:
    return _values("beyond", -3, 14), 0.0, 6.0, 8


def _signed() -> Given:
    return _values("signed", -3, 6), -2.3, 5.1, 8


def _far() -> Given:
    return _values("far", -1, 9), 2.5, 7.5, 8


def _coarse() -> Given:
    return _values("coarse", -2, 7), -1.3, 6.1, 4


def _other(**changed: bool) -> Callable[..., FloatArray]:
    """The solution with one thing done otherwise."""

    def answer(x: FloatArray, low: float, high: float, bits: int) -> FloatArray:
        if "as_seen" not in changed:
            low, high = min(low, 0.0), max(high, 0.0)
        top = 2**bits - ("one_more" not in changed)
        if "eight" in changed:
            top = 255
        step = (high - low) / top
        zero = -low / step if "no_integer" in changed else np.round(-low / step)
        zero = 0.0 if "no_zero" in changed else zero
        whole = np.floor(x / step) if "floor" in changed else np.round(x / step)
        kept = whole + zero if "no_clip" in changed else np.clip(whole + zero, 0, top)
        back: FloatArray = step * (kept if "not_back" in changed else kept - zero)
        return back

    return answer


ROUNDED = Exercise(
    name="deployment.quantize.through_integers",
    kind="function",
    reference="medfuse_course.exercises.deployment.quantize:through_integers",
    properties=(
        _wants("inside", _inside, "a value within the range", "The step is the range over 2^bits - 1; round."),
        _wants("beyond", _beyond, "a value beyond the range", "Integers end at 0 and at 2^bits - 1: clip."),
        _wants("signed", _signed, "with negative values, one", "z = round(-low / s) is added, and taken away after."),
        _wants("zero", _far, "where the range does not hold 0, a value", "Widen it: min(low, 0), max(high, 0)."),
        _wants("bits", _coarse, "with four bits a value", "The largest integer is 2^bits - 1, whatever bits is."),
    ),
    trials=lambda: (_signed(), _beyond(), _coarse()),
    wrong=(
        WrongAnswer("floor", _other(floor=True), "inside", "You cut the fraction off. Round to the nearest integer."),
        WrongAnswer("no_clip", _other(no_clip=True), "beyond", "Nothing stops your integers: eight bits end at 255."),
        WrongAnswer("one_step_more", _other(one_more=True), "inside", "256 integers have 255 steps between them."),
        WrongAnswer("no_zero", _other(no_zero=True), "signed", "Without z all that is negative becomes 0."),
        WrongAnswer("not_back", _other(not_back=True), "signed", "On the way back z is still in your numbers."),
        WrongAnswer("no_integer", _other(no_integer=True), "signed", "z is an integer, too: round it; 0 stays 0."),
        WrongAnswer("as_seen", _other(as_seen=True), "zero", "2.5 to 7.5 does not hold 0, which needs an integer."),
        WrongAnswer("always_eight", _other(eight=True), "bits", "You wrote 255. The function is told how many bits."),
    ),
)  # fmt: skip

CUT_OFF = Exercise(
    name="deployment.quantize.cut_off",
    kind="choice",
    reference="b",
    wrong=(
        WrongAnswer("a", "a", "choice", "Rounding errors are half a step. Ask what the largest integer stands for."),
        WrongAnswer("c", "c", "choice", "Nothing wraps around here: values beyond the range are clipped to its end."),
        WrongAnswer("d", "d", "choice", "An image of integers has no gaps. Which value can it not hold?"),
    ),
)

Chest = tuple[FloatArray, BoolArray, BoolArray]


def draw_chest(seed: int, uptake: float) -> Chest:
    """Uptake of a chest in SUV, ``(64, 64)``; its lesion; its body without the lesion. Ellipses, blur and grain."""
    rng = generator(seed, "exercises", "quantize", "chest")
    y, x = np.mgrid[:64, :64] - 31.5
    body = (x / 28) ** 2 + (y / 22) ** 2 < 1
    lungs = (((x - 12) / 8) ** 2 + (y / 13) ** 2 < 1) | (((x + 12) / 8) ** 2 + (y / 13) ** 2 < 1)
    heart, liver = ((x - 4) / 7) ** 2 + ((y - 8) / 7) ** 2 < 1, (x + 12) ** 2 + (y - 14) ** 2 < 36
    activity = np.select([liver, heart, lungs, body], [2.2, rng.uniform(2, 4), 0.5, 1.0], 0.0)
    left, down = rng.uniform(-6, 6, 2) + np.array([rng.choice((-12, 12)), 0])
    lesion = (x - left) ** 2 + (y - down) ** 2 < 2.6**2
    seen = gaussian_filter(np.where(lesion, uptake, activity), 0.9)
    grain = 0.12 * rng.standard_normal(seen.shape) * np.sqrt(seen + 0.05)
    return np.maximum(seen + grain, 0), lesion, body & ~lesion


@cache
def shown() -> FloatArray:
    """All pixels of the calibration set: six chests with lesions of 5 to 15 SUV."""
    return np.concatenate([draw_chest(k, 5.0 + 2 * k)[0].ravel() for k in range(6)])


@cache
def tried() -> tuple[Chest, ...]:
    """Twenty-four other chests, lesions of 4 to 15 SUV."""
    return tuple(draw_chest(100 + k, 4.0 + k * 11 / 23) for k in range(24))


def equal_steps(values: FloatArray) -> FloatArray:
    """Min-max: levels from the smallest to the largest value."""
    return np.linspace(values.min(), values.max(), LEVELS)


def levels(values: FloatArray) -> FloatArray:
    """Steps that grow as a root does; then levels move to the means of their pixels; hot ones weigh more."""
    heavy = values**1.5
    chosen = np.linspace(0, np.sqrt(values.max()), LEVELS) ** 2
    for _ in range(60):
        nearest = np.searchsorted((chosen[1:] + chosen[:-1]) / 2, values)
        weight, total = (np.bincount(nearest, x, LEVELS) for x in (heavy, heavy * values))
        chosen = np.where(weight > 0, total / np.maximum(weight, 1e-9), chosen)
    return chosen


def _run(answer: Attempt) -> tuple[FloatArray, ...]:
    chosen = np.sort(answer.image(shown(), shape=(LEVELS,)))
    edges = (chosen[1:] + chosen[:-1]) / 2
    return tuple(chosen[np.searchsorted(edges, image)] for image, _, _ in tried())


def _measure(made: Any) -> Values:
    body, lesions = [], []
    for back, (image, lesion, beside) in zip(made, tried(), strict=True):
        body.append(np.sqrt(np.mean((back - image)[beside] ** 2)))
        lesions.append(np.sqrt(np.mean((back - image)[lesion] ** 2)))
    return {"body": float(np.mean(body)), "lesion": float(np.mean(lesions))}


LAB = Lab(_run, _measure, {"min_max": equal_steps})

OWN_LEVELS = LAB.exercise(
    "deployment.quantize.own_levels",
    "medfuse_course.exercises.deployment.quantize:levels",
    (
        Goal(
            "body", "error in the body (SUV)", "Most pixels lie below 3 SUV: more levels belong there.",
            lambda values: values["body"], lambda known: SHARE * known, "min_max", most=True, form=".3f",
        ),
        Goal(
            "lesions", "error in lesions (SUV)",
            "Lesions are few pixels, and no quantile sees them: some levels must stay among the hottest values.",
            lambda values: values["lesion"], lambda known: LESIONS * known, "min_max", most=True, form=".3f",
        ),
    ),
)  # fmt: skip

EXERCISES = (CUT_OFF, ROUNDED, OWN_LEVELS)
