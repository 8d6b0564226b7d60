"""What breathing does to a PET beside a CT: a PET is a mean over minutes of breathing, a CT is one held breath.

A model between slices, no more: inside the rib cage everything moves up and down as one, the wall of the chest and the
spine stay, and the lungs slide along them. Real organs move most at the diaphragm and hardly at the top of the lungs,
and they deform.

How long the organs stay at each height is the model of Lujan et al. (Med. Phys. 26 (1999) 715): with t over one breath,
``height(t) = height at expiration - travel cos^4(pi t)``, so most of the time is spent near expiration.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.solids import Plane, ball
from medfuse_course.datasets.thorax import bones
from medfuse_course.datasets.thorax.frame import cage_around, step
from medfuse_course.datasets.thorax.scan import PLANE_WEIGHT, PLANES_APART, ThoraxScan
from medfuse_course.datasets.thorax.shape import Lesion
from medfuse_course.datasets.thorax.tissues import LABELS

LARGEST = 40.0
"""The longest way in mm, up or down."""

LIVER_LESION_SUV = 8.0
"""Uptake of the lesion under the dome of the liver."""

_PHASES = 64


@dataclass(frozen=True)
class Breathing:
    """How a breath was held for the CT, and how the patient breathed during the PET.

    Attributes
    ----------
    offset_mm
        How much lower the organs stood in the CT than on average in the PET; more than 0 after a deep breath.
    travel_mm
        How far they moved during the PET, from inspiration to expiration.
    liver_lesion
        An uptake in the liver that the CT does not show: without contrast medium it has the CT number of the liver.

    Examples
    --------
    >>> from medfuse_course.datasets import Breathing
    >>> heights, shares = Breathing(offset_mm=15.0).heights(z=0.0)  # the CT in a deep breath
    >>> round(float(shares.sum()), 6), round(float((shares * heights).sum()), 6)
    (1.0, -15.0)
    """

    offset_mm: float = 0.0
    travel_mm: float = 0.0
    liver_lesion: Lesion | None = None

    def __post_init__(self) -> None:
        for name, value, low in (("offset_mm", self.offset_mm, -LARGEST), ("travel_mm", self.travel_mm, 0.0)):
            if not low <= value <= LARGEST:
                raise ValueError(f"{name}: expected {low:g} to {LARGEST:g} mm, got {value}")

    @property
    def moves(self) -> bool:
        """Whether anything differs from a PET of a held breath."""
        return bool(self.offset_mm or self.travel_mm or self.liver_lesion)

    def heights(self, z: float, apart: float = PLANES_APART) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Heights of the CT whose tissue a PET plane at `z` saw, and for which share of the time.

        The point spread along z is part of it. Heights are `apart` mm from each other; shares sum to 1.
        """
        low = np.cos((np.arange(_PHASES) + 0.5) * np.pi / 2 / _PHASES) ** 4
        steps = -self.travel_mm * (low.mean() - low) / apart  # from the mean height, in planes
        first = int(np.floor(steps.min())) - 1
        shares = np.zeros(int(np.ceil(steps.max())) - first + 2)
        below = np.floor(steps).astype(int)
        np.add.at(shares, below - first, 1 - (steps - below))
        np.add.at(shares, below - first + 1, steps - below)
        shares = np.convolve(shares / _PHASES, np.array([PLANE_WEIGHT, 1, PLANE_WEIGHT]) / (1 + 2 * PLANE_WEIGHT))
        seen = np.flatnonzero(shares > 0)
        return np.asarray(z - self.offset_mm + apart * (seen + first - 1), dtype=np.float64), shares[seen]


def pet_while_breathing(scan: ThoraxScan, z: float, breathing: Breathing) -> tuple[FloatArray, FloatArray]:
    """The PET in SUV of the plane at height `z`, and the mean uptake that it saw.

    Photons pass the tissue where it was on average; what corrects for it is the CT, where it was then.
    """
    moving = inside_cage(scan, z)
    activity, tissue = (np.zeros(moving.shape, np.float32) for _ in range(2))
    for height, share in zip(*breathing.heights(z, PLANES_APART / scan.body), strict=True):
        parts = scan.fractions_without_vessels(float(height))
        suv = with_lesion(scan, breathing.liver_lesion, float(height), scan.suv_of(float(height), parts), parts)
        activity += np.float32(share) * suv
        tissue += np.float32(share) * scan.hu_of(float(height), parts)
    held = scan.truth("suv", z), scan.truth("hu", z)
    activity, tissue = np.where(moving, activity, held[0]), np.where(moving, tissue, held[1])
    rng = generator(scan.seed, "thorax", "PET", f"{z:g}")
    return scan.count_pet(activity, tissue, rng, corrected_by=held[1]), activity


def inside_cage(scan: ThoraxScan, z: float) -> BoolArray:
    """What moves with the breath: all within the rib cage but the spine."""
    points = scan.shape.template_points(z)
    return np.asarray((cage_around(points).distance < 0) & (bones.vertebra(points) > 4))


def with_lesion(scan: ThoraxScan, lesion: Lesion | None, z: float, suv: Plane, parts: NDArray[np.float32]) -> Plane:
    """The uptake at a height, with that of a lesion in the liver."""
    if lesion is None:
        return suv
    distance = ball(scan.shape.points(z), lesion.center, lesion.radius)
    share = step(distance, scan.shape.spacing) * parts[LABELS["liver"]]
    return np.asarray(suv * (1 - share) + share * np.float32(lesion.suv), dtype=np.float32)


def dome_lesion(scan: ThoraxScan, z: float, offset_mm: float, diameter_mm: float, suv: float) -> Lesion:
    """A lesion just under the dome of the liver, at a place where the CT plane at `z` shows lung.

    Parameters
    ----------
    scan
        The examination.
    z
        Height of the plane in mm.
    offset_mm
        As `Breathing` has it: the lesion lies so much lower in the CT.
    diameter_mm, suv
        Of the lesion.

    Returns
    -------
    The lesion, in the coordinates of the CT.

    Raises
    ------
    ValueError
        At no place does the PET see liver where the CT has lung.
    """
    height = z - offset_mm
    liver = scan.fractions_without_vessels(height)[LABELS["liver"]] > 0.5
    lung = scan.fractions_without_vessels(z)[LABELS["lung"]] > 0.5
    room = ndimage.distance_transform_edt(liver & lung & inside_cage(scan, z)) * scan.shape.spacing
    if room.max() < 0.4 * diameter_mm:
        raise ValueError(
            f"liver_lesion: expected a plane where the PET sees {diameter_mm:g} mm of liver and the CT lung, and there "
            f"is none at {z:g} mm with an offset of {offset_mm:g} mm; take another slice, or a larger offset_mm"
        )
    row, column = np.unravel_index(int(room.argmax()), room.shape)
    x, y = scan.shape.axes()
    return Lesion((float(x[column]), float(y[row]), float(height)), diameter_mm / 2, suv)
