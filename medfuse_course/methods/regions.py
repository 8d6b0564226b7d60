"""Regions first: a good network where it matters, a cheap rule elsewhere, and what matters most before the rest.

Inside a region the result is that of the whole image, to rounding: the network is given so much of the neighborhood as
it can see (`methods.learned`, ``reach``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from medfuse_course.core.checks import check_pair
from medfuse_course.core.types import BoolArray, FloatArray, Image
from medfuse_course.methods.adapter import fuse
from medfuse_course.methods.catalogue import get_method
from medfuse_course.methods.running import MIN_SIDE, with_halo

Box = tuple[int, int, int, int]
"""Top, bottom, left and right of a region in pixels; bottom and right are the first that lie outside."""


@dataclass(frozen=True, eq=False)
class RegionFused:
    """An image fused well inside regions.

    Attributes
    ----------
    image
        ``(H, W)`` in [0, 1].
    computed
        Pixels that went through the good method, margins included, as a share of the image. More than 1 where regions
        and margins overlap so much that the whole image would have been cheaper.
    """

    image: Image
    computed: float


def boxes_around(mask: BoolArray, margin: int = 0) -> tuple[Box, ...]:
    """Boxes around the connected regions of a mask, grown by a margin; boxes that touch become one.

    Parameters
    ----------
    mask
        bool ``(H, W)``.
    margin
        Pixels, 0 or more.

    Returns
    -------
    Boxes within the image, from top to bottom; none where nothing is marked.

    Raises
    ------
    TypeError, ValueError
        Not a mask, or a negative margin.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import boxes_around
    >>> mask = np.zeros((32, 32), bool)
    >>> mask[4:8, 4:8] = mask[20:24, 20:30] = True
    >>> boxes_around(mask, margin=2), boxes_around(mask, margin=8)  # with the wider margin they touch, and become one
    (((2, 10, 2, 10), (18, 26, 18, 32)), ((0, 32, 0, 32),))
    """
    if not isinstance(mask, np.ndarray) or mask.dtype != bool or mask.ndim != 2:
        raise TypeError(f"mask: expected bool (H, W), got {getattr(mask, 'dtype', type(mask).__name__)}")
    if margin < 0:
        raise ValueError(f"margin: expected 0 pixels or more, got {margin}")
    grown = mask
    while True:
        labels, _ = ndimage.label(grown, np.ones((3, 3), bool))
        found = [_box(rows, columns) for rows, columns in ndimage.find_objects(labels)]
        wide = [_within((t - margin, b + margin, left - margin, r + margin), mask.shape) for t, b, left, r in found]
        boxes, margin = wide, 0
        filled = np.zeros_like(mask)
        for top, bottom, left, right in boxes:
            filled[top:bottom, left:right] = True
        if (filled == grown).all():
            return tuple(sorted(boxes))
        grown = filled


def fuse_box(a: Image, b: Image, box: Box, method: str = "max_residual", **options: Any) -> tuple[Image, int]:
    """What `fuse` would give inside a box, computed from the box and as much around it as the network sees.

    Parameters
    ----------
    a, b
        The whole sources, gray, as `fuse` takes them.
    box
        Within the image.
    method
        A learned method that says how far it looks (``reach``).
    **options
        Of the method.

    Returns
    -------
    The patch, and how many pixels were computed for it.

    Raises
    ------
    ValueError
        The method looks at the whole image; then a part cannot be had alone.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import fuse, fuse_box
    >>> a, b = np.random.default_rng(0).random((2, 96, 96), dtype=np.float32)
    >>> patch, pixels = fuse_box(a, b, (40, 56, 40, 56))
    >>> np.allclose(patch, fuse(a, b, "max_residual")[40:56, 40:56], atol=1e-5), pixels < 96 * 96  # from a part of it
    (True, True)
    """
    looks = _looks(method, options)
    down = with_halo(box[0], box[1], a.shape[0], *looks)
    across = with_halo(box[2], box[3], a.shape[1], *looks)
    patch = fuse(a[down, across], b[down, across], method, **options)
    inside = np.s_[box[0] - down.start : box[1] - down.start, box[2] - across.start : box[3] - across.start]
    return patch[inside], patch.size


def fuse_regions(
    a: Any, b: Any, boxes: Sequence[Box], method: str = "max_residual", cheap: str = "average", *, feather: int = 4,
    **options: Any,
) -> RegionFused:  # fmt: skip
    """Fuse cheaply, then well inside boxes.

    Inside a box the image is that of `method` on the whole image; `feather` pixels around it go over to the cheap one,
    linearly, so that no edge is seen that nobody drew.

    Parameters
    ----------
    a, b
        Gray sources ``(H, W)``, as `fuse` takes them.
    boxes
        Regions of interest; see `boxes_around`.
    method, cheap
        The good method, which is learned and knows how far it looks, and the one for the rest.
    feather
        Pixels, 0 or more.
    **options
        Of the good method.

    Returns
    -------
    RegionFused: the image, and the share of it that the good method computed.

    Raises
    ------
    ValueError, TypeError
        As `fuse` and `fuse_box`; colored sources; a negative feather.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import fuse, fuse_regions
    >>> a, b = np.random.default_rng(0).random((2, 96, 96), dtype=np.float32)
    >>> fused = fuse_regions(a, b, [(40, 56, 40, 56)]).image
    >>> good, cheap = fuse(a, b, "max_residual"), fuse(a, b, "average")
    >>> inside, far = np.s_[40:56, 40:56], np.s_[:32]
    >>> np.allclose(fused[inside], good[inside], atol=1e-5), np.allclose(fused[far], cheap[far], atol=1e-5)
    (True, True)
    """
    a, b = check_pair(a, b, min_side=MIN_SIDE)
    if a.ndim == 3 or b.ndim == 3:
        raise ValueError("a, b: expected gray images, got RGB; fuse their luminance (color.luminance)")
    if feather < 0:
        raise ValueError(f"feather: expected 0 pixels or more, got {feather}")
    image, computed = fuse(a, b, cheap), 0
    for box in boxes:
        outer = _within((box[0] - feather, box[1] + feather, box[2] - feather, box[3] + feather), a.shape)
        patch, pixels = fuse_box(a, b, outer, method, **options)
        computed += pixels
        weight = _feathered(box, outer, feather)
        there = np.s_[outer[0] : outer[1], outer[2] : outer[3]]
        image[there] = (1 - weight) * image[there] + weight * patch
        image[box[0] : box[1], box[2] : box[3]] = patch[
            box[0] - outer[0] : box[1] - outer[0], box[2] - outer[2] : box[3] - outer[2]
        ]
    return RegionFused(image, computed / a.size)


def tiles_by_interest(interest: FloatArray, side: int) -> Iterator[Box]:
    """The tiles of an image, the most interesting first.

    Parameters
    ----------
    interest
        ``(H, W)`` >= 0: uptake, or a detector's probability; of a tile the largest value counts.
    side
        Of a tile, in pixels; the last of a row or column may be smaller.

    Yields
    ------
    Boxes that cover the image, each pixel once; equal ones row by row.

    Raises
    ------
    ValueError
        Not an image, or a side below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import tiles_by_interest
    >>> uptake = np.zeros((4, 8))
    >>> uptake[1, 6] = 5  # in the right half
    >>> list(tiles_by_interest(uptake, side=4))
    [(0, 4, 4, 8), (0, 4, 0, 4)]
    """
    if interest.ndim != 2:
        raise ValueError(f"interest: expected (H, W), got shape {interest.shape}; of slices: slice_tiles_by_interest")
    yield from (box for _, box in slice_tiles_by_interest(interest[np.newaxis], side))


def slice_tiles_by_interest(interest: FloatArray, side: int) -> Iterator[tuple[int, Box]]:
    """The tiles of all slices of a volume, the most interesting first, whatever slice they lie in.

    Parameters
    ----------
    interest
        ``(N, H, W)`` >= 0, a map for each slice as `tiles_by_interest` takes it.
    side
        Of a tile, in pixels; the last of a row or column may be smaller.

    Yields
    ------
    The number of the slice and a box in it. All together cover the slices, each pixel once; equal ones come slice by
    slice and row by row.

    Raises
    ------
    ValueError
        Not a stack of slices, or a side below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import slice_tiles_by_interest
    >>> uptake = np.zeros((2, 4, 8))
    >>> uptake[1, 1, 6] = 5  # in the right half of slice 1
    >>> next(slice_tiles_by_interest(uptake, side=4))
    (1, (0, 4, 4, 8))
    """
    if interest.ndim != 3:
        raise ValueError(f"interest: expected (N, H, W), got shape {interest.shape}")
    if side < 1:
        raise ValueError(f"side: expected 1 pixel or more, got {side}")
    count, height, width = interest.shape
    tiles = [
        (number, (top, min(top + side, height), left, min(left + side, width)))
        for number in range(count)
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]
    yield from sorted(tiles, key=lambda tile: -float(_inside(interest[tile[0]], tile[1]).max()))


def _looks(method: str, options: dict[str, Any]) -> tuple[int, int]:
    declared = get_method(method)
    reach = None
    if declared.network:
        from medfuse_course.methods.learned import reach_of
        from medfuse_course.methods.weights import kept_network

        network = kept_network(declared)
        reach = reach_of(network, options)
        multiple = int(getattr(network, "multiple", 1))
    if reach is None:
        raise ValueError(f"method: expected a network that knows how far it looks, got {method}, which needs the whole")
    return reach, multiple


def _box(rows: slice, columns: slice) -> Box:
    return rows.start, rows.stop, columns.start, columns.stop


def _inside(image: FloatArray, box: Box) -> FloatArray:
    return image[box[0] : box[1], box[2] : box[3]]


def _within(box: Box, shape: tuple[int, ...]) -> Box:
    return max(0, box[0]), min(shape[0], box[1]), max(0, box[2]), min(shape[1], box[3])


def _feathered(box: Box, outer: Box, feather: int) -> FloatArray:
    """1 inside, falling by equal steps to the rim of the outer box."""
    rows, columns = np.arange(outer[0], outer[1]), np.arange(outer[2], outer[3])
    down, across = (
        np.maximum(np.maximum(low - at, at - (high - 1)), 0)
        for at, low, high in ((rows, box[0], box[1]), (columns, box[2], box[3]))
    )
    away = np.maximum(down[:, None], across[None])
    weight: FloatArray = (1 - away / (feather + 1)).astype(np.float32)
    return weight
