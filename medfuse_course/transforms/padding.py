"""Padding to sizes that a transform can halve or wrap around; crop the result afterwards."""

import numpy as np
from scipy import fft

from medfuse_course.core.types import FloatArray


def pad_to_multiple(image: FloatArray, multiple: int) -> FloatArray:
    """Grow ``(H, W)`` at the bottom and the right to the next multiple; the border is reflected, its edge repeated.

    An image that fits is returned as it is. Undo it with ``padded[:H, :W]``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.padding import pad_to_multiple
    >>> pad_to_multiple(np.array([[1.0, 2.0, 3.0]]), 2).tolist()
    [[1.0, 2.0, 3.0, 3.0], [1.0, 2.0, 3.0, 3.0]]
    """
    grow = [(0, -n % multiple) for n in image.shape]
    return np.pad(image, grow, mode="symmetric") if any(after for _, after in grow) else image


def pad_mirrored(image: FloatArray, margin: int) -> FloatArray:
    """Grow ``(H, W)`` on every side, so that a transform that wraps around does not mix opposite borders.

    The border is reflected, its edge repeated: `margin` pixels at the top and the left, and at the bottom and the right
    as many or the few more that make the size quick for a Fourier transform. Undo it with
    ``padded[margin : margin + H, margin : margin + W]``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.transforms.padding import pad_mirrored
    >>> image = np.array([[1.0, 2.0, 3.0]])
    >>> pad_mirrored(image, margin=1).tolist()
    [[1.0, 1.0, 2.0, 3.0, 3.0], [1.0, 1.0, 2.0, 3.0, 3.0], [1.0, 1.0, 2.0, 3.0, 3.0]]
    >>> pad_mirrored(image, margin=2).shape  # 7 columns would be slow to transform
    (5, 8)
    """
    if isinstance(margin, bool) or not isinstance(margin, (int, np.integer)):
        raise TypeError(f"margin: expected an integer, got {type(margin).__name__}")
    if margin < 0:
        raise ValueError(f"margin: expected 0 or more pixels, got {margin}")
    grow = [(margin, fft.next_fast_len(n + 2 * margin, real=True) - n - margin) for n in image.shape]
    return np.pad(image, grow, mode="symmetric")
