"""Two volumes on one grid, each with the window that makes it an image: what is fused slice by slice."""

import os
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import numpy as np

from medfuse_course.core.registry import check_name
from medfuse_course.core.types import Image
from medfuse_course.datasets.image_files import ImageFileError
from medfuse_course.datasets.intensity import DEFAULT_WINDOW, Window, parse_window
from medfuse_course.datasets.volume import (
    GridWarning,
    Plane,
    Volume,
    grid_distance,
    grids_match,
    plane_along,
    resample_to,
)
from medfuse_course.datasets.volume_files import as_volume

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Pair

_UNITS = {"hu": "HU", "suv": "SUV"}
_NARROW = 1e-3  # of the largest value

VolumeLike: TypeAlias = "str | os.PathLike[str] | Nifti1Pair | tuple[Any, Any] | Volume"
"""What holds a volume: a path of NIfTI or DICOM, a nibabel image, ``(array, affine)``, or a `Volume`."""


@dataclass(frozen=True, eq=False)
class VolumePair:
    """Two volumes on one grid, their windows fitted, and the plane in which they are cut."""

    a: Volume
    b: Volume
    window_a: Window
    window_b: Window
    plane: Plane

    @property
    def count(self) -> int:
        """Number of slices."""
        return self.a.count(self.plane)

    def slice(self, index: int) -> tuple[Image, Image]:
        """The two sources of one slice, windowed."""
        return (
            self.window_a.apply(self.a.slice(index, self.plane, np.float64)),
            self.window_b.apply(self.b.slice(index, self.plane, np.float64)),
        )


def open_pair(
    a: VolumeLike,
    b: VolumeLike,
    *,
    window_a: str | Window | None = None,
    window_b: str | Window | None = None,
    resample: bool = False,
    axis: str | int = "axial",
) -> VolumePair:
    """Open two volumes, compare their grids and fit their windows.

    Parameters
    ----------
    a, b
        Paths of NIfTI files or DICOM series, nibabel images, or pairs ``(array, affine)``.
    window_a, window_b
        Which values become 0 and 1, as `parse_window` reads it; None: percentiles of the whole volume.
    resample
        Bring `b` onto the grid of `a`, where they differ. Nothing is registered.
    axis
        ``"axial"``, ``"coronal"`` or ``"sagittal"`` slices; or 0, 1, 2: slices that follow each other along this voxel
        axis of `a`.

    Returns
    -------
    Both volumes on the grid of `a`, with fitted windows.

    Raises
    ------
    ValueError, TypeError
        Not a volume, window or axis; grids that differ; a volume without contrast.
    OSError
        A file cannot be opened.
    """
    if not isinstance(resample, bool):
        raise TypeError(f"resample: expected True or False, got {resample!r}")
    windows = [_window(given, f"window_{side}") for given, side in ((window_a, "a"), (window_b, "b"))]
    first, second = as_volume(a, "a"), as_volume(b, "b")
    plane = plane_along(first, axis) if isinstance(axis, int) else check_plane(axis)
    brought = on_grid(first, second, resample)
    fitted = [_fit(w, v, f"window_{s}") for w, v, s in zip(windows, (first, brought), "ab", strict=True)]
    return VolumePair(first, brought, fitted[0], fitted[1], plane)


def check_plane(name: str) -> Plane:
    """The plane of that name, or the error that suggests one."""
    plane: Plane = check_name("plane", name, get_args(Plane))  # type: ignore[assignment]
    return plane


def _window(given: str | Window | None, name: str) -> Window:
    if isinstance(given, Window):
        return given
    try:
        return parse_window(DEFAULT_WINDOW if given is None else given)
    except (ValueError, TypeError) as reason:
        raise type(reason)(f"{name}: {str(reason).removeprefix('window: ')}") from reason


def on_grid(a: Volume, b: Volume, resample: bool) -> Volume:
    """The second volume on the grid of the first: as it is where they agree, interpolated where `resample` says so."""
    if a.space and b.space and a.space != b.space:
        said = (
            f"{b.name}: states another frame of reference than {a.name}; register the two unless you know that they fit"
        )
        warnings.warn(said, GridWarning, stacklevel=3)
    if a.placed and b.placed and grids_match(a, b):
        return replace(b, affine=a.affine)  # rounding in a header must not turn its slices another way
    if resample and a.placed and b.placed:
        return resample_to(b, a)
    if not (a.placed and b.placed):
        return _voxel_on_voxel(a, b)
    sizes = [" x ".join(map(str, volume.shape)) for volume in (a, b)]
    raise ValueError(
        f"{b.name}: expected the grid of {a.name}, {sizes[0]} voxels, got {sizes[1]} voxels with corners up to "
        f"{grid_distance(a, b):.3g} mm away; resample=True (--resample) brings b onto the grid of a"
    )


def _voxel_on_voxel(a: Volume, b: Volume) -> Volume:
    """The second volume on the grid of the first, where a header does not say where its voxels are."""
    homeless = " and ".join(v.name for v in (a, b) if not v.placed)
    reason = f"{homeless}: no place in space is given (qform and sform codes are 0)"
    if a.shape != b.shape or not np.allclose(a.voxel_size, b.voxel_size, rtol=0.01):
        raise ValueError(
            f"{reason}, so nothing can be resampled, and the two grids differ ({_grid(a)} and {_grid(b)}); repair the "
            "header from where the volume came, for example with dcm2niix"
        )
    warnings.warn(f"{reason}; the volumes are taken as lying voxel on voxel", GridWarning, stacklevel=3)
    return replace(b, affine=a.affine)


def _grid(volume: Volume) -> str:
    size = " x ".join(f"{side:.3g}" for side in volume.voxel_size)
    return f"{' x '.join(map(str, volume.shape))} voxels of {size} mm"


def _fit(window: Window, volume: Volume, name: str) -> Window:
    if volume.unit and window.kind in _UNITS and volume.unit != _UNITS[window.kind]:
        raise ValueError(f"{name}: {window} is of {_UNITS[window.kind]}, and {volume.name} holds {volume.unit}")
    if window.kind != "percentile" or window.fitted:
        return window
    try:
        values = volume.array()
        if np.ptp(values) < _NARROW * np.abs(values).max():  # all far from 0: float32 has too few digits
            values = volume.array(np.float64)
        return window.fit(values)
    except ImageFileError:
        raise
    except ValueError as reason:
        raise ValueError(f"{volume.name}: {str(reason).removeprefix('array: ')} ({name})") from reason
