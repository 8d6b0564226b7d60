"""Regions first and memory: what margins cost, what attention keeps, which volume does not fit, where to checkpoint."""

import itertools
import math
from collections.abc import Sequence
from functools import cache
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values

LESS = 0.75
"""Of the lab: at most this share of the memory that equal segments take.

The best cuts take 0.72; segments filled up to the best limit, one after the other, 0.78; equal bytes 0.87."""

Boxes = NDArray[np.intp]
"""``(N, 4)``: top, bottom, left and right of each."""


def computed_share(boxes: Boxes, reach: float, shape: tuple[int, int]) -> np.float64:
    """Pixels that a network computes for boxes with their margins, as a share of the image."""
    top, bottom, left, right = np.asarray(boxes).T
    height = np.minimum(bottom + reach, shape[0]) - np.maximum(top - reach, 0)
    width = np.minimum(right + reach, shape[1]) - np.maximum(left - reach, 0)
    return np.float64((height * width).sum() / (shape[0] * shape[1]))


_ONE = np.array([[100, 120, 90, 130]])
_CORNER = np.array([[0, 20, 230, 256]])
_TWO = np.array([[100, 120, 90, 130], [110, 140, 100, 150]])
_MANY = np.tile(_ONE, (60, 1))
_SHAPES = (_ONE, _CORNER, _TWO)


def _number(answer: Attempt, *arguments: Any) -> float:
    found = answer(*arguments)
    if isinstance(found, np.uint8):
        raise Refused("it returned uint8, which holds 0 to 255 and no fraction")
    if isinstance(found, bool) or not isinstance(found, int | float | np.integer | np.floating):
        raise Refused(f"it returned {type(found).__name__}, not one number")
    return float(found)


def _asks(id: str, boxes: Boxes, hint: str, complaint: str) -> Property:
    def test(answer: Attempt) -> str | None:
        for reach, shape in ((0, (256, 256)), (32, (256, 256)), (56, (300, 517))):
            wanted, got = computed_share(boxes, reach, shape), _number(answer, boxes, reach, shape)
            if not math.isclose(got, wanted, rel_tol=1e-6):
                return f"{complaint} (reach {reach}, image {shape}): expected {wanted:.5g}, got {got:.5g}"
        return None

    return Property(id, test, hint)


def _without_clipping(boxes: Boxes, reach: int, shape: tuple[int, int]) -> float:
    return sum((b - t + 2 * reach) * (r - left + 2 * reach) for t, b, left, r in boxes) / (shape[0] * shape[1])


def _union(boxes: Boxes, reach: int, shape: tuple[int, int]) -> float:
    mask = np.zeros(shape, bool)
    for top, bottom, left, right in boxes:
        mask[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach] = True
    return float(mask.mean())


_SHARE = Exercise(
    name="methods.regions.computed_share",
    kind="function",
    reference="medfuse_course.exercises.methods.regions:computed_share",
    properties=(
        _asks("margin", _ONE, "A margin of `reach` pixels on each of four sides.", "one box far from the border"),
        _asks("border", _CORNER, "There is no image beyond its border. min and max.", "a box in a corner"),
        _asks(
            "twice", _TWO, "Each box is a call of the network of its own. Nobody remembers what the last one computed.",
            "two boxes whose margins overlap",
        ),
        _asks(
            "many", _MANY, "There may be more to compute than the image has. That is what the question asks.",
            "60 boxes",
        ),
    ),
    trials=lambda: tuple((boxes, 32, (256, 256)) for boxes in _SHAPES),
    wrong=(
        WrongAnswer(
            "no_margin", lambda b, r, s: computed_share(b, 0, s), "margin",
            "That is the boxes alone. At their rim the network would look into nothing.",
        ),
        WrongAnswer(
            "one_side_only", lambda b, r, s: _without_clipping(b, r / 2, s), "margin",
            "The margin is needed on both sides.",
        ),
        WrongAnswer("beyond_the_border", _without_clipping, "border", "Some of these pixels lie outside the image."),
        WrongAnswer(
            "at_most_the_image", lambda b, r, s: np.minimum(1.0, computed_share(b, r, s)), "many",
            "You stop at 1. Above it the whole image is cheaper: that should be seen.",
        ),
        WrongAnswer(
            "counted_once", _union, "twice",
            "You counted pixels that two margins share once. Two calls compute them twice, so this can exceed 1.",
        ),
    ),
)  # fmt: skip

_SIDE = Exercise(
    name="methods.regions.largest_side",
    kind="number",
    reference=128 * (200 / 8) ** (1 / 3),
    tolerance=1.0,
    wrong=(
        WrongAnswer("straight_line", 128 * 25.0, "value", "Twice the side is eight times the voxels."),
        WrongAnswer("an_image", 128 * 5.0, "value", "That holds for an image. A volume grows in three directions."),
        WrongAnswer("voxels", 128**3 * 25.0, "value", "So many voxels. What is the side of their cube?"),
    ),
)  # fmt: skip


def attention_bytes(shape: NDArray[np.intp], patch: int, heads: int) -> np.int64:
    """Bytes of the weights of global attention, float32: heads x N x N numbers for N tokens."""
    tokens = np.prod(np.asarray(shape, np.int64) // patch)
    return np.int64(4 * heads * tokens**2)


def _asks_bytes(id: str, trials: Sequence[tuple[tuple[int, int], int, int]], hint: str, complaint: str) -> Property:
    def test(answer: Attempt) -> str | None:
        for sides, patch, heads in trials:
            shape = np.array(sides)
            wanted, got = attention_bytes(shape, patch, heads), _number(answer, shape, patch, heads)
            if not math.isclose(got, wanted, rel_tol=1e-9):
                said = f"{sides[0]} x {sides[1]} pixels, patch {patch}, {heads} heads"
                return f"{complaint} ({said}): expected {wanted:,}, got {got:,.0f}"
        return None

    return Property(id, test, hint)


_ATTENTION = Exercise(
    name="methods.regions.attention_bytes",
    kind="function",
    reference="medfuse_course.exercises.methods.regions:attention_bytes",
    properties=(
        _asks_bytes(
            "pixels", [((64, 64), 1, 1), ((16, 48), 1, 1)], "How many tokens? Each asks each.", "single pixels"
        ),
        _asks_bytes("patches", [((64, 64), 8, 1), ((96, 32), 4, 1)], "A patch is one token.", "patches"),
        _asks_bytes("heads", [((64, 64), 8, 4), ((96, 32), 4, 3)], "Each head has its own weights.", "several heads"),
    ),
    trials=lambda: ((np.array((64, 64)), 1, 1), (np.array((96, 32)), 4, 3)),
    wrong=(
        WrongAnswer(
            "numbers_not_bytes", lambda s, p, k: attention_bytes(s, p, k) // 4, "pixels",
            "So many numbers. Each is float32.",
        ),
        WrongAnswer(
            "one_row", lambda s, p, k: 4 * k * np.prod(s // p), "pixels", "So much does one token ask for."
        ),
        WrongAnswer(
            "patch_not_squared", lambda s, p, k: 4 * k * (np.prod(s) // p) ** 2, "patches",
            "A patch of 8 x 8 pixels takes the place of 64 pixels, not of 8.",
        ),
        WrongAnswer(
            "heads_share", lambda s, p, k: attention_bytes(s, p, 1), "heads",
            "Heads share the channels, but not the weights: each has its own N x N.",
        ),
    ),
)  # fmt: skip


Layers = Sequence[int] | NDArray[np.int64]


@cache
def chains() -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    """Chains of layers: MB of the input of each, and MB that each keeps for the way back."""
    rng = np.random.default_rng(0)
    found = [([10] * 16, [30] * 16)]
    for levels in (4, 5):  # U-Nets in three dimensions would fall faster: two layers a level, down and up
        sizes = [s for k in (*range(levels), *reversed(range(levels))) for s in (320 >> k, 320 >> k)]
        found.append((sizes, [s * 5 // 2 for s in sizes]))
    for _ in range(5):
        drawn = np.exp(rng.normal(3, 1, int(rng.integers(12, 25))))
        kept = drawn * rng.uniform(1, 5, len(drawn))
        found.append(([int(s) + 1 for s in drawn], [int(k) + 1 for k in kept]))
    return tuple((np.array(inputs), np.array(kept)) for inputs, kept in found)


def peak_of(starts: Layers, inputs: Layers, kept: Layers) -> int:
    """The most memory that a chain takes with checkpoints: their inputs, and the largest segment computed again.

    Parameters
    ----------
    starts
        First layers of the segments, rising from 0.
    inputs, kept
        Bytes of the input of each layer; bytes that each keeps while its segment is on its way back.

    Returns
    -------
    Bytes.
    """
    ends = [*starts[1:], len(kept)]
    return int(sum(inputs[s] for s in starts) + max(sum(kept[s:e]) for s, e in zip(starts, ends, strict=True)))


def equal_segments(inputs: Layers, kept: Layers) -> NDArray[np.int64]:
    """The sceptic: the square root of n segments of as many layers each (Chen et al. 2016)."""
    return np.arange(0, len(kept), math.ceil(math.sqrt(len(kept))))


def best_segments(inputs: Layers, kept: Layers) -> NDArray[np.int64]:
    """The reference answer of the lab: for each limit of a segment, the cheapest checkpoints that keep it."""
    count, sums = len(kept), np.concatenate([[0], np.cumsum(kept)])
    found: list[tuple[int, list[int]]] = []
    for limit in sorted({int(sums[j] - sums[i]) for i in range(count) for j in range(i + 1, count + 1)}):
        cheapest: list[tuple[float, list[int]]] = [(0, [])]
        for end in range(1, count + 1):
            fitting = [
                (cheapest[s][0] + inputs[s], [*cheapest[s][1], s]) for s in range(end) if sums[end] - sums[s] <= limit
            ]
            cheapest.append(min(fitting, default=(math.inf, [])))
        if cheapest[-1][0] < math.inf:
            found.append((peak_of(cheapest[-1][1], inputs, kept), cheapest[-1][1]))
    return np.array(min(found)[1])


def _run(answer: Attempt) -> tuple[tuple[int, ...], ...]:
    made = []
    for inputs, kept in chains():
        starts: Any = answer(inputs.copy(), kept.copy())
        if not isinstance(starts, np.ndarray) or starts.ndim != 1 or not len(starts):
            raise Refused(f"it returned {type(starts).__name__}, not an array such as np.array([0, 5])")
        if starts.dtype.kind != "i":
            raise Refused(f"it returned {starts.dtype}, not whole numbers: the first layer of each segment")
        whole = tuple(int(s) for s in starts)
        if whole[0] != 0 or any(b <= a for a, b in itertools.pairwise(whole)) or whole[-1] >= len(kept):
            raise Refused(f"its segments must begin at layer 0 and rise to at most {len(kept) - 1}, got {whole}")
        made.append(whole)
    return tuple(made)


def measure(made: Sequence[Sequence[int]]) -> Values:
    """Mean over the chains of the peak, as a share of that of equal segments."""
    return {
        "peak": mean(
            peak_of(starts, *chain) / peak_of(equal_segments(*chain), *chain)
            for starts, chain in zip(made, chains(), strict=True)
        )
    }


LAB = Lab(_run, measure, {"equal_segments": equal_segments})

_LAB = LAB.exercise(
    name="methods.regions.checkpoints",
    reference="medfuse_course.exercises.methods.regions:best_segments",
    goals=(
        Goal(
            "peak", "memory, as a share of that of equal segments",
            "Two things cost: the inputs that you store, and the largest segment. A cut costs little where the input "
            "is small, so do not only fill segments up to a limit: choose where to cut below it.",
            lambda x: x["peak"], lambda known: LESS * known, "equal_segments", most=True, form=".3f",
        ),
    ),
)  # fmt: skip

EXERCISES = (_SHARE, _SIDE, _ATTENTION, _LAB)
