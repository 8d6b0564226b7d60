"""The guided filter: the slope of one window, and the lines of all windows.

``fit_lines(guide, image, radius, eps)`` returns ``(a, b)``, two maps: in the window around each pixel, cut at the
border, ``a = cov(guide, image) / (var(guide) + eps)`` and ``b = mean(image) - a mean(guide)``.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import ndimage

from medfuse_course.core.guided_filter import box_mean
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt, Refused, as_floats
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, apart, differs, images

RADIUS = 2
INNER = (slice(RADIUS, -RADIUS), slice(RADIUS, -RADIUS))

Lines = tuple[FloatArray, FloatArray]


def fit_lines(guide: FloatArray, image: FloatArray, radius: int, eps: float) -> Lines:
    """Slope and offset of the line ``image ~ a * guide + b`` in the window around each pixel."""
    mean = partial(box_mean, radius=radius)
    mean_guide, mean_image = mean(guide), mean(image)
    covariance = mean(guide * image) - mean_guide * mean_image
    a = covariance / (mean(guide * guide) - mean_guide**2 + eps)
    return a, mean_image - a * mean_guide


def _pair(*stream: str) -> tuple[FloatArray, FloatArray]:
    guide, image = images("guided filter", *stream)
    return guide.astype(np.float64), image.astype(np.float64)


def _fitted(answer: Attempt, guide: FloatArray, image: FloatArray, eps: float, radius: int = RADIUS) -> Lines:
    result = answer(guide, image, radius, eps)
    if not isinstance(result, tuple | list | np.ndarray) or len(result) != 2:
        raise Refused(f"it returned {type(result).__name__}, not the two maps (a, b)")
    return as_floats(result[0], guide.shape, "as a it"), as_floats(result[1], guide.shape, "as b it")


def _flat(answer: Attempt) -> str | None:
    image = _pair("flat")[1]
    a = _fitted(answer, np.full_like(image, 0.6), image, 0.01)[0][INNER]
    steep = np.abs(a).max() > TOLERANCE
    return f"a flat guide has nothing to follow, but your slopes go up to {np.abs(a).max():.3g}" if steep else None


def _straight(answer: Attempt) -> str | None:
    guide = _pair("straight")[0]
    a, b = (float(np.median(x[INNER])) for x in _fitted(answer, guide, 3 * guide + 0.1, 1e-12))
    wrong = max(abs(a - 3), abs(b - 0.1)) > 1e-4
    return f"the image was 3 * guide + 0.1, but you found {a:.3g} * guide + {b:.3g}" if wrong else None


def _damped(answer: Attempt) -> str | None:
    """Two columns of a window on one side of the step, three on the other: the variance is 6/25 of 0.2 squared."""
    step = np.where(np.arange(17) < 8, 0.4, 0.6) * np.ones((12, 1))
    a, wanted = float(_fitted(answer, step, step, 0.03)[0][6, 8]), 0.0096 / 0.0396
    said, right = apart(a, wanted)
    far = abs(a - wanted) > 1e-3
    return f"beside a step from 0.4 to 0.6, with eps 0.03, a should be {right}, yours is {said}" if far else None


def _window(answer: Attempt) -> str | None:
    """With next to no eps, where no border is near, for two radii."""
    guide, image = _pair("window")
    for radius in (RADIUS, 1):
        found, wanted = _fitted(answer, guide, image, 1e-12, radius), fit_lines(guide, image, radius, 1e-12)
        if complaint := _complaint(found, wanted, INNER, f"with radius {radius} and an eps of nearly 0"):
            return complaint
    return None


def _complaint(found: Lines, wanted: Lines, where: tuple[slice, ...], when: str, tolerance: float = 1e-4) -> str | None:
    for name, one, other in zip("ab", found, wanted, strict=True):
        if complaint := differs(one[where], other[where], name, tolerance):
            return f"{when} {complaint}"
    return None


def _corner(answer: Attempt) -> str | None:
    guide, image = _pair("corner")
    a, b = _fitted(answer, guide, image, 0.01)
    wanted = fit_lines(guide, image, RADIUS, 0.01)
    whole = (slice(None), slice(None))
    return _complaint((a, b), wanted, INNER, "with eps 0.01, away from the border,", TOLERANCE) or _complaint(
        (a, b), wanted, whole, "away from the border all is well, but there", TOLERANCE
    )


def _with_mean(mean_of: Callable[[FloatArray, int], FloatArray]) -> Callable[..., Lines]:
    """A right answer but for its means."""

    def answer(guide: FloatArray, image: FloatArray, radius: int, eps: float) -> Lines:
        def mean(x: FloatArray) -> FloatArray:
            return mean_of(x, radius)

        covariance = mean(guide * image) - mean(guide) * mean(image)
        a = covariance / (mean(guide * guide) - mean(guide) ** 2 + eps)
        return a, mean(image) - a * mean(guide)

    return answer


def _zeros(image: FloatArray, radius: int) -> FloatArray:
    means: FloatArray = ndimage.uniform_filter(image, 2 * radius + 1, mode="constant")
    return means


def _mirrored(image: FloatArray, radius: int) -> FloatArray:
    means: FloatArray = ndimage.uniform_filter(image, 2 * radius + 1, mode="reflect")
    return means


def _not_centered(guide: FloatArray, image: FloatArray, radius: int, eps: float) -> Lines:
    a = box_mean(guide * image, radius) / (box_mean(guide * guide, radius) + eps)
    return a, box_mean(image, radius) - a * box_mean(guide, radius)


def _other_variance(guide: FloatArray, image: FloatArray, radius: int, eps: float) -> Lines:
    mean = partial(box_mean, radius=radius)
    a = (mean(guide * image) - mean(guide) * mean(image)) / (mean(image * image) - mean(image) ** 2 + eps)
    return a, mean(image) - a * mean(guide)


def _offset_without_slope(guide: FloatArray, image: FloatArray, radius: int, eps: float) -> Lines:
    return fit_lines(guide, image, radius, eps)[0], box_mean(image, radius) - box_mean(guide, radius)


def _eps_twice(guide: FloatArray, image: FloatArray, radius: int, eps: float) -> Lines:
    mean = partial(box_mean, radius=radius)
    covariance = mean(guide * image) - mean(guide) * mean(image)
    a = (covariance + eps) / (mean(guide * guide) - mean(guide) ** 2 + eps)
    return a, mean(image) - a * mean(guide)


def _bytes(guide: FloatArray, image: FloatArray, radius: int, eps: float) -> Lines:
    return fit_lines(guide, image, radius, 255**2 * eps)


def _trials() -> tuple[tuple[FloatArray, FloatArray, int, float], ...]:
    guide, image = _pair("trial")
    return (guide, image, RADIUS, 0.01), (image, guide, 1, 0.1)


_STEP = Exercise(
    name="core.guided_filter.step",
    kind="number",
    reference=0.25,
    tolerance=0.005,
    wrong=(
        WrongAnswer(
            "height_for_variance",
            0.2 / 0.23,
            "value",
            "You put the height of the step where the variance belongs; a variance is a mean of squares.",
        ),
        WrongAnswer(
            "height_squared",
            0.04 / 0.07,
            "value",
            "The variance is taken about the mean, and no pixel is 0.2 away from it.",
        ),
        WrongAnswer(
            "deviation_for_variance",
            0.1 / 0.13,
            "value",
            "That is the standard deviation; eps is compared with its square.",
        ),
        WrongAnswer(
            "bytes",
            0.0,
            "value",
            "Is your eps on the scale 0 to 255 and your variance on 0 to 1? Against such an eps every image is flat.",
        ),
        WrongAnswer("no_eps", 1.0, "value", "That is a without eps: nothing would ever be smoothed."),
        WrongAnswer("turned_round", 0.75, "value", "That is the share that is lost: eps / (var + eps)."),
    ),
)

_LINES = Exercise(
    name="core.guided_filter.fit_lines",
    kind="function",
    reference="medfuse_course.exercises.core.guided_filter:fit_lines",
    properties=(
        Property(
            "flat-guide",
            _flat,
            "Return the two maps (a, b). Over a flat guide the covariance is 0: were both means taken out?",
        ),
        Property(
            "straight-line",
            _straight,
            "Where the image is a straight line of the guide and eps is tiny, a and b are that line.",
        ),
        Property(
            "window", _window, "Each mean is over the square window of 2 * radius + 1 pixels a side around the pixel."
        ),
        Property(
            "eps", _damped, "Without eps all is well. It stands in the divisor, beside the variance of the guide."
        ),
        Property("border", _corner, "At the border a mean counts only the pixels that are there; mean_around does."),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "not_centered",
            _not_centered,
            "flat-guide",
            "You divide means of products. A covariance and a variance also take the product of the means away.",
        ),
        WrongAnswer(
            "variance_of_the_image",
            _other_variance,
            "straight-line",
            "You divide by the variance of the image; it is the guide's that decides where the filter follows.",
        ),
        WrongAnswer(
            "offset_without_slope",
            _offset_without_slope,
            "straight-line",
            "The line goes through the means: in b the mean of the guide is multiplied by a.",
        ),
        WrongAnswer(
            "radius_as_width",
            _with_mean(lambda image, radius: ndimage.uniform_filter(image, max(radius, 1), mode="nearest")),
            "window",
            "Your windows are as wide as the radius. A radius goes to both sides: 2 * radius + 1 pixels.",
        ),
        WrongAnswer(
            "radius_left_out",
            lambda guide, image, radius, eps: fit_lines(guide, image, RADIUS, eps),
            "window",
            "Your windows are of one size whatever the radius: use the one that is given.",
        ),
        WrongAnswer(
            "eps_squared",
            lambda guide, image, radius, eps: fit_lines(guide, image, radius, eps**2),
            "eps",
            "You square eps. It is a variance already.",
        ),
        WrongAnswer(
            "eps_left_out",
            lambda guide, image, radius, eps: fit_lines(guide, image, radius, 1e-9),
            "eps",
            "eps has no say in your slopes, so nothing is ever smoothed.",
        ),
        WrongAnswer(
            "eps_in_the_covariance_too",
            _eps_twice,
            "flat-guide",
            "You add eps to the covariance as well, so a flat guide gets a slope.",
        ),
        WrongAnswer(
            "bytes", _bytes, "eps", "Your eps is for images from 0 to 255: in [0, 1] it is 255 squared times too large."
        ),
        WrongAnswer(
            "forgot_the_counts",
            _with_mean(_zeros),
            "border",
            "You divide by the full window everywhere: beyond the border there are zeros, which are no pixels.",
        ),
        WrongAnswer(
            "mirrored_border",
            _with_mean(_mirrored),
            "border",
            "You mirror the image at its border, so some pixels count twice; leave out what is not there.",
        ),
    ),
)

EXERCISES = (_STEP, _LINES)
