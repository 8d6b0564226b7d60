"""Windows: cutting a picture into them, and which of their pixels may look at each other after it was rolled.

``windows(image, side)`` cuts ``(H, W)`` into ``(n, side, side)``, row by row. ``may_look(image, side, shift)`` is
boolean, ``(n, side**2, side**2)``, for the windows of the image after it was rolled up and left by ``shift``.
"""

from functools import partial

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import differs


def windows(image: FloatArray, side: int) -> FloatArray:
    """``(H, W)`` in windows ``(n, side, side)``, row by row."""
    height, width = image.shape
    cut = image.reshape(height // side, side, width // side, side)
    return cut.transpose(0, 2, 1, 3).reshape(-1, side, side)


def _cut(image: FloatArray, side: int, *, order: tuple[int, ...] | None, columns: bool = False) -> FloatArray:
    height, width = image.shape
    if order is None:
        return image.reshape(-1, side, side)
    cut = image.reshape(height // side, side, width // side, side)
    if columns:
        cut = cut.transpose(2, 1, 0, 3)
    return cut.transpose(order).reshape(-1, side, side)


def _picture(*stream: str, shape: tuple[int, int] = (6, 10)) -> FloatArray:
    picture: FloatArray = generator(0, "exercises", "windows", *stream).random(shape)
    return picture


def _windows_of(answer: Attempt, image: FloatArray, side: int) -> FloatArray:
    return answer.image(image, side, shape=(image.size // side**2, side, side))


def _window_shape(answer: Attempt) -> str | None:
    _windows_of(answer, _picture("shape"), 2)
    return None


def _neighbors(answer: Attempt) -> str | None:
    """The first window is the corner of the image."""
    image = _picture("corner")
    return differs(_windows_of(answer, image, 2)[0], image[:2, :2], "a pixel of the first window")


def _row_by_row(answer: Attempt) -> str | None:
    image = _picture("rows")
    return differs(_windows_of(answer, image, 2)[1], image[:2, 2:4], "a pixel of the second window")


def _all_windows(answer: Attempt) -> str | None:
    for side, shape in ((2, (6, 10)), (3, (9, 6)), (1, (2, 3)), (4, (4, 12))):
        image = _picture(str(side), shape=shape)
        said = differs(_windows_of(answer, image, side), windows(image, side), "a pixel of a window")
        if said:
            return f"with windows of {side} x {side}: {said}"
    return None


_WINDOWS = Exercise(
    name="networks.windows.windows",
    kind="function",
    reference="medfuse_course.exercises.networks.windows:windows",
    properties=(
        Property("shape", _window_shape, "Return (n, side, side), n windows."),
        Property(
            "neighbors", _neighbors, "Split each axis in two, (H / side, side, W / side, side), and swap the middle."
        ),
        Property("rows", _row_by_row, "The second window lies to the right of the first."),
        Property("all", _all_windows, "Rows of windows and rows of pixels must not be mixed, whatever the sides are."),
    ),
    trials=lambda: ((_picture("trial"), 2), (_picture("trial", shape=(6, 9)), 3)),
    wrong=(
        WrongAnswer(
            "only_reshape",
            partial(_cut, order=None),
            "neighbors",
            "Without a transpose reshape cuts rows of pixels into pieces. Split both axes, then transpose.",
        ),
        WrongAnswer(
            "column_by_column",
            partial(_cut, order=(0, 2, 1, 3), columns=True),
            "rows",
            "You go down the columns of windows. Go along the rows.",
        ),
        WrongAnswer("transposed", partial(_cut, order=(0, 2, 3, 1)), "neighbors", "Each window is lying on its side."),
    ),
)


def may_look(image: FloatArray, side: int, shift: int) -> BoolArray:
    """True where two pixels of a window were neighbors before the image was rolled up and left by `shift`."""
    rows, columns = (np.arange(n) >= n - shift for n in image.shape)
    pieces = windows(2.0 * rows[:, None] + columns[None, :], side).reshape(-1, side * side)
    allowed: BoolArray = pieces[:, :, None] == pieces[:, None, :]
    return allowed


def _mask(
    image: FloatArray,
    side: int,
    shift: int,
    *,
    only: str = "",
    free: bool = False,
    blocked: bool = False,
    start: bool = False,
    summed: bool = False,
) -> BoolArray:
    """The solution with one thing done otherwise."""
    rows, columns = (np.arange(n) < shift if start else np.arange(n) >= n - shift for n in image.shape)
    if free:
        rows, columns = np.zeros_like(rows), np.zeros_like(columns)
    labels = (2.0 - summed) * rows[:, None] * (only != "columns") + columns[None, :] * (only != "rows")
    pieces = windows(labels, side).reshape(-1, side * side)
    allowed: BoolArray = (pieces[:, :, None] == pieces[:, None, :]) ^ blocked
    return allowed


def _mask_of(answer: Attempt, height: int, width: int, side: int, shift: int) -> BoolArray:
    found = answer(_picture("mask", shape=(height, width)), side, shift)
    shape = (height * width // side**2, side**2, side**2)
    if not isinstance(found, np.ndarray) or found.dtype != bool:
        what = f"dtype {found.dtype}" if isinstance(found, np.ndarray) else type(found).__name__
        raise Refused(f"it returned {what}, not an array of booleans")
    if found.shape != shape:
        raise Refused(f"it returned the shape {found.shape}, not {shape}")
    return found


def _mask_shape(answer: Attempt) -> str | None:
    _mask_of(answer, 8, 12, 4, 2)
    return None


def _first_window(answer: Attempt) -> str | None:
    """The first window was whole before and is whole after."""
    allowed = _mask_of(answer, 8, 12, 4, 2)[0]
    return None if allowed.all() else f"in the first window {np.mean(~allowed):.0%} of all looks are blocked"


def _unmoved(answer: Attempt) -> str | None:
    return None if _mask_of(answer, 8, 8, 4, 0).all() else "with a shift of 0 something is blocked"


def _last_window(answer: Attempt) -> str | None:
    """Four pieces that come from the four corners of the map."""
    allowed = _mask_of(answer, 8, 12, 4, 1)[-1]
    if allowed.all():
        return "in the last window nothing is blocked, though it holds pixels from opposite edges"
    if not allowed.diagonal().all():
        return "in the last window a pixel may not look at itself"
    sizes = sorted({int(row.sum()) for row in allowed})
    return None if sizes == [1, 3, 9] else f"the pieces of the last window have {sizes} pixels, not 1, 3 (twice) and 9"


def _same_masks(answer: Attempt) -> str | None:
    for sizes in ((8, 12, 4, 2), (6, 6, 3, 1), (4, 4, 4, 3), (9, 3, 3, 2)):
        got, wanted = _mask_of(answer, *sizes), may_look(np.zeros(sizes[:2]), *sizes[2:])
        if (got != wanted).any():
            return f"for sizes {sizes}, {np.sum(got != wanted)} looks of {wanted.size} are wrong"
    return None


_MAY_LOOK = Exercise(
    name="networks.windows.may_look",
    kind="function",
    reference="medfuse_course.exercises.networks.windows:may_look",
    properties=(
        Property("shape", _mask_shape, "Return booleans (n, side * side, side * side)."),
        Property("unmoved", _unmoved, "Where nothing moved, all may look."),
        Property("first", _first_window, "The windows at the top left hold nothing from beyond an edge."),
        Property("last", _last_window, "Label the pixels that came from the other edge, by rows and by columns."),
        Property("same", _same_masks, "After rolling by shift, the last shift rows and columns came from the first."),
    ),
    trials=lambda: ((_picture("m", shape=(8, 12)), 4, 1), (_picture("m", shape=(6, 9)), 3, 2)),
    wrong=(
        WrongAnswer(
            "no_mask", partial(_mask, free=True), "last", "Nothing is blocked. Which rows came from the other edge?"
        ),
        WrongAnswer(
            "the_other_way", partial(_mask, blocked=True), "unmoved", "You say who may not look. True is for may."
        ),
        WrongAnswer(
            "rows_only", partial(_mask, only="rows"), "last", "You thought of the rows. The columns moved, too."
        ),
        WrongAnswer(
            "at_the_start",
            partial(_mask, start=True),
            "first",
            "Rolled up and left, the strange rows are the last ones, not the first.",
        ),
        WrongAnswer(
            "labels_added",
            partial(_mask, summed=True),
            "last",
            "Two pieces have the same label: row and column must not be added up one to one.",
        ),
    ),
)

EXERCISES = (_WINDOWS, _MAY_LOOK)
