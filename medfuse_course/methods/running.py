"""What all verbs share: options that are checked, what runs with them, and a result that is whole."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.device import enough_memory, require_torch
from medfuse_course.core.registry import check_name, unknown
from medfuse_course.core.types import Image
from medfuse_course.methods.base import LEARNED_OPTIONS, Method
from medfuse_course.methods.options import check_value

MIN_SIDE = 16
"""Smallest H and W that every method accepts, in pixels."""


def with_halo(start: int, stop: int, length: int, reach: int, multiple: int = 1) -> slice:
    """A range of rows or columns grown by what a network sees, of at least `MIN_SIDE` pixels where there are so many.

    It begins at a multiple and ends at one, or with the image: where a network halves an image, the halves must fall on
    the same pixels.
    """
    least = -(-MIN_SIDE // multiple) * multiple
    first = max(0, (start - reach) // multiple * multiple)
    last = min(length, max(-(-(stop + reach) // multiple) * multiple, first + least))
    return slice(max(0, min(first, (length - least) // multiple * multiple)), last)


def runner(method: Method, options: dict[str, Any]) -> Callable[..., Any]:
    """What a method does to images with these options: its function, or its network, run by `learned`.

    Returns
    -------
    A function of as many images as the task has.
    """
    if not method.network:
        return partial(method.load(), **options)
    require_torch()
    from medfuse_course.methods.learned import run_network
    from medfuse_course.methods.weights import kept_network

    chosen = LEARNED_OPTIONS | options
    network = kept_network(method, chosen.pop("scale"), chosen.pop("weights"))

    def run(*given: Image | None) -> Image:
        images = _whole(given, method.slug, allowed=getattr(network, "takes_missing", False))
        with enough_memory(f"{method.slug}: images of shape {images[0].shape}", "a smaller batch or smaller images"):
            return run_network(network, *images, **chosen)

    return run


def _whole(given: tuple[Image | None, ...], slug: str, *, allowed: bool) -> tuple[Image, ...]:
    """The images of a network; one that is missing is NaN everywhere, if its network takes that."""
    there = [image for image in given if image is not None]
    if len(there) < len(given) and not allowed:
        raise ValueError(f"b: expected a second image, which {slug} needs, got none; pass the CT first, then the PET")
    return tuple(np.full_like(there[0], np.nan) if image is None else image for image in given)


def check_options(method: Method, options: Mapping[str, Any], also: Mapping[str, Any] | None = None) -> None:
    """Say which option a method does not have, or which value cannot be one of its.

    Parameters
    ----------
    method
        The declaration.
    options
        What is given.
    also
        Options with their defaults that the verb has beside the method's own.
    """
    own, shared = method.options, also or {}
    declared = bool(method.where or method.network)
    for name, value in options.items():
        if name not in own and name not in shared:
            why = unknown("option", name, own) if own else f"takes no option, got {name!r}"
            raise TypeError(f"{method.slug}: {why}")
        default = shared[name] if name in shared else own[name]
        check_value(name, value, default, bounded=declared or name in shared)
        if declared and name in method.choices:
            check_name(name, value, method.choices[name])


def check_result(result: Any, shape: tuple[int, ...], slug: str) -> NDArray[Any]:
    """What a method made, if it is finite and has the expected shape; else the method is at fault.

    Returns
    -------
    The result as it is.
    """
    if result.shape != shape:
        raise RuntimeError(f"{slug}: expected a result of shape {shape}, got {result.shape}; please report this")
    if not np.isfinite(result).all():
        bad = int(result.size - np.isfinite(result).sum())
        raise RuntimeError(
            f"{slug}: expected finite values, got {bad} NaN or infinite of {result.size}; with weights of your own, "
            "look at their training; else please report this"
        )
    whole: NDArray[Any] = result
    return whole
