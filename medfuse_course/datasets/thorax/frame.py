"""What all parts of the phantom thorax share: the patient's measures, the rib cage, how fractions are mixed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.random import generator
from medfuse_course.datasets.solids import Plane, Points
from medfuse_course.datasets.thorax.tissues import LABELS, TISSUES

SIZE = 256
"""Rows and columns of a plane."""


@dataclass(frozen=True)
class Patient:
    """One patient's measures.

    Attributes
    ----------
    size
        Factors of size along x, y, z.
    fat
        Thickness under the skin in mm.
    heart
        Factor of the size of the heart.
    dome
        How much higher than usual the diaphragm stands, in mm.
    heart_suv
        FDG uptake of the heart muscle, from nearly none (fasting) to intense.
    """

    size: tuple[float, float, float]
    fat: float
    heart: float
    dome: float
    heart_suv: float

    @staticmethod
    def draw(seed: int) -> "Patient":
        """The patient of a seed."""
        rng = generator(seed, "thorax", "patient")
        size = 1 + 0.025 * rng.standard_normal(3).clip(-1.5, 1.5)
        return Patient(
            size=(float(size[0]), float(size[1]), float(size[2])),
            fat=float(rng.uniform(8, 20)),
            heart=float(rng.uniform(0.93, 1.07)),
            dome=float(rng.uniform(-8, 10)),
            heart_suv=float(np.exp(rng.uniform(np.log(1.0), np.log(8.0)))),
        )


@dataclass(frozen=True, eq=False)
class Cage:
    """The inner side of the rib cage on a plane.

    Attributes
    ----------
    distance
        Outward from it in mm.
    angle
        Around it: 0 at the spine, pi at the breastbone, the same on both sides.
    """

    distance: Plane
    angle: Plane


def cage_around(points: Points) -> Cage:
    """The rib cage: wide above the diaphragm, closing to a dome at the top."""
    x, y, z = points
    high = np.clip((z + 40) / 152, 0, 0.999)
    width = np.sqrt(1 - high**2.6)
    half, depth, middle = 134 * width, 90 * width, 2 - 22 * np.clip(z / 100, 0, 1) ** 2
    # The spine pushes in from behind, so the hollow of the lungs is widest a little behind the middle.
    distance = superellipse(x, y - middle, half, depth, 2.35)
    angle = np.arctan2(np.abs(x) / half, -(y - middle) / depth)
    return Cage(np.asarray(distance, np.float32), np.asarray(angle, np.float32))


def superellipse(x: Plane, y: Plane, half: Plane | float, depth: Plane | float, power: float) -> Plane:
    """Distance in mm, along the ray from the middle, to ``|x / half|^p + |y / depth|^p = 1``."""
    level = (np.abs(x / half) ** power + np.abs(y / depth) ** power) ** np.float32(1 / power)
    return np.asarray(np.hypot(x, y) * (1 - 1 / np.maximum(level, np.float32(1e-3))), dtype=np.float32)


def step(distance: Plane, h: float) -> Plane:
    """How much of a pixel of `h` mm lies inside a border that is `distance` mm away."""
    return np.asarray(np.clip(np.float32(0.5) - distance / np.float32(h), 0, 1), dtype=np.float32)


class Mixture:
    """Tissue fractions under construction: what is put later covers what was there."""

    def __init__(self, h: float) -> None:
        self.h = h
        self.parts: NDArray[np.float32] = np.zeros((len(TISSUES), SIZE, SIZE), dtype=np.float32)

    def fill(self, name: str) -> None:
        """One tissue everywhere."""
        self.parts[:] = 0
        self.parts[LABELS[name]] = 1

    def put(self, name: str, share: Plane) -> None:
        """Fill the given share of each pixel with one tissue."""
        rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
        if rows.size == 0:
            return
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)  # most tissues fill a small one
        self.parts[:, *box] *= 1 - share[box]
        self.parts[LABELS[name], *box] += share[box]
