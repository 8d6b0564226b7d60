"""Checks at the public border: every error names the argument, what was expected, what came, and what to do.

An *image* is a NumPy array of floats, ``(H, W)`` gray or ``(H, W, 3)`` RGB, with finite values in [0, 1]. Images are
checked and never rescaled: an array on another scale is an error, because only its owner knows what the scale means.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import Image

SLACK = 1e-6
"""How far a value may stand outside [0, 1] before it is an error: rounding in float32, nothing more."""


class RangeWarning(UserWarning):
    """Values lie outside the range that a method was made for."""


def check_image(image: Any, name: str = "image", *, min_side: int = 1) -> Image:
    """Return ``image`` as a float32 array, or say what is wrong with it.

    Parameters
    ----------
    image
        Array of floats, ``(H, W)`` or ``(H, W, 3)``, finite, in [0, 1].
    name
        What the error calls the argument.
    min_side
        Smallest H and W allowed, in pixels.

    Returns
    -------
    float32 array of the same shape. The input is never changed; it is copied only where the type or the rounding
    slack (values up to 1e-6 outside [0, 1] are clipped) asks for it.

    Raises
    ------
    TypeError
        Not a NumPy array, or not an array of floats.
    ValueError
        Wrong rank, too small, not finite, or outside [0, 1].
    """
    array = _check_floats(image, name)
    _check_shape(array, name, min_side)
    if not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise ValueError(
            f"{name}: expected finite values, got {bad} NaN or infinite of {array.size}; "
            "replace them first, for example with numpy.nan_to_num, if you know what they mean"
        )
    low, high = float(array.min()), float(array.max())
    if low < -SLACK or high > 1 + SLACK:
        raise ValueError(f"{name}: expected values in [0, 1], got [{low:g}, {high:g}]; {_scale_advice(low, high)}")
    array = array.astype(np.float32, copy=False)
    return array.clip(0, 1) if low < 0 or high > 1 else array


def check_gray(image: Any, name: str = "image", *, min_side: int = 1) -> Image:
    """Like `check_image`, for an argument that must be ``(H, W)``."""
    array = check_image(image, name, min_side=min_side)
    if array.ndim != 2:
        raise ValueError(
            f"{name}: expected a gray image (H, W), got shape {array.shape}; take its luma with color.luma"
        )
    return array


def check_rgb(image: Any, name: str = "image", *, min_side: int = 1) -> Image:
    """Like `check_image`, for an argument that must be ``(H, W, 3)``."""
    array = check_image(image, name, min_side=min_side)
    if array.ndim != 3:
        raise ValueError(
            f"{name}: expected an RGB image (H, W, 3), got shape {array.shape}; stack a gray one with color.gray_to_rgb"
        )
    return array


def check_pair(a: Any, b: Any, *, names: tuple[str, str] = ("a", "b"), min_side: int = 1) -> tuple[Image, Image]:
    """Check two images that must lie on one grid; each may be gray or RGB."""
    first = check_image(a, names[0], min_side=min_side)
    second = check_image(b, names[1], min_side=min_side)
    if first.shape[:2] != second.shape[:2]:
        raise ValueError(
            f"{names[1]}: expected the grid of {names[0]}, {_size(first)}, got {_size(second)}; "
            "register and resample one image onto the other first"
        )
    return first, second


def plain_array(array: Any, name: str = "array") -> NDArray[Any]:
    """The values of an array as a plain `numpy.ndarray`, in which ``*`` means pixel by pixel.

    Of a subclass only the values are taken: a `numpy.matrix`, such as ``todense()`` gives, would multiply rows by
    columns. What is no array comes back as `numpy.asarray` takes it.

    Raises
    ------
    TypeError
        It is a masked array: what stands behind the mask is nobody's value.
    """
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(
            f"{name}: expected a plain array, got a masked one; decide what the masked pixels are with .filled(value)"
        )
    return np.asarray(array)


def check_quantity(
    array: Any, name: str = "x", *, stack: bool = False, nonnegative: bool = False, min_side: int = 1
) -> NDArray[np.float32]:
    """Return a map of physical values as float32, or say what is wrong with it: SUV, HU, or any other unit.

    Parameters
    ----------
    array
        Array of finite floats ``(H, W)``, on any scale.
    name
        What the error calls the argument.
    stack
        Whether ``(D, H, W)`` is allowed too: an odd number of neighboring slices, the one that is meant in the middle.
    nonnegative
        Whether values below 0 are an error.
    min_side
        Smallest H and W allowed, in pixels.

    Returns
    -------
    float32 array of the same shape; the input is never changed.

    Raises
    ------
    TypeError
        Not a NumPy array, or not an array of floats.
    ValueError
        Wrong rank, too small, an even number of slices, not finite, or below 0.
    """
    if not isinstance(array, np.ndarray) or not np.issubdtype(array.dtype, np.floating):
        kind = f"dtype {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
        raise TypeError(
            f"{name}: expected a NumPy array of floats, got {kind}; convert it with numpy.asarray(x, float)"
        )
    array = plain_array(array, name)
    shapes = "(H, W) or (D, H, W) with an odd number D of slices" if stack else "(H, W)"
    if array.ndim not in ((2, 3) if stack else (2,)) or (array.ndim == 3 and len(array) % 2 == 0):
        raise ValueError(f"{name}: expected shape {shapes}, got {array.shape}; pass one slice of a volume at a time")
    if min(array.shape[-2:]) < min_side:
        raise ValueError(f"{name}: expected at least {min_side} x {min_side} pixels, got shape {array.shape}")
    if not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise ValueError(
            f"{name}: expected finite values, got {bad} NaN or infinite of {array.size}; "
            "replace them first, for example with numpy.nan_to_num, if you know what they mean"
        )
    if nonnegative and array.min() < 0:
        raise ValueError(
            f"{name}: expected values >= 0, got {array.min():g}; if negative values are noise, clip them with "
            "numpy.maximum(x, 0)"
        )
    return array.astype(np.float32, copy=False)


def from_uint8(image: Any, name: str = "image") -> Image:
    """Turn an 8-bit image into a float32 image: ``image / 255``."""
    array = plain_array(image, name)
    if array.dtype != np.uint8:
        raise TypeError(f"{name}: expected dtype uint8, got {array.dtype}; from_uint8 only divides 8-bit data by 255")
    return check_image(array.astype(np.float32) / np.float32(255), name)


def to_uint8(image: Any, name: str = "image") -> NDArray[np.uint8]:
    """Turn an image into 8 bits: ``round(255 * image)``, ties to even."""
    return np.rint(check_image(image, name) * np.float32(255)).astype(np.uint8)


def _check_floats(image: Any, name: str) -> NDArray[Any]:
    if not isinstance(image, np.ndarray):
        kind = f"{type(image).__module__}.{type(image).__qualname__}".removeprefix("builtins.")
        advice = (
            "use tensor.detach().cpu().numpy()" if kind.startswith("torch.") else "use numpy.asarray with dtype float32"
        )
        raise TypeError(f"{name}: expected a NumPy array, got {kind}; {advice}")
    image = plain_array(image, name)
    if image.dtype == np.uint8:
        high = int(image.max()) if image.size else 0
        raise TypeError(f"{name}: expected floats in [0, 1], got uint8 up to {high}; for 8-bit data use from_uint8")
    if not np.issubdtype(image.dtype, np.floating):
        raise TypeError(
            f"{name}: expected floats in [0, 1], got dtype {image.dtype}; convert to float32 and apply an intensity "
            "window (datasets.intensity) first"
        )
    whole: NDArray[Any] = image
    return whole


def _check_shape(array: NDArray[Any], name: str, min_side: int) -> None:
    shape = array.shape
    if array.ndim not in (2, 3) or (array.ndim == 3 and shape[2] != 3):
        raise ValueError(f"{name}: expected shape (H, W) or (H, W, 3), got {shape}; {_shape_advice(shape)}")
    if array.size == 0:
        raise ValueError(
            f"{name}: expected at least {min_side} x {min_side} pixels, got none (shape {shape}); is the slice empty?"
        )
    if min(shape[:2]) < min_side:
        raise ValueError(
            f"{name}: expected at least {min_side} x {min_side} pixels, got {_size(array)}; pad or resample it first"
        )


def _shape_advice(shape: tuple[int, ...]) -> str:
    if len(shape) == 3 and shape[2] == 1:
        return "drop the last axis with image[..., 0]"
    if len(shape) == 3 and shape[2] == 4:
        return "drop the alpha channel with image[..., :3]"
    if len(shape) == 3 and shape[0] in (1, 3):
        return "move the channels last with numpy.moveaxis(image, 0, -1)"
    if len(shape) == 3:
        return "pass one slice of a volume at a time, volume[:, :, k]"
    return "pass one image at a time"


def _scale_advice(low: float, high: float) -> str:
    if low >= 0 and 1 < high <= 255:
        return "for 8-bit data use from_uint8 before converting to float"
    return "apply an intensity window (datasets.intensity) that says which values become 0 and 1"


def _size(array: NDArray[Any]) -> str:
    return f"{array.shape[0]} x {array.shape[1]}"
