"""Means of weights: ``weighted_mean(tensors, cases)``, what stays at home, and a lab between all and nothing.

The lab needs no network. Four centers have measured the same numbers, each with noise that goes with the inverse of its
cases. In some layers the truth is the same for all, in others it differs between centers; nobody says in which.
"""

from collections.abc import Sequence
from functools import cache
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values
from medfuse_course.exercises.samples import apart

Tensors = NDArray[Any]


def weighted_mean(tensors: Tensors, cases: Tensors) -> Tensors:
    """``sum_k n_k w_k / sum_k n_k`` of a tensor ``(centers, ...)``, in its own type; whole numbers are rounded."""
    mean = np.average(tensors, axis=0, weights=cases)
    whole = tensors.dtype.kind == "i"
    return np.asarray(np.rint(mean) if whole else mean).astype(tensors.dtype)


_RNG = generator(0, "exercises", "federated")
_WEIGHTS = _RNG.normal(size=(3, 3, 2)).astype(np.float32)
_COUNTERS = np.array([[17, 3, 40], [27, 9, 40], [50, 4, 41]])  # the means end in .6, .8 and .3
_CASES = np.array([2, 10, 5])


def _wants(id_: str, tensors: Tensors, cases: Tensors, what: str, hint: str) -> Property:
    wanted = weighted_mean(tensors, cases)

    def test(answer: Attempt) -> str | None:
        made = answer(tensors.copy(), cases.copy())
        got = np.asarray(made)
        if got.dtype.kind not in "fi" or got.shape != wanted.shape:
            kind = got.dtype if isinstance(made, np.ndarray | np.generic) else type(made).__name__
            return f"{what}: expected numbers of shape {wanted.shape}, got {kind} of shape {got.shape}"
        far = np.argwhere(~(np.abs(got.astype(float) - wanted) <= 1e-5))
        if len(far):
            place = tuple(int(n) for n in far[0])
            said, right = apart(float(got[place]), float(wanted[place]))
            return f"{what}: number {place if len(place) > 1 else place[0]} is {said}, it should be {right}"
        return None

    return Property(id_, test, hint)


def _types(answer: Attempt) -> str | None:
    for tensors in (_WEIGHTS, _COUNTERS):
        got = np.asarray(answer(tensors.copy(), _CASES.copy()))
        if got.dtype != tensors.dtype:
            return f"{tensors.dtype} came in, {got.dtype} goes out"
    return None


def _plain(tensors: Tensors, cases: Tensors) -> Tensors:
    return weighted_mean(tensors, np.ones(len(tensors)))


def _per_center(tensors: Tensors, cases: Tensors) -> Tensors:
    return np.asarray(weighted_mean(tensors, cases) * (cases.sum() / len(tensors))).astype(tensors.dtype)


def _as_floats(tensors: Tensors, cases: Tensors) -> Tensors:
    return np.asarray(np.average(tensors, axis=0, weights=cases))


def _cut_off(tensors: Tensors, cases: Tensors) -> Tensors:
    return np.asarray(_as_floats(tensors, cases)).astype(tensors.dtype)


def _rounded_up(tensors: Tensors, cases: Tensors) -> Tensors:
    mean = _as_floats(tensors, cases)
    return np.asarray(np.ceil(mean) if tensors.dtype.kind == "i" else mean).astype(tensors.dtype)


def _double(tensors: Tensors, cases: Tensors) -> Tensors:
    mean = _as_floats(tensors, cases)
    return np.rint(mean).astype(int) if tensors.dtype.kind == "i" else mean


def _first_counter(tensors: Tensors, cases: Tensors) -> Tensors:
    return weighted_mean(tensors, cases) if tensors.dtype.kind == "f" else tensors[0]


_MEAN = Exercise(
    name="training.federated.weighted_mean",
    kind="function",
    reference="medfuse_course.exercises.training.federated:weighted_mean",
    properties=(
        _wants("one", _WEIGHTS[:1], _CASES[:1], "one center", "The mean of one center is what it sent."),
        _wants("weights", _WEIGHTS, _CASES, "three centers", "A center counts as often as it has cases."),
        _wants("counter", _COUNTERS, _CASES, "three counters", "A counter is averaged as well, then rounded."),
        Property("types", _types, "It has the type of what came in: `.astype(tensors.dtype)`, after `np.rint`."),
    ),
    trials=lambda: ((_WEIGHTS, _CASES), (_WEIGHTS[:2], _CASES[1:]), (_COUNTERS, _CASES)),
    wrong=(
        WrongAnswer("unweighted", _plain, "weights", "All centers count alike here. Weigh each by its cases."),
        WrongAnswer(
            "over_the_centers", _per_center, "one", "Divide by the sum of the cases, not by the number of centers."
        ),
        WrongAnswer(
            "floats",
            _as_floats,
            "counter",
            "A part of a batch? Round a whole number, and give it its type back.",
        ),
        WrongAnswer("cut_off", _cut_off, "counter", "`astype(int)` cuts off what is behind the point. Round first."),
        WrongAnswer("rounded_up", _rounded_up, "counter", "Round to the nearest whole number, not always up."),
        WrongAnswer(
            "double", _double, "types", "np.average gives float64, and a state of float32 wants its own type back."
        ),
        WrongAnswer(
            "first_counter", _first_counter, "counter", "That is the counter of the first center. Take the mean of all."
        ),
    ),
)

_STAYS = Exercise(
    name="training.federated.stays_home",
    kind="choice",
    reference="c",
    wrong=(
        WrongAnswer("a", "a", "choice", "A filter looks for an edge, in whatever unit. Gain does not turn it."),
        WrongAnswer("b", "b", "choice", "Then nothing is learned together: that is `local`."),
        WrongAnswer("d", "d", "choice", "The last layer sees what was normalized. Where is the gain met first?"),
    ),
)  # fmt: skip

CASES = (40, 16, 8, 4)
WORLDS: tuple[tuple[tuple[int, float], ...], ...] = (
    ((300, 0.0), (60, 0.8), (120, 0.2)), ((120, 0.4), (300, 0.0), (60, 0.9)), ((90, 0.2), (200, 0.4), (200, 0.1)),
)  # fmt: skip
"""Numbers in each layer, and how much they truly differ between centers (standard deviation)."""

ERROR, WORST = 0.8, 0.85
"""The goals, as shares of what `keep_or_send` reaches."""


@cache
def _layers() -> tuple[tuple[FloatArray, FloatArray], ...]:
    """What is true and what was learned, layer by layer: ``(4, numbers)``."""
    noise = 1 / np.sqrt(np.array(CASES))[:, None]
    made = []
    for number in range(6):
        rng = generator(number, "exercises", "federated", "world")
        for size, spread in WORLDS[number % len(WORLDS)]:
            truth = rng.normal(size=size) + spread * rng.normal(size=(len(CASES), size))
            made.append((truth, truth + noise * rng.normal(size=truth.shape)))
    return tuple(made)


def local(x: FloatArray, cases: FloatArray, variance: float) -> FloatArray:
    """Nothing is sent."""
    return x


def shared(x: FloatArray, cases: FloatArray, variance: float) -> FloatArray:
    """All is sent: the mean weighted by cases."""
    return np.broadcast_to(np.average(x, axis=0, weights=cases), x.shape)


def keep_or_send(x: FloatArray, cases: FloatArray, variance: float) -> FloatArray:
    """The layer stays or is sent, whichever is better: the lab tells it, so nobody chooses better."""
    raise NotImplementedError


def personal(x: FloatArray, cases: FloatArray, variance: float) -> FloatArray:
    """Each center's own numbers, drawn to the mean as far as noise explains why they differ."""
    mean = np.average(x, axis=0, weights=cases)
    scatter = (cases[:, None] * (x - mean) ** 2).sum(axis=0).mean()
    scale = cases.sum() - (cases**2).sum() / cases.sum()
    spread = max(0.0, (scatter - variance * (len(cases) - 1)) / scale)
    trust = 1 / (spread + variance / cases)
    mean = np.average(x, axis=0, weights=trust)
    own: FloatArray = mean + (spread * trust)[:, None] * (x - mean)
    return own


def _run(answer: Attempt) -> list[FloatArray]:
    cases = np.array(CASES, float)
    if answer.function is keep_or_send:
        both = [(truth, local(x, cases, 1.0), shared(x, cases, 1.0)) for truth, x in _layers()]
        return [kept if _off(kept, t).mean() < _off(sent, t).mean() else sent for t, kept, sent in both]
    units = cycle((1.0, 0.5, 3.0, 0.1))  # the same layer in other units: a right answer does not see the difference
    return [
        np.asarray(answer.image(unit * x, cases.copy(), unit**2), float) / unit
        for unit, (_, x) in zip(units, _layers(), strict=False)
    ]


def _off(x: FloatArray, truth: FloatArray) -> FloatArray:
    """Mean squared error of each center."""
    errors: FloatArray = ((x - truth) ** 2).mean(axis=1)
    return errors


def _measure(made: Sequence[FloatArray]) -> Values:
    errors = np.mean([_off(x, truth) for x, (truth, _) in zip(made, _layers(), strict=True)], axis=0)
    return {"error": float(errors.mean()), "worst": float(errors.max())}


LAB = Lab(_run, _measure, {"local": local, "shared": shared, "keep_or_send": keep_or_send})

EXERCISES = (
    _MEAN,
    _STAYS,
    LAB.exercise(
        name="training.federated.personal",
        reference="medfuse_course.exercises.training.federated:personal",
        goals=(
            Goal(
                "error", "mean squared error",
                "Whole layers stay or go there. How much do the centers differ in a layer, beyond what noise explains?",
                lambda x: x["error"], lambda known: ERROR * known, "keep_or_send", most=True, form=".4f",
            ),
            Goal(
                "worst", "error of the worst center",
                "The center with four cases should lean on the others most.",
                lambda x: x["worst"], lambda known: WORST * known, "keep_or_send", most=True, form=".4f",
            ),
        ),
    ),
)  # fmt: skip
