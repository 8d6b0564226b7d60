"""Patches from whatever a function returns: a reader's own phantoms, a database, a list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from torch import Tensor

from medfuse_course.core.checks import check_pair
from medfuse_course.core.random import generator
from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair
from medfuse_course.training.data.patches import (
    TRAIN_SEEDS,
    VAL_SEEDS,
    Pool,
    cut_patches,
    gray_pair,
    validation_streams,
)
from medfuse_course.training.recipe import Budget


@dataclass(frozen=True, repr=False)
class CallablePairs:
    """Pairs of gray patches ``a``, ``b``, ``(N, 1, patch, patch)``, cut from the pairs that a function makes.

    Attributes
    ----------
    draw
        Takes a number and returns a `Pair` or two images ``(H, W)`` or ``(H, W, 3)`` in [0, 1] on one grid; the same
        number, the same pair. Of a list: ``lambda number: pairs[number % len(pairs)]``.
    draw_val
        The same for validation. None: `draw`, with numbers that training never uses; say another function where a
        number does not stand for another patient.
    swap
        Exchange the sources at random, so that the network learns no order.
    """

    draw: Callable[[int], Any]
    draw_val: Callable[[int], Any] | None = None
    swap: bool = True

    def __post_init__(self) -> None:
        given: tuple[tuple[str, Any], ...] = (("draw", self.draw), ("draw_val", self.draw_val))
        for name, function in given:
            if function is not None and not callable(function):
                advice = "lambda number: pairs[number % len(pairs)] makes a function of a list"
                raise TypeError(f"{name}: expected a function of a number, got {type(function).__name__}; {advice}")

    def __repr__(self) -> str:
        names = (getattr(function, "__qualname__", type(function).__name__) for function in (self.draw, self.draw_val))
        return f"CallablePairs({', '.join(names if self.draw_val else [next(names)])}, swap={self.swap})"

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        first = TRAIN_SEEDS + (seed * 1000 + number // budget.refresh) * budget.pool
        streams = [generator(seed, "patches", "train", number, row) for row in range(budget.batch)[rows]]
        return cut_patches(_pool(self.draw, first, budget.pool), streams, budget.patch, swap=self.swap)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of six other pairs."""
        pool = _pool(self.draw_val or self.draw, VAL_SEEDS, 6)
        return cut_patches(pool, validation_streams(16), budget.patch, swap=self.swap)


def _pool(draw: Callable[[int], Any], first: int, count: int) -> Pool:
    return tuple(_drawn(draw, number) for number in range(first, first + count))


@lru_cache(maxsize=64)
def _drawn(draw: Callable[[int], Any], number: int) -> tuple[Image, Image]:
    pair = draw(number)
    if isinstance(pair, Pair):
        return gray_pair(pair)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"draw({number}): expected a Pair or two images, got {type(pair).__name__}")
    a, b = check_pair(*pair)
    return gray_pair(Pair(a, b, "own/a-b", ("a", "b")))
