"""Spine, ribs, breastbone, shoulder blades, and the muscles over them."""

import numpy as np

from medfuse_course.datasets.solids import Plane, Points
from medfuse_course.datasets.thorax.frame import Cage, Mixture, step, superellipse

_PITCH = 25.0  # mm from rib to rib and vertebra to vertebra
_TOP = 99.0  # z of the first rib at the spine


def _spine_y(z: Plane) -> Plane:
    """y of the middle of the vertebral bodies: the spine is bent, most to the back in the middle of the chest."""
    return np.asarray(-55 + 10 * (z / 100) ** 2)


def vertebra(points: Points) -> Plane:
    """Distance to the column of vertebral bodies."""
    x, y, z = points
    return superellipse(x, y - _spine_y(z), 17.0 - 0.025 * z, 14.0 - 0.012 * z, 2.3)


def put_spine(mix: Mixture, points: Points) -> None:
    """Vertebral bodies with disks between them, arches with their processes, the canal."""
    x, y, z = points
    phase = (z - _TOP) / _PITCH - np.round((z - _TOP) / _PITCH)  # 0 in the middle of a vertebra
    body, back = vertebra(points), _spine_y(z) - 23
    side = np.abs(x)
    canal = np.hypot(x, (y - back) / 0.85) - 8.5
    near = 4.0 - 14 * np.clip(np.abs(phase) - 0.3, 0, 1)  # the arch is complete in the upper half only
    arch = np.abs(np.hypot(x, y - back) - 11.5) - near
    arch = np.where((phase < -0.15) & (side > 6) & (y > back), 9.0, arch)  # gaps for the nerves
    spine = np.maximum(np.hypot(x, (y - back + 26) / 6.5) - 3.2, 0.55 * (np.abs(phase + 0.1) - 0.42) * _PITCH)
    across = np.hypot(y - back + 2 + 0.45 * (side - 10), np.clip(side - 31, 0, None)) - 4.5
    across = np.maximum.reduce([across, 9 - side, (np.abs(phase - 0.1) - 0.26) * _PITCH])
    mix.put("fat", step(canal, mix.h))
    disk = np.abs(phase) > 0.4
    mix.put("cartilage", step(body, mix.h) * disk)
    mix.put("compact bone", step(body, mix.h) * ~disk)
    mix.put("spongy bone", step(body + 1.3, mix.h) * (np.abs(phase) < 0.36))  # with an end plate to each disk
    for solid in (arch, spine, across):
        mix.put("compact bone", step(solid, mix.h))
        mix.put("spongy bone", step(solid + 1.7, mix.h))
    mix.put("spinal canal", step(canal, mix.h))


def put_cage(mix: Mixture, points: Points, cage: Cage) -> None:
    """Ribs that run down and forward, their cartilage, the breastbone and the shoulder blades."""
    x, _, z = points
    drop = 38 * (1 - np.cos(np.minimum(cage.angle, 2.25))) - 34 * np.clip(cage.angle - 2.25, 0, None)
    number = (_TOP + 3 - z - drop) / _PITCH
    nearest = np.clip(np.round(number), 0, 11)
    away = 0.92 * (number - nearest) * _PITCH
    level = np.hypot(away / 6.5, (cage.distance - 5.5) / 4.3)
    rib = (level - 1) * 4.3
    bony = (np.abs(x) > 24) & (cage.angle < 2.3)
    mix.put("compact bone", step(rib, mix.h) * bony)
    mix.put("spongy bone", step(rib + 1.5, mix.h) * bony)
    gristle = (cage.angle >= 2.3) & (np.abs(x) > 12) & (nearest > 0)
    mix.put("cartilage", step(rib + 0.4, mix.h) * gristle)
    _put_breastbone(mix, points, cage)
    _put_shoulder_blades(mix, points, cage)


def _put_breastbone(mix: Mixture, points: Points, cage: Cage) -> None:
    x, y, z = points
    half = 15 + 11 * np.clip((z - 38) / 25, 0, 1)
    solid = np.maximum(np.hypot(np.clip(np.abs(x) - half, 0, None), cage.distance - 6) - 5.5, np.abs(z - 2) - 70)
    solid = np.where(y > 0, solid, 9)
    mix.put("compact bone", step(solid, mix.h))
    mix.put("spongy bone", step(solid + 1.5, mix.h))


def _put_shoulder_blades(mix: Mixture, points: Points, cage: Cage) -> None:
    """A thin plate over the back of the cage, from its tip at z = -25 upward."""
    x, _, z = points
    high = np.clip((z + 25) / 75, 0, 1)
    inner, outer = 0.72 - 0.18 * high, 0.82 + 0.5 * high
    beside = 95 * np.maximum(inner - cage.angle, cage.angle - outer)
    plate = np.hypot(np.clip(beside, 0, None), cage.distance - 24 - 10 * high * (cage.angle - 0.6)) - 1.6
    ridge = np.hypot(95 * (cage.angle - outer), cage.distance - 26 - 12 * high) - 5.5 * high
    solid = np.minimum(plate, ridge)
    solid = np.where((z > -25) & (np.abs(x) > 20), solid, 9)
    mix.put("compact bone", step(solid, mix.h))
    mix.put("spongy bone", step(solid + 1.8, mix.h))


def muscle_thickness(points: Points) -> Plane:
    """Thickness in mm of the muscles over the ribs: beside the spine, on the chest, at the sides, on the shoulders."""
    x, y, z = points
    side, high = np.abs(x), np.clip((z + 30) / 60, 0, 1)
    thick = 3 + 24 * np.exp(-(((side - 30) / 24) ** 2)) * np.clip(-(y + 40) / 20, 0, 1)
    thick += 13 * high * np.exp(-(((side - 62) / 36) ** 2)) * np.clip((y - 20) / 20, 0, 1)
    thick += 9 * np.exp(-(((y + 30) / 38) ** 2)) * np.clip((side - 70) / 30, 0, 1)
    thick += 22 * high * np.exp(-(((side - 105) / 40) ** 2)) * np.clip((10 - y) / 30, 0, 1)
    thick += 55 * np.clip((z - 25) / 65, 0, 1) ** 1.3 * np.clip((side - 30) / 60, 0, 1)
    return np.asarray(thick, dtype=np.float32)
