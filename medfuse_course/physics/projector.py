"""Parallel-beam projection as a sparse matrix, and its exact adjoint.

A pixel is a small square of constant value, and a detector bin measures the mean of the line integrals that fall on it.
So one entry of the matrix is the area that a pixel shares with the strip of rays before a bin: nothing is interpolated,
and each view conserves the sum of the image exactly.

Lengths are in pixels. To integrate a quantity per mm, multiply the image by the pixel size first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from medfuse_course.core.types import FloatArray

Footprint = Callable[[int], tuple[NDArray[np.int32], NDArray[np.float32]]]
"""For one view: the first bin each pixel falls on, ``(pixels,)``, and its weights there and after, ``(pixels, K)``."""


@dataclass(frozen=True, eq=False)
class Projector:
    """A linear model of a scan: images ``(size, size)`` to sinograms ``(views, size)``.

    Attributes
    ----------
    matrix
        ``(stored views * size, size * size)`` float32, compressed rows; its transpose, `adjoint_matrix`, is the exact
        adjoint. Both act on raveled arrays, so that a loss can differentiate through them.
    size
        Rows and columns of the image, and bins of the detector; all one pixel wide. The field of view is the disk
        inside the image: what lies outside is not seen.
    angles_deg
        ``(views,)``. A view at angle t measures along the axis ``x cos t + y sin t``, x to the right and y up, both
        from the middle of the image.
    folded
        Only the first half of the views is stored. The second half lies a quarter turn on, so it is the same matrix
        on the image turned by a quarter: half the memory, which pays for large images.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import parallel_projector
    >>> projector = parallel_projector(16, 4)
    >>> image, sinogram = np.eye(16), np.ones(projector.sinogram_shape)
    >>> forth = (projector.project(image) * sinogram).sum()
    >>> back = (image * projector.backproject(sinogram)).sum()
    >>> bool(np.isclose(forth, back))  # <A x, y> = <x, A^T y>
    True
    """

    matrix: sparse.csr_array
    size: int
    angles_deg: NDArray[np.float64]
    folded: bool = False
    _subsets: dict[tuple[int, int], "Projector"] = field(default_factory=dict, repr=False)

    @property
    def adjoint_matrix(self) -> sparse.csc_array:
        """The transpose of `matrix`; it shares its memory."""
        return self.matrix.T

    def project(self, image: FloatArray) -> NDArray[np.float32]:
        """Line integrals ``A x`` in units of one pixel: ``(views, size)``."""
        pixels = self._check(image, "image", (self.size, self.size))
        images = (pixels, np.rot90(pixels, -1)) if self.folded else (pixels,)
        return np.concatenate([self.matrix @ turned.ravel() for turned in images]).reshape(self.sinogram_shape)

    def backproject(self, sinogram: FloatArray) -> NDArray[np.float32]:
        """The adjoint ``A^T y``: each pixel sums the bins that see it, ``(size, size)``."""
        bins = self._check(sinogram, "sinogram", self.sinogram_shape)
        halves = bins.reshape(2 if self.folded else 1, -1)
        images = [(self.adjoint_matrix @ half).reshape(self.size, self.size) for half in halves]
        return np.asarray(images[0] + np.rot90(images[1]) if self.folded else images[0])

    @property
    def sinogram_shape(self) -> tuple[int, int]:
        """``(views, size)``."""
        return len(self.angles_deg), self.size

    def subset(self, first: int, step: int) -> "Projector":
        """Every `step`-th view from `first` on, as a projector of its own, kept; not for a folded one."""
        if self.folded:
            raise ValueError("projector: a folded projector has no subsets; make it with fold=False")
        if (first, step) not in self._subsets:  # cutting rows takes a third of the time of a reconstruction
            rows = np.arange(self.matrix.shape[0]).reshape(-1, self.size)[first::step].ravel()
            self._subsets[first, step] = Projector(self.matrix[rows], self.size, self.angles_deg[first::step])
        return self._subsets[first, step]

    def seen(self) -> NDArray[np.bool_]:
        """The pixels of the field of view, ``(size, size)``."""
        return field_of_view(self.size)

    def _check(self, array: Any, name: str, shape: tuple[int, int]) -> NDArray[np.float32]:
        if np.shape(array) != shape:
            raise ValueError(f"{name}: expected shape {shape} for this projector, got {np.shape(array)}")
        return np.ascontiguousarray(array, dtype=np.float32)


@lru_cache(maxsize=4)
def parallel_projector(size: int, views: int, *, fold: bool = False) -> Projector:
    """The projector of `views` parallel views over half a turn, made once and kept (the last four).

    Parameters
    ----------
    size
        Rows and columns of the image, and bins of the detector, at least 8.
    views
        Number of angles, evenly from 0 to below 180 degrees. The artifacts of too few views stay away from the middle
        of the image up to a radius of about ``views / pi`` pixels.
    fold
        Store half the views; `views` must be even.

    Returns
    -------
    The projector; callers share it, and its matrix is not to be changed.

    Raises
    ------
    ValueError
        A size below 8, no views, or an odd number of views to fold.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import parallel_projector
    >>> projector = parallel_projector(16, 4)
    >>> point = np.zeros((16, 16))
    >>> point[8, 12] = 1
    >>> sinogram = projector.project(point)
    >>> projector.angles_deg.tolist(), sinogram.shape
    ([0.0, 45.0, 90.0, 135.0], (4, 16))
    >>> sinogram.sum(axis=1).round(4).tolist()  # each view keeps the sum
    [1.0, 1.0, 1.0, 1.0]
    >>> sinogram.argmax(axis=1).tolist()  # 4.5 to the right of the middle, 0.5 below it
    [12, 10, 7, 4]
    """
    if size < 8:
        raise ValueError(f"size: expected at least 8 pixels, got {size}")
    if views < 1 or (fold and views % 2):
        raise ValueError(f"views: expected {'an even number' if fold else 'a number'} >= 1, got {views}")
    angles = 180.0 * np.arange(views) / views
    stored = angles[: views // 2] if fold else angles
    x, y = pixel_centers(size)
    matrix = stack_views(len(stored), size, lambda view: _strip_footprint(x, y, np.deg2rad(stored[view]), size))
    return Projector(matrix, size, angles, fold)


def pixel_centers(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x to the right and y up, from the middle, of the pixels in the field of view: two ``(pixels,)`` arrays."""
    middle = (size - 1) / 2
    rows, columns = np.nonzero(field_of_view(size))
    return (columns - middle).astype(np.float64), (middle - rows).astype(np.float64)


@lru_cache(maxsize=8)
def field_of_view(size: int) -> NDArray[np.bool_]:
    """The pixels that lie wholly within every view: the disk in a ``(size, size)`` image, read-only."""
    offsets = np.arange(size) - (size - 1) / 2
    mask = np.hypot(offsets[:, None], offsets) <= size / 2 - np.sqrt(0.5)
    mask.flags.writeable = False
    return np.asarray(mask)


def stack_views(views: int, size: int, footprint: Footprint) -> sparse.csr_array:
    """Put the footprints of all views under each other: ``(views * size, size * size)``, compressed rows.

    A weight that falls beside the detector is lost.
    """
    pixels = np.flatnonzero(field_of_view(size))
    blocks = []
    for view in range(views):
        first, weights = footprint(view)
        bins = first[:, None] + np.arange(weights.shape[1], dtype=np.int32)
        kept = (weights > 1e-6) & (bins >= 0) & (bins < size)
        count = np.zeros(size * size + 1, dtype=np.int32)
        count[pixels + 1] = kept.sum(axis=1)
        rows = sparse.csr_array((weights[kept], bins[kept], np.cumsum(count, dtype=np.int32)), shape=(size**2, size))
        blocks.append(rows.T.tocsr())
    return sparse.csr_array(sparse.vstack(blocks, format="csr"))


def _strip_footprint(
    x: NDArray[np.float64], y: NDArray[np.float64], angle: float, size: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Exact areas: the shadow of a unit square is a trapezoid, whose integral is a sum of four parabolas."""
    wide, narrow = sorted((abs(np.cos(angle)), abs(np.sin(angle))), reverse=True)
    narrow = max(narrow, 1e-6)
    outer, inner = (wide + narrow) / 2, (wide - narrow) / 2
    center = x * np.cos(angle) + y * np.sin(angle) + size / 2  # from the left edge of the detector, in bins
    first = np.floor(center - outer)
    # The shadow is at most sqrt(2) wide, so it ends within three bins: two inner edges part it.
    edges = (first - center)[:, None] + np.array([1, 2])
    ramps = [np.square(np.maximum(edges + shift, 0)) for shift in (outer, inner, -inner, -outer)]
    before = (ramps[0] - ramps[1] - ramps[2] + ramps[3]) / (2 * wide * narrow)
    weights = np.stack([before[:, 0], before[:, 1] - before[:, 0], 1 - before[:, 1]], axis=1)
    return first.astype(np.int32), weights.astype(np.float32)
