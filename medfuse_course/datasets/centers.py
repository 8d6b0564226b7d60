"""Simulated centers: the same chests in other scanners, with other noise, sharpness and scale.

A center is described by a few numbers. It scans patients of the thorax phantom in image space: a point spread, counting
noise, a filter, and the scale on which it hands out what it measured. That takes milliseconds for a slice once the
patient is drawn. The patient of a seed is the same in every center, so what a center does can be told from what
the patient is; its noise is its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.random import generator
from medfuse_course.core.registry import lookup
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.phantom import check_slice, coarse
from medfuse_course.datasets.thorax.mimics import MimicScan, make_fitting_scan
from medfuse_course.datasets.thorax.scan import DEFAULT_SLICE, SLICES, plane_height
from medfuse_course.datasets.thorax.shape import SPACING
from medfuse_course.datasets.thorax.tissues import LABELS
from medfuse_course.physics import gaussian_blur, poisson_counts

REFERENCE_SUV = 5.0
"""The uptake that a gamma leaves as it is."""

PLANES = (22, 62)
"""Slices from and to, where the slice follows from the seed: from the heart up, with enough lung for lesions."""

MOST = MappingProxyType({"lesions": 3, "benign": 2, "clots": 2})
"""Of each kind a patient has from none to so many, where the number follows from the seed."""

_Array = TypeVar("_Array", bound=NDArray[Any])

_CT_BLUR_MM, _CT_NOISE_HU = 2.0, 12.0
_STREAK_MM = (3.0, 160.0)  # how wide and how long a streak is


@dataclass(frozen=True)
class Center:
    """A center: its PET and CT scanners, and how many patients it has.

    Attributes
    ----------
    name
        Also decides its noise.
    resolution_mm
        Full width at half maximum of its PET, the filter included.
    filter_mm
        Of the filter after the reconstruction, at most `resolution_mm`. It is the grain of the noise.
    counts
        Counts for each SUV and square mm; 0 is without noise.
    gain, gamma
        Of the scale it hands out: ``gain S (x / S)^gamma`` for an uptake x, S the `REFERENCE_SUV`.
    ct_dose
        Relative to a usual one of the chest; noise goes with its inverse square root. 0 is without noise.
    streaks
        Of the CT across the body, as where too few photons pass both shoulders: standard deviation in HU.
    cases
        Patients with marked lesions that it can train with.
    first
        Seed of the first of them: no two centers have a patient in common.
    """

    name: str
    resolution_mm: float = 5.0
    filter_mm: float = 4.0
    counts: float = 4.0
    gain: float = 1.0
    gamma: float = 1.0
    ct_dose: float = 1.0
    streaks: float = 0.0
    cases: int = 16
    first: int = 200_000

    def __post_init__(self) -> None:
        if not 0 <= self.filter_mm <= self.resolution_mm < np.inf:
            raise ValueError(
                f"resolution_mm: expected a finite width of at least the filter's {self.filter_mm} mm, which is >= 0, "
                f"got {self.resolution_mm}"
            )
        for name in ("gain", "gamma"):
            if not 0 < getattr(self, name) < np.inf:
                raise ValueError(f"{name}: expected a number > 0, got {getattr(self, name)}")
        for name in ("counts", "ct_dose", "streaks", "cases", "first"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name}: expected a number >= 0, got {getattr(self, name)}")

    @property
    def patients(self) -> range:
        """Seeds of the patients it can train with."""
        return range(self.first, self.first + self.cases)

    def handed_out(self, suv: FloatArray) -> NDArray[np.float32]:
        """What it hands out for a measured uptake: ``gain S (x / S)^gamma``."""
        relative = np.clip(np.asarray(suv, np.float32) / np.float32(REFERENCE_SUV), 0, None)
        return np.asarray(self.gain * REFERENCE_SUV * relative**self.gamma, np.float32)

    def measured(self, suv: FloatArray) -> NDArray[np.float32]:
        """The uptake it measured where it handed out so much: the inverse of `handed_out`."""
        relative = np.clip(np.asarray(suv, np.float32) / np.float32(self.gain * REFERENCE_SUV), 0, None)
        return np.asarray(REFERENCE_SUV * relative ** (1 / self.gamma), np.float32)


_FIVE = (
    Center("A", cases=40, first=200_000),
    Center("B", resolution_mm=8, counts=0.5, gamma=0.8, ct_dose=0.25, streaks=45, cases=16, first=210_000),
    Center("C", resolution_mm=6.5, counts=1, gain=1.3, ct_dose=0.5, cases=8, first=220_000),
    Center("D", resolution_mm=4.5, counts=1, gain=0.75, ct_dose=0.25, streaks=15, cases=4, first=230_000),
    Center("E", resolution_mm=7, counts=2, gain=1.15, gamma=0.9, ct_dose=0.5, streaks=25, first=240_000),
)

CENTERS: Mapping[str, Center] = MappingProxyType({center.name: center for center in _FIVE})
"""Five unequal ones: A is sharp, quiet and large; B is blurred, noisy, off in its scale, with streaks; C shows too
much, D too little and has four patients. E is for trials of what no training has seen."""


@dataclass(frozen=True, eq=False)
class CenterPatient:
    """A slice of a patient as a center scans it, and what is true of it.

    Attributes
    ----------
    ct, pet
        ``(H, W)``: CT in HU, PET in the SUV that the center hands out.
    mask
        Lesions.
    near
        Pixels of lesions, benign nodules and clots, ``(n, 2)``.
    hu, activity
        ``(H, W)``: the truth before any scanner, in HU and SUV.
    labels
        The tissue that fills most of each pixel.
    spacing
        Pixel size in mm.
    """

    ct: NDArray[np.float32]
    pet: NDArray[np.float32]
    mask: BoolArray
    near: NDArray[np.int64]
    hu: NDArray[np.float32]
    activity: NDArray[np.float32]
    labels: NDArray[np.uint8]
    spacing: float


def center_patient(
    center: Center | str,
    seed: int,
    *,
    slice: int | None = None,
    lesions: int | None = None,
    benign: int | None = None,
    clots: int | None = None,
    step: int = 1,
) -> CenterPatient:
    """A slice of the thorax phantom as a center scans it.

    Parameters
    ----------
    center
        One of `CENTERS` by name, or your own.
    seed, slice
        The patient, the same in every center, and an axial slice, which by default follows from the seed.
    lesions, benign, clots
        How many lesions, nodules without uptake and spots without a nodule (`thorax.mimics`), or as many as find room;
        by default they follow from the seed.
    step
        Pixels of 1.6 mm, along each side, that become one: 1, 2, 4 or 8. A scanner of that grid.

    Returns
    -------
    Images of ``256 // step`` pixels a side, with their truth. The arrays of the truth are shared and read-only.

    Examples
    --------
    >>> from medfuse_course.datasets import center_patient
    >>> one, other = (center_patient(name, seed=200_000, step=2) for name in "AB")  # one patient, two scans
    >>> one.ct.shape, one.spacing, bool((one.hu == other.hu).all()), bool((one.ct == other.ct).all())
    ((128, 128), 3.2, True, False)
    """
    scanner = center if isinstance(center, Center) else lookup("center", center, CENTERS)
    if step not in (1, 2, 4, 8):
        raise ValueError(f"step: expected 1, 2, 4 or 8 pixels that become one, got {step}")
    index = None if slice is None else check_slice(slice, SLICES, DEFAULT_SLICE, "from the belly to the upper chest")
    truth = _truth(int(seed), index, (lesions, benign, clots), step)
    return replace(
        truth,
        ct=scan_ct(truth.hu, scanner, truth.spacing, generator(seed, "center", scanner.name, "ct")),
        pet=scan_pet(truth.activity, scanner, truth.spacing, generator(seed, "center", scanner.name, "pet")),
    )


def scan_pet(
    activity: FloatArray, center: Center, spacing_mm: float, seed: int | np.random.Generator
) -> NDArray[np.float32]:
    """What the PET of a center makes of an activity.

    Blurred by the detectors, counted, filtered, handed out: the widths of detectors and filter add as squares to that
    of the center, so that ``detectors^2 = resolution^2 - filter^2``.

    Parameters
    ----------
    activity
        ``(H, W)`` in SUV, >= 0.
    center
        The scanner.
    spacing_mm
        Pixel size.
    seed
        A seed, or a generator to draw from.

    Returns
    -------
    ``(H, W)`` in the SUV that the center hands out.
    """
    detectors = float(np.sqrt(center.resolution_mm**2 - center.filter_mm**2))
    seen = gaussian_blur(np.asarray(activity, np.float32), detectors, spacing_mm)
    total = center.counts * spacing_mm**2 * float(seen.sum(dtype=np.float64))
    if total > 0:
        counted = poisson_counts(seen, total, _rng(seed, "pet"))
        seen = np.asarray(counted / np.float32(center.counts * spacing_mm**2), np.float32)
    return center.handed_out(gaussian_blur(seen, center.filter_mm, spacing_mm))


def scan_ct(hu: FloatArray, center: Center, spacing_mm: float, seed: int | np.random.Generator) -> NDArray[np.float32]:
    """What the CT of a center makes of CT numbers: blur, noise of its dose, and streaks along the rows.

    Parameters
    ----------
    hu
        ``(H, W)``.
    center, spacing_mm
        The scanner and the pixel size.
    seed
        A seed, or a generator.

    Returns
    -------
    ``(H, W)`` in HU.
    """
    rng = _rng(seed, "ct")
    image = gaussian_blur(np.asarray(hu, np.float32), _CT_BLUR_MM, spacing_mm)
    noise = _CT_NOISE_HU / np.sqrt(center.ct_dose) if center.ct_dose else 0.0
    for size, grain in ((noise, _CT_BLUR_MM), (center.streaks, _STREAK_MM)):
        if size > 0:
            drawn = gaussian_blur(rng.standard_normal(image.shape, dtype=np.float32), grain, spacing_mm)
            image = image + np.float32(size) * drawn / drawn.std()
    return np.asarray(image, np.float32)


@lru_cache(maxsize=256)
def _truth(seed: int, index: int | None, wanted: tuple[int | None, ...], step: int) -> CenterPatient:
    """A patient that no scanner has seen yet: `ct` and `pet` are the truth."""
    rng = generator(seed, "center", "patient")
    drawn = int(rng.integers(*PLANES))
    counts = {kind: int(rng.integers(most + 1)) for kind, most in MOST.items()}
    counts |= {kind: number for kind, number in zip(MOST, wanted, strict=True) if number is not None}
    z = plane_height(drawn if index is None else index)
    scan = make_fitting_scan(z, seed=seed, counts=counts)
    hu, activity = (_frozen(coarse(x, step)) for x in (scan.ct.truth("hu", z), _with_clots(scan, z)))
    labels = np.stack([coarse(part, step) for part in scan.ct.fractions(z)]).argmax(axis=0).astype(np.uint8)
    shares = _shares(scan, z, step)
    mask = shares["lesions"] > 0.5
    near = np.argwhere(np.logical_or.reduce([share > 0.5 for share in shares.values()])).astype(np.int64)
    return CenterPatient(hu, activity, _frozen(mask), _frozen(near), hu, activity, _frozen(labels), SPACING * step)


def _shares(scan: MimicScan, z: float, step: int) -> dict[str, NDArray[np.float32]]:
    """How much of each pixel each kind fills."""
    shares, within = scan.pet.shape.lesion_shares(z), scan.ct.fractions(z)[LABELS["lesion"]]
    first, second = scan.lesions, scan.lesions + scan.benign
    parts = {"lesions": shares[:first], "benign": shares[first:second], "clots": shares[second:]}
    empty = np.zeros_like(within)
    sums = {kind: np.asarray(sum(some, empty), np.float32) for kind, some in parts.items()}
    nodules = {kind: np.minimum(sums[kind], within) for kind in ("lesions", "benign")}
    return {kind: coarse(share, step) for kind, share in (sums | nodules).items()}


def _with_clots(scan: MimicScan, z: float) -> NDArray[np.float32]:
    """The uptake, with the hot ball of each clot."""
    activity = scan.ct.truth("suv", z)
    number = scan.lesions + scan.benign
    for clot, share in zip(scan.pet.lesions[number:], scan.pet.shape.lesion_shares(z)[number:], strict=True):
        activity = activity + share * (np.float32(clot.suv) - activity)
    return np.asarray(activity, np.float32)


def _frozen(array: _Array) -> _Array:
    array.flags.writeable = False
    return array


def _rng(seed: int | np.random.Generator, stream: str) -> np.random.Generator:
    return seed if isinstance(seed, np.random.Generator) else generator(seed, "center", stream)
