"""`read_series`: from a folder or a file to a `Volume`."""

import os
import warnings
from pathlib import Path

import numpy as np

from medfuse_course.datasets.dicom.files import Header, headers_in
from medfuse_course.datasets.dicom.frames import frames_of
from medfuse_course.datasets.dicom.pixels import Slices, check_readable_pixels, read_pixels
from medfuse_course.datasets.dicom.series import choose
from medfuse_course.datasets.dicom.stack import affine_of, in_order
from medfuse_course.datasets.dicom.suv import suv_factor
from medfuse_course.datasets.image_files import ImageFileError
from medfuse_course.datasets.nifti import MAX_VOXELS, new_header
from medfuse_course.datasets.volume import GridWarning, Volume


def read_series(path: str | os.PathLike[str], series: str | None = None, *, suv: bool = True) -> Volume:
    """Read one DICOM series: CT in HU, PET in SUV by body weight, MR in its own unit.

    Parameters
    ----------
    path
        A folder, which may hold other folders and other files; or one file, of many frames or of one slice.
    series
        Of several series the one that is meant: its SeriesInstanceUID, or the end of it.
    suv
        Whether a PET becomes SUV; otherwise it stays in the unit of its header, mostly Bq/ml.

    Returns
    -------
    Voxels ``(column, row, slice)``, slices in the order of their places in space, the affine from voxels to mm in RAS;
    its `notes` say what was used. Nothing of the header but the geometry goes into its NIfTI header.

    Raises
    ------
    ImportError
        pydicom is not installed.
    FileNotFoundError, PermissionError
        The path cannot be opened.
    ImageFileError
        No series, several, or one that is no volume: slices missing, double, or at unequal steps; or no SUV.

    Warns
    -----
    GridWarning
        Slices may be missing, or are stacked off their normal.
    """
    path = Path(path)
    found, others = headers_in(path)
    headers = choose(found, path, series)
    by_path = {header.path: header for header in headers}
    frames = in_order([frame for header in headers for frame in frames_of(header)], str(path))
    affine = affine_of(frames, str(path))
    shape = (frames[0].shape[1], frames[0].shape[0], len(frames))
    if int(np.prod(shape, dtype=object)) > MAX_VOXELS:
        raise ImageFileError(f"{path}: expected at most {MAX_VOXELS} voxels, got {shape}; is the header damaged?")
    ordered = [by_path[frame.path] for frame in frames]
    factor, unit, notes = _unit(ordered, suv)
    if others:
        notes.append(f"left out {len(others)} files in its folder that are no DICOM, such as {others[0].name}")
    _warn_of_count(ordered, str(path))
    check_readable_pixels(headers)
    data = read_pixels(frames, headers)
    data = Slices(data.stored, data.slopes * factor, data.intercepts * factor)
    frame_of_reference = headers[0].tags.text("FrameOfReferenceUID", "")
    return Volume(
        data, affine, new_header(shape, affine), str(path), unit=unit, notes=tuple(notes), space=frame_of_reference
    )


def _warn_of_count(headers: list[Header], name: str) -> None:
    """Only a PET's header counts its slices: elsewhere the last ones of a series may be missing and nobody knows."""
    counted = headers[0].tags.whole("NumberOfSlices", 0) if headers[0].modality == "PT" else 0
    if counted and counted != len(headers):
        said = f"{name}: its header counts {counted} slices, and {len(headers)} are here; is the folder whole?"
        warnings.warn(said, GridWarning, stacklevel=3)


def _unit(headers: list[Header], suv: bool) -> tuple[float, str, list[str]]:
    """The factor to the unit that is wanted, the unit, and what is to be said of both."""
    first, notes = headers[0].tags, []
    if first.code("PhotometricInterpretation", "") == "MONOCHROME1":
        notes.append("MONOCHROME1: viewers show large values dark; here they stay large")
    if first.text("LossyImageCompression", "") == "01":
        notes.append("its pixels were compressed with loss before")
    if headers[0].modality == "MR":
        return 1.0, "", notes
    if headers[0].modality == "CT":
        named = first.code("RescaleType", "HU")
        if named != "HU":
            notes.append(f"RescaleType (0028,1054) is {named} instead of HU: are these Hounsfield units?")
        return 1.0, "HU" if named == "HU" else "", notes
    if not suv:
        units = first.code("Units", "")
        return 1.0, {"BQML": "Bq/ml", "GML": "SUV"}.get(units, units.lower()), notes
    found = suv_factor([header.tags for header in headers])
    return found.factor, "SUV", [*notes, found.note]
