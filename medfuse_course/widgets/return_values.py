"""What an explored function may return, and how it becomes a picture."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from medfuse_course.core.types import Image
from medfuse_course.plots import show_images

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def as_panels(result: Any) -> dict[str, Image] | None:
    """The images by title that a result stands for; None when it is a plotly figure."""
    if isinstance(result, np.ndarray):
        return {"": result}
    if isinstance(result, Mapping):
        return dict(result)
    if is_figure(result):
        return None
    kind = "None (did the function forget to return?)" if result is None else type(result).__name__
    raise TypeError(f"fn: expected it to return an image, a mapping of title to image, or a plotly figure, got {kind}")


def as_figure(result: Any, alt: str) -> "Figure":
    """The plotly figure of a result."""
    panels = as_panels(result)
    return result if panels is None else show_images(panels, alt=alt)


def is_figure(result: Any) -> bool:
    """Whether a result is a plotly figure, found out without importing plotly."""
    return hasattr(result, "to_plotly_json") and hasattr(result, "add_trace")
