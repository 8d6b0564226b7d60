"""Edges carried over (Qabf) and edges invented (Nabf), both from Sobel strength and orientation."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from medfuse_course.core.types import FloatArray
from medfuse_course.metrics.base import Metric, UndefinedError

Border = Literal["edge", "constant", "reflect"]
Gradient = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Strength and orientation, in [-pi/2, pi/2], of the Sobel gradient of an image."""


def _sobel(image: FloatArray, border: Border) -> Gradient:
    padded = np.pad(image, 1, mode=border)
    across = padded[:, :-2] - padded[:, 2:]
    across = across[:-2] + 2 * across[1:-1] + across[2:]
    down = padded[2:] - padded[:-2]
    down = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    slope = np.divide(down, across, out=np.full(image.shape, np.inf), where=across != 0)
    return np.sqrt(across * across + down * down), np.arctan(slope)


def _ratio(first: FloatArray, second: FloatArray) -> NDArray[np.float64]:
    """The smaller strength over the larger, in [0, 1]; 1 where neither has any."""
    larger = np.maximum(first, second)
    return np.divide(np.minimum(first, second), larger, out=np.ones_like(larger), where=larger > 0)


def _agreement(first: FloatArray, second: FloatArray) -> NDArray[np.float64]:
    """1 for parallel, 0 for perpendicular orientations."""
    # Orientations repeat after pi: +89 and -89 degrees are 2 degrees apart, not 178.
    return np.abs(np.abs(first - second) * (2 / np.pi) - 1)


def _weighted(f: Gradient, a: Gradient, b: Gradient, kept: list[NDArray[np.float64]]) -> float:
    """Mean of what is kept of a and of b, weighted by their edge strengths."""
    total = float(a[0].sum() + b[0].sum())
    if total == 0:
        raise UndefinedError("a and b are both constant, so there is no edge to keep")
    return float((kept[0] * a[0]).sum() + (kept[1] * b[0]).sum()) / total


def _qabf(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Mean over edge pixels of how much of a source's Sobel strength and orientation f keeps, weighted by the strength.

    Kept is ``Q_g Q_o``, both sigmoids: of the ratio of strengths, and of ``1 - |angle_f - angle_source| / (pi / 2)``.
    """
    gf, ga, gb = (_sobel(image, "edge") for image in (f, a, b))
    kept = [_xydeas_petrovic(_ratio(g[0], gf[0]), _agreement(g[1], gf[1])) for g in (ga, gb)]
    return _weighted(gf, ga, gb, kept)


def _qabf_kits(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """As both evaluators print it.

    The image is surrounded by black. Where two strengths are equal, the strength itself stands for the ratio 1, so the
    value depends on the gray scale. Orientations a little to either side of vertical count as opposite, so the value
    changes when all three images are mirrored.
    """
    gf, ga, gb = (_sobel(image, "constant") for image in (f, a, b))
    kept = []
    for strength, angle in (ga, gb):
        ratio = np.where(strength == gf[0], strength, _ratio(strength, gf[0]))
        kept.append(_xydeas_petrovic(ratio, 1 - np.abs(angle - gf[1]) * (2 / np.pi)))
    return _weighted(gf, ga, gb, kept)


def _xydeas_petrovic(strength: FloatArray, orientation: FloatArray) -> NDArray[np.float64]:
    kept: NDArray[np.float64] = (0.9994 * 0.9879) * expit(15 * (strength - 0.5)) * expit(22 * (orientation - 0.8))
    return kept


def _nabf(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Edge information lost from both sources where f is steeper than each, over the weight of all edges."""
    gf, ga, gb = (_sobel(image, "reflect") for image in (f, a, b))
    stronger = (gf[0] > ga[0]) & (gf[0] > gb[0])
    lost = np.zeros(2)
    weights = np.zeros(2)
    for k, (strength, angle) in enumerate((ga, gb)):
        # The published constants are for Sobel masks divided by 8.
        weight = np.where(strength >= 2 * 8, (strength / 8) ** 1.5, 0.001)
        kept = np.sqrt(
            0.9999 * expit(19 * (_ratio(strength, gf[0]) - 0.5)) * 0.9995 * expit(22 * (_agreement(angle, gf[1]) - 0.5))
        )
        lost[k] = ((1 - kept) * weight)[stronger].sum()
        weights[k] = weight.sum()
    return float(lost.sum() / weights.sum())


def _nabf_linfeng(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    # The kit passes its arguments in the wrong order: b is judged as a fusion of a and f.
    return _nabf(b, a, f)


QABF = Metric(
    slug="qabf",
    abbreviation="Qabf",
    title="Edge information carried over from the sources",
    direction="higher",
    range=(0.0, 0.9994 * 0.9879 * float(expit(7.5) * expit(4.4))),
    reference="xydeas2000objective",
    presets={"course": _qabf, "cddfuse": _qabf_kits, "linfeng": _qabf_kits},
    min_side=3,
)
NABF = Metric(
    slug="nabf",
    abbreviation="Nabf",
    title="Edges invented by the fusion (artifacts)",
    direction="lower",
    range=(0.0, 1.0),
    reference="kumar2013multifocus",
    presets={"course": _nabf, "linfeng": _nabf_linfeng},
    min_side=3,
)
