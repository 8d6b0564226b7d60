"""Single photons: what lies deep is weakened more, and what lies far from the camera is blurred more."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse, special

from medfuse_course.core.types import FloatArray
from medfuse_course.physics.point_spread import FWHM_PER_SIGMA
from medfuse_course.physics.projector import Projector, pixel_centers, stack_views

_REACH = 2.6  # in standard deviations: the tails beyond hold less than a hundredth


def spect_projector(
    size: int,
    views: int,
    *,
    spacing_mm: float,
    mu: FloatArray | None = None,
    resolution_mm: tuple[float, float] = (4.0, 0.03),
    radius_mm: float | None = None,
) -> Projector:
    """The system matrix of a camera that turns all the way around: blur and attenuation by depth, in the weights.

    The camera at angle t stands beyond the point ``radius * (-sin t, cos t)`` and looks at the middle. A pixel at
    distance d from it is seen as a Gaussian of width (full, at half maximum) ``resolution[0] + resolution[1] * d`` and
    weakened by ``exp(-integral of mu)`` from the pixel to the camera.

    Parameters
    ----------
    size
        Rows and columns of the image, and bins of the camera.
    views
        Number of angles, evenly over 360 degrees.
    spacing_mm
        Pixel size.
    mu
        ``(size, size)`` attenuation per mm at 140 keV (`hu_to_mu`); None for no attenuation.
    resolution_mm
        Width at the collimator in mm, and how much it grows per mm of distance.
    radius_mm
        Distance of the collimator from the middle; None is half the image.

    Returns
    -------
    A `Projector`; `mlem` with it corrects for blur and attenuation.

    Raises
    ------
    ValueError
        Sizes, widths or a radius outside their range.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import spect_projector
    >>> camera = spect_projector(16, 8, spacing_mm=10.0, resolution_mm=(4.0, 0.1))
    >>> near, far = np.zeros((16, 16)), np.zeros((16, 16))
    >>> near[2, 8] = far[13, 8] = 1  # the first view looks from above
    >>> [round(float(camera.project(point)[0].sum()), 3) for point in (near, far)]  # both count alike: no attenuation
    [1.0, 1.0]
    >>> [round(float(camera.project(point)[0].max()), 1) for point in (near, far)]  # the far one is blurred more
    [0.8, 0.5]
    """
    radius = size * spacing_mm / 2 if radius_mm is None else float(radius_mm)
    if size < 8 or views < 1:
        raise ValueError(f"size, views: expected at least 8 pixels and 1 view, got {size} and {views}")
    if spacing_mm <= 0 or min(resolution_mm) < 0 or radius <= 0:
        raise ValueError(
            "spacing_mm, resolution_mm, radius_mm: expected lengths > 0 mm (widths >= 0), "
            f"got {spacing_mm}, {resolution_mm}, {radius}"
        )
    geometry = _geometry(size, views, resolution_mm[0] / spacing_mm, float(resolution_mm[1]), radius / spacing_mm)
    if mu is None:
        return geometry
    weights = spect_survival(mu, views, spacing_mm=spacing_mm)
    matrix, data = geometry.matrix, geometry.matrix.data.copy()
    for view, reaching in enumerate(weights):
        own = slice(matrix.indptr[view * size], matrix.indptr[(view + 1) * size])
        data[own] *= reaching.ravel()[matrix.indices[own]]
    weakened = sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    return Projector(weakened, size, geometry.angles_deg)


def spect_survival(mu: FloatArray, views: int, *, spacing_mm: float) -> NDArray[np.float32]:
    """What part of the photons of each pixel reaches the camera in each view: ``(views, size, size)`` in (0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import MU_WATER, spect_survival
    >>> reaching = spect_survival(np.full((16, 16), MU_WATER[140]), 8, spacing_mm=10.0)
    >>> reaching.shape
    (8, 16, 16)
    >>> round(float(reaching[0, 4, 8]), 2)  # seen from above: half of the photons pass 45 mm of water
    0.5
    """
    values = np.asarray(mu, dtype=np.float32)
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise ValueError(f"mu: expected a square map, got shape {values.shape}")
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("mu: expected finite values >= 0 per mm")
    return np.stack([_depth_survival(values, angle, spacing_mm) for angle in 2 * np.pi * np.arange(views) / views])


def _depth_survival(mu: NDArray[np.float32], angle: float, spacing_mm: float) -> NDArray[np.float32]:
    """Turn the map until the camera stands above it, add up downward, and turn back."""
    turned = _turn(mu, angle)
    above = np.cumsum(turned, axis=0) - turned / 2  # half of the pixel itself
    return np.exp(np.float32(-spacing_mm) * np.maximum(_turn(above, -angle, edge="nearest"), 0))


def _turn(image: FloatArray, angle: float, edge: str = "constant") -> NDArray[np.float32]:
    """Rotate clockwise by `angle`, so that what lay toward ``(-sin, cos)`` comes to lie on top."""
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])  # rows run down
    middle = (np.array(image.shape) - 1) / 2
    return np.asarray(
        ndimage.affine_transform(image, turn, middle - turn @ middle, order=1, mode=edge, output=np.float32)
    )


@lru_cache(maxsize=2)
def _geometry(size: int, views: int, width: float, growth: float, radius: float) -> Projector:
    """The matrix without attenuation; lengths in pixels."""
    x, y = pixel_centers(size)
    angles = 2 * np.pi * np.arange(views) / views
    farthest = (width + growth * (radius + size / 2)) / FWHM_PER_SIGMA
    count = 2 * math.ceil(_REACH * math.hypot(farthest, 0.3)) + 1

    def footprint(view: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        cosine, sine = math.cos(angles[view]), math.sin(angles[view])
        distance = np.maximum(radius + x * sine - y * cosine, 0)
        # A pixel is not a point: its own width adds a twelfth of a square.
        sigma = np.sqrt(((width + growth * distance) / FWHM_PER_SIGMA) ** 2 + 1 / 12)
        center = x * cosine + y * sine + size / 2
        first = np.floor(center) - count // 2
        edges = (first - center)[:, None] + np.arange(count + 1)
        shares = np.diff(special.ndtr(edges / sigma[:, None]), axis=1)
        shares[shares < 1e-3] = 0
        shares /= shares.sum(axis=1, keepdims=True)
        return first.astype(np.int32), shares.astype(np.float32)

    return Projector(stack_views(views, size, footprint), size, np.rad2deg(angles))
