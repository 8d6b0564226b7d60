"""What to scan: the options of an examination, checked, and where its lesions lie."""

from collections.abc import Sequence
from functools import lru_cache
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.registry import unknown
from medfuse_course.datasets.acquisition import Simulation, check_dose
from medfuse_course.datasets.thorax.scan import ThoraxScan
from medfuse_course.datasets.thorax.shape import Lesion, ThoraxShape, lung_area

SIZES = (6.0, 40.0)
"""Diameters of lesions in mm, from and to."""

UPTAKES = (3.0, 15.0)
"""Uptake of lesions in SUV, from and to, where it is drawn."""

COLDEST = 0.5
"""The lowest uptake that one can ask for: that of the lung. CT shows such a nodule, PET hardly."""


def make_scan(
    *,
    heights: Sequence[float],
    seed: int,
    lesions: int,
    lesion_size: float | None,
    lesion_suv: float | None,
    arms: bool = False,
    noise: float = 1.0,
    attenuation_correction: bool = True,
    simulate: Simulation = "reconstruction",
    dose: float = 1.0,
    body: float = 1.0,
) -> ThoraxScan:
    """Check the options of an examination and place its lesions, each in one of the planes at `heights`.

    Lesions whose size is drawn are smaller in a smaller `body`; one that is asked for has its size in mm.
    """
    if isinstance(lesions, bool) or not isinstance(lesions, (int, np.integer)) or not 0 <= lesions <= 8:
        raise ValueError(f"lesions: expected a whole number from 0 to 8, got {lesions!r}")
    for name, value, (low, high), what in (
        ("lesion_size", lesion_size, SIZES, "a diameter from 6 to 40 mm"),
        ("lesion_suv", lesion_suv, (COLDEST, UPTAKES[1]), "an uptake from 0.5 (that of the lung) to 15"),
        ("body", body, (0.4, 1.0), "the size over an adult's, from 0.4 to 1"),
        ("noise", noise, (0, 10), "a factor from 0 (none) to 10 (1 is usual)"),
    ):
        if value is not None and not low <= value <= high:
            raise ValueError(f"{name}: expected {what}, got {value}")
    if simulate not in get_args(Simulation):
        raise ValueError(f"simulate: {unknown('simulation', str(simulate), get_args(Simulation))}")
    size = None if lesion_size is None else lesion_size / body
    placed = _place(ThoraxShape(seed, (), bool(arms)), heights, int(lesions), size, lesion_suv)
    return ThoraxScan(
        int(seed), placed, bool(arms), float(noise), bool(attenuation_correction), simulate, check_dose(dose),
        body=float(body),
    )  # fmt: skip


def _place(
    shape: ThoraxShape, heights: Sequence[float], count: int, size: float | None, suv: float | None
) -> tuple[Lesion, ...]:
    rng = generator(shape.seed, "thorax", "lesions")
    placed: list[Lesion] = []
    for _ in range(count):
        z = float(heights[int(rng.integers(len(heights)))])
        drawn_size, drawn_suv = (float(np.exp(rng.uniform(*np.log(limits)))) for limits in ((8, 32), UPTAKES))
        radius = (drawn_size if size is None else float(size)) / 2
        spot = _spot(shape, z, radius, placed, rng)
        if spot is None:
            raise ValueError(
                f"lesions: only {len(placed)} of {count} lesions find room, the next has {2 * radius:.0f} mm; "
                "ask for fewer, for smaller ones (lesion_size), or for a slice with more lung"
            )
        placed.append(Lesion((*spot, z), radius, drawn_suv if suv is None else float(suv)))
    return tuple(placed)


def _spot(
    shape: ThoraxShape, z: float, radius: float, placed: Sequence[Lesion], rng: np.random.Generator
) -> tuple[float, float] | None:
    """A point in the lung: a lesion may touch the pleura, but most of it lies within."""
    x, y, _ = shape.points(z)
    free = _depth(shape, z) > 0.7 * radius
    for other in placed:
        apart = np.sqrt((x - other.center[0]) ** 2 + (y - other.center[1]) ** 2 + (z - other.center[2]) ** 2)
        free &= apart > 1.5 * (radius + other.radius) + 4
    choices = np.flatnonzero(free)
    if choices.size == 0:
        return None
    spot = int(rng.choice(choices))
    return float(x.flat[spot]), float(y.flat[spot])


@lru_cache(maxsize=4)
def _depth(shape: ThoraxShape, z: float) -> NDArray[np.float64]:
    """How deep in the lungs each pixel lies, in mm; one answer for all lesions of a plane."""
    lung: NDArray[np.bool_] = lung_area(shape, z) > 0.5
    depth = np.asarray(ndimage.distance_transform_edt(lung) * shape.spacing)
    depth.flags.writeable = False
    return depth
