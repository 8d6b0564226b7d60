"""What the head and the thorax phantom share as sources of pairs and volumes: checks, geometry, provenance."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray, Image


def check_slice(slice: int | None, count: int, default: int, span: str) -> int:
    """The index of a slice: `default` for None, else a whole number from 0 to ``count - 1``; `span` is for errors."""
    if slice is None:
        return default
    if isinstance(slice, bool) or not isinstance(slice, (int, np.integer)):
        raise TypeError(f"slice: expected a whole number or None, got {slice!r}")
    if not 0 <= slice < count:
        raise ValueError(f"slice: expected 0 to {count - 1} ({span}), got {slice}")
    return int(slice)


def check_volume(modalities: Sequence[str], known: Sequence[str], slices: range, count: int) -> None:
    """Say what is wrong with the modalities or the planes asked of a volume."""
    for modality in modalities:
        if modality not in known:
            raise ValueError(f"modalities: {unknown('modality', modality, known)}")
    if not slices or slices.step < 1 or slices[0] < 0 or slices[-1] >= count:
        raise ValueError(f"slices: expected an upward range within 0 to {count - 1}, got {slices}")


def slice_affine(corner: tuple[float, float, float], spacing: float, slice_spacing: float) -> NDArray[np.float64]:
    """Voxel (row, column, plane) to world in mm: rows run backward, columns to the patient's left.

    Parameters
    ----------
    corner
        World position of the first pixel.
    spacing, slice_spacing
        Distance of pixels and of planes.

    Returns
    -------
    ``(4, 4)``, in mm.
    """
    affine = np.zeros((4, 4))
    affine[1, 0] = affine[0, 1] = -spacing
    affine[2, 2] = slice_spacing
    affine[:, 3] = *corner, 1.0
    return affine


def coarse(image: FloatArray, step: int) -> NDArray[np.float32]:
    """Means of ``step x step`` pixels of a square image."""
    side = len(image) // step
    return np.asarray(image.reshape(side, step, side, step).mean(axis=(1, 3)), dtype=np.float32)


def colored(gray: Image, table: str) -> Image:
    """The image through a pseudo-color table; ``"gray"`` leaves it as it is."""
    if table == "gray":
        return gray
    from medfuse_course.color.pseudocolor import apply_table  # here: gray pairs need no tables

    return apply_table(gray, table)


def library_version() -> str:
    """The installed release, for the provenance of a pair."""
    try:
        return version("medfuse-course")
    except PackageNotFoundError:
        return "not installed"
