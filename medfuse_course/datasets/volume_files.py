"""Volumes from whatever holds one: NIfTI files, DICOM series, nibabel images, arrays."""

import os
from typing import Any

import numpy as np

from medfuse_course.datasets.dicom import is_dicom, read_series
from medfuse_course.datasets.nifti import from_array, from_image, is_nifti, read_nifti
from medfuse_course.datasets.volume import Volume


def read_volume(path: str | os.PathLike[str], series: str | None = None, *, suv: bool = True) -> Volume:
    """Open a NIfTI volume, or read a DICOM series.

    Parameters
    ----------
    path
        ``.nii`` or ``.nii.gz`` with one 3-D volume of real numbers; or a folder with the slices of a CT, PET or MR
        series, or a DICOM file.
    series
        Of several DICOM series the one that is meant: its SeriesInstanceUID, or the end of it.
    suv
        Whether a PET of DICOM becomes SUV by body weight; otherwise it stays in its own unit.

    Returns
    -------
    The volume; the voxels of a NIfTI file are not read yet.

    Raises
    ------
    FileNotFoundError, PermissionError
        The path cannot be opened.
    ImportError
        It is DICOM, and pydicom is not installed.
    ImageFileError
        Not NIfTI, truncated, 4-D, of colors or complex numbers, or without a usable affine; or no one series of
        slices that are a volume.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import nibabel
    >>> import numpy as np
    >>> from medfuse_course.datasets import read_volume
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ct.nii.gz"
    ...     nibabel.save(nibabel.Nifti1Image(np.ones((4, 5, 6)), np.diag([1, 1, 3, 1])), path)
    ...     volume = read_volume(path)
    ...     volume.shape, volume.voxel_size.tolist(), volume.slice(0).shape  # 5 rows, from the nose to the back
    ((4, 5, 6), [1.0, 1.0, 3.0], (5, 4))
    """
    if not is_nifti(path) and is_dicom(path):
        return read_series(path, series, suv=suv)
    if series is not None:
        raise ValueError(f"series: {path} is no DICOM; only a folder of DICOM series needs a choice")
    return read_nifti(path)


def is_volume(path: str | os.PathLike[str]) -> bool:
    """Whether the name, or what lies there, is that of a volume rather than of a picture."""
    return is_nifti(path) or is_dicom(path)


def as_volume(source: Any, name: str = "volume") -> Volume:
    """The volume that `source` is or names.

    Parameters
    ----------
    source
        A path that `read_volume` reads, a nibabel image, ``(array, affine)`` with the array ``(I, J, K)`` and the
        affine in mm, or a `Volume`.
    name
        What errors call it when it has no file.

    Returns
    -------
    The volume. Voxels are not copied, and those of a NIfTI file are not read.

    Raises
    ------
    TypeError
        It is none of these.
    ImportError, ImageFileError, OSError
        As `read_volume`.
    """
    if isinstance(source, Volume):
        return source
    if isinstance(source, (str, os.PathLike)):
        return read_volume(source)
    import nibabel

    if isinstance(source, nibabel.Nifti1Pair):
        return from_image(source, source.get_filename() or name)
    if isinstance(source, (tuple, list)) and len(source) == 2:
        return from_array(np.asarray(source[0]), np.asarray(source[1], np.float64), name)
    advice = "; give the affine too, numpy.eye(4) for voxels of 1 mm" if isinstance(source, np.ndarray) else ""
    raise TypeError(
        f"{name}: expected a path of NIfTI or DICOM, a nibabel image or (array, affine), got "
        f"{type(source).__name__}{advice}"
    )
