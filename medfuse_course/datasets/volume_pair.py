"""Two volumes on one grid, each with the window that makes it an image: what is fused slice by slice."""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from medfuse_course.core.registry import check_name
from medfuse_course.core.types import Image
from medfuse_course.datasets.image_files import ImageFileError
from medfuse_course.datasets.intensity import DEFAULT_WINDOW, Window, parse_window
from medfuse_course.datasets.nifti import as_volume
from medfuse_course.datasets.volume import Plane, Volume, grid_distance, grids_match, plane_along, resample_to

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Pair

VolumeLike: TypeAlias = "str | os.PathLike[str] | Nifti1Pair | tuple[Any, Any] | Volume"
"""What holds a volume: a NIfTI path, a nibabel image, ``(array, affine)``, or a `Volume`."""


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
            self.window_a.apply(self.a.slice(index, self.plane)),
            self.window_b.apply(self.b.slice(index, self.plane)),
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
        NIfTI paths, nibabel images, or pairs ``(array, affine)``.
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
    second = on_grid(first, second, resample)
    fitted = [_fit(w, v, f"window_{s}") for w, v, s in zip(windows, (first, second), "ab", strict=True)]
    return VolumePair(first, second, fitted[0], fitted[1], plane)


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
    if grids_match(a, b):
        return replace(b, affine=a.affine)  # rounding in a header must not turn its slices another way
    if resample:
        return resample_to(b, a)
    sizes = [" x ".join(map(str, volume.shape)) for volume in (a, b)]
    raise ValueError(
        f"{b.name}: expected the grid of {a.name}, {sizes[0]} voxels, got {sizes[1]} voxels with corners up to "
        f"{grid_distance(a, b):.3g} mm away; resample=True (--resample) brings b onto the grid of a"
    )


def _fit(window: Window, volume: Volume, name: str) -> Window:
    if window.kind != "percentile" or window.fitted:
        return window
    try:
        return window.fit(volume.array())
    except ImageFileError:
        raise
    except ValueError as reason:
        raise ValueError(f"{volume.name}: {str(reason).removeprefix('array: ')} ({name})") from reason
