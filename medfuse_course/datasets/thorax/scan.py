"""The thorax phantom: CT and FDG-PET of one synthetic chest whose truth is known.

Geometry: planes of 256 x 256 pixels of 1.6 mm (2.1 mm with the arms beside the body). ``slice`` counts axial planes
3 mm apart from below: slice 0 lies in the upper belly, slice 22 crosses the four chambers of the heart, slice 60 the
arch of the aorta, the last the upper chest. Images show the patient from below: front on top, the right side on the
left.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.acquisition import Simulation, ct_slice, pet_coincidences, pet_slice
from medfuse_course.datasets.thorax.frame import SIZE
from medfuse_course.datasets.thorax.shape import Lesion, ThoraxShape
from medfuse_course.datasets.thorax.tissues import LABELS, values
from medfuse_course.physics import gaussian_blur, poisson_counts, thin_counts

SLICES = 72
"""Number of axial planes."""

SLICE_SPACING = 3.0
"""Distance between planes in mm."""

LOWEST = -126.0
"""Height of slice 0 in mm."""

DEFAULT_SLICE = 36

Modality = Literal["CT", "PET"]

PET_FWHM = 6.5
"""Resolution of the PET image in mm: detectors of 5 mm, a filter of 4 mm."""

PLANES_APART = 0.55 * PET_FWHM
"""Three planes stand for the point spread along z: mm between them, and the weight of the outer ones."""

PLANE_WEIGHT = math.exp(-4 * math.log(2) * 0.55**2)

_DETECTOR_MM, _FILTER_MM = 5.0, 4.0
_PET_COUNTS = 1.0e6  # coincidences in a slice
_PET_SENSITIVITY = 5.0  # in image space: counts for each voxel and SUV
_CT_BLUR_MM, _CT_NOISE = 2.0, 12.0  # in image space: mm, and HU after the blur of the noise


@dataclass(frozen=True)
class ThoraxScan:
    """One examination of one patient; the fields are the options of the pair.

    `repeat` counts examinations of the same patient: each has noise of its own, all else is the same. Of one and the
    same examination a lower `dose` keeps a part of the counts.

    `body` is the size of the body over that of an adult: everything in it is so much smaller, and the scanner is the
    same. Heights, and where lesions lie and how large they are, stay those of the adult.
    """

    seed: int = 0
    lesions: tuple[Lesion, ...] = ()
    arms: bool = False
    noise: float = 1.0
    attenuation_correction: bool = True
    simulate: Simulation = "reconstruction"
    dose: float = 1.0
    repeat: int = 0
    body: float = 1.0

    @property
    def spacing(self) -> float:
        """Pixel size in mm: a smaller body is seen in smaller pixels."""
        return self.body * self.shape.spacing

    @property
    def shape(self) -> ThoraxShape:
        """The patient."""
        return ThoraxShape(self.seed, self.lesions, self.arms)

    def fractions(self, z: float) -> NDArray[np.float32]:
        """Tissue fractions at height `z` mm, read-only."""
        return _fractions(self.shape, float(z), True)

    def fractions_without_vessels(self, z: float) -> NDArray[np.float32]:
        """The same without the small vessels and airways of the lungs, which a PET cannot tell: in half the time."""
        return _fractions(self.shape, float(z), False)

    def labels(self, z: float) -> NDArray[np.uint8]:
        """The tissue that fills most of each pixel."""
        return np.asarray(self.fractions(z).argmax(axis=0), dtype=np.uint8)

    def truth(self, quantity: Literal["hu", "suv"], z: float) -> NDArray[np.float32]:
        """The physical map before any scanner: CT numbers, or FDG uptake."""
        return self.hu_of(z, self.fractions(z)) if quantity == "hu" else self.suv_of(z, self.fractions(z))

    def hu_of(self, z: float, parts: NDArray[np.float32]) -> NDArray[np.float32]:
        """CT numbers of tissue fractions at a height."""
        _, y = self.shape.axes()
        # The patient lies on the back, so the blood sinks there; and no lung is perfectly even.
        density = np.clip(-0.45 * y[:, None] + 11 * self.shape.field("density", 30, z), -60, 90)
        mixed = _mix(values("hu"), parts)
        return np.asarray(mixed + parts[LABELS["lung"]] * density, dtype=np.float32)

    def suv_of(self, z: float, parts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Uptake of tissue fractions at a height."""
        column = values("fdg")
        column[LABELS["heart muscle"]] = self.shape.patient.heart_suv
        column[LABELS["lesion"]] = 0
        regional = np.exp(np.float32(0.05) * self.shape.field("uptake", 40, z))
        suv = _mix(column, parts) * regional
        shares = self.shape.lesion_shares(z)
        total = np.maximum(sum(shares), 1e-6) if shares else 1.0
        for lesion, share in zip(self.lesions, shares, strict=True):
            suv += parts[LABELS["lesion"]] * share / total * np.float32(lesion.suv)
        return np.asarray(suv, dtype=np.float32)

    def image(self, modality: Modality, z: float) -> NDArray[np.float32]:
        """What the scanner shows of the plane at height `z` mm: CT in HU, PET in SUV."""
        again = (f"repeat {self.repeat}",) if self.repeat else ()
        rng = generator(self.seed, "thorax", modality, f"{z:g}", *again)
        if modality == "CT":
            return self._ct(z, rng)
        far = PLANES_APART / self.body
        below, above = (self.suv_of(z + d, self.fractions_without_vessels(z + d)) for d in (-far, far))
        activity = (self.truth("suv", z) + PLANE_WEIGHT * (below + above)) / (1 + 2 * PLANE_WEIGHT)
        return self.count_pet(activity, self.truth("hu", z), rng)

    def count_pet(
        self, activity: FloatArray, hu: FloatArray, rng: np.random.Generator, *, corrected_by: FloatArray | None = None
    ) -> NDArray[np.float32]:
        """What the scanner shows of an activity in tissue of CT numbers `hu`.

        The reconstruction corrects for the attenuation in `corrected_by`, another CT; None: in `hu`.
        """
        if self.simulate == "image_space":
            return self._count(activity, self.spacing, rng)
        counts = _PET_COUNTS * self._counted(activity, hu) / self.noise**2 if self.noise > 0 else 0
        return pet_slice(
            activity, hu, spacing_mm=self.spacing, seed=rng, counts=counts, dose=self.dose, corrected_by=corrected_by,
            attenuation_correction=self.attenuation_correction, resolution_mm=_DETECTOR_MM, filter_mm=_FILTER_MM,
        )  # fmt: skip

    def _counted(self, activity: FloatArray, hu: FloatArray) -> float:
        """Coincidences over those of the adult, at one activity per weight: less tracer, and more of it gets out."""
        if self.body == 1:
            return 1.0
        child, adult = (pet_coincidences(activity, hu, spacing_mm=h) for h in (self.spacing, self.shape.spacing))
        return child / adult if adult else 1.0

    def _ct(self, z: float, rng: np.random.Generator) -> NDArray[np.float32]:
        hu, spacing = self.truth("hu", z), self.spacing
        if self.simulate == "reconstruction":
            dose = 1 / self.noise**2 if self.noise > 0 else 0
            return ct_slice(hu, spacing_mm=spacing, seed=rng, dose=dose)
        grain = gaussian_blur(rng.standard_normal((SIZE, SIZE), dtype=np.float32), _CT_BLUR_MM, spacing)
        sharp = gaussian_blur(hu, _CT_BLUR_MM, spacing)
        return np.asarray(sharp + np.float32(self.noise * _CT_NOISE) * grain / grain.std(), dtype=np.float32)

    def _count(
        self, activity: FloatArray, spacing: float | Sequence[float], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Blur by the detectors, count, filter, and return to the unit of the activity."""
        seen = gaussian_blur(np.asarray(activity, dtype=np.float32), _DETECTOR_MM, spacing)
        if self.noise > 0 and seen.any():
            total = _PET_SENSITIVITY * self.body**2 * float(seen.sum()) / self.noise**2
            counted = poisson_counts(seen, total, rng)
            kept = thin_counts(counted, self.dose, rng) if self.dose < 1 else counted
            seen = kept * np.float32(seen.sum() / (total * self.dose))
        return np.asarray(gaussian_blur(seen, _FILTER_MM, spacing), dtype=np.float32)

    def pet_volume(self, suv: FloatArray, spacing_z: float) -> NDArray[np.float32]:
        """PET in image space of a stack of true planes ``(planes, 256, 256)``, point spread in three dimensions."""
        spacing = (spacing_z, self.spacing, self.spacing)
        return self._count(suv, spacing, generator(self.seed, "thorax", "PET", "volume"))


def plane_height(index: int) -> float:
    """Height z in mm of slice `index`."""
    return LOWEST + SLICE_SPACING * index


@lru_cache(maxsize=12)
def _fractions(shape: ThoraxShape, z: float, vessels: bool) -> NDArray[np.float32]:
    fractions = shape.fractions(z, vessels=vessels)
    fractions.flags.writeable = False
    return fractions


def _mix(column: NDArray[np.float32], parts: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.tensordot(column, parts, axes=1), dtype=np.float32)
