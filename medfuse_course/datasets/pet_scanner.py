"""A PET scanner in eight numbers: what one must know of a center to simulate its scans, and can be wrong about.

Activity -> true coincidences -> scattered and random ones beside them -> counts -> maximum likelihood. The grid is
coarse, so that a page makes hundreds of scans; `acquisition.pet_slice` is the finer scanner of the phantoms, without
scatter, and a `centers.Center` scans in image space, without lines, so it has no scatter to be wrong about.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.acquisition import check_dose
from medfuse_course.datasets.phantom import coarse
from medfuse_course.datasets.thorax.planning import make_scan
from medfuse_course.datasets.thorax.scan import ThoraxScan, plane_height
from medfuse_course.datasets.thorax.tissues import LABELS
from medfuse_course.physics import (
    hu_to_mu,
    parallel_projector,
    pet_background,
    pet_expected,
    poisson_counts,
    reconstruct_pet,
    thin_counts,
)

PLANES = (24, 62)
"""Axial slices of the thorax phantom, from and to, that have enough lung for lesions."""

SIZE = 64
"""Pixels on each side of a `Chest`, of 6.4 mm: four by four of the phantom's."""


class Chest(NamedTuple):
    """A slice of a patient, before any scanner.

    Attributes
    ----------
    activity
        ``(H, W)`` true uptake in SUV.
    hu
        ``(H, W)`` true CT numbers.
    lesions, body
        ``(H, W)``, where most of a pixel belongs to it.
    spacing_mm
        Pixel size.
    """

    activity: NDArray[np.float32]
    hu: NDArray[np.float32]
    lesions: BoolArray
    body: BoolArray
    spacing_mm: float


class PetPair(NamedTuple):
    """Two images of one examination, ``(H, W)`` in SUV: of a part of the counts, and of all of them."""

    low: NDArray[np.float32]
    full: NDArray[np.float32]


@dataclass(frozen=True)
class PetScanner:
    """How a center scans and reconstructs.

    Attributes
    ----------
    resolution_mm
        Full width at half maximum of the detectors.
    filter_mm
        The same of the filter after the reconstruction.
    scatter, randoms
        Shares of all counted pairs that are scattered and random; the reconstruction knows them on average.
    counts
        Pairs that a slice gives at the full dose.
    views
        Directions of the lines.
    iterations, subsets
        Of the reconstruction.

    Examples
    --------
    >>> from medfuse_course.datasets import PetScanner, draw_chest
    >>> chest, scanner = draw_chest(seed=0), PetScanner()
    >>> quiet, pair = scanner.quiet(chest), scanner.pair(chest, dose=0.1, seed=0)
    >>> low, full = (abs(image - quiet)[chest.body].mean() for image in pair)
    >>> bool(2 < low / full < 4)  # a tenth of the counts: about sqrt(10) times the noise
    True
    """

    resolution_mm: float = 7.0
    filter_mm: float = 6.0
    scatter: float = 0.3
    randoms: float = 0.2
    counts: float = 4.0e5
    views: int = 60
    iterations: int = 3
    subsets: int = 10

    def quiet(self, chest: Chest) -> NDArray[np.float32]:
        """The image without noise, ``(H, W)`` in SUV: that of endless counts. No center has it of a patient."""
        true, background = self._expected(chest)
        return self._reconstruct(true + background, background, chest)

    def pair(self, chest: Chest, *, dose: float, seed: int) -> PetPair:
        """Scan at the full dose, and keep a share of its counts.

        Parameters
        ----------
        chest
            The patient.
        dose
            Share of the counts, in (0, 1].
        seed
            Decides the noise.

        Returns
        -------
        Both images; they share noise, as clinical pairs do.
        """
        share = check_dose(dose)
        rng = generator(seed, "pet scanner")
        true, background = self._expected(chest)
        prompts = true + background
        unit = float(prompts.sum(dtype=np.float64)) / self.counts
        counted = poisson_counts(prompts, self.counts, rng)
        kept = thin_counts(counted, share, rng)
        low, full = (np.float32(unit / part) * n for part, n in ((share, kept), (1.0, counted)))
        return PetPair(self._reconstruct(low, background, chest), self._reconstruct(full, background, chest))

    def _expected(self, chest: Chest) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """True coincidences and what is counted beside them, in the unit of the activity times one pixel."""
        projector = parallel_projector(len(chest.activity), self.views)
        true = pet_expected(
            chest.activity, projector, spacing_mm=chest.spacing_mm, mu=hu_to_mu(chest.hu, 511),
            resolution_mm=self.resolution_mm,
        )  # fmt: skip
        return true, pet_background(true, scatter=self.scatter, randoms=self.randoms)

    def _reconstruct(
        self, lines: NDArray[np.float32], background: NDArray[np.float32], chest: Chest
    ) -> NDArray[np.float32]:
        return reconstruct_pet(
            lines, parallel_projector(len(chest.activity), self.views), spacing_mm=chest.spacing_mm,
            mu=hu_to_mu(chest.hu, 511), background=background, iterations=self.iterations, subsets=self.subsets,
            filter_mm=self.filter_mm,
        )  # fmt: skip


def draw_chest(seed: int, *, lesions: bool = True) -> Chest:
    """A slice of a phantom patient on a coarse grid; height and lesions follow from the seed.

    Parameters
    ----------
    seed
        The patient.
    lesions
        Whether there are any: one to four, of 8 to 32 mm and 3 to 15 SUV.

    Returns
    -------
    64 x 64 pixels of 6.4 mm.

    Examples
    --------
    >>> from medfuse_course.datasets import draw_chest
    >>> chest = draw_chest(seed=0)
    >>> chest.activity.shape, round(chest.spacing_mm, 2)
    ((64, 64), 6.4)
    >>> bool(chest.lesions.any()), bool(draw_chest(seed=0, lesions=False).lesions.any())
    (True, False)
    """
    rng = generator(seed, "coarse chest")
    z = plane_height(int(rng.integers(*PLANES)))
    wanted = int(rng.integers(1, 5))
    scan = _with_room(z, seed, wanted if lesions else 0)
    parts = scan.fractions_without_vessels(z)
    step = len(parts[0]) // SIZE
    return Chest(
        coarse(scan.suv_of(z, parts), step), coarse(scan.hu_of(z, parts), step),
        coarse(parts[LABELS["lesion"]], step) > 0.5, coarse(parts[LABELS["air"]], step) < 0.5, step * scan.spacing,
    )  # fmt: skip


def paint_noise(quiet: FloatArray, sd: float, *, seed: int) -> NDArray[np.float32]:
    """Gaussian noise on a picture, the same everywhere, cut off at 0: what a low dose does *not* look like.

    Parameters
    ----------
    quiet
        ``(H, W)`` without noise.
    sd
        Its standard deviation.
    seed
        Decides the noise.

    Returns
    -------
    ``(H, W)`` >= 0.
    """
    noise = sd * generator(seed, "painted noise").standard_normal(quiet.shape)
    return np.maximum(quiet + noise, 0).astype(np.float32)


def _with_room(z: float, seed: int, lesions: int) -> ThoraxScan:
    """The patient with so many lesions, or with as many as find room in the lungs at this height."""
    for count in range(lesions, 0, -1):
        try:
            return make_scan(heights=(z,), seed=seed, lesions=count, lesion_size=None, lesion_suv=None)
        except ValueError:  # no room
            continue
    return make_scan(heights=(z,), seed=seed, lesions=0, lesion_size=None, lesion_suv=None)
