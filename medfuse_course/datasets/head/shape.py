"""The shape of a phantom head: how much of each tissue lies at each point of an axial plane.

The brain is the MNI152 average. Skull and scalp are built around it from the distance to a smooth hull of the brain.
One seed is one head: its size, a smooth deformation, the thickness of its layers. A plane is computed when asked for,
and the planes of one seed belong to one head.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.head.anatomy import load_anatomy
from medfuse_course.datasets.head.tissues import LABELS, TISSUES
from medfuse_course.datasets.smooth_field import spline_weights
from medfuse_course.physics import FWHM_PER_SIGMA

Plane = FloatArray
Points = tuple[Plane, Plane, Plane]

SIZE = 256
"""Rows and columns of a plane, 1 mm apart."""

LEFT_TOP = (127.5, 113.5)
"""x and y in mm of the pixel in row 0, column 0: the patient's right and front, as radiologists look at it."""

_STEP = 8.0  # mm between the nodes of random fields
_ORIGIN = (-144.0, -160.0, -112.0)  # x, y, z of their first node
_NODES = (37, 38, 30)

_MAP_STEP = 4.0  # mm between the nodes of the distance maps
_MAP_ORIGIN = (-112.0, -152.0, -96.0)
_MAP_NODES = (57, 65, 58)
_CLOSING = 16.0  # mm: fissures narrower than twice this lie inside the hull
_FOREHEAD = -12.0  # z in mm

_ORGANS: tuple[tuple[str, tuple[float, float, float], tuple[float, float, float], bool], ...] = (
    # tissue, center and radii in template mm, on both sides
    ("compact bone", (25, 46, -37), (19, 30, 17), True),
    ("fat", (25, 48, -37), (17, 29, 15), True),
    ("muscle", (24, 42, -37), (2.5, 24, 3), True),
    ("eye", (31, 60, -37), (12, 12, 12), True),
    ("compact bone", (0, 44, -37), (12, 30, 15), False),
    ("air", (5.5, 44, -37), (4.5, 27, 13), True),
    ("compact bone", (0, 14, -38), (14, 12, 11), False),
    ("air", (6, 14, -38), (5.5, 9.5, 9), True),
    ("air", (7, 77, -8), (6, 3, 9), True),
)


def plane_points(z: float) -> Points:
    """World coordinates in mm of the pixels of the plane at height `z`: three ``(256, 256)`` arrays x, y, z."""
    x = np.broadcast_to(np.float32(LEFT_TOP[0]) - np.arange(SIZE, dtype=np.float32), (SIZE, SIZE))
    y = np.broadcast_to(np.float32(LEFT_TOP[1]) - np.arange(SIZE, dtype=np.float32)[:, None], (SIZE, SIZE))
    return x, y, np.full((SIZE, SIZE), z, dtype=np.float32)


@dataclass(frozen=True)
class SmoothField:
    """A seeded Gaussian random field in space: mean 0, standard deviation 1, correlated over `fwhm` mm."""

    seed: int
    stream: str
    fwhm: float

    def plane(self, z: float) -> Plane:
        """Values on the pixels of the plane at height `z`."""
        level = spline_weights(np.array([(z - _ORIGIN[2]) / _STEP]), _NODES[2])
        coarse = (self._nodes @ level.T)[..., 0]
        columns = spline_weights((LEFT_TOP[0] - np.arange(SIZE) - _ORIGIN[0]) / _STEP, _NODES[0])
        rows = spline_weights((LEFT_TOP[1] - np.arange(SIZE) - _ORIGIN[1]) / _STEP, _NODES[1])
        return np.asarray(rows @ coarse.T @ columns.T)

    @cached_property
    def _nodes(self) -> NDArray[np.float32]:
        white = generator(self.seed, "head", self.stream).standard_normal(_NODES, dtype=np.float32)
        smooth = ndimage.gaussian_filter(white, self.fwhm / FWHM_PER_SIGMA / _STEP, mode="wrap")
        return np.asarray(ndimage.spline_filter(smooth / smooth.std(), order=3, output=np.float32))


@lru_cache(maxsize=1)
def _distance_maps() -> dict[str, NDArray[np.float32]]:
    """Signed distances in mm, negative inside, on a coarse grid of the template.

    ``"brain"``: to the brain itself. ``"hull"``: to a smooth hull without fissures. ``"head"``: to that hull carried
    straight down from the level of the forehead, because below it the face hides the shape of the brain.
    """
    sides = zip(_MAP_ORIGIN, _MAP_NODES, strict=True)
    axes = [start + _MAP_STEP * np.arange(count, dtype=np.float32) for start, count in sides]
    brain = load_anatomy().sample("t1", np.meshgrid(*axes, indexing="ij")) > 0.1
    near = ndimage.distance_transform_edt(~brain) * _MAP_STEP <= _CLOSING
    hull = brain | (ndimage.distance_transform_edt(near) * _MAP_STEP > _CLOSING)
    head = hull.copy()
    forehead = int(np.searchsorted(axes[2], _FOREHEAD))
    head[:, :, :forehead] |= hull[:, :, forehead, None]
    blur = {"brain": 0.7, "hull": 1.5, "head": 2.0}
    maps = zip(("brain", "hull", "head"), (brain, hull, head), strict=True)
    return {name: ndimage.gaussian_filter(_signed_distance(mask), blur[name], mode="nearest") for name, mask in maps}


def _signed_distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    outside, inside = ndimage.distance_transform_edt(~mask), ndimage.distance_transform_edt(mask)
    return np.asarray(_MAP_STEP * (outside - inside), dtype=np.float32)


@dataclass(frozen=True)
class Lesion:
    """An irregular ball: center x, y, z and radius in mm, in the space of the head."""

    center: tuple[float, float, float]
    radius: float


@dataclass(frozen=True)
class HeadShape:
    """One head of the population: `seed` fixes its size, its deformation and the thickness of its layers."""

    seed: int
    lesions: tuple[Lesion, ...] = ()

    def fractions(self, z: float) -> NDArray[np.float32]:
        """Tissue fractions at height `z` mm: ``(tissues, 256, 256)``, in the order of `TISSUES`, summing to 1."""
        points = self._template_points(z)
        layers = self._layers(points, z)
        mix = Mixture()
        self._brain(mix, points, z)
        _skull(mix, points, layers)
        if z < _FOREHEAD + 20:
            self._face(mix, points, layers, z)
        self._scalp(mix, points, layers, z)
        return mix.parts

    def _template_points(self, z: float) -> Points:
        """Where in the MNI152 template the pixels of the plane at height `z` come from: x, y, z in mm."""
        scale = 1 + 0.025 * generator(self.seed, "head", "size").standard_normal(3).clip(-2, 2)
        x, y, height = (
            axis / np.float32(size) + np.float32(2.6) * self._field(f"bend {n}", 95, z)
            for n, (axis, size) in enumerate(zip(plane_points(z), scale, strict=True))
        )
        return x, y, height

    def _layers(self, points: Points, z: float) -> "Layers":
        side, low = np.clip((np.abs(points[0]) - 35) / 30, 0, 1), np.clip((30 - points[2]) / 40, 0, 1)
        # Mean thickness of the vault: frontal 8.0, parietal 7.0, temporal 4.7, occipital 8.0 mm, sd 1.3 to 2.5.
        bone = (7.8 - side - 2.2 * side * low) * np.exp(0.11 * self._field("bone", 45, z))
        gap = 2.4 * np.exp(0.3 * self._field("gap", 45, z))
        muscle = 7.0 * side * low * np.exp(-(((points[1] - 5) / 38) ** 2))
        brain, hull, head = (_look_up(name, points) for name in ("brain", "hull", "head"))
        return Layers(brain, hull - gap, head - gap, bone, muscle)

    def _brain(self, mix: "Mixture", points: Points, z: float) -> None:
        """Gray and white matter and fluid, fluid also around them: the skull comes over it later."""
        # Gyri vary more finely than heads do.
        x, y, height = (axis + np.float32(1.2) * self._field(f"fold {n}", 22, z) for n, axis in enumerate(points))
        anatomy = load_anatomy()
        gray, white = anatomy.sample("gray", (x, y, height)), anatomy.sample("white", (x, y, height))
        fluid = np.clip(1 - gray - white, 0, 1)
        # The template averages 152 brains, and their differences blur its borders. One brain has sharper ones.
        parts = np.stack([2.0 * fluid, gray, 1.05 * white]) ** 2.2
        parts /= np.maximum(parts.sum(axis=0), 1e-6)
        for name, part in zip(("csf", "gray matter", "white matter"), parts, strict=True):
            mix.parts[LABELS[name]] = part
        falx = np.maximum(np.maximum(_step(y - 28), _step(-55 - y)), _step(height - 40)) * _step(height)
        mix.put("dura", falx * _step(0.8 - np.abs(x)) * parts[0])
        for lesion in self.lesions:
            offsets = [axis - middle for axis, middle in zip(plane_points(z), lesion.center, strict=True)]
            distance = np.sqrt(np.sum(np.square(offsets), axis=0))
            edge = lesion.radius * (1 + 0.15 * self._field("lesion edge", 12, z))
            mix.put("lesion", _step(edge - distance) * (1 - mix.parts[LABELS["csf"]]))

    def _face(self, mix: "Mixture", points: Points, layers: "Layers", z: float) -> None:
        """Below the forehead: muscle and fat in front of the skull, orbits with eyes, air cells."""
        beyond = _step(layers.hull - layers.bone)
        mix.put("muscle", beyond)
        mix.put("fat", beyond * np.clip(1.5 * self._field("buccal", 14, z), 0, 1))
        for name, center, radii, mirrored in _ORGANS:
            for sign in (1, -1) if mirrored else (1,):
                mix.put(name, _ellipsoid(points, (sign * center[0], *center[1:]), radii))

    def _scalp(self, mix: "Mixture", points: Points, layers: "Layers", z: float) -> None:
        """Temporal muscle, fat and skin around the head, then air."""
        depth = layers.head - layers.bone
        fat = layers.muscle + 3.2 * np.exp(0.25 * self._field("fat", 35, z))
        mix.put("muscle", _step(depth) * _step(layers.hull - layers.bone))
        mix.put("fat", _step(depth - layers.muscle))
        mix.put("skin", _step(depth - fat))
        mix.put("air", _step(depth - fat - 2.0))

    def _field(self, stream: str, fwhm: float, z: float) -> Plane:
        return _field(self.seed, stream, fwhm).plane(z)


@dataclass(frozen=True, eq=False)
class Layers:
    """Distances in mm on one plane: to the brain, outward from the inner side of skull and head; and thicknesses."""

    brain: Plane
    hull: Plane
    head: Plane
    bone: Plane
    muscle: Plane


class Mixture:
    """Tissue fractions under construction: what is put later covers what was there."""

    def __init__(self) -> None:
        self.parts = np.zeros((len(TISSUES), SIZE, SIZE), dtype=np.float32)

    def put(self, name: str, share: Plane) -> None:
        """Fill the given share of each pixel with one tissue."""
        self.parts *= 1 - share
        self.parts[LABELS[name]] += share


def _look_up(name: str, points: Points) -> Plane:
    voxels = [(axis - start) / _MAP_STEP for axis, start in zip(points, _MAP_ORIGIN, strict=True)]
    nodes = _distance_maps()[name]
    return np.asarray(ndimage.map_coordinates(nodes, voxels, order=1, mode="nearest", output=np.float32))


def _skull(mix: Mixture, points: Points, layers: Layers) -> None:
    """The vault, two compact tables with diploe between them; and below the brain, the base."""
    mix.put("compact bone", _step(layers.hull))
    between = _step(layers.hull - 1.5) * _step(layers.bone - 1.9 - layers.hull)
    mix.put("diploe", between * np.clip(layers.bone - 3.6, 0, 1))  # thin bone has none
    front = np.clip((points[1] - 15) / 15, 0, 1)  # the floor under the frontal lobes lies higher
    low = np.clip((14 * front - 22 - points[2]) / 6, 0, 1)
    base = low * _step(layers.brain - 3) * _step(-layers.hull)
    mix.put("compact bone", base)
    mix.put("diploe", base * _step(layers.brain - 5.0) * _step(-layers.hull - 1.5))


def _ellipsoid(points: Points, center: tuple[float, ...], radii: tuple[float, float, float]) -> Plane:
    scaled = [(axis - middle) / radius for axis, middle, radius in zip(points, center, radii, strict=True)]
    radius = np.sqrt(np.sum(np.square(scaled), axis=0))
    return _step((1 - radius) * np.float32(min(radii)))


@lru_cache(maxsize=32)
def _field(seed: int, stream: str, fwhm: float) -> SmoothField:
    return SmoothField(seed, stream, fwhm)


def _step(distance: Plane) -> Plane:
    """How much of a 1 mm pixel lies beyond a border `distance` mm away."""
    return np.asarray(np.clip(distance + np.float32(0.5), 0, 1))
