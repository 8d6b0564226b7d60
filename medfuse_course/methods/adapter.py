"""`fuse`: one call for every fusion method, on gray and on color. All that methods share happens here."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from medfuse_course.color.luminance import fuse_luminance
from medfuse_course.core.checks import check_pair
from medfuse_course.core.registry import unknown
from medfuse_course.core.types import Image
from medfuse_course.methods.base import LEARNED_OPTIONS, Method
from medfuse_course.methods.registry import get_method

MIN_SIDE = 16
"""Smallest H and W that every method accepts, in pixels."""


def fuse(a: Any, b: Any, method: str = "laplacian_pyramid", *, color: str = "ycbcr", **options: Any) -> Image:
    """Fuse two registered images of one scene.

    Parameters
    ----------
    a, b
        The anatomical and the complementary source: float arrays, ``(H, W)`` gray or ``(H, W, 3)`` RGB, in [0, 1],
        on one grid, at least 16 x 16 pixels.
    method
        A slug from `list_methods`.
    color
        What happens when a source is RGB: its luminance is fused and its chroma kept, in ``"ycbcr"``, ``"yuv"``,
        ``"ihs"`` or ``"lab"``. Methods that take color themselves ignore it.
    **options
        Options of the method; ``get_method(method).options`` lists them with their defaults.

    Returns
    -------
    float32 image in [0, 1]: ``(H, W)`` when both sources are gray, else ``(H, W, 3)``. Values that leave the range are
    clipped, never stretched.

    Raises
    ------
    TypeError, ValueError
        An input is not an image, the grids differ, or the method or an option is unknown.

    Examples
    --------
    >>> from medfuse_course import fuse, load_pair
    >>> pair = load_pair("head/mri-ct")
    >>> fused = fuse(pair.a, pair.b, "laplacian_pyramid", levels=5)
    """
    declared = get_method(method)
    if declared.task != "fusion":
        raise ValueError(f"method: expected a fusion method, got {method!r}, which does {declared.task}")
    a, b = check_pair(a, b, min_side=MIN_SIDE)
    _check_options(declared, options)
    function = _ready(declared, options)

    def fuse_directly(first: Image, second: Image) -> Image:
        return _finish(function(first, second, **options), max(first.shape, second.shape, key=len), method)

    if declared.color_native or a.ndim == b.ndim == 2:
        return fuse_directly(a, b)
    return fuse_luminance(a, b, fuse_directly, space=color)


def _ready(method: Method, options: dict[str, Any]) -> Callable[..., Any]:
    """The function of a method; that of a learned one with its network, which takes two of the options."""
    if not method.network:
        return method.load()
    from medfuse_course.core.device import require_torch

    require_torch()
    from medfuse_course.methods.weights import load_network

    chosen = {name: options.pop(name, default) for name, default in LEARNED_OPTIONS.items()}
    return partial(method.load(), load_network(method, **chosen))


def _check_options(method: Method, options: dict[str, Any]) -> None:
    known = method.options
    for name in options:
        if name not in known:
            raise TypeError(
                f"{method.slug}: {unknown('option', name, known) if known else f'takes no option, got {name!r}'}"
            )


def _finish(result: Any, shape: tuple[int, ...], method: str) -> Image:
    if result.shape != shape or not np.isfinite(result).all():
        raise RuntimeError(
            f"{method}: expected a finite result of shape {shape}, got {result.shape}; please report this"
        )
    return np.clip(result, 0, 1).astype(np.float32, copy=False)
