"""Multimodal medical image fusion: the library behind the course. For teaching and research, not for clinical use.

This is a table of contents. Names are imported when first used, so ``import medfuse_course`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medfuse_course.core.doctor import doctor
    from medfuse_course.datasets import list_pairs, load_pair
    from medfuse_course.exercises import check, claim, hint, use
    from medfuse_course.methods import enhance, fuse, fuse_volumes, list_methods, segment, synthesize
    from medfuse_course.metrics import evaluate
    from medfuse_course.widgets import explore

_CONTENTS = {
    "fuse": "methods",
    "enhance": "methods",
    "synthesize": "methods",
    "segment": "methods",
    "fuse_volumes": "methods",
    "list_methods": "methods",
    "evaluate": "metrics",
    "load_pair": "datasets",
    "list_pairs": "datasets",
    "explore": "widgets",
    "check": "exercises",
    "claim": "exercises",
    "hint": "exercises",
    "use": "exercises",
    "doctor": "core.doctor",
}

__all__ = [
    "check",
    "claim",
    "doctor",
    "enhance",
    "evaluate",
    "explore",
    "fuse",
    "fuse_volumes",
    "hint",
    "list_methods",
    "list_pairs",
    "load_pair",
    "segment",
    "synthesize",
    "use",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("medfuse-course")
    if name not in _CONTENTS:
        raise AttributeError(f"module 'medfuse_course' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"medfuse_course.{_CONTENTS[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
