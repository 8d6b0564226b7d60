"""Where a displacement folds: ``folded(flow)``, the share of places that are turned over or squeezed to nothing."""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import number


def folded(flow: FloatArray) -> np.float64:
    """Share of places where ``det(1 + grad flow)`` is 0 or less, from forward differences; flow is ``(2, H, W)``."""
    down, right = np.diff(flow, axis=1)[:, :, :-1], np.diff(flow, axis=2)[:, :-1]
    area = (1 + down[0]) * (1 + right[1]) - right[0] * down[1]
    return np.float64((area <= 0).mean())


def _linear(matrix: tuple[tuple[float, float], tuple[float, float]], side: int = 9) -> FloatArray:
    """A displacement that grows with the place: p goes to ``p + M p``."""
    return np.einsum("ij,jhw->ihw", np.array(matrix, np.float64), np.indices((side, side)).astype(np.float64))


_STILL = np.zeros((2, 9, 9))
_MIRRORED = _linear(((-2, 0), (0, 0)))
_TURNED = _linear(((-1, -1), (1, -1)))  # a quarter turn: det = 1, though both stretches are 0
_SQUEEZED = _linear(((0, 0), (0, -1)))  # every row becomes a point: det = 0
_SHEARED = _linear(((0, 2), (2, 0)))  # det = 1 - 4
_TWICE = _linear(((-2, 0), (0, -2)))  # mirrored twice: a half turn, det = 1


def _partly() -> FloatArray:
    """One row in seven is turned over: a share that three digits do not hold."""
    flow = np.zeros((2, 8, 12))
    flow[0, 4:] = -1.5
    return flow


def _asked(answer: Attempt, flow: FloatArray, wanted: float, what: str) -> str | None:
    got, right = number(answer, flow), wanted
    return None if abs(got - right) < 1e-6 else f"{what} is {got:.4g}, not {right:.4g}"


def _property(name: str, flow: FloatArray, wanted: float, what: str, hint: str) -> Property:
    return Property(name, lambda answer: _asked(answer, flow, wanted, f"the share of {what}"), hint)


def _without_the_cross(flow: FloatArray) -> float:
    down, right = np.diff(flow, axis=1)[:, :, :-1], np.diff(flow, axis=2)[:, :-1]
    return float(((1 + down[0]) * (1 + right[1]) <= 0).mean())


def _without_the_place(flow: FloatArray) -> float:
    down, right = np.diff(flow, axis=1)[:, :, :-1], np.diff(flow, axis=2)[:, :-1]
    return float((down[0] * right[1] - right[0] * down[1] <= 0).mean())


def _stretches(flow: FloatArray) -> float:
    down, right = np.diff(flow, axis=1)[:, :, :-1], np.diff(flow, axis=2)[:, :-1]
    return float(((1 + down[0] <= 0) | (1 + right[1] <= 0)).mean())


def _without_a_sign(flow: FloatArray) -> float:
    down, right = np.diff(flow, axis=1)[:, :, :-1], np.diff(flow, axis=2)[:, :-1]
    return float(((1 + down[0]) * (1 + right[1]) - np.abs(right[0] * down[1]) <= 0).mean())


def _below_zero(flow: FloatArray) -> float:
    down, right = np.diff(flow, axis=1)[:, :, :-1], np.diff(flow, axis=2)[:, :-1]
    return float(((1 + down[0]) * (1 + right[1]) - right[0] * down[1] < 0).mean())


EXERCISES = (
    Exercise(
        name="networks.flow.folded",
        kind="function",
        reference="medfuse_course.exercises.networks.flow:folded",
        properties=(
            _property("still", _STILL, 0, "nothing that moves", "Where nothing moves, every area is 1."),
            _property("mirrored", _MIRRORED, 1, "an image upside down", "Upside down, every area is -1."),
            _property(
                "squeezed", _SQUEEZED, 1, "rows that become points", "An area of 0 lost its content: it counts, too."
            ),
            _property(
                "turned", _TWICE, 0, "a half turn", "Turned by half, both stretches are negative; nothing is folded."
            ),
            _property("sheared", _SHEARED, 1, "a strong shear", "The determinant has two products, one is taken off."),
            _property(
                "quarter", _TURNED, 0, "a quarter turn",
                "The product that is taken off has a sign, and two different slopes: that of down along the columns, "
                "and that of right along the rows.",
            ),
            _property("partly", _partly(), 1 / 7, "one row in seven", "The mean over all places is asked for."),
        ),
        trials=lambda: ((_STILL,), (_MIRRORED,), (_TURNED,), (_TWICE,), (_SHEARED,), (_partly(),)),
        wrong=(
            WrongAnswer(
                "without_the_place", _without_the_place, "still",
                "That is the determinant of the displacement's slopes. A pixel looks at its own place *plus* that: add "
                "1 to both stretches.",
            ),
            WrongAnswer(
                "without_the_cross", _without_the_cross, "sheared",
                "Two stretches alone see no shear. Take off the product of the other two slopes.",
            ),
            WrongAnswer(
                "either_stretch", _stretches, "turned",
                "A stretch may be negative without a fold (a half turn), and both may be positive with one (a shear): "
                "ask the determinant.",
            ),
            WrongAnswer("below_zero", _below_zero, "squeezed", "Where the area is exactly 0 all is lost, too."),
            WrongAnswer(
                "no_sign", _without_a_sign, "quarter",
                "In a turn one of the two slopes across is negative. Their product is taken off as it is.",
            ),
            WrongAnswer(
                "whether_any", lambda flow: float(folded(flow) > 0), "partly", "You say whether; asked is how much."
            ),
        ),
    ),
)  # fmt: skip
