"""Points of the plane around a few centers: data for a game whose outcome can be counted."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.training.recipe import Budget

VALIDATION_POINTS = 1000


@dataclass(frozen=True)
class GaussianModes:
    """Equally likely round Gaussians, with noise for a generator: ``real`` ``(N, 2)`` and ``noise`` ``(N, noise)``.

    Attributes
    ----------
    centers
        Where they lie.
    sigma
        Standard deviation of each, along each axis.
    noise
        Numbers from a standard normal distribution that a generator makes a point from.
    """

    centers: tuple[tuple[float, float], ...]
    sigma: float
    noise: int = 2

    def __post_init__(self) -> None:
        shape = np.shape(self.centers)
        if len(shape) != 2 or shape[1] != 2:
            raise ValueError(f"centers: expected one (x, y) at least, as ((0.0, 0.0),), got shape {shape}")
        if not self.sigma > 0:
            raise ValueError(f"sigma: expected a positive standard deviation, got {self.sigma!r}")

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        return self._draw(generator(seed, "points", "train", number), budget.batch, rows)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """A thousand points, the same for every run."""
        return self._draw(generator(0, "points", "val"), VALIDATION_POINTS, slice(None))

    def draw(self, count: int, seed: int) -> Mapping[str, Tensor]:
        """Points and noise that no batch holds."""
        return self._draw(generator(seed, "points", "more"), count, slice(None))

    def _draw(self, rng: np.random.Generator, count: int, rows: slice) -> Mapping[str, Tensor]:
        real, noise = self._points(rng, count), rng.standard_normal((count, self.noise), dtype=np.float32)
        return {"real": torch.from_numpy(real[rows]), "noise": torch.from_numpy(noise[rows])}

    def _points(self, rng: np.random.Generator, count: int) -> FloatArray:
        chosen = np.asarray(self.centers, np.float32)[rng.integers(len(self.centers), size=count)]
        return chosen + np.float32(self.sigma) * rng.standard_normal((count, 2), dtype=np.float32)


def gaussian_grid(side: int = 5, spacing: float = 2.0, sigma: float = 0.05) -> GaussianModes:
    """``side`` by ``side`` centers around 0: the grid of 25 of the literature.

    Parameters
    ----------
    side
        Centers along each axis.
    spacing
        Between neighbors.
    sigma
        Of each Gaussian.

    Returns
    -------
    The data.

    Examples
    --------
    >>> from medfuse_course.training import gaussian_grid
    >>> len(gaussian_grid().centers), gaussian_grid(side=2).centers
    (25, ((-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)))
    """
    line = [spacing * (k - (side - 1) / 2) for k in range(side)]
    return GaussianModes(tuple((x, y) for x in line for y in line), sigma)


def gaussian_ring(count: int = 8, radius: float = 2.0, sigma: float = 0.02) -> GaussianModes:
    """``count`` centers on a circle around 0: the ring of 8 of the literature.

    Parameters
    ----------
    count
        Of centers, at equal distances.
    radius
        Of the circle.
    sigma
        Of each Gaussian.

    Returns
    -------
    The data.

    Examples
    --------
    >>> import math
    >>> from medfuse_course.training import gaussian_ring
    >>> centers = gaussian_ring().centers
    >>> len(centers), {round(math.hypot(x, y), 6) for x, y in centers}  # all as far from the middle
    (8, {2.0})
    """
    angles = [2 * math.pi * k / count for k in range(count)]
    return GaussianModes(tuple((radius * math.cos(t), radius * math.sin(t)) for t in angles), sigma)
