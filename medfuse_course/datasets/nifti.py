"""NIfTI volumes in and out, from files, nibabel images and arrays; header and affine are kept.

A volume stays on disk (``.nii``) or in memory in its stored type (``.nii.gz``, which cannot be read from the middle);
only one slice at a time becomes float32.
"""

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.files import atomic_path
from medfuse_course.core.quiet import log_as_warnings
from medfuse_course.datasets.image_files import ImageFileError, check_readable
from medfuse_course.datasets.nifti_header import in_mm, warn_of_two_places
from medfuse_course.datasets.volume import Volume

MAX_VOXELS = 2**30
"""Volumes with more voxels are refused: 1024 x 1024 x 1024, 4 GiB as float32."""

ENDINGS = (".nii", ".nii.gz")
DESCRIPTION = "made by medfuse_course; for teaching and research, not for clinical use"
"""What a volume that is written says of itself."""

_SPARE_BYTES = 2**20  # what may stand behind the voxels of a file
_DAMAGED = (EOFError, OSError, ValueError, zlib.error, struct.error)


def read_nifti(path: str | os.PathLike[str]) -> Volume:
    """Open a NIfTI volume.

    Parameters
    ----------
    path
        ``.nii`` or ``.nii.gz`` with one 3-D volume of real numbers.

    Returns
    -------
    The volume; its voxels are not read yet.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        The file cannot be opened.
    ImageFileError
        Not NIfTI, truncated, 4-D, of colors or complex numbers, or without a usable affine.
    """
    import nibabel
    from nibabel.filebasedimages import ImageFileError as NibabelError
    from nibabel.spatialimages import HeaderDataError

    path = check_readable(path)
    if not is_nifti(path):
        raise ImageFileError(f"{path}: expected a name that ends in .nii or .nii.gz")
    try:
        with log_as_warnings("nibabel.global", str(path)):
            image: Any = nibabel.load(path, mmap="c")
        volume = from_image(image, str(path))
        np.asarray(volume.data[..., -1])  # the last slice is there, so all are
    except ImageFileError:
        raise
    except (*_DAMAGED, HeaderDataError, NibabelError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ImageFileError(f"{path}: not a whole NIfTI file ({reason}); get it again from where it came") from error
    return volume


def write_volume(
    path: str | os.PathLike[str],
    data: NDArray[np.float32],
    like: Volume,
    *,
    display: tuple[float, float] = (0, 1),
    overwrite: bool = True,
) -> None:
    """Write ``data`` as float32 NIfTI with the header and affine of ``like``; the file appears whole or not at all.

    Affine, orientation codes and voxel sizes are kept. Whatever describes the old values is not: data type, scale
    factors, display range (it becomes `display`), intent, auxiliary file, description and extensions, which may also
    hold a patient's name.

    Raises
    ------
    ValueError, OSError
        Another format or grid; or the file cannot be written, or is there and `overwrite` is False.
    """
    import nibabel

    path = Path(path)
    if not is_nifti(path):
        raise ValueError(f"{path}: expected a name that ends in .nii or .nii.gz, got {path.suffix or 'no ending'}")
    image = to_image(data, like, display)
    with atomic_path(path, overwrite) as part:
        nibabel.save(image, part)


def to_image(data: NDArray[np.float32], like: Volume, display: tuple[float, float] = (0, 1)) -> Any:
    """``data`` as a float32 nibabel image with the header and affine of ``like``; `write_volume` says what is kept."""
    import nibabel

    if data.shape != like.shape:
        raise ValueError(f"data: expected the grid of {like.name}, {like.shape}, got {data.shape}")
    source: Any = like.header
    header = source.copy()
    header.set_data_dtype(np.float32)
    _forget(header)
    header["cal_min"], header["cal_max"] = display
    header["scl_slope"], header["scl_inter"] = 1, 0
    kind: Any = nibabel.Nifti2Image if header["sizeof_hdr"] == 540 else nibabel.Nifti1Image
    return kind(np.asarray(data, np.float32), like.affine, header)


def _forget(header: Any) -> None:
    """Take out of a header what described the values that it came with, or whoever they were taken from."""
    header.extensions.clear()
    header.set_intent("none", (), "")
    header["aux_file"], header["descrip"] = b"", DESCRIPTION.encode()
    for field in {"db_name", "data_type"} & set(header.keys()):  # NIfTI-1 has them from its forerunner
        header[field] = b""


def is_nifti(path: str | os.PathLike[str]) -> bool:
    """Whether the name is that of a NIfTI file."""
    return str(path).lower().endswith(ENDINGS)


def from_image(image: Any, name: str) -> Volume:
    """The volume that a nibabel image is; `read_nifti` says which are refused."""
    import nibabel

    if not isinstance(image, nibabel.Nifti1Pair):
        raise ImageFileError(f"{name}: expected NIfTI, got {type(image).__name__}; convert it first")
    stored = image.dataobj
    if isinstance(image, nibabel.Nifti1Image) and hasattr(stored, "offset"):  # in a file
        _check_offset(name, int(stored.offset), int(image.header.single_vox_offset))
    header, affine = in_mm(image.header, np.asarray(image.affine, np.float64))
    _check(name, image.shape, header.get_data_dtype(), affine)
    source = str(getattr(stored, "file_like", ""))  # of voxels that are still in a file
    data = _unpacked(Path(source), stored) if source.lower().endswith(".gz") else stored
    placed = bool(header["qform_code"] or header["sform_code"])
    warn_of_two_places(name, header, image.shape)
    return Volume(data, affine, header, name, placed)


def from_array(array: NDArray[Any], affine: NDArray[np.float64], name: str) -> Volume:
    """The volume of an array ``(I, J, K)`` with its affine in mm."""
    if affine.shape != (4, 4):
        raise ValueError(f"{name}: expected an affine of shape (4, 4), from voxels to mm, got {affine.shape}")
    _check(name, array.shape, array.dtype, affine)
    return Volume(array, affine, new_header(array.shape, affine), name)


def new_header(shape: tuple[int, ...], affine: NDArray[np.float64]) -> Any:
    """A header that knows a grid in mm, and nothing else."""
    import nibabel

    make: Any = nibabel.Nifti1Image
    header = make(np.broadcast_to(np.float32(0), shape), affine).header
    header.set_xyzt_units("mm")
    return header


def _check(name: str, shape: tuple[int, ...], dtype: np.dtype[Any], affine: NDArray[np.float64] | None) -> None:
    if len(shape) != 3:
        advice = "keep a single picture as PNG or NPY"
        if len(shape) > 3:
            advice = "cut out one volume first, for example with nibabel.funcs.four_to_three, or average over time"
        raise ImageFileError(f"{name}: expected a 3-D volume, got {len(shape)}-D {shape}; {advice}")
    if 0 in shape or int(np.prod(shape, dtype=object)) > MAX_VOXELS:
        raise ImageFileError(f"{name}: expected 1 to {MAX_VOXELS} voxels, got {shape}; is the header damaged?")
    if dtype.fields or dtype.kind not in "iuf":
        raise ImageFileError(
            f"{name}: expected real numbers, got {dtype}; split colors or complex parts into volumes first"
        )
    if affine is None or not np.isfinite(affine).all() or np.linalg.matrix_rank(affine[:3, :3]) < 3:
        raise ImageFileError(
            f"{name}: its affine does not place the voxels in space; repair the header (sform or qform)"
        )


def _check_offset(name: str, begin: int, least: int) -> None:
    """Of a single file: voxels that begin inside the header would be the header, read as voxels."""
    if begin < least:
        raise ImageFileError(
            f"{name}: its header says that voxels begin at byte {begin}, inside the header, which ends at {least}; "
            "write vox_offset again, or convert the volume anew from where it came"
        )


class _Scaled:
    """Voxels of a compressed file in their stored type; scaled when a slice is asked for."""

    def __init__(self, stored: NDArray[Any], slope: float, intercept: float) -> None:
        self.stored, self.slope, self.intercept = stored, slope, intercept
        self.shape = stored.shape

    def __getitem__(self, where: Any) -> NDArray[Any]:
        scaled: NDArray[Any] = self.stored[where] * self.slope + self.intercept
        return scaled


def _unpacked(path: Path, proxy: Any) -> _Scaled:
    expected, beyond = proxy.offset + math.prod(proxy.shape) * proxy.dtype.itemsize, 0
    with gzip.open(path) as file:
        content = file.read(expected)
        while piece := file.read(_SPARE_BYTES):  # to the end, where the checksum stands; nibabel stops before it
            beyond += len(piece)
            if beyond > _SPARE_BYTES:
                raise ImageFileError(f"{path}: unpacks to far more than the volume in its header; is it damaged?")
    stored = np.frombuffer(content, proxy.dtype, math.prod(proxy.shape), proxy.offset).reshape(proxy.shape, order="F")
    return _Scaled(stored, float(proxy.slope), float(proxy.inter))
