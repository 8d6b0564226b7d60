"""The pairs of the head phantom: ``head/mri-ct``, ``head/mri-pet`` and ``head/mri-spect``.

Options they share: ``contrast`` of the MRI (``"t1"`` or ``"t2"``), ``lesions`` (how many, centered in the slice),
``lesion_size`` (diameter in mm), ``noise`` (0 none, 1 usual), ``simulate`` (``"reconstruction"``, through projector and
reconstruction, or ``"image_space"``, by point spread and noise; the MRI is the same), ``window_a`` and ``window_b``
(text, as `intensity.parse_window` reads it). PET and SPECT also have ``color``: ``"gray"``, or the name of a
pseudo-color table such as ``"hot"``.

PET and SPECT are reconstructed unless told otherwise, CT is not: bins of a millimeter, twice those of a real scanner,
blur thin bone and skin and leave streaks that a window of 80 HU shows.
"""

from typing import Any

from medfuse_course.datasets.acquisition import Simulation
from medfuse_course.datasets.head.scan import DEFAULT_SLICE, SLICE_SPACING, SLICES, make_scan, plane_height
from medfuse_course.datasets.head.shape import LEFT_TOP
from medfuse_course.datasets.head.tissues import HOST, LABEL_NAMES, LABELS, Contrast
from medfuse_course.datasets.intensity import parse_window
from medfuse_course.datasets.pair import Pair, Truth
from medfuse_course.datasets.phantom import check_slice, colored, library_version, slice_affine

_WINDOWS = {"t1": "range:0,1000", "t2": "range:0,500", "CT": "hu:brain", "PET": "suv:0-10", "SPECT": "range:0,2.8"}


def load_mri_ct(
    name: str = "head/mri-ct",
    *,
    slice: int | None = None,
    seed: int = 0,
    contrast: Contrast = "t1",
    lesions: int = 0,
    lesion_size: float = 16.0,
    noise: float = 1.0,
    simulate: Simulation = "image_space",
    window_a: str | None = None,
    window_b: str | None = None,
) -> Pair:
    """MRI and CT of one slice of the phantom; `slice` runs from 0 to ``SLICES - 1``, None is the ventricles."""
    scan = {
        "contrast": contrast, "lesions": lesions, "lesion_size": lesion_size, "noise": noise, "simulate": simulate
    }  # fmt: skip
    return _load(name, "CT", slice, seed, scan, (window_a, window_b))


def load_mri_pet(
    name: str = "head/mri-pet",
    *,
    slice: int | None = None,
    seed: int = 0,
    contrast: Contrast = "t1",
    lesions: int = 0,
    lesion_size: float = 16.0,
    noise: float = 1.0,
    simulate: Simulation = "reconstruction",
    color: str = "gray",
    window_a: str | None = None,
    window_b: str | None = None,
) -> Pair:
    """MRI and FDG-PET of one slice of the phantom; `slice` runs from 0 to ``SLICES - 1``, None is the ventricles."""
    scan = {
        "contrast": contrast, "lesions": lesions, "lesion_size": lesion_size, "noise": noise, "simulate": simulate
    }  # fmt: skip
    return _load(name, "PET", slice, seed, scan, (window_a, window_b), color)


def load_mri_spect(
    name: str = "head/mri-spect",
    *,
    slice: int | None = None,
    seed: int = 0,
    contrast: Contrast = "t1",
    lesions: int = 0,
    lesion_size: float = 16.0,
    noise: float = 1.0,
    simulate: Simulation = "reconstruction",
    color: str = "gray",
    window_a: str | None = None,
    window_b: str | None = None,
) -> Pair:
    """MRI and perfusion SPECT of one slice of the phantom; `slice` as in `load_mri_pet`."""
    scan = {
        "contrast": contrast, "lesions": lesions, "lesion_size": lesion_size, "noise": noise, "simulate": simulate
    }  # fmt: skip
    return _load(name, "SPECT", slice, seed, scan, (window_a, window_b), color)


def _load(
    name: str,
    modality: str,
    slice: int | None,
    seed: int,
    options: dict[str, Any],
    windows: tuple[str | None, str | None],
    color: str = "gray",
) -> Pair:
    index = check_slice(slice, SLICES, DEFAULT_SLICE, "from the orbits to the vertex")
    z = plane_height(index)
    scan = make_scan(heights=(z,), seed=seed, **options)
    window_a = parse_window(windows[0] or _WINDOWS[scan.contrast])
    window_b = parse_window(windows[1] or _WINDOWS[modality])
    image_a, image_b = scan.image("MRI", z), scan.image(modality, z)
    window_a, window_b = window_a.fit(image_a), window_b.fit(image_b)
    labels = scan.labels(z)
    quantities = {"signal": scan.truth("signal", z)}
    if modality == "CT":
        quantities["hu"] = scan.truth("hu", z)
    else:
        quantities["activity"] = scan.truth(modality, z)
    return Pair(
        a=window_a.apply(image_a),
        b=colored(window_b.apply(image_b), color),
        name=name,
        modalities=("MRI", modality),
        spacing=(1.0, 1.0),
        affine=slice_affine((*LEFT_TOP, z), 1.0, SLICE_SPACING),
        windows=(str(window_a), str(window_b)),
        truth=Truth(labels, LABEL_NAMES, labels == LABELS["lesion"], quantities, HOST),
        provenance={
            "generator": "medfuse_course head phantom on the ICBM 152 template (2009a, symmetric)",
            "version": library_version(),
            "seed": int(seed),
            "slice": index,
            "z_mm": z,
            "options": {**options, "color": color},
        },
    )
