"""What a sceptic tries first: one filter with a tuned strength, and a sum of filters fitted by least squares."""

from collections.abc import Callable, Sequence
from functools import cache
from statistics import mean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.pet_scanner import PetPair

Denoiser = Callable[[FloatArray], FloatArray]

SIGMAS = (0.6, 0.9, 1.3, 2.0, 3.0)
"""Widths of the Gaussian filters that are mixed, in pixels."""

SHARES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Of simulation in a fit, that are tried."""

_RIDGE = 1e-3
_AIR = 0.05  # SUV


def untouched() -> Denoiser:
    """The scan as it is."""
    return lambda low: low


@cache
def gaussian(fwhm: float) -> Denoiser:
    """One Gaussian, of a full width in pixels."""
    from medfuse_course.methods.classical.gaussian_denoise import gaussian_denoise

    return lambda low: gaussian_denoise(low[None], fwhm=fwhm)


WIDTHS = tuple(np.arange(0.5, 4.1, 0.25).tolist())
"""Of the Gaussian, that are tried."""


def tuned_gaussian(pairs: Sequence[PetPair]) -> Denoiser:
    """The Gaussian of `WIDTHS` that does best on pairs, by the squared error to the full dose.

    Parameters
    ----------
    pairs
        To choose by.

    Returns
    -------
    The filter.
    """
    off = {w: mean(float(((gaussian(w)(pair.low) - pair.full) ** 2).mean()) for pair in pairs) for w in WIDTHS}
    return gaussian(min(off, key=off.__getitem__))


def filter_bank(low: FloatArray) -> NDArray[np.float32]:
    """The scan, its Gaussians, and all of these times four functions of the smooth scan: ``(H, W, 30)``.

    The four say how hot a place is, on three scales, and how much it varies.
    """
    images = [low, *(ndimage.gaussian_filter(low, sigma) for sigma in SIGMAS)]
    smooth, wide = images[3], ndimage.gaussian_filter(low, 1.5)
    spread = np.sqrt(np.maximum(ndimage.gaussian_filter(low**2, 1.5) - wide**2, 0))
    gates = (1.0, np.tanh(smooth), np.tanh(smooth / 3), 1 / (1 + smooth), spread / (smooth + 0.3))
    return np.stack([image * gate for gate in gates for image in images], axis=-1).astype(np.float32)


class Equations(NamedTuple):
    """What least squares needs of some pairs, as means over their pixels.

    Attributes
    ----------
    normal
        ``(30, 30)``: products of the filtered images with each other.
    toward
        ``(30,)``: and with what is wanted.
    square
        Of what is wanted.
    """

    normal: NDArray[np.float64]
    toward: NDArray[np.float64]
    square: float

    def error(self, weights: FloatArray) -> float:
        """The mean squared error of weights on these pairs."""
        return float(weights @ self.normal @ weights - 2 * weights @ self.toward + self.square)


def equations_of(pair: PetPair) -> Equations:
    """Of one pair; where the full dose shows nothing there is nothing to learn."""
    body = pair.full > _AIR
    seen, wanted = filter_bank(pair.low)[body].astype(np.float64), pair.full[body].astype(np.float64)
    count = max(1, len(wanted))
    return Equations(seen.T @ seen / count, seen.T @ wanted / count, float((wanted**2).mean()) if len(wanted) else 0.0)


def blended(parts: Sequence[Equations], shares: Sequence[float] | None = None) -> Equations:
    """Several as one, each with its share; all alike by default."""
    each = shares if shares is not None else [1 / len(parts)] * len(parts)
    sums = [sum(share * np.asarray(part[k]) for share, part in zip(each, parts, strict=True)) for k in range(3)]
    return Equations(np.asarray(sums[0]), np.asarray(sums[1]), float(sums[2]))


def solved(equations: Equations) -> NDArray[np.float64]:
    """The weights of the filters, ``(30,)``, with a small ridge."""
    normal = equations.normal
    ridge = _RIDGE * np.trace(normal) / len(normal) * np.eye(len(normal))
    weights: NDArray[np.float64] = np.linalg.solve(normal + ridge, equations.toward)
    return weights


def trust(real: Sequence[Equations], simulated: Equations) -> float:
    """How much a fit should trust a simulator: with which of `SHARES` each real pair is told best by all others.

    Parameters
    ----------
    real
        Of real pairs, two at least.
    simulated
        Of all that a simulator made.

    Returns
    -------
    0: real pairs alone, 1: simulation alone.
    """
    off = dict.fromkeys(SHARES, 0.0)
    for k, left_out in enumerate(real):
        rest = blended([*real[:k], *real[k + 1 :]])
        for share in SHARES:
            off[share] += left_out.error(solved(blended([rest, simulated], [1 - share, share])))
    return min(off, key=off.__getitem__)


def weighted(weights: FloatArray) -> Denoiser:
    """The sum of the `filter_bank` with these weights, >= 0."""
    return lambda low: np.maximum(filter_bank(low) @ weights.astype(np.float32), 0)


def least_squares(pairs: Sequence[PetPair], simulated: Sequence[PetPair] = ()) -> Denoiser:
    """A sum of the `filter_bank`, fitted to pairs; beside simulated ones as far as the real pairs `trust` them.

    Parameters
    ----------
    pairs
        Real ones.
    simulated
        Those of a simulator.

    Returns
    -------
    A function from a scan to one with less noise.
    """
    real = [equations_of(pair) for pair in pairs]
    if not simulated:
        return weighted(solved(blended(real)))
    made = blended([equations_of(pair) for pair in simulated])
    share = trust(real, made)
    return weighted(solved(blended([blended(real), made], [1 - share, share])))
