"""Two terms for masks in NumPy: ``soft_dice(p, y, smooth)`` and ``region_weights(p, y, alpha, beta)``."""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import differs, images, number


def soft_dice(p: FloatArray, y: FloatArray, smooth: float) -> float:
    """``1 - (2 sum p y + s) / (sum p + sum y + s)``."""
    loss: float = 1 - (2 * (p * y).sum() + smooth) / (p.sum() + y.sum() + smooth)
    return loss


def entropy_in_bits(p: FloatArray) -> FloatArray:
    """Of a coin that shows heads with probability p; 0 at 0 and at 1."""
    q = np.clip(p, 1e-6, 1 - 1e-6)
    bits: FloatArray = -(q * np.log2(q) + (1 - q) * np.log2(1 - q))
    return bits


def region_weights(p: FloatArray, y: FloatArray, alpha: float, beta: float) -> FloatArray:
    """``1 + alpha H(p) + beta`` on both sides of the border of y, where 3 x 3 pixels are not all alike."""
    border = ndimage.maximum_filter(y, 3) - ndimage.minimum_filter(y, 3)
    weights: FloatArray = 1 + alpha * entropy_in_bits(p) + beta * border
    return weights


def _disk(shape: tuple[int, int] = (14, 17)) -> FloatArray:
    rows, columns = np.indices(shape)
    return (np.hypot(rows - 6, columns - 9) < 4.2).astype(np.float64)


_EMPTY, _LESION = np.zeros((14, 17)), _disk()
_GUESS = images("masks", "guess", shape=(14, 17))[0].astype(np.float64)
_RIM = np.zeros((14, 17))
_RIM[:, :5] = 1


def _dice_is(id: str, p: FloatArray, y: FloatArray, smooth: float, what: str, hint: str) -> Property:
    wanted = soft_dice(p, y, smooth)

    def test(answer: Attempt) -> str | None:
        got = number(answer, p.copy(), y.copy(), smooth)
        return None if abs(got - wanted) < 1e-5 else f"{what}: you say {got:.4g}, it is {wanted:.4g}"

    return Property(id, test, hint)


def _weights_are(
    id: str, p: FloatArray, y: FloatArray, share: tuple[float, float], what: str, hint: str, tolerance: float = 1e-4
) -> Property:
    def test(answer: Attempt) -> str | None:
        return differs(answer.image(p.copy(), y.copy(), *share), region_weights(p, y, *share), what, tolerance)

    return Property(id, test, hint)


def _with(border: Callable[[FloatArray], FloatArray], entropy: Callable[[FloatArray], FloatArray] = entropy_in_bits):  # type: ignore[no-untyped-def]
    return lambda p, y, alpha, beta: 1 + alpha * entropy(p) + beta * border(y)


def _both_sides(y: FloatArray) -> FloatArray:
    sides: FloatArray = ndimage.maximum_filter(y, 3) - ndimage.minimum_filter(y, 3)
    return sides


def _without_fill(p: FloatArray, y: FloatArray, smooth: float) -> float:
    total = p.sum() + y.sum()
    return float(1 - 2 * (p * y).sum() / total) if total else 0.0


EXERCISES = (
    Exercise(
        name="losses.segmentation.soft_dice",
        kind="function",
        reference="medfuse_course.exercises.losses.segmentation:soft_dice",
        properties=(
            _dice_is(
                "empty", _EMPTY, _EMPTY, 1.0, "two empty masks",
                "Both agree, so the loss is 0. What must stand above the line as well as below it?",
            ),
            _dice_is("right", _LESION, _LESION, 1.0, "a mask and itself", "2 sum p y is then sum p + sum y."),
            _dice_is(
                "false-alarm", 0.01 * np.ones_like(_EMPTY), _EMPTY, 1.0, "a faint guess where nothing is",
                "Sum the probabilities as they are, and add the s to both sides of the fraction, in every case.",
            ),
            _dice_is("guess", _GUESS, _LESION, 1.0, "a noisy guess", "Sums over all pixels: of p y, of p, and of y."),
            _dice_is("smooth", _GUESS, _LESION, 50.0, "the same with s = 50", "The s comes as an argument."),
        ),
        trials=lambda: ((_GUESS, _LESION, 1.0), (0.3 * _GUESS, _EMPTY, 2.0), (_EMPTY, _EMPTY, 1.0)),
        wrong=(
            WrongAnswer(
                "only_below",
                lambda p, y, smooth: float(1 - 2 * (p * y).sum() / (p.sum() + y.sum() + smooth)),
                "empty",
                "You added s below the line alone: two empty masks then have the worst loss there is.",
            ),
            WrongAnswer(
                "special_case",
                _without_fill,
                "false-alarm",
                "Two empty masks are right, but next to them the loss jumps from 0 to 1, however faint the guess is. "
                "The s makes it rise gently.",
            ),
            WrongAnswer(
                "thresholded",
                lambda p, y, smooth: soft_dice((p > 0.5).astype(float), y, smooth),
                "false-alarm",
                "A mask of p > 0.5 has no slope, so nothing can be learned from it. Use p itself.",
            ),
            WrongAnswer(
                "overlap_over_union",
                lambda p, y, smooth: float(
                    1 - ((p * y).sum() + smooth) / (p.sum() + y.sum() - (p * y).sum() + smooth)
                ),
                "guess",
                "That is the Jaccard index: common over union. Dice has twice the common over the sum of both.",
            ),
            WrongAnswer(
                "means",
                lambda p, y, smooth: float(1 - (2 * (p * y).mean() + smooth) / (p.mean() + y.mean() + smooth)),
                "false-alarm",
                "Means instead of sums: beside numbers below 1 an s of 1 is huge, and the loss nearly vanishes.",
            ),
        ),
    ),
    Exercise(
        name="losses.segmentation.region_weights",
        kind="function",
        reference="medfuse_course.exercises.losses.segmentation:region_weights",
        properties=(
            _weights_are(
                "plain", _EMPTY, _EMPTY, (1.0, 1.0), "the weight where all is sure and even",
                "Nothing is unsure and there is no border: every pixel counts 1.",
            ),
            _weights_are(
                "unsure", np.full_like(_EMPTY, 0.5), _EMPTY, (3.0, 0.0), "the weight where p is 1/2",
                "The entropy of a fair coin is one bit: logarithms to the base 2, and both outcomes.",
            ),
            _weights_are(
                "sure", np.round(_GUESS), _EMPTY, (2.0, 1.0), "the weight where p is 0 or 1",
                "0 log 0 counts as 0: clip p a little before the logarithm.",
            ),
            _weights_are(
                "border", _EMPTY, _LESION, (0.0, 2.0), "the weight at the border of a disk",
                "Border is every pixel whose 3 x 3 neighbors are not all alike, inside and outside.",
            ),
            _weights_are(
                "rim", _EMPTY, _RIM, (0.0, 1.0), "the weight of a mask that runs out of the image",
                "The rim of the image is no border: scipy.ndimage repeats what lies at it, unless you ask otherwise.",
            ),
            _weights_are("all", _GUESS, _LESION, (0.7, 1.9), "the weight of a noisy guess", "Add the three parts."),
        ),
        trials=lambda: ((_GUESS, _LESION, 0.7, 1.9), (_GUESS, _RIM, 1.0, 1.0)),
        wrong=(
            WrongAnswer(
                "in_nats",
                _with(_both_sides, lambda p: entropy_in_bits(p) * np.log(2)),
                "unsure",
                "These are nats. In bits, with the base 2, the most that p can leave open is 1.",
            ),
            WrongAnswer(
                "one_outcome",
                _with(_both_sides, lambda p: -np.clip(p, 1e-6, 1) * np.log2(np.clip(p, 1e-6, 1))),
                "unsure",
                "That is the part of one outcome. No lesion, with 1 - p, is the other.",
            ),
            WrongAnswer(
                "inside_only",
                _with(lambda y: y - ndimage.minimum_filter(y, 3)),
                "border",
                "You have the border's inner side. The outer side is where networks mark too much.",
            ),
            WrongAnswer(
                "outside_only",
                _with(lambda y: ndimage.maximum_filter(y, 3) - y),
                "border",
                "You have the border's outer side. The inner side is where networks mark too little.",
            ),
            WrongAnswer(
                "no_corners",
                _with(
                    lambda y: ndimage.maximum_filter(y, footprint=ndimage.generate_binary_structure(2, 1))
                    - ndimage.minimum_filter(y, footprint=ndimage.generate_binary_structure(2, 1))
                ),
                "border",
                "You look at four neighbors. Here corners count, too: eight neighbors.",
            ),
            WrongAnswer(
                "rim_is_border",
                _with(
                    lambda y: ndimage.maximum_filter(y, 3, mode="constant")
                    - ndimage.minimum_filter(y, 3, mode="constant")
                ),
                "rim",
                "Around the image you assume zeros, so a lesion that runs out of it gets a border there.",
            ),
            WrongAnswer(
                "border_of_the_guess",
                lambda p, y, alpha, beta: 1 + alpha * entropy_in_bits(p) + beta * _both_sides((p > 0.5).astype(float)),
                "sure",
                "That is the border of what the network says. The weights look for the border of the truth.",
            ),
        ),
    ),
)  # fmt: skip
