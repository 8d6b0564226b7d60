"""Weighted averaging, also called alpha blending."""

from medfuse_course.core.types import Image


def average(a: Image, b: Image, *, weight: float = 0.5) -> Image:
    """``F = weight * a + (1 - weight) * b``.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    weight
        Share of `a`, in [0, 1]. At 0.5, the default, it is the plain average.

    Returns
    -------
    ``(H, W)`` in [0, 1].
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight: expected a number in [0, 1], got {weight!r}")
    return a * weight + b * (1 - weight)
