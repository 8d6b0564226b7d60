"""What a metric is: its name, its direction, its range, and the mathematics that each preset stands for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from medfuse_course.core.registry import unknown

Direction = Literal["higher", "lower", "zero", "one", "descriptive"]
"""Which way is better; ``zero``: the nearer to 0 (a bias); ``one``: the nearer to 1 (a share that can be exaggerated);
``descriptive`` when none is: noise alone raises it."""

Preset = Literal["course", "cddfuse", "linfeng"]
"""``course``: the published definitions, without slips. ``cddfuse``, ``linfeng``: what those two evaluators print."""

PRESETS: tuple[Preset, ...] = get_args(Preset)
"""All presets."""


def check_preset(preset: str) -> None:
    """Raise ValueError with the nearest name if there is no such preset."""
    if preset not in PRESETS:
        raise ValueError(f"preset: {unknown('preset', str(preset), PRESETS)}")


class MetricWarning(UserWarning):
    """A metric has no value for these images and NaN is returned; the message says why."""


class UndefinedError(ArithmeticError):
    """Raised by the mathematics of a metric where it has no value; `evaluate` turns it into NaN and a warning."""


@dataclass(frozen=True, eq=False)
class Metric:
    """One number that judges a result, declared beside its mathematics.

    Attributes
    ----------
    slug
        Key of the result, such as ``"qabf"``.
    abbreviation
        What tables of the field print, such as ``"Qabf"``.
    title
        The name in words.
    direction
        ``"higher"``, ``"lower"``, ``"zero"``, ``"one"`` or ``"descriptive"``.
    range
        Smallest and largest value that the course preset can give.
    reference
        Citation key; empty for a textbook statistic and for the course's own measures.
    presets
        The function behind each preset. It gets ``(f, a, b)`` as float64 gray arrays in [0, 255], and ``truth`` as
        the fourth argument if `needs_truth`. For the presets of the two evaluators the values are whole numbers,
        because those read 8-bit files. The functions of other tasks get ``(result, case)``, both in the unit of the
        case's target; see `score`.
    min_side
        Smallest H and W, in pixels, for which there is a value.
    needs_truth
        Whether the metric is defined only where a `datasets.pair.Truth` is known.
    needs_color
        Whether the metric looks at color. Its functions get the images as they came, gray or RGB in [0, 1]; those of
        all other metrics get the luma.
    tasks
        Slugs of the tasks whose results it judges. Of fusion `evaluate` computes it, of the others `score`.
    """

    slug: str
    abbreviation: str
    title: str
    direction: Direction
    range: tuple[float, float]
    reference: str
    presets: Mapping[str, Callable[..., float]] = field(repr=False)
    min_side: int = 1
    needs_truth: bool = False
    needs_color: bool = False
    tasks: tuple[str, ...] = ("fusion",)
