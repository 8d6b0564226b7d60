"""Heart, great vessels and airways between the lungs; liver, stomach and spleen below the diaphragm."""

import numpy as np

from medfuse_course.datasets.solids import Plane, Points, ellipsoid, smooth_union, tube
from medfuse_course.datasets.thorax.frame import Cage, Mixture, Patient, step

_LONG_AXIS = (-0.74, 0.55, -0.38)  # of the left ventricle, from base to apex


def mediastinum(points: Points, patient: Patient) -> Plane:
    """Distance to what lies between the lungs, with its fat."""
    x, y, z = points
    front = ellipsoid(points, (0, 56, 25), (12, 26, 70))
    behind = np.hypot(np.clip(np.abs(x) - 9, 0, None), np.clip(np.abs(y + 28) - 14, 0, None))
    below = np.hypot(np.clip(np.abs(x + 4) - 12, 0, None), np.clip(np.abs(y + 6) - 22, 0, None))
    below += np.clip(z + 40, 0, None)
    plate = np.hypot(np.clip(np.abs(x) - 1.5, 0, None), np.clip(np.abs(y - 70) - 30, 0, None))  # the lungs never touch
    # Fat lies where heart and diaphragm meet the front of the chest.
    pads = [ellipsoid(points, (40, 52, -80), (26, 20, 24)), ellipsoid(points, (-62, 52, -84), (30, 18, 20))]
    organs = [*_chambers(points, patient).values(), *_vessels(points).values(), *_airways(points)]
    return np.asarray(smooth_union([*organs, front, plate, behind, below, *pads], 5.0) - 2.5, dtype=np.float32)


def put_mediastinum(mix: Mixture, points: Points, patient: Patient) -> None:
    """Fat, then vessels and heart, esophagus and airways."""
    mix.put("fat", step(mediastinum(points, patient), mix.h))
    chambers = _chambers(points, patient)
    for vessel in _vessels(points).values():
        mix.put("blood", step(vessel, mix.h))
    for name, chamber in chambers.items():
        if name != "left ventricle":
            mix.put("heart muscle", step(chamber, mix.h))
            mix.put("blood", step(chamber + 2.5, mix.h))
    left = chambers["left ventricle"]
    base = _behind_base(points, patient)
    mix.put("heart muscle", step(left, mix.h))
    mix.put("blood", step(np.minimum(left + 10.5, np.maximum(left + 5, base)), mix.h))
    x, y, z = points
    esophagus = np.hypot((x + 5 + 0.06 * np.clip(-z, 0, 90)) / 1.4, y + 33 - 0.06 * np.clip(-z, 0, 90)) - 5.5
    mix.put("muscle", step(esophagus, mix.h))
    for airway in _airways(points):
        mix.put("cartilage", step(airway - 1.4, mix.h))
    for airway in _airways(points):
        mix.put("airway", step(airway, mix.h))


def _chambers(points: Points, patient: Patient) -> dict[str, Plane]:
    k = patient.heart
    return {
        "left atrium": ellipsoid(points, (-4, -11, -26), (33 * k, 18 * k, 20 * k)),
        "right atrium": ellipsoid(points, (38, 12, -46), (22 * k, 25 * k, 31 * k)),
        "right ventricle": ellipsoid(points, (-2, 43, -58), (44 * k, 22 * k, 31 * k)),
        "left ventricle": ellipsoid(points, (-48, 14, -56), (47 * k, 32 * k, 32 * k), axis=_LONG_AXIS),
    }


def _behind_base(points: Points, patient: Patient) -> Plane:
    """Distance to the half space behind the valves of the left ventricle, where there is no muscle."""
    offsets = [axis - np.float32(c) for axis, c in zip(points, (-48, 14, -56), strict=True)]
    along = sum(o * np.float32(a) for o, a in zip(offsets, _LONG_AXIS, strict=True))
    return np.asarray(along + 30 * patient.heart, dtype=np.float32)


def _vessels(points: Points) -> dict[str, Plane]:
    return {
        "aorta": tube(
            points,
            [(16, 22, -28), (22, 28, 5), (18, 24, 38), (6, 8, 55), (-12, -14, 54), (-23, -34, 36),
             (-25, -37, 0), (-22, -36, -60), (-9, -29, -140)],
            (15, 16, 15.5, 14.5, 13.5, 12.5, 12, 11.5, 10.5),
        ),
        "upper vein": tube(points, [(34, 18, -30), (31, 20, 20), (30, 22, 78)], (11, 10, 8)),
        "lower vein": tube(points, [(32, 6, -50), (27, -4, -85), (24, -8, -140)], (12, 12, 11)),
        "left brachiocephalic vein": tube(points, [(29, 24, 72), (-6, 26, 82), (-36, 16, 98)], (7, 7, 7)),
        "first branch": tube(points, [(10, 12, 58), (17, 10, 98)], (6.5, 6)),
        "second branch": tube(points, [(-3, 0, 60), (-9, -2, 98)], (4, 4)),
        "third branch": tube(points, [(-13, -13, 58), (-19, -16, 98)], (5, 5)),
        "pulmonary trunk": tube(points, [(-8, 40, -32), (-16, 30, 0), (-20, 14, 12)], (14, 14.5, 13)),
        "right pulmonary artery": tube(points, [(-18, 16, 8), (4, 4, 4), (30, -2, 2), (48, -6, -8)], (12, 11, 10, 8)),
        "left pulmonary artery": tube(points, [(-20, 14, 12), (-38, -8, 14), (-50, -18, 0)], (12, 11, 8)),
        "right pulmonary veins": tube(points, [(20, -10, -26), (52, -14, -28)], (8, 6)),
        "left pulmonary veins": tube(points, [(-28, -12, -24), (-54, -16, -24)], (8, 6)),
    }  # fmt: skip


def _airways(points: Points) -> list[Plane]:
    return [
        tube(points, [(1, -8, 115), (3, -13, 60), (3, -16, 30)], (8.5, 8.5, 8.5)),
        tube(points, [(3, -16, 30), (30, -20, 8), (40, -22, -18)], (7.5, 7, 5)),
        tube(points, [(3, -16, 30), (-40, -22, 2), (-46, -26, -18)], (7, 6, 5)),
    ]


def diaphragm(points: Points, patient: Patient) -> Plane:
    """Distance above which the lungs lie: positive in the belly. Two domes, the right one higher."""
    x, y, z = points
    right = -60 - 44 * (((x - 64) / 72) ** 2 + ((y - 14) / 78) ** 2)
    left = -80 - 44 * (((x + 64) / 70) ** 2 + ((y - 10) / 78) ** 2)
    return np.asarray(0.8 * (np.logaddexp(right / 6, left / 6) * 6 + np.float32(patient.dome) - z), dtype=np.float32)


def put_abdomen(mix: Mixture, points: Points, cage: Cage, patient: Patient, uneven: Plane) -> None:
    """Below the diaphragm: fat, liver with veins, spleen, stomach with its bubble of gas, and the aorta through it."""
    dome = diaphragm(points, patient)
    # Where the cavity narrows beside the heart, the heart lies on the diaphragm: do not cover it.
    heart = np.minimum.reduce(list(_chambers(points, patient).values())) - 5
    below = np.maximum.reduce([cage.distance, -dome, -heart])
    if not (below < 0).any():
        return
    mix.put("muscle", step(below, mix.h))
    mix.put("fat", step(below + 3, mix.h))
    inside = below + 3.5
    rough = 3.0 * uneven
    liver = np.minimum(
        ellipsoid(points, (62, 4, -128), (92, 86, 92)) + rough,
        ellipsoid(points, (-8, 46, -116), (58, 32, 46)) + rough,
    )
    spine = 12 - np.hypot(points[0], points[1] + 40)
    spleen = ellipsoid(points, (-92, -38, -128), (34, 42, 52)) + rough
    stomach = ellipsoid(points, (-62, 26, -126), (44, 46, 44)) + rough
    stomach = np.maximum(stomach, 5 - liver)
    spleen = np.maximum(spleen, 4 - stomach)
    for name, organ in (("liver", liver), ("stomach", stomach), ("spleen", spleen)):
        mix.put(name, step(np.maximum.reduce([organ, inside, spine]), mix.h))
    bubble = np.maximum.reduce([stomach + 3, 38 - points[1], inside + 3])
    mix.put("airway", step(bubble, mix.h))
    vessels = _vessels(points)
    for path in ([(25, -6, -104), (60, 16, -112), (96, 20, -124)], [(25, -6, -104), (30, 40, -116)],
                 [(25, -6, -106), (78, -24, -124)]):  # fmt: skip
        mix.put("blood", step(np.maximum(tube(points, path, [6.0, 4.5, 3.0][: len(path)]), liver + 4), mix.h))
    for name in ("aorta", "lower vein"):
        mix.put("blood", step(np.maximum(vessels[name], -dome), mix.h))
