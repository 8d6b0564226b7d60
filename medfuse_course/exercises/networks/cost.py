"""What a convolution costs: numbers learned and multiply-adds, counted from its shape; and what sets its speed."""

from typing import Any

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import apart

Layers = FloatArray
"""A row for each convolution: channels in, channels out, side of the kernel, groups."""


def price(layers: Layers, pixels: float) -> FloatArray:
    """Numbers learned, biases among them, and multiply-adds for an output of so many pixels: ``(n, 2)``."""
    inputs, outputs, side, groups = layers.T
    weights = outputs * (inputs / groups) * side**2
    return np.stack([weights + outputs, weights * pixels], axis=1)


_PLAIN = np.array([[64.0, 64, 3, 1]])
_ONE = np.array([[6.0, 10, 1, 1]])
_DEPTHWISE = np.array([[64.0, 64, 3, 64]])
_GROUPED = np.array([[8.0, 12, 3, 4]])
_ODD = np.array([[7.0, 11, 3, 1]])
_ALL = np.concatenate([_PLAIN, _ONE, _DEPTHWISE, _GROUPED])


def _wants(id_: str, layers: Layers, pixels: float, column: int, what: str, hint: str) -> Property:
    wanted = price(layers, pixels)

    def test(answer: Attempt) -> str | None:
        got = answer.image(layers, pixels, shape=wanted.shape)
        if np.allclose(got[:, column], wanted[:, column], rtol=1e-6, atol=0):
            return None
        said, right = apart(float(got[0, column]), float(wanted[0, column]), 6)
        return f"{what}: {said}, not {right}" if said != right else f"{what}: another row is off"

    return Property(id_, test, hint)


def _no_biases(layers: Layers, pixels: float) -> FloatArray:
    return price(layers, pixels) - np.stack([layers[:, 1], 0 * layers[:, 1]], axis=1)


def _no_groups(layers: Layers, pixels: float) -> FloatArray:
    return price(layers * [1, 1, 1, 0] + [0, 0, 0, 1], pixels)


def _groups_twice(layers: Layers, pixels: float) -> FloatArray:
    weights = layers[:, 0] * layers[:, 1] * (layers[:, 2] / layers[:, 3]) ** 2
    return np.stack([weights + layers[:, 1], weights * pixels], axis=1)


def _kernel_by_side(layers: Layers, pixels: float) -> FloatArray:
    weights = layers[:, 0] * layers[:, 1] * layers[:, 2] / layers[:, 3]
    return np.stack([weights + layers[:, 1], weights * pixels], axis=1)


def _biases_multiplied(layers: Layers, pixels: float) -> FloatArray:
    numbers = price(layers, pixels)[:, 0]
    return np.stack([numbers, numbers * pixels], axis=1)


def _price_properties() -> tuple[Property, ...]:
    kernel, bias = "A 3 x 3 kernel has 9 numbers, one for each pixel under it.", "Each output channel adds a number."
    own, once = "How many channels does one output see?", "Groups divide what comes in, once."
    return (
        _wants("kernel", _ONE, 4.0, 1, "multiply-adds, 1 x 1, 6 to 10 channels, 4 pixels", "Weights times pixels."),
        _wants("plain", _PLAIN, 1.0, 1, "multiply-adds, 3 x 3, 64 to 64 channels, 1 pixel", kernel),
        _wants("bias", _PLAIN, 1.0, 0, "numbers, 3 x 3, 64 to 64 channels", bias),
        _wants("depthwise", _DEPTHWISE, 1.0, 0, "numbers, 3 x 3, depthwise, 64 channels", own),
        _wants("groups", _GROUPED, 5.0, 0, "numbers, 3 x 3, 8 to 12 channels, 4 groups", once),
        _wants("rows", _ALL, 65536.0, 1, "multiply-adds, four layers, 65536 pixels", "A row for each layer, in order."),
    )


def _trials() -> tuple[tuple[Any, ...], ...]:
    return (_ODD, 37.0), (_GROUPED, 5.0), (_DEPTHWISE, 3.0)


EXERCISES = (
    Exercise(
        name="networks.cost.price",
        kind="function",
        reference="medfuse_course.exercises.networks.cost:price",
        properties=_price_properties(),
        trials=_trials,
        wrong=(
            WrongAnswer("no_biases", _no_biases, "bias", "Weights are right. Every output channel learns one more."),
            WrongAnswer(
                "no_groups", _no_groups, "depthwise", "An output channel sees only the channels of its own group."
            ),
            WrongAnswer(
                "groups_twice", _groups_twice, "depthwise",
                "You divided by the groups twice. There are as many outputs as before; each sees less.",
            ),
            WrongAnswer("kernel_by_side", _kernel_by_side, "plain", "A kernel of side k has k x k numbers, not k."),
            WrongAnswer(
                "biases_multiplied", _biases_multiplied, "kernel", "A bias is added, and multiplied with nothing."
            ),
        ),
    ),
    Exercise(
        name="networks.cost.what_sets_speed",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer("a", "a", "choice", "Look again: the network with fewest parameters is not the fastest."),
            WrongAnswer("b", "b", "choice", "Two of them have nearly the same multiply-adds, and not the same time."),
            WrongAnswer("d", "d", "choice", "Two of them hold as much memory, and do not take the same time."),
        ),
    ),
)  # fmt: skip
