"""Misregistration by a known displacement: what a badly aligned pair looks like."""

from dataclasses import replace
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.checks import check_image
from medfuse_course.core.random import generator
from medfuse_course.core.types import Image
from medfuse_course.datasets.pair import Pair
from medfuse_course.physics import FWHM_PER_SIGMA

_SMOOTH = 60.0  # mm: correlation length of the deformation, as of breathing and not of noise


@overload
def misregister(
    source: Pair,
    *,
    shift_mm: tuple[float, float] = ...,
    rotation_deg: float = ...,
    deformation_mm: float = ...,
    stretch: float = ...,
    seed: int = ...,
) -> Pair: ...


@overload
def misregister(
    source: Image,
    *,
    shift_mm: tuple[float, float] = ...,
    rotation_deg: float = ...,
    deformation_mm: float = ...,
    stretch: float = ...,
    seed: int = ...,
    spacing: tuple[float, float] = ...,
) -> Image: ...


def misregister(
    source: Pair | Image,
    *,
    shift_mm: tuple[float, float] = (0.0, 0.0),
    rotation_deg: float = 0.0,
    deformation_mm: float = 0.0,
    stretch: float = 1.0,
    seed: int = 0,
    spacing: tuple[float, float] | None = None,
) -> Pair | Image:
    """Move an image, or the second image of a pair, by a known displacement.

    ``out(p) = in(p - d(p))`` with the field d of `displacement_field`, cubic interpolation, black outside.

    Parameters
    ----------
    source
        A pair, of which b is moved, or an image.
    shift_mm
        How far the content goes: down and to the right, in mm.
    rotation_deg
        Turn about the middle, counterclockwise as displayed.
    deformation_mm
        Length of the largest displacement of a smooth random deformation, in mm.
    stretch
        By what everything becomes larger about the middle, such as 1.08; 1 leaves it, less makes it smaller.
    seed
        Which deformation.
    spacing
        Pixel size in mm of an image, 1 when not given; a pair knows its own.

    Returns
    -------
    An image; or a pair that differs in b and in its provenance. Its truth stays on the grid of a.

    Raises
    ------
    TypeError
        `source` is neither, or a spacing is given with a pair.
    ValueError
        Numbers that are not finite, a negative deformation, or a stretch that is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import misregister
    >>> image = np.zeros((32, 32), dtype=np.float32)
    >>> image[10, 10] = 1.0
    >>> moved = misregister(image, shift_mm=(3.0, 5.0))
    >>> tuple(int(place) for place in np.unravel_index(moved.argmax(), moved.shape))
    (13, 15)
    """
    moves = {"shift_mm": tuple(shift_mm), "rotation_deg": rotation_deg, "deformation_mm": deformation_mm, "seed": seed}
    if stretch != 1:
        moves["stretch"] = stretch
    if isinstance(source, Pair):
        if spacing is not None:
            raise TypeError("spacing: a pair knows its own; leave it out")
        b = _move(source.b, source.spacing or (1.0, 1.0), moves)
        return replace(source, b=b, provenance={**source.provenance, "misregistration": moves})
    return _move(check_image(source, "source"), spacing or (1.0, 1.0), moves)


def displacement_field(
    shape: tuple[int, int],
    spacing: tuple[float, float] = (1.0, 1.0),
    *,
    shift_mm: tuple[float, float] = (0.0, 0.0),
    rotation_deg: float = 0.0,
    deformation_mm: float = 0.0,
    stretch: float = 1.0,
    seed: int = 0,
) -> NDArray[np.float64]:
    """The field d of `misregister` in mm, ``(2, H, W)``: pixel p gets the value at ``p - d(p)``.

    Without rotation and stretch no displacement is longer than ``|shift| + deformation``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import displacement_field
    >>> field = displacement_field((33, 33), rotation_deg=90)
    >>> field.shape, field[:, 16, 16].round(6).tolist()  # the middle stays
    ((2, 33, 33), [0.0, 0.0])
    >>> field[:, 6, 16].round(6).tolist()  # what was 10 to the right of the middle comes to lie 10 above it
    [-10.0, -10.0]
    >>> field = displacement_field((64, 64), deformation_mm=4.0, seed=1)
    >>> round(float(np.hypot(*field).max()), 6)  # its longest arrow
    4.0
    """
    numbers = (*shift_mm, rotation_deg, deformation_mm)
    if len(shift_mm) != 2 or not np.isfinite(numbers).all():
        raise ValueError(f"shift_mm, rotation_deg, deformation_mm: expected 2, 1 and 1 finite numbers, got {numbers}")
    if not 0 < stretch < np.inf:
        raise ValueError(f"stretch: expected a positive factor such as 1.08, got {stretch}")
    if deformation_mm < 0:
        raise ValueError(f"deformation_mm: expected a length >= 0 mm, got {deformation_mm}")
    steps = np.array(spacing, dtype=np.float64).reshape(2, 1, 1)
    middle = (np.array(shape).reshape(2, 1, 1) - 1) / 2
    position = (np.indices(shape) - middle) * steps
    shift = np.array(shift_mm, dtype=np.float64).reshape(2, 1, 1)
    turn = np.deg2rad(rotation_deg)
    rows, columns = (position - shift) / stretch
    origin = np.stack([
        np.cos(turn) * rows + np.sin(turn) * columns,  # rows run down, so this undoes a counterclockwise turn
        -np.sin(turn) * rows + np.cos(turn) * columns,
    ])  # fmt: skip
    return np.asarray(position - origin + _deformation(shape, steps, deformation_mm, seed))


def correction_field(
    field: NDArray[np.float64], spacing: tuple[float, float] = (1.0, 1.0), *, rounds: int = 12
) -> NDArray[np.float64]:
    """The field u that undoes a displacement d: what was at p lies at ``p + u(p)``, so ``u(p) = d(p + u(p))``.

    Found by putting u into the right side again and again, which converges where d stretches nothing to twice its size.

    Parameters
    ----------
    field
        d in mm, ``(2, H, W)``, as `displacement_field` gives it; beyond the border it goes on as it ends.
    spacing
        Pixel size in mm.
    rounds
        How often.

    Returns
    -------
    u in mm, ``(2, H, W)``.

    Examples
    --------
    >>> from medfuse_course.datasets import correction_field, displacement_field
    >>> field = displacement_field((32, 32), shift_mm=(3.0, 5.0))
    >>> correction_field(field)[:, 10, 10].tolist()  # a shift: the same everywhere
    [3.0, 5.0]
    """
    steps = np.array(spacing, dtype=np.float64).reshape(2, 1, 1)
    places, found = np.indices(field.shape[1:]), np.zeros_like(field)
    for _ in range(rounds):
        at = places + found / steps
        found = np.stack([ndimage.map_coordinates(part, at, order=1, mode="nearest") for part in field])
    return found


def _deformation(shape: tuple[int, int], steps: NDArray[np.float64], largest: float, seed: int) -> NDArray[np.float64]:
    if largest == 0:
        return np.zeros((2, *shape))
    noise = generator(seed, "misregistration").standard_normal((2, *shape))
    sigma = _SMOOTH / FWHM_PER_SIGMA / steps.ravel()
    smooth = np.stack([ndimage.gaussian_filter(part, sigma, mode="reflect") for part in noise])
    return np.asarray(smooth * (largest / np.hypot(*smooth).max()))


def _move(image: Image, spacing: tuple[float, float], moves: dict[str, Any]) -> Image:
    field = displacement_field(image.shape[:2], spacing, **moves)
    if not field.any():
        return image.copy()
    steps = np.array(spacing, dtype=np.float64).reshape(2, 1, 1)
    origin = np.indices(image.shape[:2]) - field / steps
    channels = image[..., None] if image.ndim == 2 else image
    moved = [
        ndimage.map_coordinates(channels[..., k], origin, order=3, mode="constant", output=np.float32)
        for k in range(channels.shape[2])
    ]
    return np.stack(moved, axis=2).reshape(image.shape).clip(0, 1).astype(np.float32)
