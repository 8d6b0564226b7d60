"""`enhance`, `synthesize` and `segment` for whole volumes, slice by slice; `fuse` has `volumes`."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.datasets.intensity import DEFAULT_WINDOW, Window, parse_window
from medfuse_course.datasets.nifti import write_volume
from medfuse_course.datasets.volume import Volume, put_slice
from medfuse_course.datasets.volume_files import as_volume
from medfuse_course.datasets.volume_pair import check_plane, on_grid
from medfuse_course.methods.catalogue import get_method
from medfuse_course.methods.tasks import ENHANCEMENT, SEGMENTATION, SYNTHESIS
from medfuse_course.methods.verbs import enhance, segment, synthesize


@dataclass(frozen=True, eq=False)
class TaskVolume:
    """What a verb made of a volume.

    Attributes
    ----------
    data
        ``(I, J, K)`` float32 in stored order: of `enhance` in the unit of the volume, of `synthesize` in the unit of
        the method's window, of `segment` 0 and 1.
    like
        The volume whose grid and header it has.
    display
        The values that a viewer should show as black and white.
    window
        Of `synthesize`: what turned the volume into the [0, 1] that the method takes.
    """

    data: NDArray[np.float32]
    like: Volume
    display: tuple[float, float]
    window: Window | None = None

    def to_nifti(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write it as float32 NIfTI with the affine of its volume, as `write_volume` does; whole or not at all."""
        write_volume(path, self.data, self.like, display=self.display, overwrite=overwrite)


def enhance_volume(
    x: Any, method: str = "nonlocal_means", *, neighbors: int = 0, axis: str = "axial", progress: bool = True,
    **options: Any,
) -> TaskVolume:  # fmt: skip
    """`enhance` every slice of a volume.

    Parameters
    ----------
    x
        A path of NIfTI or DICOM, a nibabel image, or a `Volume`; values >= 0 in any unit.
    method, **options
        As `enhance` takes them.
    neighbors
        Slices on each side that a slice is seen with; at the ends the last one counts again.
    axis
        ``"axial"``, ``"coronal"`` or ``"sagittal"``.
    progress
        Whether to show a bar over the slices, on terminals.

    Returns
    -------
    In the unit of `x`, with its header and affine.

    Raises
    ------
    ValueError, TypeError
        As `enhance`; or a number of neighbors that is none.
    """
    get_method(method, ENHANCEMENT)
    if isinstance(neighbors, bool) or not isinstance(neighbors, int) or neighbors < 0:
        raise ValueError(f"neighbors: expected 0 or more slices on each side, got {neighbors!r}")
    volume, plane = as_volume(x), check_plane(axis)
    last = volume.count(plane) - 1

    def one(index: int) -> NDArray[Any]:
        around = [min(max(k, 0), last) for k in range(index - neighbors, index + neighbors + 1)]
        return enhance(np.stack([volume.slice(k, plane) for k in around]), method, **options)

    data = _each_slice(one, volume, axis, "enhance" if progress else "")
    return TaskVolume(data, volume, (0.0, float(np.percentile(data, 99.9))))


def synthesize_volume(
    x: Any, method: str = "regression_synthesis", *, window: str | Window | None = None, axis: str = "axial",
    progress: bool = True, **options: Any,
) -> TaskVolume:  # fmt: skip
    """`synthesize` every slice of a volume, in the unit of the method's window (HU of a CT).

    Parameters
    ----------
    x
        A path of NIfTI or DICOM, a nibabel image, or a `Volume`.
    method, **options
        As `synthesize` takes them.
    window
        Which values of `x` become 0 and 1, such as ``"range:0,1000"``; percentiles of the whole volume by default.
    axis, progress
        As for `enhance_volume`.

    Returns
    -------
    In the unit of ``get_method(method).window``, with the header and affine of `x`, and the window used.

    Raises
    ------
    ValueError, TypeError
        As `synthesize`; or an unknown window.
    """
    stated = parse_window(get_method(method, SYNTHESIS).window)
    volume = as_volume(x)
    asked = window if isinstance(window, Window) else parse_window(window or DEFAULT_WINDOW)
    fitted = asked.fit(volume.array()) if asked.kind == "percentile" else asked

    def one(index: int) -> NDArray[Any]:
        return stated.undo(synthesize(fitted.apply(volume.slice(index, check_plane(axis))), method, **options))

    data = _each_slice(one, volume, axis, "synthesize" if progress else "")
    return TaskVolume(data, volume, stated.limits or (0.0, 1.0), fitted)


def segment_volume(
    a: Any, b: Any = None, method: str = "threshold_segmentation", *, resample: bool = False, axis: str = "axial",
    progress: bool = True, **options: Any,
) -> TaskVolume:  # fmt: skip
    """`segment` every slice of one or two volumes in physical units.

    Parameters
    ----------
    a, b
        Paths of NIfTI or DICOM, nibabel images, or `Volume` objects: one image, or the anatomical and the
        complementary one.
    method, **options
        As `segment` takes them.
    resample
        Whether to bring `b` onto the grid of `a` where they differ.
    axis, progress
        As for `enhance_volume`.

    Returns
    -------
    0 and 1 on the grid of `a`, with its header and affine.

    Raises
    ------
    ValueError, TypeError
        As `segment`; or two grids.
    """
    get_method(method, SEGMENTATION)
    volume, plane = as_volume(a), check_plane(axis)
    other = None if b is None else on_grid(volume, as_volume(b), resample)

    def one(index: int) -> NDArray[Any]:
        second = None if other is None else other.slice(index, plane)
        return segment(volume.slice(index, plane), second, method, **options).astype(np.float32)

    return TaskVolume(_each_slice(one, volume, axis, "segment" if progress else ""), volume, (0.0, 1.0))


def _each_slice(one: Callable[[int], NDArray[Any]], like: Volume, axis: str, bar: str) -> NDArray[np.float32]:
    """The slices that `one` makes, put back in stored order, with a bar of that name where one is wanted."""
    from tqdm import tqdm

    plane, out = check_plane(axis), np.empty(like.shape, np.float32)
    for index in tqdm(range(like.count(plane)), desc=bar, unit="slice", disable=None if bar else True, leave=False):
        put_slice(out, index, one(index), like, plane)
    return out
