"""From MRI to CT by regression: what was the CT number of the pixels that looked like this one?

Nearest-neighbor regression on local features, learned from phantom heads that no page shows (seeds from 100000 on)
when it is first used, in about two seconds, and kept in memory. The phantom's MRI decides it only nearly: bone and air
are both black, and what tells them apart is where they lie.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray, Image

WINDOW = "hu:500,3000"
"""What 0 and 1 mean: -1000 and 2000 HU."""

TRAINING_SEED = 100_000
TRAINING_SLICES = (8, 16, 22, 29, 34, 40, 48)
"""One head for each of these planes."""

_SAMPLES = 3000  # pixels of each head
_DARK = 0.12  # below it, smoothed, is air or bone
_REACH = 30.0  # pixels from the surface beyond which depth says nothing more


def regression_synthesis(x: Image, *, neighbors: int = 12) -> FloatArray:
    """CT of a T1-weighted MRI of the head, in the window ``"hu:500,3000"``.

    Parameters
    ----------
    x
        ``(H, W)`` MRI in [0, 1] of the window ``"range:0,1000"``, as ``load_pair("head/mri-ct").a``.
    neighbors
        How many training pixels are averaged; one is noisy, many blur bone.

    Returns
    -------
    ``(H, W)`` in [0, 1]; air, 0, far outside the head.

    Raises
    ------
    ValueError
        `neighbors` is not a number from 1 to 500.
    """
    if isinstance(neighbors, bool) or not isinstance(neighbors, (int, np.integer)) or not 1 <= neighbors <= 500:
        raise ValueError(f"neighbors: expected a whole number from 1 to 500, got {neighbors!r}")
    tree, scale, values = _learned()
    features, near = describe(x)
    result = np.zeros(x.shape, np.float32)
    if near.any():
        _, found = tree.query(features[near] / scale, k=int(neighbors))
        result[near] = values[found].reshape(-1, int(neighbors)).mean(axis=1)
    return result


def describe(x: Image) -> tuple[NDArray[np.float64], BoolArray]:
    """What the regression knows of each pixel, and which pixels lie in the head or near it.

    Returns
    -------
    Features ``(H, W, 7)``: the image at three widths, its gradient, its least and greatest value within three pixels,
    and the depth below the surface of the head (negative outside); and a mask ``(H, W)``.
    """
    fine, wide, wider = (ndimage.gaussian_filter(np.asarray(x, np.float64), s) for s in (1.0, 2.0, 3.0))
    head = _head(fine)
    depth = ndimage.distance_transform_edt(head) - ndimage.distance_transform_edt(~head)
    features = [
        fine, wide, wider, ndimage.gaussian_gradient_magnitude(np.asarray(x, np.float64), 1.5),
        ndimage.minimum_filter(fine, 7), ndimage.maximum_filter(fine, 7), np.clip(depth, -6, _REACH) / _REACH,
    ]  # fmt: skip
    return np.stack(features, axis=-1), depth > -4.5


def _head(fine: NDArray[np.float64]) -> BoolArray:
    """The largest bright region, closed and filled; nothing where the image is dark."""
    bright = np.pad(fine > _DARK, 8)  # closing must not be cut off at the border
    closed = ndimage.binary_closing(bright, np.ones((3, 3)), iterations=6)[8:-8, 8:-8]
    parts, count = ndimage.label(ndimage.binary_fill_holes(closed))
    if count == 0:
        return np.zeros(fine.shape, bool)
    largest: BoolArray = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    return largest


@lru_cache(maxsize=1)
def _learned() -> tuple[cKDTree, NDArray[np.float64], NDArray[np.float32]]:
    """The training pixels by their features, the scale of each feature, and their CT values in [0, 1]."""
    from medfuse_course.datasets.head.cases import mri_to_ct
    from medfuse_course.datasets.intensity import parse_window

    window, rng = parse_window(WINDOW), generator(TRAINING_SEED, "regression_synthesis")
    features, values = [], []
    for number, index in enumerate(TRAINING_SLICES):
        case = mri_to_ct(seed=TRAINING_SEED + number, slice=index)
        known, near = describe(case.inputs["MRI"])
        chosen = rng.choice(np.flatnonzero(near), _SAMPLES, replace=False)
        features.append(known.reshape(-1, known.shape[-1])[chosen])
        values.append(window.apply(case.target).ravel()[chosen])
    every = np.concatenate(features)
    scale = every.std(axis=0)
    return cKDTree(every / scale), scale, np.concatenate(values)
