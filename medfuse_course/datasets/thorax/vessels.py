"""The trees of the lungs: arteries with the airways beside them, and veins.

A tree grows into the lung as Tawhai et al. grow airways (J. Appl. Physiol. 97, 2004): it splits the points it has to
serve by a plane through their middle, sends a branch part of the way toward each half, and goes on until few are left.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medfuse_course.datasets.solids import Plane, Points, Vector, segment
from medfuse_course.datasets.thorax.frame import SIZE, Mixture, step

_GRID = 9.0  # mm between the points to be served
_FEW = 4
_HALF_SLAB = 1.3  # mm: a plane shows what lies in a slab, or vessels would be broken into pieces
_THINNING = 0.34  # radius by the share of points served; Murray's law says a third
_REACH = 0.46  # how far a branch goes toward the middle of its points


@dataclass(frozen=True, eq=False)
class LungTree:
    """Branches of one tree in template space.

    Attributes
    ----------
    starts, ends
        ``(branches, 3)`` mm.
    radii
        ``(branches, 2)`` mm at both ends.
    airways
        ``(branches,)`` radius of the airway beside the branch, 0 for none.
    """

    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    radii: NDArray[np.float32]
    airways: NDArray[np.float32]


def lung_trees(inside: Callable[[Points], Plane], rng: np.random.Generator) -> tuple[LungTree, ...]:
    """Arteries and veins of both lungs; `inside` is the distance to the lungs."""
    axes = [np.arange(low, high, _GRID, dtype=np.float32) for low, high in ((-140, 141), (-95, 110), (-150, 115))]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    jitter = rng.uniform(-0.5, 0.5, (3, *x.shape)).astype(np.float32) * np.float32(_GRID)
    lung = np.stack([inside((x[:, :, k], y[:, :, k], z[:, :, k])) for k in range(x.shape[2])], axis=2) < -2
    points = np.stack([axis + move for axis, move in zip((x, y, z), jitter, strict=True)], axis=-1)[lung]
    right, left = points[points[:, 0] > 0], points[points[:, 0] < 0]
    return (
        _grow(right, (42, -4, -4), 8.0, 4.2, rng),
        _grow(left, (-46, -15, 4), 8.0, 4.2, rng),
        _grow(right, (46, -13, -27), 6.8, 0.0, rng),
        _grow(left, (-48, -15, -24), 6.8, 0.0, rng),
    )


def _grow(
    points: NDArray[np.float32], root: Vector, radius: float, airway: float, rng: np.random.Generator
) -> LungTree:
    """Grow one generation of branches at a time; `group` says which branch serves each point."""
    total, group = len(points), np.zeros(len(points), dtype=np.intp)
    starts = np.array([root], dtype=np.float32)
    thick, wide = np.array([radius]), np.array([airway])
    generations = []
    while len(points):
        count = np.bincount(group)
        middle = _means(points, group, count)
        ends = starts + (_REACH * rng.uniform(0.85, 1.15, (len(count), 1))).astype(np.float32) * (middle - starts)
        share = (count / total) ** _THINNING
        thin = np.maximum(radius * share, 0.35)
        generations.append((starts, ends, np.stack([thick, thin], axis=1), wide))
        wide = np.where((wide > 0) & (airway * share > 1.0), airway * share, 0.0)
        beyond = _beyond(points, group, middle, ends - starts, rng)
        kept = count[group] > _FEW
        points, (parents, group) = points[kept], np.unique(2 * group[kept] + beyond[kept], return_inverse=True)
        starts, thick, wide = ends[parents // 2], thin[parents // 2], wide[parents // 2]
    columns = (np.concatenate(column).astype(np.float32) for column in zip(*generations, strict=True))
    return LungTree(*columns)


def _means(values: NDArray[np.float32], group: NDArray[np.intp], count: NDArray[np.intp]) -> NDArray[np.float32]:
    """Mean of the rows of each group."""
    sums = [np.bincount(group, weights=column) for column in values.T]
    return (np.stack(sums, axis=1) / count[:, None]).astype(np.float32)


def _beyond(
    points: NDArray[np.float32],
    group: NDArray[np.intp],
    middle: NDArray[np.float32],
    direction: NDArray[np.float32],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """On which side of its group's plane each point lies: a plane along the branch, across the widest spread."""
    offsets = points - middle[group]
    products = (offsets[:, :, None] * offsets[:, None, :]).reshape(-1, 9)
    spread = _means(products, group, np.bincount(group)).reshape(-1, 3, 3)
    along = direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-6)
    away = np.eye(3) - 0.75 * along[:, :, None] * along[:, None, :]
    normals = np.linalg.eigh(away @ spread @ away)[1][:, :, -1]
    # The sign of an eigenvector is anybody's: fix it, so that all machines grow the same tree.
    normals *= np.where(np.take_along_axis(normals, np.abs(normals).argmax(axis=1)[:, None], axis=1) < 0, -1, 1)
    normals += 0.25 * rng.standard_normal(normals.shape)
    return np.asarray((offsets * normals[group]).sum(axis=1) > 0)


def draw_tree(mix: Mixture, tree: LungTree, points: Points, lung: Plane) -> None:
    """Put the branches that cross a plane, within the lung."""
    blood, walls, lumens = (np.zeros((SIZE, SIZE), dtype=np.float32) for _ in range(3))
    height = float(np.median(points[2]))
    for k, box in _crossing(tree, points):
        low, high = sorted((float(tree.starts[k, 2]), float(tree.ends[k, 2])))
        aslant = np.clip(np.clip(height, low, high) - height, -_HALF_SLAB, _HALF_SLAB)
        patch = (points[0][box], points[1][box], points[2][box] + np.float32(aslant))
        distance = segment(patch, tree.starts[k], tree.ends[k], *tree.radii[k])
        thickest, wide = float(tree.radii[k].max()), float(tree.airways[k])
        np.maximum(blood[box], _thin(distance, mix.h, thickest), out=blood[box])
        if wide > 0:
            aside = np.array([0, -(thickest + wide + 0.5), 0], dtype=np.float32)
            bronchus = segment(patch, tree.starts[k] + aside, tree.ends[k] + aside, wide, wide)
            np.maximum(walls[box], step(bronchus - 1.0, mix.h), out=walls[box])
            np.maximum(lumens[box], step(bronchus, mix.h), out=lumens[box])
    mix.put("blood", blood * lung)
    mix.put("cartilage", walls * lung * (1 - blood))
    mix.put("airway", lumens * lung * (1 - blood))


def _thin(distance: Plane, h: float, radius: float) -> Plane:
    """Share of a pixel that a branch fills; one thinner than a pixel never fills it."""
    return step(distance, h) * np.float32(min(1.0, 2 * radius / h))


def _crossing(tree: LungTree, points: Points) -> Iterator[tuple[int, tuple[slice, slice]]]:
    """The branches near a plane, each with the pixels it can reach; 5 mm allow for the bending of the plane."""
    columns, rows = np.median(points[0], axis=0), np.median(points[1], axis=1)  # both fall
    height = float(np.median(points[2]))
    reach = tree.radii.max(axis=1) + 2 * tree.airways + 5
    low = np.minimum(tree.starts, tree.ends) - reach[:, None]
    high = np.maximum(tree.starts, tree.ends) + reach[:, None]
    left, right = np.searchsorted(-columns, -high[:, 0]), np.searchsorted(-columns, -low[:, 0])
    top, bottom = np.searchsorted(-rows, -high[:, 1]), np.searchsorted(-rows, -low[:, 1])
    near = (low[:, 2] < height) & (high[:, 2] > height) & (left < right) & (top < bottom)
    for k in np.flatnonzero(near):
        yield int(k), (slice(int(top[k]), int(bottom[k])), slice(int(left[k]), int(right[k])))
