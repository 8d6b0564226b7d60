"""Seeded smooth random fields in space: what makes one phantom patient differ from the next."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.physics import FWHM_PER_SIGMA


@dataclass(frozen=True)
class SpaceField:
    """A Gaussian random field of mean 0 and standard deviation 1, smooth over `fwhm` mm, within a box.

    Attributes
    ----------
    seed
        Which field.
    stream
        What it is for; fields of different streams are independent.
    fwhm
        Width of the Gaussian that makes white noise smooth, in mm; at least twice the step.
    origin, nodes, step
        First node of the grid in mm, number of nodes along x, y, z, and their distance in mm.
    """

    seed: int
    stream: tuple[str, ...]
    fwhm: float
    origin: tuple[float, float, float]
    nodes: tuple[int, int, int]
    step: float

    def plane(self, x: FloatArray, y: FloatArray, z: float) -> NDArray[np.float32]:
        """Values at height `z` on the grid of columns `x` and rows `y`, in mm: ``(len(y), len(x))``."""
        level = spline_weights(np.array([(z - self.origin[2]) / self.step]), self.nodes[2])
        coarse = (self._coefficients @ level.T)[..., 0]
        columns = spline_weights((np.asarray(x) - self.origin[0]) / self.step, self.nodes[0])
        rows = spline_weights((np.asarray(y) - self.origin[1]) / self.step, self.nodes[1])
        return np.asarray(rows @ coarse.T @ columns.T)

    @cached_property
    def _coefficients(self) -> NDArray[np.float32]:
        white = generator(self.seed, *self.stream).standard_normal(self.nodes, dtype=np.float32)
        smooth = ndimage.gaussian_filter(white, self.fwhm / FWHM_PER_SIGMA / self.step, mode="wrap")
        return np.asarray(ndimage.spline_filter(smooth / smooth.std(), order=3, output=np.float32))


def spline_weights(positions: FloatArray, count: int) -> NDArray[np.float32]:
    """Cubic B-spline weights of `count` nodes at the positions: ``(positions, count)``."""
    distance = np.abs(positions[:, None] - np.arange(count))
    near, far = 2 / 3 - distance**2 + distance**3 / 2, np.clip(2 - distance, 0, None) ** 3 / 6
    return np.asarray(np.where(distance < 1, near, far), dtype=np.float32)
