"""One Haar step of an image, and reading its bands.

``haar_step(image)`` returns ``(low, details)`` for an image with even sides: sums and differences of neighbors over the
root of 2, along both axes; `details` is ``(3, h, w)`` in the order of `transforms.dwt.DIRECTIONS`.
"""

import numpy as np

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.exercises.attempt import Attempt, Refused, as_floats
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, apart, images, off
from medfuse_course.transforms import dwt

SIZE = (12, 18)


def haar_step(image: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Low-pass image and three details of one level."""
    bands = dwt.analyse(image, 1)
    return bands.base, bands.details[0]


def _step(answer: Attempt, image: Image) -> tuple[FloatArray, FloatArray]:
    """What the learner's function makes of an image: low and details, of the right shapes."""
    result = answer(image)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Refused(f"it returned {type(result).__name__}, not the two arrays (low, details)")
    height, width = (n // 2 for n in image.shape)
    return as_floats(result[0], (height, width), "as low it"), as_floats(result[1], (3, height, width), "as details it")


def _shapes(answer: Attempt) -> str | None:
    _step(answer, images("haar", count=1, shape=SIZE)[0])
    return None


def _flat(answer: Attempt) -> str | None:
    low, details = _step(answer, np.full(SIZE, 0.25, np.float32))
    if np.abs(details).max() > TOLERANCE:
        return f"a flat image has no detail, but yours holds up to {np.abs(details).max():.3g}"
    if off(low, 0.5) > TOLERANCE:
        return (
            f"a flat image of 0.25 should give 0.5 in low, a factor of root 2 for each axis, but gave {low[0, 0]:.3g}"
        )
    return None


def _energy(answer: Attempt) -> str | None:
    image = images("haar", "energy", count=1, shape=SIZE)[0]
    low, details = _step(answer, image)
    ratio = ((low**2).sum() + (details**2).sum()) / (image**2).sum()
    if abs(ratio - 1) <= 1e-4:
        return None
    return f"the bands hold {apart(float(ratio), 1)[0]} times the energy of the image, not 1 times"


def _order(answer: Attempt) -> str | None:
    stripes = np.zeros(SIZE, np.float32)
    stripes[::2] = 1  # horizontal lines
    of_lines = [np.abs(x).max() for x in _step(answer, stripes)[1]]
    if of_lines.index(max(of_lines)) != 0:
        return f"horizontal lines landed in detail {of_lines.index(max(of_lines)) + 1}, not in the first"
    return None


def _values(answer: Attempt) -> str | None:
    image = images("haar", "values", count=1, shape=SIZE)[0]
    low, details = _step(answer, image)
    distance = max(off(low, haar_step(image)[0]), off(details, haar_step(image)[1]))
    return f"some coefficient is off by {distance:.2g}" if distance > TOLERANCE else None


def _sums(image: Image, order: str = "hvd", scale: float = 0.5, start: int = 0) -> tuple[FloatArray, FloatArray]:
    x = np.roll(image, -start, axis=(0, 1))
    p, q, r, s = x[::2, ::2], x[::2, 1::2], x[1::2, ::2], x[1::2, 1::2]
    named = {"h": p + q - r - s, "v": p - q + r - s, "d": p - q - r + s}
    return scale * (p + q + r + s), scale * np.stack([named[k] for k in order])


def _trials() -> tuple[tuple[Image], ...]:
    return tuple((image,) for image in images("haar", "trials", shape=SIZE))


_STEP = Exercise(
    name="transforms.dwt.haar_step",
    kind="function",
    reference="medfuse_course.exercises.transforms.dwt:haar_step",
    properties=(
        Property("shapes", _shapes, "Return low, half as high and wide, and the three details in one array."),
        Property("flat", _flat, "Feed it a flat image: sums of two grow by root 2 along each axis, differences are 0."),
        Property("energy", _energy, "Lengths are kept: the squares of all bands add up to those of the image."),
        Property("order", _order, "Draw horizontal lines and see which band answers: it should be the first."),
        Property("values", _values, "Take the pairs (0, 1), (2, 3), ..., and in each the first minus the second."),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "means",
            lambda x: _sums(x, scale=0.25),
            "flat",
            "You take means. Divide a sum of two by root 2, not by 2, or the energy is lost.",
        ),
        WrongAnswer(
            "bare_sums",
            lambda x: _sums(x, scale=1.0),
            "flat",
            "You do not divide at all: each split needs its 1 / root 2.",
        ),
        WrongAnswer(
            "swapped_axes",
            lambda x: _sums(x, order="vhd"),
            "order",
            "Your first two details are swapped: lines that run across differ from row to row, that is along axis 0.",
        ),
        WrongAnswer(
            "low_twice",
            lambda x: (_sums(x)[0], np.stack([_sums(x)[1][0], _sums(x)[1][0], _sums(x)[1][2]])),
            "energy",
            "One detail is there twice, and one is missing.",
        ),
        WrongAnswer(
            "other_pairs",
            lambda x: _sums(x, start=1),
            "values",
            "Your pairs start at pixel 1; they should start at pixel 0. (That this matters is the topic of the page.)",
        ),
        WrongAnswer(
            "second_minus_first",
            lambda x: (_sums(x)[0], _sums(x)[1] * np.array([-1, -1, 1], np.float32).reshape(3, 1, 1)),
            "values",
            "Your differences have the other sign: first minus second.",
        ),
    ),
)

_BAND = Exercise(
    name="transforms.dwt.vertical_edges",
    kind="choice",
    reference="b",
    wrong=(
        WrongAnswer("a", "a", "choice", "Detail 1 shows the forehead and the back of the head: edges that run across."),
        WrongAnswer("c", "c", "choice", "Detail 3 wants change along both axes: it answers at corners, and to noise."),
        WrongAnswer("d", "d", "choice", "Follow the outline of the head in each band: where is it broken?"),
    ),
)

EXERCISES = (_STEP, _BAND)
