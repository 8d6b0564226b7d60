"""Slices of a phantom through a scanner: projection, counting, reconstruction.

Maps are square, in physical units, at one pixel size. The field of view is the disk inside them. CT is reconstructed on
the grid of the map; emission on a grid half as fine, as scanners do, and interpolated back. Projectors are made once
for each size and kept.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.phantom import coarse
from medfuse_course.physics import (
    RampWindow,
    ct_counts,
    ct_line_integrals,
    ct_logarithm,
    filtered_backprojection,
    gaussian_blur,
    hu_to_mu,
    mlem,
    parallel_projector,
    pet_expected,
    poisson_counts,
    reconstruct_ct,
    reconstruct_pet,
    spect_projector,
    survival,
    thin_counts,
)

Simulation = Literal["reconstruction", "image_space"]
"""How a phantom is scanned: through projector and reconstruction, or by point spread and noise in the image."""

EmissionMethod = Literal["osem", "mlem", "fbp"]

CT_PHOTONS = 2.0e5
"""Photons that each view sends to a square mm of detector at dose 1; bins are square."""

CT_VIEWS, PET_VIEWS, SPECT_VIEWS = 360, 180, 60

_CAMERA_MM = (4.0, 0.035)  # high-resolution collimator: at its face, and per mm of distance
_STEPS = {"osem": (4, 10), "mlem": (30, 1)}  # iterations and subsets


def ct_slice(
    hu: FloatArray,
    *,
    spacing_mm: float,
    seed: int | np.random.Generator,
    dose: float = 1.0,
    window: RampWindow = "shepp-logan",
) -> NDArray[np.float32]:
    """What a CT scanner shows of a slice.

    Parameters
    ----------
    hu
        ``(size, size)`` true CT numbers, `size` even.
    spacing_mm
        Pixel size.
    seed
        A seed, or a generator to draw from.
    dose
        Relative to a usual one of the chest; noise goes with its inverse square root. 0 is without noise.
    window
        Taper of the ramp filter.

    Returns
    -------
    ``(size, size)`` CT numbers; air outside the field of view.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import ct_slice
    >>> water = np.zeros((32, 32))
    >>> quiet = ct_slice(water, spacing_mm=4.0, seed=0, dose=0)
    >>> usual, low = (ct_slice(water, spacing_mm=4.0, seed=0, dose=dose) for dose in (0.004, 0.001))
    >>> bool(abs(quiet[12:20, 12:20].mean()) < 5), float(quiet[0, 0])  # water in the middle, air in the corner
    (True, -1000.0)
    >>> bool(1.5 < low[8:24, 8:24].std() / usual[8:24, 8:24].std() < 2.5)  # a quarter of the dose: twice
    True
    """
    values = _check_map(hu, "hu")
    if not 0 <= dose < np.inf:
        raise ValueError(f"dose: expected a number >= 0 (0 is without noise), got {dose}")
    projector = parallel_projector(len(values), CT_VIEWS, fold=True)
    if dose == 0:
        lines = ct_line_integrals(values, projector, spacing_mm=spacing_mm)
    else:
        photons = CT_PHOTONS * dose * spacing_mm**2
        counts = ct_counts(values, projector, spacing_mm=spacing_mm, photons=photons, seed=_rng(seed, "ct"))
        lines = ct_logarithm(counts, photons)
    return reconstruct_ct(lines, projector, spacing_mm=spacing_mm, window=window)


def pet_slice(
    activity: FloatArray,
    hu: FloatArray,
    *,
    spacing_mm: float,
    seed: int | np.random.Generator,
    counts: float = 1.0e6,
    dose: float = 1.0,
    attenuation_correction: bool = True,
    corrected_by: FloatArray | None = None,
    resolution_mm: float = 4.5,
    filter_mm: float = 4.0,
    reconstruction: EmissionMethod = "osem",
) -> NDArray[np.float32]:
    """What a PET scanner shows of a slice.

    Parameters
    ----------
    activity
        ``(size, size)`` true activity, >= 0, in any unit.
    hu
        ``(size, size)`` CT numbers of the same slice: what the photons pass, and what corrects for it.
    spacing_mm
        Pixel size.
    seed
        A seed, or a generator to draw from.
    counts
        Coincidences in the slice; 0 is without noise.
    dose
        Share of these coincidences that is kept, at random (`physics.thin_counts`): the same scan at a lower dose.
        Its counts are a part of those at dose 1 and the same seed. Without noise there is nothing to thin.
    attenuation_correction
        Whether the reconstruction corrects for attenuation. Without it the scale is lost, and the image is scaled to
        the sum of the true activity.
    corrected_by
        ``(size, size)`` CT numbers that the correction believes in, of another breath; None: those of `hu`.
    resolution_mm, filter_mm
        Full widths at half maximum of the detectors and of the filter after the reconstruction.
    reconstruction
        ``"osem"`` (4 iterations of 10 subsets), ``"mlem"`` (30 iterations) or ``"fbp"``.

    Returns
    -------
    ``(size, size)`` float32 in the unit of the activity.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import pet_slice
    >>> activity, water = np.zeros((32, 32)), np.zeros((32, 32))
    >>> activity[8:24, 8:24] = 1
    >>> quiet = {"spacing_mm": 4.0, "seed": 0, "counts": 0}
    >>> images = [pet_slice(activity, water, attenuation_correction=on, **quiet) for on in (True, False)]
    >>> [round(float(image[14:18, 14:18].mean()), 1) for image in images]  # too dark without the correction
    [1.0, 0.8]
    """
    truth, tissue = coarse(_check_map(activity, "activity"), 2), coarse(_check_map(hu, "hu"), 2)
    spacing, projector = 2 * spacing_mm, parallel_projector(len(truth), PET_VIEWS)
    mu = hu_to_mu(tissue, 511)
    expected = pet_expected(truth, projector, spacing_mm=spacing, mu=mu, resolution_mm=resolution_mm)
    measured = _count(expected, counts, _rng(seed, "pet"), dose)
    believed = mu if corrected_by is None else hu_to_mu(coarse(_check_map(corrected_by, "corrected_by"), 2), 511)
    known = believed if attenuation_correction else None
    if reconstruction == "fbp":
        lines = measured if known is None else measured / survival(known, projector, spacing)
        image = gaussian_blur(filtered_backprojection(lines, projector, window="hann"), filter_mm, spacing)
    else:
        iterations, subsets = _steps(reconstruction)
        image = reconstruct_pet(
            measured, projector, spacing_mm=spacing, mu=known, iterations=iterations, subsets=subsets,
            filter_mm=filter_mm,
        )  # fmt: skip
    return _fine(image if attenuation_correction else _to_sum(image, truth))


def pet_coincidences(activity: FloatArray, hu: FloatArray, *, spacing_mm: float) -> float:
    """How many pairs of photons leave a slice on average, in the unit of the activity times mm^2 and lines.

    Parameters
    ----------
    activity, hu
        ``(size, size)``, as `pet_slice` takes them.
    spacing_mm
        Pixel size: half of it is a body of half the size.

    Returns
    -------
    A number that compares bodies: the activity of each line, times what of its pairs is not absorbed.
    """
    truth, tissue = coarse(_check_map(activity, "activity"), 2), coarse(_check_map(hu, "hu"), 2)
    projector = parallel_projector(len(truth), PET_VIEWS)
    lines = pet_expected(truth, projector, spacing_mm=2 * spacing_mm, mu=hu_to_mu(tissue, 511))
    return spacing_mm**2 * float(lines.sum(dtype=np.float64))


def spect_slice(
    activity: FloatArray,
    hu: FloatArray,
    *,
    spacing_mm: float,
    seed: int | np.random.Generator,
    counts: float = 1.5e5,
    attenuation_correction: bool = True,
    resolution_mm: tuple[float, float] = _CAMERA_MM,
    filter_mm: float = 6.0,
    reconstruction: Literal["osem", "mlem"] = "osem",
) -> NDArray[np.float32]:
    """What a SPECT camera shows of a slice; parameters as in `pet_slice`, but for these.

    Parameters
    ----------
    resolution_mm
        Full width at half maximum at the face of the collimator, and how much it grows per mm of distance. The
        reconstruction has both in its system matrix. Its iterations undo the blur in part: four times ten subsets leave
        a point in the head 8 to 16 mm wide.
    attenuation_correction
        Whether the reconstruction corrects for the attenuation of each depth.

    Returns
    -------
    The reconstructed activity, in the shape and units of `activity`.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import spect_slice
    >>> activity, water = np.zeros((32, 32)), np.zeros((32, 32))
    >>> activity[8:24, 8:24] = 1
    >>> quiet = {"spacing_mm": 4.0, "seed": 0, "counts": 0}
    >>> images = [spect_slice(activity, water, attenuation_correction=on, **quiet) for on in (True, False)]
    >>> [bool(x[14:18, 14:18].mean() < 0.97 * x[9:23, 9:11].mean()) for x in images]  # darker than the rim
    [False, True]
    """
    truth, tissue = coarse(_check_map(activity, "activity"), 2), coarse(_check_map(hu, "hu"), 2)
    spacing, size = 2 * spacing_mm, len(truth)
    mu = hu_to_mu(tissue, 140)
    camera = spect_projector(size, SPECT_VIEWS, spacing_mm=spacing, mu=mu, resolution_mm=resolution_mm)
    measured = _count(camera.project(truth), counts, _rng(seed, "spect"))
    iterations, subsets = _steps(reconstruction)
    if not attenuation_correction:
        camera = spect_projector(size, SPECT_VIEWS, spacing_mm=spacing, resolution_mm=resolution_mm)
    image = gaussian_blur(mlem(measured, camera, iterations=iterations, subsets=subsets), filter_mm, spacing)
    return _fine(image if attenuation_correction else _to_sum(image, truth))


def _count(
    expected: NDArray[np.float32], counts: float, rng: np.random.Generator, dose: float = 1.0
) -> NDArray[np.float32]:
    """Poisson counts, thinned to `dose`, in the unit of the expected ones; without noise where `counts` is 0."""
    if not 0 <= counts < np.inf:
        raise ValueError(f"counts: expected a number >= 0 (0 is without noise), got {counts}")
    total = float(expected.sum(dtype=np.float64))
    if counts == 0 or total == 0:
        return expected
    counted = poisson_counts(expected, counts, rng)
    if dose != 1:
        counted = thin_counts(counted, check_dose(dose), rng)
    return np.asarray(counted * np.float32(total / (counts * dose)), dtype=np.float32)


def check_dose(dose: float) -> float:
    """Return a share of the dose in (0, 1], or say what is wrong with it."""
    if isinstance(dose, bool) or not isinstance(dose, float | int | np.number):
        raise TypeError(f"dose: expected a share of the full dose as a number, such as 0.1, got {dose!r}")
    if not 0 < dose <= 1:
        advice = f"; a factor of {dose:g} less is {1 / dose:.4g}, and {dose:g} % is {dose / 100:g}" if dose > 1 else ""
        raise ValueError(f"dose: expected a share of the full dose, above 0 and at most 1, got {dose}{advice}")
    return float(dose)


def _fine(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Back to twice as many pixels, linear between the middles of the coarse ones."""
    fine = ndimage.zoom(image, 2, order=1, mode="grid-constant", grid_mode=True)
    return np.asarray(fine, dtype=np.float32)


def _check_map(image: FloatArray, name: str) -> NDArray[np.float32]:
    values = np.asarray(image, dtype=np.float32)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or len(values) % 2 or len(values) < 32:
        raise ValueError(f"{name}: expected a square map with an even number of pixels from 32 on, got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: expected finite values, got NaN or infinite")
    return values


def _steps(reconstruction: str) -> tuple[int, int]:
    """Iterations and subsets."""
    if reconstruction not in _STEPS:
        raise ValueError(f"reconstruction: {unknown('reconstruction', str(reconstruction), _STEPS)}")
    return _STEPS[reconstruction]


def _to_sum(image: NDArray[np.float32], truth: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(image * np.float32(truth.sum() / max(float(image.sum()), 1e-12)), dtype=np.float32)


def _rng(seed: int | np.random.Generator, stream: str) -> np.random.Generator:
    return seed if isinstance(seed, np.random.Generator) else generator(seed, "acquisition", stream)
