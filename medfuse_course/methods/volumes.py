"""`fuse_volumes`: two volumes in, one volume out, slice by slice through any fusion method."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.datasets.intensity import Window
from medfuse_course.datasets.nifti import to_image, write_volume
from medfuse_course.datasets.volume import Volume, put_slice
from medfuse_course.datasets.volume_pair import VolumeLike, VolumePair, open_pair
from medfuse_course.methods.adapter import fuse_stack
from medfuse_course.methods.base import LEARNED_OPTIONS, Method, check_task
from medfuse_course.methods.own import as_method
from medfuse_course.methods.tasks import FUSION

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Image

_BATCH = 8  # slices that a network sees at once


@dataclass(frozen=True, eq=False)
class FusedVolume:
    """A fused volume on the grid of its first source, and how it was made.

    Attributes
    ----------
    data
        ``(I, J, K)`` float32 in [0, 1], in the voxel order of the first source.
    a
        The first source, whose affine and header it keeps.
    method
        The slug of the method.
    weights
        Where the weights of a learned method come from; empty where nothing is learned.
    window_a, window_b
        Which values of the sources became 0 and 1, percentiles fitted: ``str(window_a)`` says it.
    """

    data: NDArray[np.float32]
    a: Volume
    method: str
    weights: str
    window_a: Window
    window_b: Window

    @property
    def affine(self) -> NDArray[np.float64]:
        """4 x 4, from voxels to mm."""
        return self.a.affine

    @property
    def volume(self) -> Volume:
        """As a `Volume`, whose slices can be looked at."""
        return Volume(self.data, self.a.affine, self.a.header, "the fused volume")

    @property
    def image(self) -> "Nifti1Image":
        """As a nibabel image with the header of the first source."""
        return to_image(self.data, self.a)

    def to_nifti(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write a ``.nii`` or ``.nii.gz`` file, as `write_volume` does; it appears whole or not at all."""
        write_volume(path, self.data, self.a, overwrite=overwrite)


def fuse_volumes(
    a: VolumeLike,
    b: VolumeLike,
    *,
    method: Any = "laplacian_pyramid",
    window_a: str | Window | None = None,
    window_b: str | Window | None = None,
    resample: bool = False,
    axis: str | int = "axial",
    progress: bool = True,
    **options: Any,
) -> FusedVolume:
    """Fuse two registered volumes of one patient.

    Parameters
    ----------
    a, b
        The anatomical and the complementary source: paths of NIfTI files or DICOM series, nibabel images, pairs
        ``(array, affine)``, or what `datasets.read_volume` gives.
    method
        A slug from `list_methods`, or a function or network of your own, as `fuse` takes it.
    window_a, window_b
        Which values become 0 and 1: ``"hu:brain"``, ``"hu:40,80"`` (level, width), ``"suv:0-10"``, ``"range:0,1000"``,
        ``"percentile:1,99"``. None: percentiles 0.5 and 99.5 of the whole volume.
    resample
        Bring `b` onto the grid of `a` if the two differ. Nothing is registered: align the two first.
    axis
        The slices that are fused: ``"axial"``, ``"coronal"``, ``"sagittal"``, or 0, 1, 2 for those that follow each
        other along this voxel axis of `a`.
    progress
        Show a bar, on terminals only.
    **options
        Options of the method.

    Returns
    -------
    FusedVolume on the grid of `a`, with its header and affine, and with the windows used.

    Raises
    ------
    ValueError, TypeError
        Not two volumes on one grid; the method, an option, a window or the axis is unknown; a volume without contrast.
    OSError
        A file cannot be opened.

    Examples
    --------
    >>> from medfuse_course import fuse_volumes
    >>> fused = fuse_volumes("ct.nii.gz", "pet.nii.gz", window_a="hu:lung", window_b="suv:0-10")  # doctest: +SKIP
    >>> fused.to_nifti("fused.nii.gz")  # doctest: +SKIP
    """
    check_task(as_method(method), FUSION)  # a wrong name is answered before anything is read
    pair = open_pair(a, b, window_a=window_a, window_b=window_b, resample=resample, axis=axis)
    return fuse_volume_pair(pair, method, progress=progress, **options)


def fuse_volume_pair(pair: VolumePair, method: Any, *, progress: bool = True, **options: Any) -> FusedVolume:
    """`fuse_volumes` of two volumes that are open."""
    from tqdm import tqdm

    fused = np.empty(pair.a.shape, np.float32)
    declared = as_method(method)
    step = _BATCH if declared.network else 1
    with tqdm(total=pair.count, desc="fuse", unit="slice", disable=None if progress else True, leave=False) as bar:
        for start in range(0, pair.count, step):
            indices = range(start, min(start + step, pair.count))
            a, b = (np.stack(side) for side in zip(*map(pair.slice, indices), strict=True))
            for index, image in zip(indices, fuse_stack(a, b, method, **options), strict=True):
                put_slice(fused, index, image, pair.a, pair.plane)
            bar.update(len(indices))
    return FusedVolume(fused, pair.a, declared.slug, _weights(declared, options), pair.window_a, pair.window_b)


def _weights(method: Method, options: dict[str, Any]) -> str:
    if not method.network:
        return ""
    from medfuse_course.methods.weights import weight_source

    return str(
        weight_source(method, **{name: options.get(name, LEARNED_OPTIONS[name]) for name in ("scale", "weights")})
    )
