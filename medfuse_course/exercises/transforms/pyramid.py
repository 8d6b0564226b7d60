"""One level of the Laplacian pyramid, and the rule for its details.

``laplacian(image)`` returns ``(detail, small)``. For `small`, blur with ``[1 4 6 4 1] / 16`` and keep every second
pixel; for `detail`, expand it again and subtract. ``fuse_details(a, b)`` keeps the stronger of two details
at each place.
"""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from medfuse_course.core.filters import BINOMIAL_5, filter_separable
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.exercises.attempt import Attempt, Refused, as_floats
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import (
    TOLERANCE,
    bands,
    differs,
    fuses_two_images,
    images,
    keeps_equal_sources,
    off,
    takes_from_sources,
)
from medfuse_course.transforms.pyramid import expand, reduce

EVEN, ODD = (16, 20), (15, 21)
INNER = (slice(4, -4), slice(4, -4))
"""Far enough from a border to be asked before it is."""


def laplacian(image: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Detail and reduced image: ``small = reduce(image)``, ``detail = image - expand(small)``."""
    small = reduce(image)
    return image - expand(small, image.shape), small


def _level(answer: Attempt, image: Image) -> tuple[FloatArray, FloatArray]:
    """What the learner's function makes of an image: detail and small, of the right shapes."""
    result = answer(image)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Refused(f"it returned {type(result).__name__}, not the two arrays (detail, small)")
    height, width = image.shape
    detail = as_floats(result[0], (height, width), "as detail it")
    return detail, as_floats(result[1], ((height + 1) // 2, (width + 1) // 2), "as small it")


def _shapes(answer: Attempt) -> str | None:
    _level(answer, images("level", count=1, shape=EVEN)[0])
    return None


def _flat(answer: Attempt) -> str | None:
    detail, small = _level(answer, np.full(EVEN, 0.6, np.float32))
    if off(small[2:-2, 2:-2], 0.6) > TOLERANCE:
        return f"a flat image of 0.6 became {small[4, 4]:.3g} when reduced"
    if np.abs(detail[INNER]).max() > TOLERANCE:
        return f"a flat image of 0.6 has no detail, but yours holds up to {np.abs(detail[INNER]).max():.3g}"
    return None


def _stripes(answer: Attempt) -> str | None:
    stripes = np.zeros(EVEN, np.float32)
    stripes[:, ::2] = 1
    small = _level(answer, stripes)[1][2:-2, 2:-2]
    off_gray = off(small, 0.5)
    return (
        f"stripes one pixel wide should turn gray (0.5) when reduced, but became {small[0, 0]:.3g}"
        if off_gray > 0.1
        else None
    )


def _rebuilds(shape: tuple[int, int]) -> Callable[[Attempt], str | None]:
    def test(answer: Attempt) -> str | None:
        image = images("rebuild", count=1, shape=shape)[0]
        detail, small = _level(answer, image)
        distance = off((detail + expand(small, shape))[INNER], image[INNER])
        size = f"{shape[0]} x {shape[1]}"
        return (
            f"detail + expand(small) misses the {size} image by up to {distance:.2g}" if distance > TOLERANCE else None
        )

    return test


def _as_the_page_does(where: tuple[slice, slice]) -> Callable[[Attempt], str | None]:
    """Small, and detail where `where` says, are those of `reduce` and `expand`: a pyramid goes on with these two."""

    def test(answer: Attempt) -> str | None:
        for shape in (EVEN, ODD):
            image = images("same", count=1, shape=shape)[0]
            (detail, small), (right, reduced) = _level(answer, image), laplacian(image)
            inside = tuple(slice(side.start and side.start // 2, side.stop and side.stop // 2) for side in where)
            complaint = differs(small[inside], reduced[inside], "small") or differs(
                detail[where], right[where], "detail"
            )
            if complaint:
                return f"of a {shape[0]} x {shape[1]} image {complaint}"
        return None

    return test


def _spread(small: FloatArray, shape: tuple[int, ...], gain: float = 2) -> FloatArray:
    wide = np.zeros(shape, small.dtype)
    wide[::2, ::2] = small
    return filter_separable(wide, gain * BINOMIAL_5)


def _no_gain(image: Image) -> tuple[FloatArray, FloatArray]:
    small = reduce(image)
    return image - _spread(small, image.shape, gain=1), small


def _wrong_order(image: Image) -> tuple[FloatArray, FloatArray]:
    small = reduce(image)
    return expand(small, image.shape) - image, small


def _even_only(image: Image) -> tuple[FloatArray, FloatArray]:
    small = reduce(image)
    return image - _spread(small, (2 * small.shape[0], 2 * small.shape[1])), small


def _repeated_pixels(image: Image) -> tuple[FloatArray, FloatArray]:
    small = reduce(image)
    wide = small.repeat(2, axis=0).repeat(2, axis=1)
    return image - wide[: image.shape[0], : image.shape[1]], small


def _blur_only(image: Image) -> tuple[FloatArray, FloatArray]:
    return image - filter_separable(image, BINOMIAL_5), reduce(image)


def _with_small(image: Image, small: FloatArray) -> tuple[FloatArray, FloatArray]:
    return image - expand(small, image.shape), small


def _stronger(answer: Attempt) -> str | None:
    a, b = bands("stronger")
    weaker = np.abs(answer.image(a, b)) < np.maximum(np.abs(a), np.abs(b)) - TOLERANCE
    return f"at {weaker.sum()} of {weaker.size} places the weaker detail was kept" if weaker.any() else None


def _level_trials() -> tuple[tuple[Image], ...]:
    return tuple((images("level", "trials", count=1, shape=shape)[0],) for shape in (EVEN, ODD))


def _detail_trials() -> tuple[tuple[FloatArray, FloatArray], ...]:
    a, b = bands("details", "trials")
    return (a, b), (b, a)


_LEVEL = Exercise(
    name="transforms.pyramid.laplacian",
    kind="function",
    reference="medfuse_course.exercises.transforms.pyramid:laplacian",
    properties=(
        Property(
            "shapes",
            _shapes,
            "Return detail, of the image's shape, and small, with half the rows and columns, rounded up.",
        ),
        Property(
            "gain",
            _flat,
            "A flat image must stay flat all the way: check the sum of each kernel, and what the zeros took away.",
        ),
        Property("blur", _stripes, "Blur before you drop pixels, or fine stripes turn into false brightness."),
        Property(
            "rebuild", _rebuilds(EVEN), "The detail is what expand(small) lacks: adding the two must give the image."
        ),
        Property(
            "odd-size",
            _rebuilds(ODD),
            "Try an image with an odd number of rows: the expanded image must have its shape.",
        ),
        Property(
            "kernel",
            _as_the_page_does(INNER),
            "small is reduce(image): blurred with [1 4 6 4 1] / 16 along both axes, then every second pixel.",
        ),
        Property(
            "border",
            _as_the_page_does((slice(None), slice(None))),
            "Inside all is well. At the border the page reflects the image, without repeating its last pixel.",
        ),
    ),
    trials=_level_trials,
    wrong=(
        WrongAnswer(
            "forgot_the_gain",
            _no_gain,
            "gain",
            "The zeros between the pixels take three quarters of the light: expanding needs a gain of 4.",
        ),
        WrongAnswer(
            "no_blur",
            lambda image: _with_small(image, image[::2, ::2]),
            "blur",
            "You drop pixels without blurring first: what is finer than two pixels then folds into false shapes.",
        ),
        WrongAnswer(
            "wrong_order",
            _wrong_order,
            "rebuild",
            "The sign is the other way round: image minus expanded, not expanded minus image.",
        ),
        WrongAnswer(
            "repeated_pixels",
            _repeated_pixels,
            "rebuild",
            "Repeating pixels makes blocks: spread them with zeros between, then blur.",
        ),
        WrongAnswer(
            "blurred_only",
            _blur_only,
            "rebuild",
            "You subtract the blurred image; subtract the reduced image, expanded again.",
        ),
        WrongAnswer(
            "even_sizes_only",
            _even_only,
            "odd-size",
            "Twice the small size is one too many for an odd image: expand to the image's own shape.",
        ),
        WrongAnswer(
            "plain_gaussian",
            lambda image: _with_small(image, ndimage.gaussian_filter(image, 1, mode="mirror")[::2, ::2]),
            "kernel",
            "That is a Gaussian of one pixel, a near relation of [1 4 6 4 1] / 16: the next level would not fit it.",
        ),
        WrongAnswer(
            "constant_small",
            lambda image: _with_small(image, np.full_like(image[::2, ::2], image.mean())),
            "kernel",
            "Your small image is the mean everywhere. Any small image can be subtracted; this one must show the image.",
        ),
        WrongAnswer(
            "repeated_border",
            lambda image: _with_small(image, filter_separable(image, BINOMIAL_5, mode="reflect", step=2)),
            "border",
            "Beyond the border you repeat the last pixel: reduce reflects about it (mode='mirror' in SciPy).",
        ),
        WrongAnswer(
            "zeros_beyond_the_border",
            lambda image: _with_small(image, filter_separable(image, BINOMIAL_5, mode="constant", step=2)),
            "border",
            "Beyond the border you see zeros, so the frame of the small image turns dark.",
        ),
    ),
)

_DETAILS = Exercise(
    name="transforms.pyramid.fuse_details",
    kind="function",
    reference="medfuse_course.methods.rules:choose_max",
    properties=(
        fuses_two_images("Take two bands of one shape and return one of that shape."),
        keeps_equal_sources("Two equal details give that detail, sign included.", signed=True),
        takes_from_sources("Choose: every value comes whole from one of the two bands.", signed=True),
        Property("stronger", _stronger, "The value farther from zero wins, whatever its sign."),
    ),
    trials=_detail_trials,
    wrong=(
        WrongAnswer(
            "loses_the_sign",
            lambda a, b: np.maximum(np.abs(a), np.abs(b)),
            "equal-sources",
            "Your result has no negative values: compare magnitudes, but keep the sign.",
        ),
        WrongAnswer(
            "sum", lambda a, b: a + b, "equal-sources", "Adding doubles what both sources share: choose one of the two."
        ),
        WrongAnswer(
            "average",
            lambda a, b: (a + b) / 2,
            "from-sources",
            "Averaging is for the base; for details it halves what one source alone has.",
        ),
        WrongAnswer(
            "larger_value", np.maximum, "stronger", "The larger value is not the stronger detail: -0.4 beats 0.1."
        ),
        WrongAnswer(
            "smaller_magnitude",
            lambda a, b: np.where(np.abs(a) > np.abs(b), b, a),
            "stronger",
            "You keep the weaker one: look at the order inside np.where.",
        ),
    ),
)

EXERCISES = (_LEVEL, _DETAILS)
