"""The head phantom: MRI, CT, FDG-PET and perfusion SPECT of one synthetic head whose truth is known.

Geometry: planes of 256 x 256 pixels of 1 mm. ``slice`` counts axial planes 2 mm apart from below: slice 0 lies at z =
-44 mm of the template (orbits and cerebellum), slice 29 at 14 mm (ventricles), the last at 66 mm (vertex). Images show
the patient from below, as radiologists look at them: front on top, the patient's right on the left.

MRI is modeled in image space: a point spread, then the noise of the modality. CT, PET and SPECT are modeled so as well,
or go through projector and reconstruction, a slice at a time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.acquisition import Simulation, ct_slice, pet_slice, spect_slice
from medfuse_course.datasets.head.shape import SIZE, HeadShape, Lesion, SmoothField, plane_points
from medfuse_course.datasets.head.tissues import LABELS, Contrast, mr_signals, values
from medfuse_course.physics import gaussian_blur, poisson_counts, rician_noise

SLICES = 56
"""Number of axial planes."""

SLICE_SPACING = 2.0
"""Distance between planes in mm."""

LOWEST = -44.0
"""Height of slice 0 in mm."""

DEFAULT_SLICE = 29

Modality = Literal["MRI", "CT", "PET", "SPECT"]

_MR_NOISE: dict[Contrast, float] = {"t1": 12.0, "t2": 5.0}  # sigma, in the units of the signal
_CT_NOISE = 3.5  # HU, after the reconstruction filter
_CT_DOSE = 30.0  # a head in a narrow window needs more photons than a chest


@dataclass(frozen=True)
class Tracer:
    """An emission scan: column of `tissues`, widths in mm of detector and filter, counts per voxel and unit.

    `counts` are of a slice that is reconstructed; there the collimator of SPECT has its own width, not `detector_mm`.
    """

    quantity: Literal["fdg", "perfusion"]
    detector_mm: float
    filter_mm: float
    sensitivity: float
    counts: float

    @property
    def fwhm_mm(self) -> float:
        """Resolution of the image in image space: both widths in quadrature."""
        return math.hypot(self.detector_mm, self.filter_mm)


TRACERS: dict[str, Tracer] = {
    "PET": Tracer("fdg", 4.5, 3.2, 1.6, 1.5e6),
    "SPECT": Tracer("perfusion", 6.6, 5.4, 1.2, 5.0e5),
}
"""FDG-PET and SPECT: 5.5 and 8.5 mm wide in image space; reconstructed, as in the pairs, 6 to 8 and 8 to 16 mm."""


@dataclass(frozen=True)
class HeadScan:
    """One examination of one head; the fields are the options of the pairs."""

    seed: int = 0
    contrast: Contrast = "t1"
    lesions: tuple[Lesion, ...] = ()
    noise: float = 1.0
    simulate: Simulation = "image_space"

    def fractions(self, z: float) -> NDArray[np.float32]:
        """Tissue fractions at height `z` mm, read-only."""
        return _fractions(HeadShape(self.seed, self.lesions), float(z))

    def labels(self, z: float) -> NDArray[np.uint8]:
        """The tissue that fills most of each pixel."""
        return np.asarray(self.fractions(z).argmax(axis=0), dtype=np.uint8)

    def truth(self, quantity: str, z: float) -> NDArray[np.float32]:
        """The physical map before any scanner: ``"signal"``, ``"hu"``, or the activity of ``"PET"`` or ``"SPECT"``."""
        parts = self.fractions(z)
        if quantity == "signal":
            return _mix(mr_signals(self.contrast), parts)
        if quantity == "hu":
            return _mix(values("hu"), parts)
        regional = np.exp(0.08 * SmoothField(self.seed, "uptake", 40).plane(z))
        return np.asarray(_mix(values(TRACERS[quantity].quantity), parts) * regional)

    def image(self, modality: str, z: float) -> NDArray[np.float32]:
        """What the scanner shows of the plane at height `z` mm, in the unit of its truth."""
        rng = generator(self.seed, "head", modality, self.contrast if modality == "MRI" else "", f"{z:g}")
        if modality == "MRI":
            return self._mri(z, rng)
        if modality == "CT":
            return self._ct(z, rng)
        return self._emission(TRACERS[modality], modality, z, rng)

    def _mri(self, z: float, rng: np.random.Generator) -> NDArray[np.float32]:
        coil = np.exp(0.07 * SmoothField(self.seed, "coil", 120).plane(z))
        texture = 1 + np.float32(0.02 * min(self.noise, 1)) * _grain(rng, 2.5)  # no tissue is perfectly even
        signal = gaussian_blur(self.truth("signal", z) * coil * texture, 1.2, 1.0)
        return np.asarray(rician_noise(signal, self.noise * _MR_NOISE[self.contrast], rng), dtype=np.float32)

    def _ct(self, z: float, rng: np.random.Generator) -> NDArray[np.float32]:
        if self.simulate == "reconstruction":
            dose = _CT_DOSE / self.noise**2 if self.noise > 0 else 0
            return ct_slice(self.truth("hu", z), spacing_mm=1.0, seed=rng, dose=dose, window="cosine")
        sharp = gaussian_blur(self.truth("hu", z), 1.0, 1.0)
        return np.asarray(sharp + np.float32(self.noise * _CT_NOISE) * _grain(rng, 2.0), dtype=np.float32)

    def _emission(self, tracer: Tracer, modality: str, z: float, rng: np.random.Generator) -> NDArray[np.float32]:
        apart = 0.55 * tracer.fwhm_mm  # three planes stand for the point spread along z
        beside = math.exp(-4 * math.log(2) * 0.55**2)
        below, here, above = (self.truth(modality, z + offset) for offset in (-apart, 0.0, apart))
        activity = (here + beside * (below + above)) / (1 + 2 * beside)
        if self.simulate == "image_space":
            return self._count(activity, tracer, 1.0, rng)
        counts, hu = tracer.counts / self.noise**2 if self.noise > 0 else 0, self.truth("hu", z)
        if modality == "PET":
            return pet_slice(
                activity, hu, spacing_mm=1.0, seed=rng, counts=counts,
                resolution_mm=tracer.detector_mm, filter_mm=tracer.filter_mm,
            )  # fmt: skip
        return spect_slice(activity, hu, spacing_mm=1.0, seed=rng, counts=counts, filter_mm=tracer.filter_mm)

    def _count(
        self, activity: FloatArray, tracer: Tracer, spacing: float | Sequence[float], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Blur by the detector, count, filter as a reconstruction does, and return to the unit of the activity."""
        seen = gaussian_blur(activity, tracer.detector_mm, spacing)
        if self.noise > 0 and seen.any():
            total = tracer.sensitivity * float(seen.sum()) / self.noise**2
            seen = poisson_counts(seen, total, rng) * np.float32(seen.sum() / total)
        return np.asarray(gaussian_blur(seen, tracer.filter_mm, spacing), dtype=np.float32)

    def emission_volume(self, modality: str, slices: range) -> NDArray[np.float32]:
        """PET or SPECT of several planes, ``(planes, 256, 256)``, with the point spread in three dimensions."""
        activity = np.stack([self.truth(modality, plane_height(k)) for k in slices])
        rng = generator(self.seed, "head", modality, "volume")
        return self._count(activity, TRACERS[modality], (SLICE_SPACING * slices.step, 1.0, 1.0), rng)


def make_scan(
    *,
    heights: Sequence[float],
    seed: int,
    contrast: Contrast,
    lesions: int,
    lesion_size: float,
    noise: float,
    simulate: Simulation = "image_space",
) -> HeadScan:
    """Check the options of an examination and place its lesions, each in one of the planes at `heights`."""
    if contrast not in get_args(Contrast):
        raise ValueError(f"contrast: expected 't1' or 't2', got {contrast!r}")
    if isinstance(lesions, bool) or not isinstance(lesions, (int, np.integer)) or not 0 <= lesions <= 8:
        raise ValueError(f"lesions: expected a whole number from 0 to 8, got {lesions!r}")
    if not 6 <= lesion_size <= 40:
        raise ValueError(f"lesion_size: expected a diameter from 6 to 40 mm, got {lesion_size}")
    if not 0 <= noise <= 10:
        raise ValueError(f"noise: expected a factor from 0 (none) to 10 (1 is usual), got {noise}")
    if simulate not in get_args(Simulation):
        raise ValueError(f"simulate: {unknown('simulation', str(simulate), get_args(Simulation))}")
    placed = _place_lesions(seed, heights, int(lesions), float(lesion_size) / 2)
    return HeadScan(int(seed), contrast, placed, float(noise), simulate)


def plane_height(index: int) -> float:
    """Height z in mm of slice `index`."""
    return LOWEST + SLICE_SPACING * index


def _place_lesions(seed: int, heights: Sequence[float], count: int, radius: float) -> tuple[Lesion, ...]:
    rng = generator(seed, "head", "lesions")
    placed: list[Lesion] = []
    for _ in range(count):
        z = float(heights[int(rng.integers(len(heights)))])
        x, y, _height = plane_points(z)
        parts = _fractions(HeadShape(seed), z)
        brain = parts[LABELS["gray matter"]] + parts[LABELS["white matter"]] > 0.5
        free = ndimage.distance_transform_edt(brain) > 0.5 * radius
        for other in placed:
            apart = np.sqrt((x - other.center[0]) ** 2 + (y - other.center[1]) ** 2 + (z - other.center[2]) ** 2)
            free &= apart > 3.2 * radius
        choices = np.flatnonzero(free)
        if choices.size == 0:
            raise ValueError(
                f"lesions: only {len(placed)} of {count} lesions of {2 * radius:g} mm find room; "
                "ask for fewer, for smaller ones (lesion_size), or for a slice with more brain"
            )
        spot = int(rng.choice(choices))
        placed.append(Lesion((float(x.flat[spot]), float(y.flat[spot]), z), radius * float(rng.uniform(0.9, 1.1))))
    return tuple(placed)


@lru_cache(maxsize=16)
def _fractions(shape: HeadShape, z: float) -> NDArray[np.float32]:
    fractions = shape.fractions(z)
    fractions.flags.writeable = False
    return fractions


def _mix(column: NDArray[np.float32], parts: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.tensordot(column, parts, axes=1), dtype=np.float32)


def _grain(rng: np.random.Generator, fwhm: float) -> NDArray[np.float32]:
    """Noise of standard deviation 1, correlated over `fwhm` mm as reconstruction filters make it."""
    white = gaussian_blur(rng.standard_normal((SIZE, SIZE), dtype=np.float32), fwhm, 1.0)
    return np.asarray(white / white.std(), dtype=np.float32)
