"""The way back from a contrast, and what a ratio forgets.

``from_contrast(contrast, around, guard)`` undoes ``contrast = (fine - around) / (around + guard)``.
"""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, images, off
from medfuse_course.transforms.contrast_pyramid import GUARD
from medfuse_course.transforms.pyramid import expand, reduce

Level = tuple[FloatArray, FloatArray, float]


def from_contrast(contrast: FloatArray, around: FloatArray, guard: float) -> FloatArray:
    """``(1 + C) (around + guard) - guard``."""
    return (1 + contrast) * (around + guard) - guard


def _case(guard: float) -> tuple[FloatArray, Level]:
    """An image with black columns, as bright as fused levels may get, and what analysis makes of it."""
    image = 1.5 * images("contrast", count=1, shape=(16, 20))[0]
    image[:, :7] = 0
    around = expand(reduce(image), image.shape)
    return image, ((image - around) / (around + guard), around, guard)


def _shape(answer: Attempt) -> str | None:
    answer.image(*_case(GUARD)[1])
    return None


def _no_contrast(answer: Attempt) -> str | None:
    around = images("around", count=1)[0]
    distance = off(answer.image(np.zeros_like(around), around, 0.1), around)
    return f"without contrast the surroundings came back changed, by {distance:.2g}" if distance > TOLERANCE else None


def _rebuilds(answer: Attempt) -> str | None:
    for guard in (0.1, GUARD):
        image, level = _case(guard)
        distance = off(answer.image(*level), image)
        if distance > TOLERANCE:
            return f"with a guard of {guard:.3g} the image came back wrong by up to {distance:.2g}"
    return None


def _trials() -> tuple[Level, ...]:
    return _case(0.1)[1], _case(GUARD)[1]


_BACK = Exercise(
    name="transforms.contrast_pyramid.from_contrast",
    kind="function",
    reference="medfuse_course.exercises.transforms.contrast_pyramid:from_contrast",
    properties=(
        Property("shape", _shape, "Return the finer level: floats of the contrast's shape."),
        Property("no-contrast", _no_contrast, "Where the contrast is 0 the finer level equals its surroundings."),
        Property("rebuild", _rebuilds, "Put a contrast in that you computed by hand: does the image come back?"),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "forgot_the_guard",
            lambda c, around, guard: (1 + c) * around,
            "rebuild",
            "The analysis divided by around + guard, so the way back must multiply by the same.",
        ),
        WrongAnswer(
            "guard_left_in",
            lambda c, around, guard: (1 + c) * (around + guard),
            "no-contrast",
            "The result is too bright by one guard: it was added to the finer level too.",
        ),
        WrongAnswer(
            "forgot_the_one",
            lambda c, around, guard: c * (around + guard) - guard,
            "no-contrast",
            "You multiply by the contrast; the ratio is the contrast plus 1.",
        ),
        WrongAnswer(
            "added_the_contrast",
            lambda c, around, guard: around + c,
            "rebuild",
            "Adding is the way back of the Laplacian pyramid; a contrast is a share of the light around it.",
        ),
        WrongAnswer(
            "limited_the_contrast",
            lambda c, around, guard: (1 + np.clip(c, -1, 1)) * (around + guard) - guard,
            "rebuild",
            "You limit the contrast to 1. A bright pixel in the dark has far more, and is cut off.",
        ),
        WrongAnswer(
            "limited_the_result",
            lambda c, around, guard: np.clip((1 + c) * (around + guard) - guard, 0, 1),
            "rebuild",
            "You limit the level to [0, 1]. On the way back a fused level may leave it: only the image is limited.",
        ),
    ),
)

_DARK = Exercise(
    name="transforms.contrast_pyramid.lost_by_ratio",
    kind="choice",
    reference="c",
    wrong=(
        WrongAnswer("a", "a", "choice", "The lesions are wide, and yet they fade: size does not decide."),
        WrongAnswer("b", "b", "choice", "Look at bright parts of the MRI, such as the fat under the skin: they stay."),
        WrongAnswer(
            "d", "d", "choice", "The light of the region cancels in a ratio. It is the sign of the detail that counts."
        ),
    ),
)

EXERCISES = (_BACK, _DARK)
