"""The shape of a phantom thorax: how much of each tissue lies at each point of an axial plane.

Everything is a signed distance to a solid in space, so any plane can be asked for, and the planes of one seed belong to
one patient. Coordinates in mm: x to the patient's right, y forward, z up; z = 0 lies three centimeters below the fork
of the windpipe. One seed is one patient: size, smooth deformation, fat, ribs, heart, diaphragm, vessels.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.random import generator
from medfuse_course.datasets.smooth_field import SpaceField
from medfuse_course.datasets.solids import Plane, Points, Vector, ball, tube
from medfuse_course.datasets.thorax import bones, organs
from medfuse_course.datasets.thorax.frame import SIZE, Cage, Mixture, Patient, cage_around, step, superellipse
from medfuse_course.datasets.thorax.tissues import LABELS
from medfuse_course.datasets.thorax.vessels import LungTree, draw_tree, lung_trees

SPACING = 1.6
"""Pixel size in mm; with the arms down 2.1, because they need a wider field."""

SPACING_ARMS = 2.1

MIDDLE_Y = -4.0
"""y in mm of the middle of the image."""


@dataclass(frozen=True)
class Lesion:
    """An irregular ball in the lung: center x, y, z and radius in mm, in patient space, and its uptake."""

    center: Vector
    radius: float
    suv: float


@dataclass(frozen=True)
class ThoraxShape:
    """One patient, with lesions, with or without the arms beside the body."""

    seed: int
    lesions: tuple[Lesion, ...] = ()
    arms: bool = False

    @property
    def spacing(self) -> float:
        """Pixel size in mm."""
        return SPACING_ARMS if self.arms else SPACING

    @property
    def patient(self) -> Patient:
        """What the seed drew."""
        return Patient.draw(self.seed)

    def axes(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """x of the columns, from the patient's right to the left, and y of the rows, from front to back."""
        steps = self.spacing * ((SIZE - 1) / 2 - np.arange(SIZE, dtype=np.float32))
        return steps.astype(np.float32), (steps + MIDDLE_Y).astype(np.float32)

    def points(self, z: float) -> Points:
        """World coordinates of the pixels of the plane at height `z`."""
        x, y = self.axes()
        shape = (SIZE, SIZE)
        return np.broadcast_to(x, shape), np.broadcast_to(y[:, None], shape), np.full(shape, z, dtype=np.float32)

    def fractions(self, z: float, *, vessels: bool = True) -> NDArray[np.float32]:
        """Tissue fractions at height `z` mm: ``(tissues, 256, 256)``, in the order of `TISSUES`, summing to 1.

        Without the small vessels and airways of the lungs it takes half the time.
        """
        patient, points = self.patient, self.template_points(z)
        cage = cage_around(points)
        mix = Mixture(self.spacing)
        self._body(mix, points, cage, z)
        lung = self._lungs(mix, points, cage, vessels)
        organs.put_mediastinum(mix, points, patient)
        organs.put_abdomen(mix, points, cage, patient, self.field("organs", 40, z))
        bones.put_spine(mix, points)
        bones.put_cage(mix, points, cage)
        self._lesions(mix, z, lung)
        return mix.parts

    def field(self, stream: str, fwhm: float, z: float) -> Plane:
        """A smooth random field of this patient, correlated over 20 mm or more, on the pixels of a plane."""
        return _field(self.seed, stream, fwhm).plane(*self.axes(), z)

    def template_points(self, z: float) -> Points:
        """Where in the template the pixels of the plane at height `z` come from."""
        bent = [
            axis / np.float32(size) + np.float32(2.2) * self.field(f"bend {n}", 90, z)
            for n, (axis, size) in enumerate(zip(self.points(z), self.patient.size, strict=True))
        ]
        return bent[0], bent[1], bent[2]

    def _body(self, mix: Mixture, points: Points, cage: Cage, z: float) -> None:
        """Skin, fat and muscle, and the chest wall; arms beside."""
        x, y, height = points
        thick = np.float32(self.patient.fat) * np.exp(np.float32(0.12) * self.field("fat", 80, z))
        muscle = bones.muscle_thickness(points)
        body = superellipse(x, y + 4, 158 + np.float32(0.06) * np.abs(height), 108.0, 2.5) - thick
        body += 7 * np.exp(-((x / 22) ** 2)) * np.clip(-y / 60, 0, 1)  # the furrow of the back
        mix.fill("air")
        mix.put("skin", step(body, mix.h))
        mix.put("fat", step(body + 2, mix.h))
        wall = np.maximum(cage.distance - 11 - muscle, body + 3 + 0.35 * thick)
        mix.put("muscle", step(wall, mix.h))
        layer = np.abs(cage.distance - 12.5 - 0.5 * muscle) - 1.1 * np.clip(0.6 + self.field("septa", 26, z), 0, 1.6)
        mix.put("fat", step(layer, mix.h) * step(body + 8, mix.h))
        mix.put("fat", step(cage.distance - 1.5, mix.h))
        if self.arms:
            self._arms(mix, z)

    def _arms(self, mix: Mixture, z: float) -> None:
        points, beside = self.points(z), mix.parts[LABELS["air"]].copy()
        for side in (1, -1):
            path = [(side * 212.0, -20.0, 120.0), (side * 222.0, -22.0, -60.0), (side * 226.0, -8.0, -200.0)]
            arm, bone = tube(points, path, (46, 40, 34)), tube(points, path, (12, 11, 8))
            mix.put("skin", step(arm, mix.h) * beside)
            mix.put("fat", step(arm + 2, mix.h) * beside)
            mix.put("muscle", step(arm + 9, mix.h) * beside)
            mix.put("compact bone", step(bone, mix.h) * beside)
            mix.put("spongy bone", step(bone + 4, mix.h) * beside)

    def _lungs(self, mix: Mixture, points: Points, cage: Cage, vessels: bool) -> Plane:
        lung = step(lung_distance(points, cage, self.patient), mix.h)
        mix.put("lung", lung)
        for tree in _trees(self.seed) if vessels else ():
            draw_tree(mix, tree, points, lung)
        return lung

    def _lesions(self, mix: Mixture, z: float, lung: Plane) -> None:
        for share in self.lesion_shares(z):
            mix.put("lesion", share * (mix.parts[LABELS["lung"]] + mix.parts[LABELS["blood"]] * lung > 0.02))

    def lesion_shares(self, z: float) -> list[Plane]:
        """How much of each pixel each lesion fills."""
        shares = []
        for number, lesion in enumerate(self.lesions):
            if abs(z - lesion.center[2]) > 1.6 * lesion.radius + 2:
                shares.append(np.zeros((SIZE, SIZE), dtype=np.float32))
                continue
            lobes = 0.16 * self._lesion_field(number, "lobes", 16, z)
            spikes = np.clip(self._lesion_field(number, "spikes", 8, z) - 0.7, 0, 1) * min(4.0, 0.35 * lesion.radius)
            distance = ball(self.points(z), lesion.center, lesion.radius) - lesion.radius * lobes - spikes
            shares.append(step(distance, self.spacing))
        return shares

    def _lesion_field(self, number: int, stream: str, fwhm: float, z: float) -> Plane:
        """A field around one lesion only, 0 elsewhere: it is finer than the others."""
        x, y, height = self.lesions[number].center
        corner = (x - 48, y - 48, height - 48)
        return _field(self.seed, f"lesion {number} {stream}", fwhm, corner, (33, 33, 33), 3.0).plane(*self.axes(), z)


def lung_area(shape: ThoraxShape, z: float) -> Plane:
    """How much of each pixel lies in the lungs, their vessels included."""
    points = shape.template_points(z)
    return step(lung_distance(points, cage_around(points), shape.patient), shape.spacing)


def lung_distance(points: Points, cage: Cage, patient: Patient) -> Plane:
    """Distance to both lungs: inside the cage, above the diaphragm, outside mediastinum and spine."""
    middle = organs.mediastinum(points, patient)
    borders = (cage.distance, organs.diaphragm(points, patient), -middle, 4 - bones.vertebra(points))
    return np.asarray(np.maximum.reduce(borders))


@lru_cache(maxsize=48)
def _field(
    seed: int,
    stream: str,
    fwhm: float,
    origin: Vector = (-300.0, -300.0, -180.0),
    nodes: tuple[int, int, int] = (61, 61, 34),
    spacing: float = 10.0,
) -> SpaceField:
    return SpaceField(seed, ("thorax", stream), fwhm, origin, nodes, spacing)


@lru_cache(maxsize=4)
def _trees(seed: int) -> tuple[LungTree, ...]:
    patient = Patient.draw(seed)

    def inside(points: Points) -> Plane:
        return lung_distance(points, cage_around(points), patient)

    return lung_trees(inside, generator(seed, "thorax", "vessels"))
