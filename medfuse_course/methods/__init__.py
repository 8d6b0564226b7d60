"""Methods for fusion and for what comes before and after it: declarations, found by slug and run by their task's verb.

A declaration is data; the file it points at is imported when the method is first used, so listing imports no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from medfuse_course.methods.adapter import fuse, fuse_stack
from medfuse_course.methods.base import Method
from medfuse_course.methods.catalogue import get_method, list_methods
from medfuse_course.methods.tasks import TASKS, Task
from medfuse_course.methods.verbs import enhance, segment, solve, synthesize
from medfuse_course.methods.volumes import FusedVolume, fuse_volumes

if TYPE_CHECKING:
    from medfuse_course.core.filters import sum_3x3
    from medfuse_course.core.guided_filter import guided_filter
    from medfuse_course.methods.activity import saliency
    from medfuse_course.methods.classical.pulse_coupled import count_firings, more_firings, otsu
    from medfuse_course.methods.model_card import how_trained
    from medfuse_course.methods.multiscale import fuse_bands, share_of_a
    from medfuse_course.methods.regions import (
        boxes_around,
        fuse_box,
        fuse_regions,
        slice_tiles_by_interest,
        tiles_by_interest,
    )
    from medfuse_course.methods.rules import RULES
    from medfuse_course.methods.weights import inspect, load_network, shipped_path

_PARTS = {
    "RULES": "methods.rules",
    "boxes_around": "methods.regions",
    "count_firings": "methods.classical.pulse_coupled",
    "fuse_bands": "methods.multiscale",
    "fuse_box": "methods.regions",
    "fuse_regions": "methods.regions",
    "guided_filter": "core.guided_filter",
    "how_trained": "methods.model_card",
    "inspect": "methods.weights",
    "load_network": "methods.weights",
    "more_firings": "methods.classical.pulse_coupled",
    "otsu": "methods.classical.pulse_coupled",
    "saliency": "methods.activity",
    "share_of_a": "methods.multiscale",
    "shipped_path": "methods.weights",
    "sum_3x3": "core.filters",
    "slice_tiles_by_interest": "methods.regions",
    "tiles_by_interest": "methods.regions",
}
"""Where each part is; imported when first asked for."""

__all__ = [
    "RULES",
    "TASKS",
    "FusedVolume",
    "Method",
    "Task",
    "boxes_around",
    "count_firings",
    "enhance",
    "fuse",
    "fuse_bands",
    "fuse_box",
    "fuse_regions",
    "fuse_stack",
    "fuse_volumes",
    "get_method",
    "guided_filter",
    "how_trained",
    "inspect",
    "list_methods",
    "load_network",
    "more_firings",
    "otsu",
    "saliency",
    "segment",
    "share_of_a",
    "shipped_path",
    "slice_tiles_by_interest",
    "solve",
    "sum_3x3",
    "synthesize",
    "tiles_by_interest",
]


def __getattr__(name: str) -> Any:
    if name not in _PARTS:
        raise AttributeError(f"module 'medfuse_course.methods' has no attribute {name!r}")
    return getattr(import_module(f"medfuse_course.{_PARTS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
