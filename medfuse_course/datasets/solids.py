"""Signed distances to simple solids, the building blocks of synthetic anatomy: negative inside, in mm."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray

Plane = FloatArray
"""Values on the points asked for, most often those of one plane."""

Points = tuple[Plane, Plane, Plane]
"""World coordinates x, y, z in mm, three arrays of one shape."""

Vector = tuple[float, float, float]


def ball(points: Points, center: Vector, radius: float) -> Plane:
    """Distance to a ball."""
    offsets = [axis - np.float32(middle) for axis, middle in zip(points, center, strict=True)]
    return np.asarray(np.sqrt(offsets[0] ** 2 + offsets[1] ** 2 + offsets[2] ** 2) - np.float32(radius))


def ellipsoid(points: Points, center: Vector, radii: Vector, axis: Vector | None = None) -> Plane:
    """Distance to an ellipsoid, exact on its surface; its first radius lies along `axis` (None: along x).

    With an axis the other two radii must be equal.
    """
    offsets = [np.asarray(p - np.float32(c), dtype=np.float32) for p, c in zip(points, center, strict=True)]
    if axis is not None:
        direction = np.array(axis, dtype=np.float32) / np.float32(np.linalg.norm(axis))
        along = offsets[0] * direction[0] + offsets[1] * direction[1] + offsets[2] * direction[2]
        square = offsets[0] ** 2 + offsets[1] ** 2 + offsets[2] ** 2
        offsets = [along, np.sqrt(np.maximum(square - along**2, 0)), np.zeros_like(along)]
    scaled = [p / np.float32(r) for p, r in zip(offsets, radii, strict=True)]
    twice = [p / np.float32(r) for p, r in zip(scaled, radii, strict=True)]
    level = np.sqrt(scaled[0] ** 2 + scaled[1] ** 2 + scaled[2] ** 2)
    slope = np.sqrt(twice[0] ** 2 + twice[1] ** 2 + twice[2] ** 2)
    return np.asarray(level * (level - 1) / np.maximum(slope, np.float32(1e-6)))


def tube(points: Points, path: Sequence[Vector], radii: Sequence[float]) -> Plane:
    """Distance to a tube along a polyline with round ends, whose radius changes evenly between the corners."""
    nearest = np.full(points[0].shape, np.inf, dtype=np.float32)
    for (start, end), (first, last) in zip(pairwise(path), pairwise(radii), strict=True):
        np.minimum(nearest, segment(points, np.array(start), np.array(end), first, last), out=nearest)
    return nearest


def segment(points: Points, start: NDArray[np.floating], end: NDArray[np.floating], first: float, last: float) -> Plane:
    """Distance to one piece of a tube, radius `first` at its start and `last` at its end."""
    along = (end - start).astype(np.float32)
    offsets = [axis - np.float32(corner) for axis, corner in zip(points, start, strict=True)]
    dot = offsets[0] * along[0] + offsets[1] * along[1] + offsets[2] * along[2]
    share = np.clip(dot / max(float(along @ along), 1e-6), 0, 1)
    for offset, step in zip(offsets, along, strict=True):
        offset -= share * step
    distance = np.sqrt(offsets[0] ** 2 + offsets[1] ** 2 + offsets[2] ** 2)
    return np.asarray(distance - np.float32(first) - share * np.float32(last - first), dtype=np.float32)


def smooth_union(solids: Sequence[Plane], fillet: float) -> Plane:
    """Distance to the union, whose inner corners are filled: ``-k log(sum exp(-d / k))`` with k = `fillet` mm."""
    nearest = np.minimum.reduce(solids)
    total = sum(np.exp((nearest - solid) / np.float32(fillet)) for solid in solids)
    return np.asarray(nearest - np.float32(fillet) * np.log(total), dtype=np.float32)
