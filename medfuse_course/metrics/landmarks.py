"""Landmarks of a head along rays from its middle: where its surface lies, and where its skull.

How far a synthesis moved what it shows stands in no gray value. The landmarks of the synthesized and of the true image,
ray by ray, say it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.types import FloatArray

_STEP = 0.1  # pixels between the places that are looked at along a ray
_LEAST = 0.75  # of the true landmarks that must be found


def ray_landmarks(
    image: FloatArray, center: tuple[float, float], *, surface: float, bone: float, rays: int = 24, depth: float = 5.0
) -> NDArray[np.float64]:
    """How far from the center surface and skull lie, on each ray.

    Parameters
    ----------
    image
        ``(H, W)`` CT of a head, in any unit.
    center
        Row and column of its middle, in pixels.
    surface
        Half-way between air and skin: the first place that reaches it, on the way in, is the surface.
    bone
        More than that is bone: the mean place of what exceeds it, down to `depth` under the surface, is the skull.
    rays
        Directions, evenly spread.
    depth
        In pixels.

    Returns
    -------
    ``(2, rays)`` in pixels, surface and skull; NaN where a ray meets none.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.metrics import ray_landmarks
    >>> rows, columns = np.indices((64, 64)) - 32
    >>> radius = np.hypot(rows, columns)
    >>> head = np.where(radius < 24, 40.0, -1000.0)
    >>> head[(radius > 20) & (radius < 23)] = 1000.0
    >>> surface, skull = ray_landmarks(head, (32, 32), surface=-480.0, bone=300.0, rays=4)
    >>> surface.round()
    array([24., 24., 24., 24.])
    """
    reach = np.arange(0, max(image.shape), _STEP)
    angles = 2 * np.pi * np.arange(rays) / rays
    places = [c + np.outer(turned, reach) for c, turned in zip(center, (np.sin(angles), np.cos(angles)), strict=True)]
    along = ndimage.map_coordinates(np.asarray(image, np.float64), places, order=1, mode="constant", cval=np.nan)
    found = np.full((2, rays), np.nan)
    for ray, values in enumerate(along):
        inside = np.flatnonzero(values >= surface)  # NaN, outside the image, is not
        if not inside.size:
            continue
        found[0, ray] = edge = reach[inside[-1]]
        under = (reach <= edge) & (reach > edge - depth)
        excess = np.clip(values[under] - bone, 0, None)
        if excess.sum() > 0:
            found[1, ray] = (reach[under] * excess).sum() / excess.sum()
    return found


def landmark_error(
    image: FloatArray, truth: FloatArray, center: tuple[float, float], *, surface: float, bone: float
) -> float:
    """Mean distance between the `ray_landmarks` of an image and those of the true one.

    Parameters
    ----------
    image, truth
        ``(H, W)`` CT on one grid, in one unit.
    center, surface, bone
        As `ray_landmarks` takes them.

    Returns
    -------
    In pixels, over surface and skull of all rays; NaN where the image lacks more than a quarter of them.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.metrics import landmark_error
    >>> rows, columns = np.indices((64, 64)) - 32
    >>> radius = np.hypot(rows, columns)
    >>> head = np.where(radius < 24, 40.0, -1000.0)
    >>> head[(radius > 20) & (radius < 23)] = 1000.0
    >>> landmark_error(head, head, (32, 32), surface=-480.0, bone=300.0)
    0.0
    """
    made, true = (ray_landmarks(x, center, surface=surface, bone=bone) for x in (image, truth))
    off = np.abs(made - true)[np.isfinite(true)]
    return float(np.nanmean(off)) if np.isfinite(off).mean() >= _LEAST else float("nan")
