"""Textures that formulas draw from random numbers: what a feature can be asked about without a patient."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Texture = NDArray[np.float32]


def stripes(rng: np.random.Generator, side: int) -> Texture:
    """Waves in one direction, 4 to 16 pixels long."""
    (u, _), period = _turned(rng, side), rng.uniform(4, 16)
    return _float(np.sin(2 * np.pi * u / period))


def checkers(rng: np.random.Generator, side: int) -> Texture:
    """A board of squares of 3 to 10 pixels, turned."""
    (u, v), period = _turned(rng, side), rng.uniform(6, 20)
    return _float(np.sign(np.sin(2 * np.pi * u / period) * np.sin(2 * np.pi * v / period)))


def rings(rng: np.random.Generator, side: int) -> Texture:
    """Waves around a center, 4 to 16 pixels long."""
    y, x = np.mgrid[:side, :side] - rng.uniform(0, side, size=(2, 1, 1))
    return _float(np.sin(2 * np.pi * np.hypot(y, x) / rng.uniform(4, 16)))


def dots(rng: np.random.Generator, side: int) -> Texture:
    """Disks of one size, 1.5 to 4 pixels in radius, at random."""
    distance, radius = _nearest(rng, side, side * side // 80), rng.uniform(1.5, 4)
    return _float(distance[0] < radius)


def cells(rng: np.random.Generator, side: int) -> Texture:
    """Flat regions of random gray around random centers."""
    count = side * side // 120
    return _float(rng.random(count)[_nearest(rng, side, count)[2].astype(int)])


def cracks(rng: np.random.Generator, side: int) -> Texture:
    """The borders of such regions, 1 to 3 pixels wide."""
    nearest, second, _ = _nearest(rng, side, side * side // 120)
    return _float(second - nearest < rng.uniform(1, 3))


def cloud(rng: np.random.Generator, side: int) -> Texture:
    """Noise whose amplitude falls with its frequency."""
    spectrum = np.fft.rfft2(rng.standard_normal((side, side)))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency[0, 0] = np.inf
    return _float(np.fft.irfft2(spectrum / frequency ** rng.uniform(1.2, 2), s=(side, side)))


def grain(rng: np.random.Generator, side: int) -> Texture:
    """Noise of one grain: as it is drawn, or smoothed by up to 1.5 pixels."""
    return _float(ndimage.gaussian_filter(rng.standard_normal((side, side)), rng.uniform(0, 1.5), mode="wrap"))


TEXTURES: dict[str, Callable[[np.random.Generator, int], Texture]] = {
    f.__name__: f for f in (stripes, checkers, rings, dots, cells, cracks, cloud, grain)
}
"""By name; each takes a generator and a side, and gives ``(side, side)`` of any scale."""


def _turned(rng: np.random.Generator, side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of the pixels along two axes at right angles, turned and shifted at random."""
    angle, shift = rng.uniform(0, 2 * np.pi), rng.uniform(0, side, size=2)
    y, x = np.mgrid[:side, :side]
    return (
        np.cos(angle) * x + np.sin(angle) * y + shift[0],
        -np.sin(angle) * x + np.cos(angle) * y + shift[1],
    )


def _nearest(rng: np.random.Generator, side: int, count: int) -> NDArray[np.float64]:
    """Of each pixel the distance to the nearest of some random points and to the second, and which the nearest is."""
    points = rng.uniform(0, side, size=(count, 2, 1, 1))
    distance = np.hypot(*np.moveaxis(np.mgrid[:side, :side] - points, 1, 0))
    first, second = np.partition(distance, 1, axis=0)[:2]
    return np.stack([first, second, distance.argmin(axis=0)])


def _float(image: NDArray[np.generic]) -> Texture:
    return image.astype(np.float32)
