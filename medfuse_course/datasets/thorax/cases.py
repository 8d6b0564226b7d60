"""The cases of the thorax phantom: ``thorax/low-dose-pet`` and ``thorax/pet-ct-lesions``."""

from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from medfuse_course.core.registry import check_name
from medfuse_course.datasets.acquisition import Simulation
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.phantom import check_slice
from medfuse_course.datasets.thorax.mimics import make_mimic_scan
from medfuse_course.datasets.thorax.planning import make_scan
from medfuse_course.datasets.thorax.scan import DEFAULT_SLICE, SLICE_SPACING, SLICES, ThoraxScan, plane_height
from medfuse_course.datasets.thorax.tissues import HOST, LABELS

LOW_DOSES = (1 / 2, 1 / 4, 1 / 10, 1 / 20)
"""Shares of the counts that studies of low dose keep."""

Reference = Literal["truth", "nested", "independent"]
"""What a result is compared with: the scan without noise; the full dose, a part of whose counts were kept; or the full
dose of another examination. Nobody has the first of a patient, and most have only the second."""


def low_dose_pet(
    *,
    seed: int = 0,
    slice: int | None = None,
    dose: float = 0.1,
    lesions: int = 3,
    lesion_size: float | None = None,
    lesion_suv: float | None = None,
    neighbors: int = 0,
    reference: Reference = "truth",
    body: float = 1.0,
    simulate: Simulation = "reconstruction",
) -> Case:
    """A PET of the chest whose counts were thinned to `dose`; the target is the same scan without noise.

    With `neighbors` the input is a stack of ``2 neighbors + 1`` slices, the one that is meant in the middle. Another
    `reference` makes the target what a clinic has instead of the truth: see `Reference`. A `body` of 0.5 is that of a
    child of half an adult's size, who was given as much activity per weight: see `ThoraxScan`.
    """
    check_name("reference", reference, get_args(Reference))
    index = check_slice(slice, SLICES, DEFAULT_SLICE, "from the belly to the upper chest")
    wanted = {
        "lesions": lesions, "lesion_size": lesion_size, "lesion_suv": lesion_suv, "body": body, "simulate": simulate
    }  # fmt: skip
    z = plane_height(index)
    low = make_scan(heights=(z,), seed=seed, dose=dose, **wanted)  # type: ignore[arg-type]
    if reference == "truth":
        other = make_scan(heights=(z,), seed=seed, noise=0, **wanted)  # type: ignore[arg-type]
    else:
        other = replace(low, dose=1.0, repeat=int(reference == "independent"))
    if not 0 <= neighbors <= min(index, SLICES - 1 - index):
        raise ValueError(f"neighbors: expected 0 or more slices on each side of slice {index}, got {neighbors}")
    heights = [z + k * SLICE_SPACING / body for k in range(-neighbors, neighbors + 1)]
    planes = np.stack([low.image("PET", height) for height in heights])
    name = f"PET at {100 * dose:g} % of the dose"
    return Case(
        name="thorax/low-dose-pet", task="enhancement", inputs={name: planes if neighbors else planes[0]},
        target=other.image("PET", z), unit="SUV", scale=10.0, windows=("suv:0-8", "suv:0-8"),
        **_truth(low, z), provenance={"seed": seed, "slice": index, "dose": dose, "reference": reference, **wanted},
    )  # fmt: skip


def pet_ct_lesions(
    *,
    seed: int = 0,
    slice: int | None = None,
    lesions: int = 3,
    lesion_size: float | None = None,
    lesion_suv: float | None = None,
    noise: float = 1.0,
    benign: int = 0,
    clots: int = 0,
    simulate: Simulation = "reconstruction",
) -> Case:
    """A CT in HU and a PET in SUV of the chest; the target is the mask of the lesions.

    What looks like a lesion in one of the two is no part of the target: `benign` nodules, which only the CT shows, and
    `clots`, which only the PET shows (`thorax.mimics`).
    """
    index = check_slice(slice, SLICES, DEFAULT_SLICE, "from the belly to the upper chest")
    wanted = {
        "lesions": lesions, "lesion_size": lesion_size, "lesion_suv": lesion_suv, "noise": noise, "simulate": simulate
    }  # fmt: skip
    z = plane_height(index)
    scan = make_mimic_scan(z, seed=seed, benign=benign, clots=clots, **wanted)  # type: ignore[arg-type]
    known = _truth(scan.ct, z) | {"lesions": scan.masks(z)["lesions"]}
    wanted |= {"benign": benign, "clots": clots}
    return Case(
        name="thorax/pet-ct-lesions", task="segmentation",
        inputs={"CT": scan.ct.image("CT", z), "PET": scan.pet.image("PET", z)},
        target=known["lesions"], unit="", scale=1.0, windows=("hu:-350,1300", "suv:0-8", "range:0,1"), **known,
        provenance={"seed": seed, "slice": index, **wanted},
    )  # fmt: skip


def _truth(scan: ThoraxScan, z: float) -> dict[str, Any]:
    labels = scan.labels(z)
    return {
        "spacing": (scan.spacing, scan.spacing),
        "region": labels != LABELS["air"],
        "labels": labels,
        "host": HOST,
        "lesions": scan.fractions(z)[LABELS["lesion"]] > 0.5,
    }
