"""Whether two series of slices in different planes are one head: reslice one and correlate.

An axial stack is a volume. Cut it across, and out comes a coronal or a sagittal picture. If that picture and a slice of
another series agree detail by detail, both series are cuts through one scan. So it is with the three MRI/PET cases of
AANLIB, which its copies list as three cases.
"""

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import map_coordinates

from medfuse_course.core.types import Image
from medfuse_course.datasets import aanlib
from medfuse_course.datasets.file_store import Store
from medfuse_course.datasets.image_files import read_image

BLACK = 0.05
"""Pixels darker than this in both pictures are air: counting them would make any two heads alike."""

AXIAL, CORONAL, SAGITTAL = 41, 25, 30
STEP = 1.745
"""Pixels from slice to slice, in all three cases. This and the next three were found by search."""
TOP = 143.75  # the axial slice in which row 0 of a coronal or sagittal picture lies
CORONAL_ROW = 234.8  # the row of an axial picture in which coronal slice 0 would lie; the series runs forward
SAGITTAL_COLUMN = 4.15  # the column of an axial picture in which sagittal slice 0 would lie


def agreement(one: Image, other: Image) -> float:
    """Correlation of two pictures where at least one of them is not black; NaN where both are black."""
    inside = (one > BLACK) | (other > BLACK)
    if inside.sum() < 2:
        return float("nan")
    return float(np.corrcoef(one[inside], other[inside])[0, 1])


def aanlib_agreement(store: Store | None = None, every: int = 10) -> dict[str, dict[int, float]]:
    """How well the axial MRI of AANLIB's MRI/PET, resliced, agrees with the coronal and the sagittal case.

    Parameters
    ----------
    store
        Where the images are; the default one without it. What is not on this machine is not fetched.
    every
        Compare one of so many slices.

    Returns
    -------
    ``"coronal"`` and ``"sagittal"`` to slice number and `agreement`, in the rows that the axial series covers; empty
    where images are missing.

    Examples
    --------
    >>> from pathlib import Path
    >>> from medfuse_course.datasets import aanlib, aanlib_agreement
    >>> nowhere = aanlib.shipped_manifest().store(Path("no such folder"), None)
    >>> aanlib_agreement(nowhere)  # no images, no numbers
    {'coronal': {}, 'sagittal': {}}
    """
    store = store or aanlib.default_store()
    axial, coronal, sagittal = (_stack(store, case) for case in (AXIAL, CORONAL, SAGITTAL))
    if not (axial and coronal and sagittal):
        return {"coronal": {}, "sagittal": {}}
    numbers = np.array(sorted(axial))
    volume = np.stack([axial[k] for k in numbers])
    row, column = np.mgrid[:256, :256].astype(float)
    height = np.interp(TOP - row / STEP, numbers, np.arange(len(numbers)), left=-1, right=-1)
    inside = height[:, 0] >= 0
    found: dict[str, dict[int, float]] = {"coronal": {}, "sagittal": {}}
    for k in sorted(coronal)[::every]:
        cut = map_coordinates(volume, [height, np.full_like(row, CORONAL_ROW - STEP * k), column], order=1)
        found["coronal"][k] = agreement(cut[inside], coronal[k][inside])
    for k in sorted(sagittal)[::every]:
        cut = map_coordinates(volume, [height, column, np.full_like(row, SAGITTAL_COLUMN + STEP * k)], order=1)
        found["sagittal"][k] = agreement(cut[inside], sagittal[k][inside])
    return found


def _stack(store: Store, case: int) -> Mapping[int, Image]:
    """Slice number to MRI of one case; empty unless all are here."""
    entries = [entry for entry in aanlib.shipped_manifest().select(["mri-pet"]) if entry.case == case]
    files = {entry.slice: store.find(entry.a) for entry in entries}
    return {k: read_image(path) for k, path in files.items() if path} if all(files.values()) else {}
