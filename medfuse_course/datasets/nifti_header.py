"""What a NIfTI header says of space: in which unit, and whether its two affines say the same."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.datasets.volume import GridWarning, corners

_UNIT, _MM = 7, 2  # of the byte xyzt_units: the bits that name the unit of space; mm
_IN_MM = {1: 1000.0, 3: 0.001}  # a meter, a micron
_TOLERANCE = 0.01  # of a voxel


def in_mm(header: Any, affine: NDArray[np.float64]) -> tuple[Any, NDArray[np.float64]]:
    """A header and its affine with lengths in mm, whatever unit ``xyzt_units`` names; without one, mm are meant.

    Returns
    -------
    The header (a copy where something changes) and the affine.
    """
    units = int(header["xyzt_units"])
    if (factor := _IN_MM.get(units & _UNIT, 1.0)) == 1:
        return header, affine
    header = header.copy()
    header["pixdim"][1:4] *= factor
    for field in ("srow_x", "srow_y", "srow_z", "qoffset_x", "qoffset_y", "qoffset_z"):
        header[field] = header[field] * factor
    header["xyzt_units"] = units & ~_UNIT | _MM
    return header, np.diag([factor] * 3 + [1.0]) @ affine


def warn_of_two_places(name: str, header: Any, shape: tuple[int, ...]) -> None:
    """Warn where qform and sform, both in use, place the voxels differently; the sform is what counts."""
    if not (header["qform_code"] and header["sform_code"]):
        return
    voxels = corners((int(shape[0]), int(shape[1]), int(shape[2])))
    apart = np.linalg.norm(((header.get_sform() - header.get_qform()) @ voxels)[:3], axis=0).max()
    if apart > _TOLERANCE * float(np.min(header.get_zooms()[:3])):
        warnings.warn(
            f"{name}: its qform and its sform place the voxels up to {apart:.3g} mm apart; the sform is used",
            GridWarning,
            stacklevel=2,
        )
