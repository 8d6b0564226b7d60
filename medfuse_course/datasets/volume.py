"""A volume on its grid in space: slices on demand, planes by what they show, grids compared in mm, resampling.

Files are read in `volume_files`, and written in `nifti`. A volume may stay on disk; only one slice at a time becomes
float32.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.registry import unknown
from medfuse_course.datasets.image_files import ImageFileError

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Header

Plane = Literal["axial", "coronal", "sagittal"]
"""The direction in which a volume is cut: each plane is named by what it shows, whatever the order of the voxels."""

_HALF = 0.5  # of the voxels; with less, the two volumes may show different parts of a body
_TOLERANCE = 0.01  # of the smallest voxel side: far above rounding in a header, far below what a fused image shows
# World axis (0 right, 1 anterior, 2 superior) that a plane is cut along, then its downward and its rightward direction:
# anterior or superior on top, the patient's right on the left, as a radiologist sees it.
_VIEWS = {"axial": (2, "P", "L"), "coronal": (1, "I", "L"), "sagittal": (0, "I", "P")}
_DIRECTIONS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


class GridWarning(UserWarning):
    """Two grids, or two statements about one, fit less well than they should."""


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
        The NIfTI header it came with, or one that was made for it.
    name
        What errors call it: usually the path.
    placed
        Whether the header places the voxels in space; where it does not, the affine is a guess that nobody made.
    unit
        ``"HU"``, ``"SUV"`` or ``"Bq/ml"`` where the file says it; empty where it does not.
    notes
        What was used to get these values, in sentences.
    space
        Which coordinate system the mm are in, where the file names it: DICOM's frame of reference.
    covered
        Of a volume that was resampled: the share of its voxels that the one it comes from covered; else 1.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets.volume_files import as_volume
    >>> volume = as_volume((np.zeros((4, 5, 6)), np.diag([1, 1, 3, 1])))  # right, anterior, superior
    >>> volume.voxel_size.tolist()
    [1.0, 1.0, 3.0]
    >>> {plane: volume.count(plane) for plane in ("sagittal", "coronal", "axial")}
    {'sagittal': 4, 'coronal': 5, 'axial': 6}
    >>> volume.slice(2, "axial").shape, volume.slice(2, "coronal").shape
    ((5, 4), (6, 4))
    """

    data: Any
    affine: NDArray[np.float64]
    header: "Nifti1Header"
    name: str = "volume"
    placed: bool = True
    unit: str = ""
    notes: tuple[str, ...] = ()
    space: str = ""
    covered: float = 1.0

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

    def array(self, dtype: Any = np.float32) -> NDArray[Any]:
        """All voxels as one array of floats, in stored order."""
        out = np.empty(self.shape, dtype)
        for k in range(self.shape[2]):  # piece by piece: scaling in float64 would take twice the memory
            out[:, :, k] = self._checked(self.data[:, :, k], dtype)
        return out

    def count(self, plane: Plane = "axial") -> int:
        """Number of slices in ``plane``."""
        return self.shape[_cut(self.affine, plane).axis]

    def slice(self, index: int, plane: Plane = "axial", dtype: Any = np.float32) -> NDArray[Any]:
        """Slice ``index`` (in stored order) of ``plane``, turned as a radiologist sees it.

        Floats of `dtype`; float64 keeps large whole numbers, such as 2**24 + 1, apart, which float32 does not.

        Raises
        ------
        ImageFileError
            The slice holds NaN or infinities, or the file ends before it.
        """
        cut = _cut(self.affine, plane)
        where: list[Any] = [slice(None)] * 3
        where[cut.axis] = index
        return cut.show(self._checked(self.data[tuple(where)], dtype))

    def slices(self, plane: Plane = "axial") -> Iterator[NDArray[np.float32]]:
        """Every slice of ``plane`` in stored order; see `slice`."""
        for index in range(self.count(plane)):
            yield self.slice(index, plane)

    def _checked(self, voxels: Any, dtype: Any) -> NDArray[Any]:
        array = np.asarray(voxels, dtype=dtype)
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


def grids_match(a: Volume, b: Volume) -> bool:
    """Whether two volumes have equal shapes and their corners lie within 1 % of a voxel of each other."""
    return a.shape == b.shape and grid_distance(a, b) <= _TOLERANCE * float(min(a.voxel_size.min(), b.voxel_size.min()))


def grid_distance(a: Volume, b: Volume) -> float:
    """The largest distance in mm between corresponding corners of two grids."""
    first, second = (v.affine @ corners(v.shape) for v in (a, b))
    return float(np.linalg.norm((first - second)[:3], axis=0).max())


def resample_to(b: Volume, a: Volume) -> Volume:
    """Resample ``b`` onto the grid of ``a`` by trilinear interpolation in world space (mm).

    Nothing is registered: the affines of both must already be those of one patient in one position. Voxels of ``a``
    that ``b`` does not cover take the smallest value of ``b`` (air in CT, nothing in PET).

    Raises
    ------
    ValueError
        `b` covers no voxel of `a`.

    Warns
    -----
    GridWarning
        It covers less than half of them.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import resample_to
    >>> from medfuse_course.datasets.volume_files import as_volume
    >>> coarse = as_volume((np.arange(4.0).reshape(4, 1, 1) * np.ones((4, 2, 2)), np.diag([2, 2, 2, 1])))
    >>> fine = as_volume((np.zeros((7, 3, 3)), np.eye(4)))
    >>> moved = resample_to(coarse, fine)
    >>> moved.shape, moved.array()[:, 0, 0].tolist()  # halfway between two voxels, their mean
    ((7, 3, 3), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
    """
    from scipy.ndimage import affine_transform

    to_b = np.linalg.inv(b.affine) @ a.affine  # voxel of a -> voxel of b
    share = coverage(a, b)
    if share == 0:
        raise ValueError(f"{b.name}: does not overlap {a.name} in space; register the two first")
    if share < _HALF:
        warnings.warn(f"{b.name}: covers {share:.1%} of the voxels of {a.name}", GridWarning, stacklevel=2)
    source = b.array()
    # grid-constant: a voxel that rounding puts 1e-12 outside the grid still has its neighbors' value
    data = affine_transform(
        source, to_b[:3, :3], to_b[:3, 3], a.shape, np.float32, order=1, mode="grid-constant", cval=float(source.min())
    )
    return replace(b, data=data, affine=a.affine, name=f"{b.name} (resampled)", covered=share)


def coverage(a: Volume, b: Volume) -> float:
    """The share of the voxels of ``a`` whose middles lie within voxels of ``b``, in [0, 1]: counted, not estimated."""
    to_b = (np.linalg.inv(b.affine) @ a.affine).astype(np.float64)
    i, j, k = (np.arange(n, dtype=np.float64) for n in a.shape)
    inside = 0
    for plane in k:
        there = np.ones(a.shape[:2], bool)
        for row, count in zip(to_b[:3], b.shape, strict=True):
            place = (row[0] * i)[:, None] + (row[1] * j + row[2] * plane + row[3])
            there &= (place >= -0.5 - _TOLERANCE) & (place <= count - 0.5 + _TOLERANCE)
        inside += int(there.sum())
    return inside / int(np.prod(a.shape))


def put_slice(
    out: NDArray[np.float32], index: int, shown: NDArray[np.float32], like: Volume, plane: Plane = "axial"
) -> None:
    """Write a slice as `Volume.slice` gives it into ``out``, an array in the stored order of ``like``."""
    cut = _cut(like.affine, plane)
    np.moveaxis(out, cut.axis, 0)[index] = cut.store(shown)


def corners(shape: tuple[int, int, int]) -> NDArray[np.float64]:
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


def plane_along(volume: Volume, axis: int) -> Plane:
    """The plane whose slices follow each other along a voxel axis of ``volume``: 0, 1 or 2."""
    if axis not in (0, 1, 2):
        raise ValueError(f"axis: expected 0, 1 or 2 of a volume, got {axis!r}")
    return next(plane for plane in get_args(Plane) if _cut(volume.affine, plane).axis == axis)
