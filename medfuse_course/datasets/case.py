"""A case of a task that is not fusion: what goes in, and what is known to be right, in physical units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import BoolArray


@dataclass(frozen=True, eq=False)
class Case:
    """One problem of a task, with its answer.

    Attributes
    ----------
    name
        ``"<source>/<what>"``, such as ``"thorax/low-dose-pet"``.
    task
        Slug of the task that it is a case of.
    inputs
        What the verb takes: images by name, in the order of its arguments.
    target
        What the result should be, ``(H, W)``: floats in `unit`, or a mask.
    unit
        Unit of the target: ``"SUV"``, ``"HU"``, or empty for a mask.
    scale
        Width of the range of values that relative errors refer to, in `unit`: the same for every case of this name.
    windows
        Intensity windows that show the inputs and, last, the target.
    spacing
        Pixel size in mm, rows then columns.
    region
        ``(H, W)`` mask of the pixels that count: the body.
    labels
        ``(H, W)`` tissue labels.
    lesions
        ``(H, W)`` mask of the lesions.
    host
        Labels of the tissues that lesions grow in; empty where it is not known.
    provenance
        Seed, slice and options.
    """

    name: str
    task: str
    inputs: Mapping[str, NDArray[np.float32]]
    target: NDArray[Any]
    unit: str
    scale: float
    windows: tuple[str, ...]
    spacing: tuple[float, float]
    region: BoolArray
    labels: NDArray[np.uint8]
    lesions: BoolArray
    host: tuple[int, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Case({self.name!r}, {' + '.join(self.inputs)}, {self.target.shape[0]} x {self.target.shape[1]})"
