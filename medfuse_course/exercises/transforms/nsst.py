"""One wedge of directions.

``wedge(angle, center, width)`` takes the angles of frequencies in degrees, any number of turns, and returns the window
around `center`: ``fall(d / width)`` with the distance ``d`` of the two *lines*, at most 90 degrees. `fall` is 1 up to a
third, 0 from two thirds on, and ``fall(x)^2 + fall(1 - x)^2 = 1``.
"""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, differs, images, off

CENTERS = (0.0, 22.5, 90.0, 157.5)
WIDTH = 22.5


def fall(x: FloatArray) -> FloatArray:
    """The Meyer ramp: 1 for ``x <= 1/3``, 0 for ``x >= 2/3``, its squares and those of its mirror image sum to 1."""
    x = np.clip(3 * x - 1, 0, 1)
    return np.cos(np.pi / 2 * x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3))


def wedge(angle: FloatArray, center: float, width: float) -> FloatArray:
    """``fall(d / width)``, where ``d`` is the distance of two lines: it starts again after 180 degrees."""
    distance = np.abs((angle - center + 90) % 180 - 90)
    return fall(distance / width)


def _angles(low: float = -180, high: float = 180) -> FloatArray:
    return low + (high - low) * images("wedge", "angles", count=1)[0].astype(np.float64)


def _middle(answer: Attempt) -> str | None:
    for center in CENTERS:
        value = float(answer.image(np.full((2, 3), center), center, WIDTH)[0, 0])
        if abs(value - 1) > TOLERANCE:
            return f"in the middle of its wedge, at {center:g} degrees, the window is {value:.3g}, not 1"
    return None


def _opposite(answer: Attempt) -> str | None:
    angle = _angles(0, 180)
    for center in CENTERS:
        here, there = answer.image(angle, center, WIDTH), answer.image(angle - 180, center, WIDTH)
        if off(here, there) > TOLERANCE:
            return f"around {center:g} degrees, a frequency and the opposite one differ by up to {off(here, there):.2g}"
    return None


def _smooth(answer: Attempt) -> str | None:
    value = float(answer.image(np.full((2, 3), 40.0 + WIDTH / 2), 40.0, WIDTH)[0, 0])
    if abs(value) < 0.1 or abs(value - 1) < 0.1:
        return f"half-way between two wedges the window is {value:.3g}: it jumps"
    return None


def _squares(answer: Attempt) -> str | None:
    angle = _angles()
    for count in (8, 6):
        width = 180 / count
        total = np.sum([answer.image(angle, k * width, width) ** 2 for k in range(count)], axis=0)
        worst = float(total.flat[np.abs(total - 1).argmax()])
        if off(total, 1) > 1e-4:
            return f"the squares of all {count} windows of {width:g} degrees should sum to 1, but come to {worst:.3g}"
    return None


def _ramp(answer: Attempt) -> str | None:
    angle = _angles()
    for center in CENTERS:
        if complaint := differs(answer.image(angle, center, WIDTH), wedge(angle, center, WIDTH), "the window"):
            return f"around {center:g} degrees {complaint}"
    return None


def _trials() -> tuple[tuple[FloatArray, float, float], ...]:
    return tuple((_angles(-360, 360), center, width) for center in CENTERS for width in (WIDTH, 30.0))


EXERCISES = (
    Exercise(
        name="transforms.nsst.wedge",
        kind="function",
        reference="medfuse_course.exercises.transforms.nsst:wedge",
        properties=(
            Property("middle", _middle, "At the center the distance is 0, and fall(0) is 1."),
            Property(
                "opposite", _opposite, "Every direction comes back after 180 degrees: count the distance that way."
            ),
            Property("smooth", _smooth, "Use fall: a window with a hard edge rings all over the image."),
            Property("squares", _squares, "Each window works twice, there and back; so its square is what counts."),
            Property("ramp", _ramp, "The window is fall(distance / width), with the distance of two lines."),
        ),
        trials=_trials,
        wrong=(
            WrongAnswer(
                "forgot_the_opposite_wedge",
                lambda angle, center, width: fall(np.abs((angle - center + 180) % 360 - 180) / width),
                "opposite",
                "Your wedge has one side only. A real wave has two opposite frequencies; with one of them the filtered "
                "image comes out complex.",
            ),
            WrongAnswer(
                "no_turn",
                lambda angle, center, width: fall(np.abs(angle - center) / width),
                "opposite",
                "175 degrees is 5 from 0, not 175: the subtraction alone does not know that angles start again.",
            ),
            WrongAnswer(
                "windows_sum_to_one",
                lambda angle, center, width: wedge(angle, center, width) ** 2,
                "squares",
                "Your windows themselves sum to 1. That would do if each were applied once; here it is there and back.",
            ),
            WrongAnswer(
                "width_left_out",
                lambda angle, center, width: wedge(angle, center, WIDTH),
                "squares",
                "Your wedge is 22.5 degrees wide whatever the width: use the one that is given.",
            ),
            WrongAnswer(
                "half_the_width",
                lambda angle, center, width: fall(np.abs((angle - center + 90) % 180 - 90) / (width / 2)),
                "smooth",
                "The width is the distance from one center to the next: your wedges leave gaps between them.",
            ),
            WrongAnswer(
                "hard_edge",
                lambda angle, center, width: (np.abs((angle - center + 90) % 180 - 90) < width / 2).astype(float),
                "smooth",
                "Ones and zeros reconstruct too, but an edge in frequency is a ripple all over the image: use fall.",
            ),
            WrongAnswer(
                "cosine",
                lambda angle, center, width: np.cos(
                    np.pi / 2 * np.minimum(np.abs((angle - center + 90) % 180 - 90) / width, 1)
                ),
                "ramp",
                "A cosine reconstructs as well, and falls off at once; the library's windows stay 1 up to a third: use "
                "fall.",
            ),
        ),
    ),
)
