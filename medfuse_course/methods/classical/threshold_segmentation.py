"""Lesions by threshold: a fixed SUV, or a share of each lesion's own maximum, as clinics outline them."""

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import BoolArray, FloatArray

_AIR = -500.0  # HU between lung and tissue
_CLOSING = 8  # pixels: a lesion at the pleura is a bay of the lung's outline


def threshold_segmentation(
    ct: FloatArray | None,
    pet: FloatArray,
    *,
    threshold: float = 2.5,
    fraction: float = 0.41,
    smallest: int = 4,
    within: str = "lung",
) -> BoolArray:
    """Mark what takes up more than a threshold.

    Candidates are the connected regions with ``pet >= threshold``. With a `fraction` each becomes the connected region
    around its hottest pixel with ``pet >= fraction * maximum``. Its edge then lies where a blurred lesion's does; but
    a faint lesion's share falls below what surrounds it, and the region leaks.

    Where a CT is given, only what lies in the lungs counts: heart and liver are hot and healthy.

    Parameters
    ----------
    ct
        ``(H, W)`` in HU, or None.
    pet
        ``(H, W)`` in SUV.
    threshold
        SUV from which a region is a candidate; 2.5 and 4.0 are usual.
    fraction
        Share of the maximum; 0.41 is usual. 0 keeps the candidates as they are.
    smallest
        Regions of fewer pixels are dropped.
    within
        ``"lung"``, or ``"body"`` to ignore the CT.

    Returns
    -------
    bool ``(H, W)``.

    Raises
    ------
    ValueError
        An option outside its range.
    """
    if not 0 < threshold < np.inf:
        raise ValueError(f"threshold: expected an SUV > 0, got {threshold}")
    if not 0 <= fraction < 1:
        raise ValueError(
            f"fraction: expected a share of the maximum from 0 (a fixed threshold) to below 1, got {fraction}"
        )
    if isinstance(smallest, bool) or not isinstance(smallest, int | np.integer) or smallest < 1:
        raise ValueError(f"smallest: expected a number of pixels, 1 or more, got {smallest!r}")
    if within not in ("lung", "body"):
        raise ValueError(f"within: expected 'lung' or 'body', got {within!r}")
    allowed = np.ones(pet.shape, bool) if ct is None or within == "body" else lungs(ct)
    candidates, count = ndimage.label((pet >= threshold) & allowed)
    mask = np.zeros(pet.shape, bool)
    for number in range(1, count + 1):
        candidate = candidates == number
        region = candidate if fraction == 0 else _around_maximum(pet, candidate, fraction, allowed)
        if region.sum() >= smallest:
            mask |= region
    return mask


def lungs(ct: FloatArray) -> BoolArray:
    """The lungs with what lies in them: air inside the body, closed over lesions and vessels.

    Parameters
    ----------
    ct
        ``(H, W)`` in HU.

    Returns
    -------
    bool ``(H, W)``; nothing where no air is enclosed.
    """
    air, _ = ndimage.label(np.pad(ct < _AIR, 1, constant_values=True))
    inside = ((air != air[0, 0]) & (air > 0))[1:-1, 1:-1]
    inside = ndimage.binary_opening(inside, iterations=2)  # neither bowel gas nor noise
    ball = ndimage.distance_transform_edt(~inside) <= _CLOSING
    closed = ndimage.distance_transform_edt(ball) > _CLOSING
    filled: BoolArray = ndimage.binary_fill_holes(closed | inside)
    return filled


def _around_maximum(pet: FloatArray, candidate: BoolArray, fraction: float, allowed: BoolArray) -> BoolArray:
    """The connected region around the hottest pixel of a candidate that reaches a share of its value."""
    hottest = np.unravel_index(np.where(candidate, pet, -np.inf).argmax(), pet.shape)
    regions, _ = ndimage.label((pet >= fraction * pet[hottest]) & allowed)
    region: BoolArray = regions == regions[hottest]
    return region
