"""`enhance`, `synthesize`, `segment`: one call for every method of each task that is not fusion.

They share with `fuse` the registry, the options and the way to a network; what goes in and out is the task's own.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.checks import check_gray, check_quantity
from medfuse_course.core.registry import lookup
from medfuse_course.core.types import BoolArray, Image
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.intensity import parse_window
from medfuse_course.methods.base import Method
from medfuse_course.methods.catalogue import get_method
from medfuse_course.methods.running import MIN_SIDE, check_options, check_result, runner
from medfuse_course.methods.tasks import DEFAULTS, ENHANCEMENT, SEGMENTATION, SYNTHESIS


def enhance(x: Any, method: str = "nonlocal_means", **options: Any) -> NDArray[np.float32]:
    """Make a noisy quantitative image better, and leave it quantitative.

    Parameters
    ----------
    x
        Floats >= 0 in a unit of their own, such as PET in SUV, not confined to [0, 1]: ``(H, W)``, or ``(D, H, W)``
        with D odd, a slice in the middle of its neighbors (2.5-D). At least 16 x 16 pixels.
    method
        A slug from ``list_methods(task="enhancement")``.
    **options
        Options of the method; ``get_method(method).options`` lists them with their defaults.

    Returns
    -------
    float32 ``(H, W)`` >= 0 in the unit of `x`: the image, or the middle slice of the stack. Nothing is scaled or
    clipped from above.

    Raises
    ------
    TypeError, ValueError
        `x` is not such an array, the method does another task, or an option is unknown.

    Examples
    --------
    >>> from medfuse_course import enhance
    >>> from medfuse_course.datasets import load_case
    >>> case = load_case("thorax/low-dose-pet")
    >>> better = enhance(*case.inputs.values())
    """
    declared = get_method(method, ENHANCEMENT)
    x = check_quantity(x, "x", stack=True, nonnegative=True, min_side=MIN_SIDE)
    stack = x.reshape(-1, *x.shape[-2:])
    return np.maximum(_run(declared, options, stack), 0).astype(np.float32, copy=False)


def synthesize(x: Any, method: str = "regression_synthesis", **options: Any) -> Image:
    """Guess what another scanner would show of the same plane.

    Parameters
    ----------
    x
        Gray image ``(H, W)`` of floats in [0, 1], in the window that the method learned from; at least 16 x 16 pixels.
    method
        A slug from ``list_methods(task="synthesis")``.
    **options
        Options of the method.

    Returns
    -------
    float32 ``(H, W)`` in [0, 1] of the window that the method states: ``get_method(method).window``. To have the
    values in its unit: ``parse_window(get_method(method).window).undo(result)``.

    Raises
    ------
    TypeError, ValueError
        `x` is not such an image, the method does another task, or an option is unknown.

    Examples
    --------
    >>> from medfuse_course import load_pair, synthesize
    >>> ct = synthesize(load_pair("head/mri-ct").a)
    """
    declared = get_method(method, SYNTHESIS)
    x = check_gray(x, "x", min_side=MIN_SIDE)
    return np.clip(_run(declared, options, x), 0, 1).astype(np.float32, copy=False)


def segment(a: Any, b: Any = None, method: str = "threshold_segmentation", **options: Any) -> BoolArray:
    """Mark what is sought, pixel by pixel.

    Parameters
    ----------
    a, b
        One gray image, or two on one grid: the anatomical (CT in HU) and the complementary one (PET in SUV). Floats
        ``(H, W)`` in physical units, not confined to [0, 1], of at least 16 x 16 pixels. One alone is the PET.
    method
        A slug from ``list_methods(task="segmentation")``.
    **options
        Options of the method.

    Returns
    -------
    bool ``(H, W)``.

    Raises
    ------
    TypeError, ValueError
        An input is not such an array, the grids differ, the method does another task, or an option is unknown.

    Examples
    --------
    >>> from medfuse_course import segment
    >>> from medfuse_course.datasets import load_case
    >>> ct, pet = load_case("thorax/pet-ct-lesions").inputs.values()
    >>> mask = segment(ct, pet, fraction=0.41)
    """
    declared = get_method(method, SEGMENTATION)
    first = check_quantity(a, "a", min_side=MIN_SIDE)
    if b is None:
        return _marked(_run(declared, options, None, first))
    second = check_quantity(b, "b", min_side=MIN_SIDE)
    if first.shape != second.shape:
        raise ValueError(f"b: expected the grid of a, {first.shape}, got {second.shape}; resample one onto the other")
    return _marked(_run(declared, options, first, second))


def solve(case: Case, method: str | None = None, **options: Any) -> NDArray[Any]:
    """The result of a method on a case, in the unit of the case's target.

    Parameters
    ----------
    case
        A case of `datasets.catalogue`.
    method
        A slug of the case's task; None is the default of its verb.
    **options
        Options of the method.

    Returns
    -------
    ``(H, W)``: an enhanced image in its unit, a synthesized one in the unit of its window, or a mask.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import Case
    >>> from medfuse_course.methods import solve
    >>> pet = np.zeros((32, 32), np.float32)
    >>> pet[8:12, 8:12] = 8  # SUV: a hot lesion
    >>> hot = pet > 0
    >>> task = {"name": "own/lesion", "task": "segmentation", "unit": "", "scale": 1.0, "windows": ("suv", "unit")}
    >>> shown = {"spacing": (4.0, 4.0), "region": ~hot, "labels": hot.astype(np.uint8), "lesions": hot}
    >>> case = Case(inputs={"pet": pet}, target=hot, **task, **shown)
    >>> bool((solve(case) == case.target).all())
    True
    """
    slug = method or lookup("task", case.task, DEFAULTS)
    verbs: dict[str, Callable[..., NDArray[Any]]] = {
        "enhancement": enhance, "synthesis": synthesize, "segmentation": segment
    }  # fmt: skip
    result = lookup("task", case.task, verbs)(*case.inputs.values(), method=slug, **options)
    return parse_window(get_method(slug).window).undo(result) if case.task == "synthesis" else result


def _marked(made: NDArray[Any]) -> BoolArray:
    """A mask as it is; of a network's probabilities those above one half."""
    return made if made.dtype == bool else np.asarray(made > 0.5)


def _run(method: Method, options: dict[str, Any], *images: Any) -> NDArray[Any]:
    """What a method makes of images, the last of which says how large the result is."""
    check_options(method, options)
    return check_result(runner(method, options)(*images), images[-1].shape[-2:], method.slug)
