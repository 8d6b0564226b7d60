"""Masks against the truth: overlap of pixels, and lesions found, missed and invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import BoolArray
from medfuse_course.datasets.case import Case
from medfuse_course.metrics.base import Metric, UndefinedError


@dataclass(frozen=True)
class Detection:
    """Which of the true lesions a mask finds, and what it marks besides.

    Attributes
    ----------
    diameters
        Of each true lesion in mm: that of the disk of its area.
    found
        Whether the mask touches it, in the same order.
    invented
        Number of connected regions of the mask that touch no lesion.
    """

    diameters: tuple[float, ...]
    found: tuple[bool, ...]
    invented: int


def detect(mask: BoolArray, lesions: BoolArray, spacing: tuple[float, float] = (1.0, 1.0)) -> Detection:
    """Compare the connected regions of two masks.

    Parameters
    ----------
    mask, lesions
        bool ``(H, W)``: what was marked, and what is there. Regions connect along sides and corners.
    spacing
        Pixel size in mm, rows then columns.

    Returns
    -------
    A `Detection`.

    Raises
    ------
    TypeError, ValueError
        Not masks, or not on one grid.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.metrics import detect
    >>> lesions = np.zeros((16, 16), dtype=bool)
    >>> lesions[2:5, 2:5] = lesions[10:14, 10:14] = True
    >>> mask = np.zeros_like(lesions)
    >>> mask[3, 3] = mask[0, 15] = True
    >>> found = detect(mask, lesions)
    >>> found.found, found.invented
    ((True, False), 1)
    """
    for name, array in (("mask", mask), ("lesions", lesions)):
        if not isinstance(array, np.ndarray) or array.dtype != bool:
            kind = getattr(array, "dtype", type(array).__name__)
            raise TypeError(f"{name}: expected a mask (bool), got {kind}; compare with a threshold first")
    if mask.shape != lesions.shape or mask.ndim != 2:
        raise ValueError(f"mask: expected the grid of lesions, {lesions.shape}, got {mask.shape}")
    corners = np.ones((3, 3), bool)
    true, count = ndimage.label(lesions, corners)
    marked, regions = ndimage.label(mask, corners)
    areas = np.bincount(true.ravel(), minlength=count + 1)[1:] * spacing[0] * spacing[1]
    touched = set(np.unique(true[mask])) - {0}
    right = set(np.unique(marked[lesions])) - {0}
    return Detection(
        tuple(float(d) for d in 2 * np.sqrt(areas / np.pi)),
        tuple(number in touched for number in range(1, count + 1)),
        regions - len(right),
    )


def overlap_by_lesion(mask: BoolArray, lesions: BoolArray) -> tuple[float, ...]:
    """Dice of each true lesion with the regions of a mask that touch it.

    Parameters
    ----------
    mask, lesions
        bool ``(H, W)``, as `detect` takes them.

    Returns
    -------
    In the order of `Detection.diameters`, each in [0, 1]; 0 of a lesion that is missed.
    """
    corners = np.ones((3, 3), bool)
    true, count = ndimage.label(lesions, corners)
    marked, _ = ndimage.label(mask, corners)
    overlaps = []
    for number in range(1, count + 1):
        lesion = true == number
        touching = np.isin(marked, np.setdiff1d(marked[lesion], 0))
        overlaps.append(float(2 * (touching & lesion).sum() / (touching.sum() + lesion.sum())))
    return tuple(overlaps)


def sensitivity_by_size(detections: Sequence[Detection], edges: Sequence[float]) -> dict[str, tuple[int, int]]:
    """Lesions found and lesions there, by diameter.

    Parameters
    ----------
    detections
        One for each image.
    edges
        Borders of the bins in mm, upward: ``(0, 10, 20, 40)`` makes three. A bin holds its lower border.

    Returns
    -------
    ``(found, all)`` by bin, such as ``{"0-10 mm": (3, 7)}``.

    Raises
    ------
    ValueError
        Fewer than two borders, or borders that do not rise.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.metrics import detect, sensitivity_by_size
    >>> lesions = np.zeros((16, 16), dtype=bool)
    >>> lesions[2:4, 2:4] = lesions[6:14, 6:14] = True
    >>> mask = np.zeros_like(lesions)
    >>> mask[8, 8] = True
    >>> sensitivity_by_size([detect(mask, lesions)], (0, 5, 20))
    {'0-5 mm': (0, 1), '5-20 mm': (1, 1)}
    """
    if len(edges) < 2 or any(low >= high for low, high in pairwise(edges)):
        raise ValueError(f"edges: expected at least two rising borders in mm, got {tuple(edges)}")
    lesions = [pair for one in detections for pair in zip(one.diameters, one.found, strict=True)]
    table = {}
    for low, high in pairwise(edges):
        inside = [found for diameter, found in lesions if low <= diameter < high]
        table[f"{low:g}-{high:g} mm"] = (sum(inside), len(inside))
    return table


def _dice(result: BoolArray, case: Case) -> float:
    """``2 |A and B| / (|A| + |B|)``."""
    together = int(result.sum() + case.target.sum())
    if together == 0:
        raise UndefinedError("nothing is marked and nothing is there")
    return float(2 * (result & case.target).sum() / together)


def _sensitivity(result: BoolArray, case: Case) -> float:
    """Share of the lesions that the mask finds."""
    found = detect(result, case.lesions, case.spacing).found
    if not found:
        raise UndefinedError("the case has no lesions")
    return sum(found) / len(found)


def _invented(result: BoolArray, case: Case) -> float:
    """Number of regions of the mask that touch no lesion."""
    return float(detect(result, case.lesions, case.spacing).invented)


DICE = Metric(
    slug="dice",
    abbreviation="Dice",
    title="Twice the common pixels over the pixels of both masks",
    direction="higher",
    range=(0.0, 1.0),
    reference="dice1945measures",
    presets={"course": _dice},
    needs_truth=True,
    tasks=("segmentation",),
)
LESION_SENSITIVITY = Metric(
    slug="lesion_sensitivity",
    abbreviation="Sensitivity",
    title="Share of the lesions that the mask touches",
    direction="higher",
    range=(0.0, 1.0),
    reference="",
    presets={"course": _sensitivity},
    needs_truth=True,
    tasks=("segmentation",),
)
INVENTED_LESIONS = Metric(
    slug="invented_lesions",
    abbreviation="Invented",
    title="Connected regions of the mask that touch no lesion",
    direction="lower",
    range=(0.0, np.inf),
    reference="",
    presets={"course": _invented},
    needs_truth=True,
    tasks=("segmentation",),
)
