"""Where a reader of PET measures the noise: places inside four organs, as a nuclear physician draws them."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.types import BoolArray
from medfuse_course.datasets.thorax.tissues import LABELS

_EDGE = 2  # pixels from a border that are left out
_FAR = 8  # pixels from a lesion, into which its uptake is blurred


def organ_regions(labels: NDArray[np.integer]) -> dict[str, BoolArray]:
    """Liver, lung, aorta and spine in a plane of the thorax phantom, without their borders.

    Parameters
    ----------
    labels
        ``(H, W)``, label numbers of the phantom.

    Returns
    -------
    By name, in this order; those that the plane does not cross are left out. The lung is all of it that lies far from
    lesions. The aorta is the blood nearest the spinal canal; the spine is the largest piece of spongy bone.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import THORAX_LABELS, organ_regions
    >>> labels = np.full((40, 40), THORAX_LABELS["air"], np.uint8)
    >>> labels[5:35, 5:15] = THORAX_LABELS["liver"]
    >>> {name: int(region.sum()) for name, region in organ_regions(labels).items()}
    {'liver': 156}
    >>> (30 - 4) * (10 - 4)
    156
    """
    lesions = ndimage.binary_dilation(labels == LABELS["lesion"], iterations=_FAR)
    inner = {
        name: ndimage.binary_erosion((labels == LABELS[name]) & ~lesions, iterations=_EDGE)
        for name in ("liver", "lung", "blood", "spongy bone")
    }
    found = {
        "liver": inner["liver"],
        "lung": inner["lung"],
        "aorta": _nearest(inner["blood"], labels == LABELS["spinal canal"]),
        "spine": _largest(inner["spongy bone"]),
    }
    return {name: region for name, region in found.items() if region.any()}


def _largest(region: BoolArray) -> BoolArray:
    """Its largest connected piece."""
    pieces, count = ndimage.label(region)
    return pieces == 1 + np.argmax(np.bincount(pieces.ravel(), minlength=2)[1:]) if count else region


def _nearest(region: BoolArray, place: BoolArray) -> BoolArray:
    """Its connected piece whose middle is nearest to the middle of a place."""
    pieces, count = ndimage.label(region)
    if not count or not place.any():
        return np.zeros_like(region)
    middles = np.array(ndimage.center_of_mass(region, pieces, range(1, count + 1)))
    return np.asarray(pieces == 1 + np.argmin(np.hypot(*(middles - ndimage.center_of_mass(place)).T)))
