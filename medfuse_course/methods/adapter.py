"""`fuse`: one call for every fusion method, on gray and on color. All that methods share happens here."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from medfuse_course.color.luminance import fuse_luminance
from medfuse_course.core.checks import check_pair
from medfuse_course.core.device import enough_memory, require_torch
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


def fuse_stack(a: Any, b: Any, method: str = "laplacian_pyramid", *, batch: int = 8, **options: Any) -> Image:
    """Fuse two stacks of gray images slice by slice; `Method.stacks` ones by batches, which is what a GPU is for.

    Each slice comes out as `fuse` makes it: to rounding, at most 1e-4 on a GPU.

    Parameters
    ----------
    a, b
        Float arrays ``(N, H, W)`` in [0, 1] of one shape.
    method
        A slug from `list_methods`.
    batch
        Slices that a network sees at once; the memory of a GPU bounds it.
    **options
        Options of the method.

    Returns
    -------
    float32 ``(N, H, W)`` in [0, 1].

    Raises
    ------
    TypeError, ValueError
        As `fuse`; the stacks are not 3-D, or of two shapes.
    MemoryError
        The device has too little memory for the batch.
    """
    declared = get_method(method)
    stacks = [np.asarray(x) for x in (a, b)]
    if stacks[0].ndim != 3 or not len(stacks[0]) or stacks[0].shape != stacks[1].shape:
        raise ValueError(f"a, b: expected two stacks (N, H, W) of one shape, got {stacks[0].shape}, {stacks[1].shape}")
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise ValueError(f"batch: expected a positive integer, got {batch!r}")
    if not declared.stacks:
        return np.stack([fuse(x, y, method, **options) for x, y in zip(*stacks, strict=True)])
    _check_options(declared, options)
    pairs = [check_pair(x, y, min_side=MIN_SIDE) for x, y in zip(*stacks, strict=True)]
    function = _ready(declared, options)
    fused = []
    for start in range(0, len(pairs), batch):
        first, second = (np.stack(side) for side in zip(*pairs[start : start + batch], strict=True))
        fused.append(_finish(function(first, second, **options), first.shape, method))
    return np.concatenate(fused)


def _ready(method: Method, options: dict[str, Any]) -> Callable[..., Any]:
    """The function of a method; that of a learned one with its network, which takes two of the options."""
    if not method.network:
        return method.load()
    require_torch()
    from medfuse_course.methods.weights import load_network

    chosen = {name: options.pop(name, default) for name, default in LEARNED_OPTIONS.items()}
    function = partial(method.load(), load_network(method, **chosen))

    def run(*images: Image, **rest: Any) -> Image:
        with enough_memory(f"{method.slug}: images of shape {images[0].shape}", "a smaller batch or smaller images"):
            result: Image = function(*images, **rest)
        return result

    return run


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
