"""What the color spaces share: a 3 x 3 matrix, a check, and the one place where colors are clipped."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.checks import plain_array
from medfuse_course.core.types import FloatArray, Image


def transform(image: FloatArray, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply the three channels of each pixel by ``matrix``; its row i gives channel i."""
    product: NDArray[np.float64] = image.astype(np.float64) @ matrix.T
    return product


def check_channels(image: Any, space: str) -> NDArray[np.float64]:
    """Check an image in a color space other than RGB: finite floats, ``(H, W, 3)``; the ranges are the space's own."""
    advice = f"make it with color.rgb_to_{space}"
    if not isinstance(image, np.ndarray):
        raise TypeError(f"{space}: expected a NumPy array, got {type(image).__name__}; {advice}")
    if not np.issubdtype(image.dtype, np.floating):
        raise TypeError(f"{space}: expected an array of floats, got dtype {image.dtype}; {advice}")
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(f"{space}: expected shape (H, W, 3), got {image.shape}; {advice}")
    if not np.isfinite(image).all():
        raise ValueError(f"{space}: expected finite values, got NaN or infinite ones; {advice}")
    return plain_array(image, space).astype(np.float64)


def displayable(rgb: FloatArray) -> Image:
    """The nearest color that a screen can show: each channel clipped to [0, 1], float32."""
    return np.clip(rgb, 0, 1).astype(np.float32)
