"""Chests whose counts are at hand: activity, CT numbers and what a coarse scanner counted, for losses with physics in
them.

A plane near the dome of the liver on a grid of 64 x 64 pixels of 6.4 mm, 60 views, so that projections take a
millisecond. The blur of the detectors, smaller than a pixel, is left out: then the activity that is counted is exactly
the one that a projector of the same lines explains. A real scanner does not grant this.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.phantom import coarse
from medfuse_course.datasets.thorax.breathing import LIVER_LESION_SUV, dome_lesion, inside_cage, with_lesion
from medfuse_course.datasets.thorax.planning import make_scan
from medfuse_course.datasets.thorax.scan import ThoraxScan, plane_height
from medfuse_course.datasets.thorax.tissues import LABELS
from medfuse_course.physics import (
    Projector,
    gaussian_blur,
    hu_to_mu,
    mlem,
    parallel_projector,
    pet_expected,
    poisson_counts,
    survival,
    thin_counts,
)

GRID, VIEWS, PIXEL_MM = 64, 60, 6.4
"""Of the scanner."""

FULL_COUNTS = 1.0e6
"""Coincidences in a slice at the full dose."""

PLANES = (8, 24)
"""Axial slices from and to, about the dome of the liver."""

BREATH_MM = 15.0
"""How much lower the organs stand in the CT of the other breath, which was deeper."""

FILTER_MM = 6.0
"""Full width at half maximum of the filter after the reconstruction, about a pixel."""

_LESION_MM = (16.0, 30.0)
_ITERATIONS, _SUBSETS = 6, 6


@dataclass(frozen=True, eq=False)
class CountedChest:
    """One plane of one patient.

    Attributes
    ----------
    activity
        ``(64, 64)`` in SUV: the truth.
    hu, other_hu
        ``(64, 64)``: CT numbers of the breath in which the PET was taken, and of a deeper one.
    parts
        ``(tissues, 64, 64)``: shares of the tissues of the PET's breath, in the order of `thorax.tissues`.
    lesions
        ``(64, 64)``: those in the lung, and the one in the liver.
    in_liver
        ``(64, 64)``: the one in the liver alone, which no CT shows.
    """

    activity: FloatArray
    hu: FloatArray
    other_hu: FloatArray
    parts: FloatArray
    lesions: BoolArray
    in_liver: BoolArray

    def organ(self, *names: str) -> BoolArray:
        """Where these tissues fill more than half of a pixel."""
        return np.asarray(self.parts[[LABELS[name] for name in names]].sum(axis=0) > 0.5)

    @property
    def body(self) -> BoolArray:
        """Where the patient is."""
        return np.asarray(self.parts[LABELS["air"]] < 0.5)


@dataclass(frozen=True, eq=False)
class CountedScan:
    """What was counted of a chest, and what was made of it.

    Attributes
    ----------
    counts
        ``(60, 64)``, whole numbers.
    efficiency
        ``(60, 64)``: counts that one SUV gives on each line, by the CT that is believed.
    pet
        ``(64, 64)`` in SUV: reconstructed with that efficiency.
    """

    counts: FloatArray
    efficiency: FloatArray
    pet: FloatArray


def lines() -> Projector:
    """The projector of the scanner."""
    return parallel_projector(GRID, VIEWS)


@lru_cache(maxsize=256)
def counted_chest(seed: int, lung_lesions: int = 2) -> CountedChest:
    """Draw a patient and a plane near the dome of the liver.

    Parameters
    ----------
    seed
        Of the patient; the plane follows from it.
    lung_lesions
        How many lesions of 16 to 30 mm in the lungs, fewer where there is no room. The liver has one of 20 mm, where
        it reaches the plane.

    Returns
    -------
    The truth of a `CountedChest`.

    Examples
    --------
    >>> from medfuse_course.datasets import counted_chest
    >>> chest = counted_chest(seed=0, lung_lesions=1)
    >>> chest.activity.shape, bool(chest.activity[chest.lesions].mean() > chest.activity[chest.body].mean())
    ((64, 64), True)
    >>> bool(chest.hu[~chest.body].mean() < -900)
    True
    """
    rng = generator(seed, "counted", "patient")
    z = plane_height(int(rng.integers(*PLANES)))
    scan = _with_room(z, seed, lung_lesions, float(rng.uniform(*_LESION_MM)))
    parts = scan.fractions_without_vessels(z)
    other = scan.fractions_without_vessels(z + BREATH_MM)
    hu = scan.hu_of(z, parts)
    deeper = np.where(inside_cage(scan, z), scan.hu_of(z + BREATH_MM, other), hu)
    suv = scan.suv_of(z, parts)
    try:
        lesion = dome_lesion(scan, z + BREATH_MM, BREATH_MM, 20.0, LIVER_LESION_SUV)
    except ValueError:  # no liver under the lung of the other breath
        lesion = None
    hot = with_lesion(scan, lesion, z, suv, parts)
    step = len(hu) // GRID
    in_liver = coarse((np.abs(hot - suv) > 0.5).astype(np.float32), step) > 0.5
    shares = np.stack([coarse(part, step) for part in parts])
    lesions = (shares[LABELS["lesion"]] > 0.5) | in_liver
    return CountedChest(coarse(hot, step), coarse(hu, step), coarse(deeper, step), shares, lesions, in_liver)


def count_chest(
    chest: CountedChest, dose: float, seed: int, *, other_breath: bool = False, share: float = 1.0, part: int = 0
) -> CountedScan:
    """Count a chest and reconstruct it.

    Parameters
    ----------
    chest
        The truth.
    dose
        Share of `FULL_COUNTS`; 0: all counts, without noise. Of one seed each dose is a part of the full one.
    seed
        Of the counts.
    other_breath
        Whether the CT that is believed is that of the deeper breath.
    share, part
        To split the counts: `share` of them at random are part 0, the others part 1.

    Returns
    -------
    Counts, efficiency and PET.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import count_chest, counted_chest
    >>> chest = counted_chest(seed=0, lung_lesions=1)
    >>> full, tenth = (count_chest(chest, dose, seed=1) for dose in (1.0, 0.1))
    >>> [round(float(scan.counts.sum()) / 1e6, 2) for scan in (full, tenth)]  # millions of coincidences
    [1.0, 0.1]
    >>> bool((tenth.counts <= full.counts).all())  # one is a part of the other
    True
    """
    projector = lines()
    expected = pet_expected(
        chest.activity, projector, spacing_mm=PIXEL_MM, mu=hu_to_mu(chest.hu, 511), resolution_mm=0.0
    )
    scale = FULL_COUNTS / float(expected.sum(dtype=np.float64))
    counts, kept = expected * np.float32(scale), 1.0
    if dose:
        counts = thin_counts(poisson_counts(expected, FULL_COUNTS, seed), dose, generator(seed, "counted", "dose"))
        if share < 1:
            first = thin_counts(counts, share, generator(seed, "counted", "split"))
            counts = counts - first if part else first
        kept = dose * (1 - share if part else share)
    passed = survival(hu_to_mu(chest.other_hu if other_breath else chest.hu, 511), projector, PIXEL_MM)
    efficiency = np.asarray(passed * np.float32(scale * kept), dtype=np.float32)
    return CountedScan(counts, efficiency, reconstruct(counts, efficiency))


def reconstruct(counts: FloatArray, efficiency: FloatArray, filter_mm: float = FILTER_MM) -> NDArray[np.float32]:
    """OSEM and a filter: ``(64, 64)`` in SUV of counts and efficiency, ``(60, 64)`` each."""
    image = mlem(counts, lines(), efficiency=efficiency, iterations=_ITERATIONS, subsets=_SUBSETS)
    return np.asarray(gaussian_blur(image, filter_mm, PIXEL_MM), dtype=np.float32)


def body_of(hu: FloatArray) -> BoolArray:
    """The body in a CT: the largest piece that is denser than -500 HU, and what it encloses, lungs and airways.

    Parameters
    ----------
    hu
        ``(H, W)`` CT numbers.

    Returns
    -------
    bool ``(H, W)``; nothing where nothing is dense.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import body_of
    >>> hu = np.full((64, 64), -1000.0)
    >>> hu[8:48, 8:48] = 0  # a body of 40 x 40 pixels
    >>> hu[20:30, 20:30] = -800  # with a lung in it
    >>> hu[56:60, 4:60] = 100  # on a table
    >>> int(body_of(hu).sum())
    1600
    """
    pieces, count = ndimage.label(np.asarray(hu) > -500)
    if not count:
        return np.zeros(np.shape(hu), dtype=bool)
    largest = pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])
    return np.asarray(ndimage.binary_fill_holes(largest))


def _with_room(z: float, seed: int, lesions: int, size: float) -> ThoraxScan:
    """The examination with so many lesions, or with as many as find room."""
    for count in range(lesions, 0, -1):
        try:
            return make_scan(heights=(z,), seed=seed, lesions=count, lesion_size=size, lesion_suv=None)
        except ValueError:  # no room
            continue
    return make_scan(heights=(z,), seed=seed, lesions=0, lesion_size=None, lesion_suv=None)
