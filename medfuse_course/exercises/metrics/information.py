"""Entropy and mutual information of images in [0, 1], in bits, from the gray levels of an 8-bit file.

``entropy(image)`` is ``-sum p log2 p`` over the levels that occur; ``mutual_information(x, y)`` is
``H(x) + H(y) - H(x, y)``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import Image
from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import apart, images

CLOSE = 1e-4  # bits; a tiny number inside the logarithm, against empty levels, does no harm


def entropy(image: Image) -> np.float64:
    """-sum p log2 p over the gray levels of the image rounded to 8 bits."""
    return _bits(_codes(image))


def mutual_information(x: Image, y: Image) -> np.float64:
    """H(x) + H(y) - H(x, y), from the joint histogram of the gray levels."""
    return _bits(_codes(x)) + _bits(_codes(y)) - _joint_bits(x, y)


def _codes(image: Image) -> NDArray[np.int64]:
    return np.rint(255 * image).astype(np.int64).ravel()


def _bits(codes: NDArray[np.int64]) -> np.float64:
    count = np.unique(codes, return_counts=True)[1]
    p = count / codes.size
    return np.float64(-(p * np.log2(p)).sum())


def _joint_bits(x: Image, y: Image) -> np.float64:
    return _bits(256 * _codes(x) + _codes(y))


def _number(answer: Attempt, *arguments: Any) -> float:
    """What the learner's function returns, if it is one finite number."""
    result = answer(*arguments)
    kind = result.dtype if isinstance(result, np.ndarray | np.generic) else type(result).__name__
    if np.ndim(result) != 0 or isinstance(result, str | list | tuple):
        raise Refused(f"it returned {type(result).__name__}, not one number")
    if isinstance(result, bool) or not isinstance(result, float | np.floating | np.ndarray) or "float" not in str(kind):
        raise Refused(f"it returned {kind}, not a float")
    if not np.isfinite(result):
        raise Refused(f"it returned {float(result)}; an empty gray level counts 0, but 0 times log 0 is nan")
    return float(result)


def _wants(name: str, arguments: tuple[Image, ...], bits: float, what: str, hint: str) -> Property:
    def test(answer: Attempt) -> str | None:
        got = _number(answer, *arguments)
        if abs(got - bits) <= CLOSE:
            return None
        said, wanted = apart(got, bits)
        return f"{what} gave {said}, not {wanted}"

    return Property(name, test, hint)


def _levels(*levels: float, shape: tuple[int, int] = (16, 16)) -> Image:
    """An image in which these gray levels, of 255, are equally frequent."""
    flat = np.resize(np.array(levels, np.float32), shape[0] * shape[1])
    return (flat / 255).reshape(shape).astype(np.float32)


EVERY = _levels(*range(256))
ROWS: Image = np.repeat(np.arange(16, dtype=np.float32)[:, None] * 17 / 255, 16, axis=1).astype(np.float32)
BLURRED_STEPS = (0.5 + images("few levels", count=1, shape=(32, 32))[0] * 3 / 255).astype(np.float32)


_NOISE = images("pairs of levels", shape=(48, 48))
ENDS = tuple(
    np.concatenate([_levels(*two, shape=(24, 48)), noise])
    for two, noise in zip(((0, 1), (255, 0)), _NOISE, strict=True)
)
"""All kinds of pairs, and those that share a number where the first level is multiplied by too little."""


def _histogram_bits(image: Image, **options: Any) -> np.float64:
    count = np.histogram(image, **options)[0]
    p = count[count > 0] / count.sum()
    return np.float64(-(p * np.log2(p)).sum())


def _cut_off(image: Image) -> Image:
    return ((255 * image).astype(int) / 255).astype(np.float32)


def _ten_bins(x: Image, y: Image) -> np.float64:
    count = np.histogram2d(x.ravel(), y.ravel(), bins=10, range=[[0, 1], [0, 1]])[0]
    joint = count / count.sum()
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return np.float64((joint[there] * np.log2(joint[there] / expected[there])).sum())


def _stretched_bins(x: Image, y: Image) -> np.float64:
    count = np.histogram2d(x.ravel(), y.ravel(), bins=256)[0]
    p = count[count > 0] / count.sum()
    return np.float64(entropy(x) + entropy(y) + (p * np.log2(p)).sum())


def _entropy_trials() -> tuple[tuple[Image], ...]:
    return (images("entropy", count=1)[0],), (BLURRED_STEPS,)


def _information_trials() -> tuple[tuple[Image, Image], ...]:
    x, noise = images("information", shape=(24, 31))
    return (x, (0.7 * x + 0.3 * noise).astype(np.float32)), (EVERY, ROWS)


_ENTROPY = Exercise(
    name="metrics.information.entropy",
    kind="function",
    reference="medfuse_course.exercises.metrics.information:entropy",
    properties=(
        _wants(
            "constant", (_levels(77),), 0.0, "a constant image", "Nothing is uncertain in an image of one gray level."
        ),
        _wants(
            "one-bit",
            (_levels(10, 200),),
            1.0,
            "an image half of one level, half of another",
            "One yes or no per pixel is one bit: check the base of the logarithm and the sign.",
        ),
        _wants(
            "levels",
            (EVERY,),
            8.0,
            "an image with every gray level equally often",
            "256 levels need 256 counts: 8 bits is the most there can be.",
        ),
        _wants(
            "rounding",
            (_levels(0.4, 0.6),),
            1.0,
            "an image of 0.4 and 0.6 gray levels, which an 8-bit file stores as 0 and 1,",
            "Round to the nearest gray level; do not cut off.",
        ),
        _wants(
            "fixed-levels",
            (BLURRED_STEPS,),
            float(entropy(BLURRED_STEPS)),
            "an image between 127.5 and 130.5 gray levels",
            "The levels are those of the file, 1/255 apart, whatever the range of this image.",
        ),
    ),
    trials=_entropy_trials,
    wrong=(
        WrongAnswer(
            "natural_logarithm",
            lambda image: entropy(image) * np.log(2),
            "one-bit",
            "Those are nats: np.log is the natural logarithm. Bits need np.log2.",
        ),
        WrongAnswer(
            "lost_the_sign",
            lambda image: -entropy(image),
            "one-bit",
            "The logarithm of a share is negative: add a minus.",
        ),
        WrongAnswer(
            "cut_off",
            lambda image: entropy(_cut_off(image)),
            "rounding",
            "astype(int) cuts 0.6 off to 0: round with np.rint first.",
        ),
        WrongAnswer(
            "ten_bins",
            lambda image: _histogram_bits(image, bins=10, range=(0, 1)),
            "levels",
            "np.histogram makes ten bins unless told otherwise, and ten bins hold at most 3.3 bits.",
        ),
        WrongAnswer(
            "stretched_bins",
            lambda image: _histogram_bits(image, bins=256),
            "fixed-levels",
            "Your bins span from the image's own minimum to its maximum, so a faint ripple looks like a rich image.",
        ),
    ),
)

_INFORMATION = Exercise(
    name="metrics.information.mutual_information",
    kind="function",
    reference="medfuse_course.exercises.metrics.information:mutual_information",
    properties=(
        _wants(
            "itself",
            (EVERY, EVERY),
            8.0,
            "an image of 8 bits and itself",
            "An image tells all about itself: I(x; x) is H(x), in bits.",
        ),
        _wants(
            "independent",
            (ROWS, ROWS.T.copy()),
            0.0,
            "rows and columns, which tell nothing about each other,",
            "Independent images share nothing: H(x, y) is then H(x) + H(y).",
        ),
        _wants(
            "inverted",
            (EVERY, 1 - EVERY),
            8.0,
            "an image and its negative",
            "The negative tells as much as the image: mutual information asks nothing about the sign.",
        ),
        _wants(
            "partial",
            (EVERY, ROWS),
            4.0,
            "all 256 levels against 16 of them",
            "Count pairs of levels, 256 x 256 of them, not pairs of bins.",
        ),
        _wants(
            "rounding",
            (_levels(0.4, 0.6), _levels(0.4, 0.6)),
            1.0,
            "an image of 0.4 and 0.6 gray levels, which an 8-bit file stores as 0 and 1, and itself",
            "Round to the nearest gray level, as for the entropy; do not cut off.",
        ),
        _wants(
            "fixed-levels",
            (BLURRED_STEPS, BLURRED_STEPS),
            float(entropy(BLURRED_STEPS)),
            "an image between 127.5 and 130.5 gray levels and itself",
            "The levels are those of the file, 1/255 apart, whatever the range of these images.",
        ),
        _wants(
            "pairs",
            ENDS,
            float(mutual_information(*ENDS)),
            "two images with all kinds of pairs of levels",
            "Two pairs of levels must never share a number.",
        ),
    ),
    trials=_information_trials,
    wrong=(
        WrongAnswer(
            "natural_logarithm",
            lambda x, y: mutual_information(x, y) * np.log(2),
            "itself",
            "Those are nats, as one of the field's evaluators prints them. Bits need np.log2.",
        ),
        WrongAnswer(
            "normalized",
            lambda x, y: 2 * mutual_information(x, y) / (entropy(x) + entropy(y)),
            "itself",
            "You divide by the entropies: that is the normalized mutual information, another metric.",
        ),
        WrongAnswer(
            "sum_of_entropies",
            lambda x, y: entropy(x) + entropy(y),
            "itself",
            "That counts twice what both hold: take the joint entropy away.",
        ),
        WrongAnswer(
            "joint_entropy",
            _joint_bits,
            "independent",
            "That is what the two hold together, not what they share.",
        ),
        WrongAnswer(
            "cut_off",
            lambda x, y: mutual_information(_cut_off(x), _cut_off(y)),
            "inverted",
            "astype(int) cuts 0.6 off to 0, and your entropy rounds it to 1: round here too.",
        ),
        WrongAnswer(
            "stretched_bins",
            _stretched_bins,
            "fixed-levels",
            "np.histogram2d puts its bins between each image's own minimum and maximum: give it whole levels.",
        ),
        WrongAnswer(
            "pairs_collide",
            lambda x, y: _bits(_codes(x)) + _bits(_codes(y)) - _bits(255 * _codes(x) + _codes(y)),
            "pairs",
            "With 255 the pairs (0, 255) and (1, 0) get one number. There are 256 levels.",
        ),
        WrongAnswer(
            "ten_bins", _ten_bins, "itself", "Ten bins to a side, the usual default, lose most of the gray levels."
        ),
    ),
)

EXERCISES = (_ENTROPY, _INFORMATION)
