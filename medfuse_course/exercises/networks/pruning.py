"""The smaller network that draws what the masked one draws: ``take_away(first, bias, second, kept)``."""

from typing import Any

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt, Refused, as_floats
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE

Arrays = tuple[FloatArray, FloatArray, FloatArray]


def take_away(first: FloatArray, bias: FloatArray, second: FloatArray, kept: Any) -> Arrays:
    """Two convolutions without the channels between them that are not kept.

    `first` ``(C, I, 3, 3)`` and `bias` ``(C,)`` make the channels, `second` ``(O, C, 3, 3)`` reads them.
    """
    return first[kept], bias[kept], second[:, kept]


def _layers(channels: int, outputs: int, *stream: str) -> Arrays:
    rng = generator(0, "exercises", "pruning", *stream)
    shapes = (channels, 2, 3, 3), (channels,), (outputs, channels, 3, 3)
    first, bias, second = (rng.normal(size=shape).astype(np.float32) for shape in shapes)
    return first, bias, second


_SQUARE, _WIDE = _layers(6, 6, "square"), _layers(8, 3, "wide")
_KEPT, _FEW = np.array([1, 2, 5]), np.array([0, 6])
_PARTS = ("the first weights", "the bias", "the second weights")


def _made(answer: Attempt, layers: Arrays, kept: Any) -> list[FloatArray]:
    made = answer(*layers, kept)
    if not isinstance(made, tuple | list) or len(made) != 3:
        raise Refused(f"it returned {_kind(made)}, not three arrays: first, bias, second")
    wanted = take_away(*layers, kept)
    return [as_floats(x, y.shape, what) for x, y, what in zip(made, wanted, _PARTS, strict=True)]


def _kind(made: Any) -> str:
    if isinstance(made, np.ndarray):
        return f"one array of {made.dtype}"
    return f"a {type(made).__name__} of {len(made)}" if isinstance(made, tuple | list) else type(made).__name__


def _wants(id_: str, layers: Arrays, kept: Any, part: int, hint: str) -> Property:
    def test(answer: Attempt) -> str | None:
        made = answer(*layers, kept)
        if not isinstance(made, tuple | list) or len(made) != 3:
            raise Refused(f"it returned {_kind(made)}, not three arrays: first, bias, second")
        wanted = take_away(*layers, kept)[part]
        got = as_floats(made[part], wanted.shape, _PARTS[part])
        off = float(np.abs(got - wanted).max())
        return f"{_PARTS[part]} are those of other channels, up to {off:.2g} away" if off > TOLERANCE else None

    return Property(id_, test, hint)


def _same_image(answer: Attempt) -> str | None:
    for layers, kept in ((_SQUARE, _KEPT), (_WIDE, _FEW)):
        made = _made(answer, layers, kept)
        seen = generator(0, "exercises", "pruning", "seen").normal(size=(2, 3, 3))
        masks = np.zeros(len(layers[1]))
        masks[kept] = 1
        masked = _drawn((layers[0] * masks[:, None, None, None], layers[1] * masks, layers[2]), seen)
        off = float(np.abs(_drawn(made, seen) - masked).max())
        if off > TOLERANCE:
            return f"what it draws is {off:.2g} away from what the masked network draws"
    return None


def _drawn(layers: Any, seen: FloatArray) -> FloatArray:
    """A pixel of the output where nine pixels under the second kernel see the same."""
    first, bias, second = layers
    hidden = np.maximum(np.tensordot(first, seen, axes=3) + bias, 0)
    drawn: FloatArray = second.sum(axis=(2, 3)) @ hidden
    return drawn


def _second_as_it_was(first: Any, bias: Any, second: Any, kept: Any) -> Any:
    return first[kept], bias[kept], second


def _second_by_rows(first: Any, bias: Any, second: Any, kept: Any) -> Any:
    return first[kept], bias[kept], second[kept[kept < len(second)]]


def _bias_as_it_was(first: Any, bias: Any, second: Any, kept: Any) -> Any:
    return first[kept], bias, second[:, kept]


def _zeros(first: Any, bias: Any, second: Any, kept: Any) -> Any:
    mask = np.isin(np.arange(len(bias)), kept).astype(np.float32)
    return first * mask[:, None, None, None], bias * mask, second


def _others(first: Any, bias: Any, second: Any, kept: Any) -> Any:
    gone = np.setdiff1d(np.arange(len(bias)), kept)
    return first[gone], bias[gone], second[:, gone]


EXERCISES = (
    Exercise(
        name="networks.pruning.take_away",
        kind="function",
        reference="medfuse_course.exercises.networks.pruning:take_away",
        properties=(
            _wants("first", _SQUARE, _KEPT, 0, "A channel is a row of the first weights: keep these rows."),
            _wants("bias", _SQUARE, _KEPT, 1, "A channel that is gone needs no bias."),
            _wants("second", _WIDE, _FEW, 2, "The second layer reads channels along its second side."),
            Property("image", _same_image, "Compare with the masked network on one pixel, by hand."),
        ),
        trials=lambda: ((*_SQUARE, _KEPT), (*_WIDE, _FEW)),
        wrong=(
            WrongAnswer("zeros", _zeros, "first", "Zeros are still there, and computed with. Index with kept instead."),
            WrongAnswer("others", _others, "first", "You kept what should go. kept names the channels that stay."),
            WrongAnswer("bias_as_it_was", _bias_as_it_was, "bias", "Each channel has its own bias; cut these as well."),
            WrongAnswer(
                "second_as_it_was", _second_as_it_was, "second",
                "The second layer still expects all channels. Which of its slices read those that are gone?",
            ),
            WrongAnswer(
                "second_by_rows", _second_by_rows, "second",
                "You took away outputs of the second layer. Its inputs lie along the next side.",
            ),
        ),
    ),
)  # fmt: skip
