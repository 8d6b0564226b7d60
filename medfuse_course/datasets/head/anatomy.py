"""The real anatomy under the head phantom: the MNI152 template and its tissue maps, as shipped in ``data/anatomy``."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.files import data_path
from medfuse_course.core.types import FloatArray


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Maps of the ICBM 152 (2009a, symmetric) average brain on one grid, axes right, anterior, superior.

    Attributes
    ----------
    t1
        ``(X, Y, Z)`` uint8, T1-weighted intensity; 0 outside the brain.
    gray, white
        ``(X, Y, Z)`` uint8, tissue fractions, 255 for 1. What remains inside the brain is cerebrospinal fluid.
    affine
        4 x 4 voxel-to-world matrix: MNI coordinates in mm.
    """

    t1: NDArray[np.uint8]
    gray: NDArray[np.uint8]
    white: NDArray[np.uint8]
    affine: NDArray[np.float64]

    def sample(self, name: str, points: Sequence[FloatArray]) -> NDArray[np.float32]:
        """Values in [0, 1] of the map `name` at MNI points in mm, linear between voxels, 0 outside.

        Parameters
        ----------
        name
            ``"t1"``, ``"gray"`` or ``"white"``.
        points
            Three arrays of one shape: x to the right, y forward, z up.

        Returns
        -------
        float32, in the common shape of the points.
        """
        offset, step = self.affine[:3, 3], np.diag(self.affine)[:3]
        voxels = [(axis - start) / size for axis, start, size in zip(points, offset, step, strict=True)]
        # Only the planes that are asked for: converting the whole map to float would cost more than the sampling.
        low = max(int(np.floor(voxels[2].min())), 0)
        high = max(int(np.ceil(voxels[2].max())) + 1, low + 1)
        slab = getattr(self, name)[:, :, low:high].astype(np.float32)
        if slab.shape[2] == 0:
            return np.zeros(voxels[0].shape, np.float32)
        voxels[2] = voxels[2] - low
        values = ndimage.map_coordinates(slab, voxels, order=1, mode="constant", output=np.float32)
        return np.asarray(values / np.float32(255), dtype=np.float32)


@lru_cache(maxsize=1)
def load_anatomy() -> Anatomy:
    """Read the shipped maps, once.

    Raises
    ------
    FileNotFoundError
        The installation does not carry ``data/anatomy``.
    """
    import nibabel  # here, because importing it takes longer than reading the maps

    files = (data_path("anatomy", f"{name}.nii.gz") for name in ("t1", "gray", "white"))
    images = [nibabel.nifti1.Nifti1Image.from_filename(file) for file in files]
    t1, gray, white = (np.asarray(image.dataobj, dtype=np.uint8) for image in images)
    for volume in (t1, gray, white):
        volume.flags.writeable = False  # shared by all callers
    return Anatomy(t1, gray, white, np.asarray(images[0].affine, dtype=np.float64))
