"""NIfTI volumes in and out: slices on demand, grids compared in mm, header and affine kept.

A volume stays on disk (``.nii``) or in memory in its stored type (``.nii.gz``, which cannot be read from the middle);
only one slice at a time becomes float32.
"""

import gzip
import math
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.registry import unknown
from medfuse_course.datasets.images import ImageFileError, check_readable, writing

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Header

Plane = Literal["axial", "coronal", "sagittal"]
"""The direction in which a volume is cut: each plane is named by what it shows, whatever the order of the voxels."""

MAX_VOXELS = 2**30
"""Volumes with more voxels are refused: 1024 x 1024 x 1024, 4 GiB as float32."""

_TOLERANCE = 0.01  # of the smallest voxel side: far above rounding in a header, far below what a fused image shows
ENDINGS = (".nii", ".nii.gz")
_DAMAGED = (EOFError, OSError, ValueError, zlib.error, struct.error)
# World axis (0 right, 1 anterior, 2 superior) that a plane is cut along, then its downward and its rightward direction:
# anterior or superior on top, the patient's right on the left, as a radiologist sees it.
_VIEWS = {"axial": (2, "P", "L"), "coronal": (1, "I", "L"), "sagittal": (0, "I", "P")}
_DIRECTIONS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


@dataclass(frozen=True, eq=False)
class Volume:
    """A 3-D image on a grid in space.

    Attributes
    ----------
    data
        ``(I, J, K)``; an array, or nibabel's proxy of one that is read from disk slice by slice.
    affine
        4 x 4, from voxel indices to mm (right, anterior, superior).
    header
        The NIfTI header it came with.
    name
        What errors call it: usually the path.
    """

    data: Any
    affine: NDArray[np.float64]
    header: "Nifti1Header"
    name: str = "volume"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along each axis."""
        i, j, k = self.data.shape
        return int(i), int(j), int(k)

    @property
    def voxel_size(self) -> NDArray[np.float64]:
        """Voxel sides in mm, ``(3,)``."""
        size: NDArray[np.float64] = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))
        return size

    def array(self) -> NDArray[np.float32]:
        """All voxels as one float32 array, in stored order."""
        out = np.empty(self.shape, np.float32)
        for k in range(self.shape[2]):  # piece by piece: scaling in float64 would take twice the memory
            out[:, :, k] = self._checked(self.data[:, :, k])
        return out

    def count(self, plane: Plane = "axial") -> int:
        """Number of slices in ``plane``."""
        return self.shape[_cut(self.affine, plane).axis]

    def slice(self, index: int, plane: Plane = "axial") -> NDArray[np.float32]:
        """Slice ``index`` (in stored order) of ``plane``, turned as a radiologist sees it.

        Raises
        ------
        ImageFileError
            The slice holds NaN or infinities, or the file ends before it.
        """
        cut = _cut(self.affine, plane)
        where: list[Any] = [slice(None)] * 3
        where[cut.axis] = index
        return cut.show(self._checked(self.data[tuple(where)]))

    def slices(self, plane: Plane = "axial") -> Iterator[NDArray[np.float32]]:
        """Every slice of ``plane`` in stored order; see `slice`."""
        for index in range(self.count(plane)):
            yield self.slice(index, plane)

    def _checked(self, voxels: Any) -> NDArray[np.float32]:
        array = np.asarray(voxels, dtype=np.float32)
        if not np.isfinite(array).all():
            raise ImageFileError(
                f"{self.name}: expected finite voxels, got NaN or infinite ones; replace them first, for example with "
                "numpy.nan_to_num, if you know what they mean"
            )
        return array


@dataclass(frozen=True)
class _Cut:
    """How the slices of one plane lie in a volume: the voxel axis, and how to turn a slice for the eye and back."""

    axis: int
    transpose: bool
    flip_rows: bool
    flip_columns: bool

    def show(self, stored: NDArray[Any]) -> NDArray[Any]:
        turned = stored.T if self.transpose else stored
        return np.ascontiguousarray(turned[:: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1])

    def store(self, shown: NDArray[Any]) -> NDArray[Any]:
        turned = shown[:: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1]
        return turned.T if self.transpose else turned


def read_volume(path: str | os.PathLike[str]) -> Volume:
    """Open a NIfTI volume.

    Parameters
    ----------
    path
        ``.nii`` or ``.nii.gz`` with one 3-D volume of real numbers.

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
        raise ImageFileError(f"{path}: expected a name that ends in .nii or .nii.gz; convert DICOM with dcm2niix")
    try:
        image: Any = nibabel.load(path, mmap="c")
        _check_volume(path, image)
        data = _unpacked(path, image) if path.suffix.lower() == ".gz" else image.dataobj
        np.asarray(data[..., -1])  # the last slice is there, so all are
    except ImageFileError:
        raise
    except (*_DAMAGED, HeaderDataError, NibabelError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ImageFileError(f"{path}: not a whole NIfTI file ({reason}); get it again from where it came") from error
    return Volume(data, np.asarray(image.affine, np.float64), image.header, str(path))


def write_volume(path: str | os.PathLike[str], data: NDArray[np.float32], like: Volume) -> None:
    """Write ``data`` as float32 NIfTI with the header and affine of ``like``; the file appears whole or not at all.

    Description, orientation codes, voxel sizes and units are kept. What describes the old values and not the grid is
    not: data type, scale factors, and the display range, which becomes [0, 1].
    """
    import nibabel

    path = Path(path)
    if not is_nifti(path):
        raise ValueError(f"{path}: expected a name that ends in .nii or .nii.gz, got {path.suffix or 'no ending'}")
    if data.shape != like.shape:
        raise ValueError(f"data: expected the grid of {like.name}, {like.shape}, got {data.shape}")
    source: Any = like.header
    header = source.copy()
    header.set_data_dtype(np.float32)
    header["cal_min"], header["cal_max"] = 0, 1
    header["scl_slope"], header["scl_inter"] = 1, 0
    kind: Any = nibabel.Nifti2Image if header["sizeof_hdr"] == 540 else nibabel.Nifti1Image
    image = kind(np.asarray(data, np.float32), None, header)
    with writing(path) as part:
        nibabel.save(image, part)


def is_nifti(path: str | os.PathLike[str]) -> bool:
    """Whether the name is that of a NIfTI file."""
    return str(path).lower().endswith(ENDINGS)


def grids_match(a: Volume, b: Volume) -> bool:
    """Whether two volumes have equal shapes and their corners lie within 1 % of a voxel of each other."""
    return a.shape == b.shape and grid_distance(a, b) <= _TOLERANCE * float(min(a.voxel_size.min(), b.voxel_size.min()))


def grid_distance(a: Volume, b: Volume) -> float:
    """The largest distance in mm between corresponding corners of two grids."""
    first, second = (v.affine @ _corners(v.shape) for v in (a, b))
    return float(np.linalg.norm((first - second)[:3], axis=0).max())


def resample_to(b: Volume, a: Volume) -> Volume:
    """Resample ``b`` onto the grid of ``a`` by trilinear interpolation in world space (mm).

    Nothing is registered: the two must already agree on where the patient is. Voxels of ``a`` that ``b`` does not cover
    take the smallest value of ``b`` (air in CT, nothing in PET).

    Raises
    ------
    ValueError
        The two do not overlap.
    """
    from scipy.ndimage import affine_transform

    to_b = np.linalg.inv(b.affine) @ a.affine  # voxel of a -> voxel of b
    corners = (to_b @ _corners(a.shape))[:3]
    if (corners.max(axis=1) < -0.5).any() or (corners.min(axis=1) > np.array(b.shape) - 0.5).any():
        raise ValueError(f"{b.name}: does not overlap {a.name} in space; register the two first")
    source = b.array()
    # grid-constant: a voxel that rounding puts 1e-12 outside the grid still has its neighbors' value
    data = affine_transform(
        source, to_b[:3, :3], to_b[:3, 3], a.shape, np.float32, order=1, mode="grid-constant", cval=float(source.min())
    )
    return Volume(data, a.affine, b.header, f"{b.name} (resampled)")


def put_slice(
    out: NDArray[np.float32], index: int, shown: NDArray[np.float32], like: Volume, plane: Plane = "axial"
) -> None:
    """Write a slice as `Volume.slice` gives it into ``out``, an array in the stored order of ``like``."""
    cut = _cut(like.affine, plane)
    np.moveaxis(out, cut.axis, 0)[index] = cut.store(shown)


def _check_volume(path: Path, image: Any) -> None:
    import nibabel

    if not isinstance(image, nibabel.Nifti1Image):
        raise ImageFileError(f"{path}: expected NIfTI, got {type(image).__name__}; convert it first")
    header: Any = image.header
    shape, dtype = image.shape, header.get_data_dtype()
    if len(shape) != 3:
        advice = "keep a single picture as PNG or NPY"
        if len(shape) > 3:
            advice = "cut out one volume first, for example with nibabel.funcs.four_to_three, or average over time"
        raise ImageFileError(f"{path}: expected a 3-D volume, got {len(shape)}-D {shape}; {advice}")
    if 0 in shape or int(np.prod(shape, dtype=object)) > MAX_VOXELS:
        raise ImageFileError(f"{path}: expected 1 to {MAX_VOXELS} voxels, got {shape}; is the header damaged?")
    if dtype.fields or dtype.kind not in "iuf":
        raise ImageFileError(
            f"{path}: expected real numbers, got {dtype}; split colors or complex parts into volumes first"
        )
    if image.affine is None or not np.isfinite(image.affine).all() or np.linalg.matrix_rank(image.affine[:3, :3]) < 3:
        raise ImageFileError(
            f"{path}: its affine does not place the voxels in space; repair the header (sform or qform)"
        )


class _Scaled:
    """Voxels of a compressed file in their stored type; scaled when a slice is asked for."""

    def __init__(self, stored: NDArray[Any], slope: float, intercept: float) -> None:
        self.stored, self.slope, self.intercept = stored, slope, intercept
        self.shape = stored.shape

    def __getitem__(self, where: Any) -> NDArray[Any]:
        scaled: NDArray[Any] = self.stored[where] * self.slope + self.intercept
        return scaled


def _unpacked(path: Path, image: Any) -> _Scaled:
    with gzip.open(path) as file:
        content, proxy = file.read(), image.dataobj  # to the end, where the checksum stands; nibabel stops before it
    stored = np.frombuffer(content, proxy.dtype, math.prod(proxy.shape), proxy.offset).reshape(proxy.shape, order="F")
    return _Scaled(stored, float(proxy.slope), float(proxy.inter))


def _corners(shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """Homogeneous voxel indices of the eight corner voxels, ``(4, 8)``."""
    ends = np.array(np.meshgrid(*[(0, n - 1) for n in shape], [1], indexing="ij"), dtype=np.float64)
    return ends.reshape(4, 8)


def _cut(affine: NDArray[np.float64], plane: Plane) -> _Cut:
    import nibabel

    if plane not in get_args(Plane):
        raise ValueError(unknown("plane", str(plane), get_args(Plane)))
    find: Any = nibabel.io_orientation
    orientation = find(affine)  # for each voxel axis: the world axis nearest to it, and the sign
    world, down, right = _VIEWS[plane]
    axis_of = {int(w): axis for axis, (w, _) in enumerate(orientation)}
    rows, columns = axis_of[_DIRECTIONS[down][0]], axis_of[_DIRECTIONS[right][0]]
    flip_rows = orientation[rows][1] != _DIRECTIONS[down][1]
    flip_columns = orientation[columns][1] != _DIRECTIONS[right][1]
    return _Cut(axis_of[world], rows > columns, bool(flip_rows), bool(flip_columns))
