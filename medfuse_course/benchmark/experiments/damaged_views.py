"""Small cases for a prior of small slices: pairs of the head phantom, and two damaged views of one slice."""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, Image
from medfuse_course.datasets import load_pair

SIDE, SHRINK = 64, 4
SLICES = (14, 44)
"""Axial slices that show brain."""
SQUARE, SQUARES, VIEW_NOISE = 7, 6, 0.05
"""Side and number of what a view has lost, and the standard deviation of its noise."""


def small_pair(name: str, seed: int) -> tuple[Image, Image]:
    """A pair of a phantom, its sources made small to 64 x 64 by means over squares of 4 pixels."""
    rng = generator(seed, "diffusion", "pair", name)
    pair = load_pair(name, seed=1000 + seed, slice=int(rng.integers(*SLICES)), lesions=1)
    return _small(pair.a), _small(pair.b)


def views(seed: int, number: int) -> tuple[Image, Image, Image, BoolArray]:
    """Two damaged views of one clean slice of MRI: squares are black, white, or of another head upside down.

    Parameters
    ----------
    seed, number
        Which.

    Returns
    -------
    Both views, the truth, and where the head is.
    """
    rng = generator(seed, "diffusion", "views", number)
    place = int(rng.integers(*SLICES))
    clean, other = (clean_slice(2000 + 100 * seed + 10 * number + k, place) for k in (0, 1))
    head = clean > 0.05
    corners = np.argwhere(head[: SIDE - SQUARE, : SIDE - SQUARE])
    made = []
    for _ in range(2):
        view = clean + VIEW_NOISE * rng.standard_normal(clean.shape)
        for square in range(SQUARES):
            y, x = corners[rng.integers(len(corners))]
            where = np.s_[y : y + SQUARE, x : x + SQUARE]
            view[where] = (0.0, 1.0, other[::-1][where])[square % 3]
        made.append(np.clip(view, 0, 1).astype(np.float32))
    return made[0], made[1], clean, head


def clean_slice(head: int, place: int) -> Image:
    """The MRI of a head of this seed at this slice, without noise, ``(64, 64)``."""
    return _small(load_pair("head/mri-ct", seed=head, slice=place, noise=0.0).a)


def _small(image: Image) -> Image:
    from medfuse_course.training.data.scaled_slices import shrink

    return np.ascontiguousarray(shrink(image, SHRINK))
